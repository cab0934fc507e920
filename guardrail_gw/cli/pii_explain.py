"""`guardrail-gw pii explain`: what is found in a text, by which rule or model, and why.

It prints the text that it is given, to whoever gave it, and nothing else leaves this process.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from guardrail_gw.cli.pii_lines import STANDARD
from guardrail_gw.cli.pii_options import FOLDER, Looks, detectors
from guardrail_gw.core.text import Finding
from guardrail_gw.detection.explain import Account, Said, account
from guardrail_gw.detection.load import load_engine
from guardrail_gw.policy.explain import Decided, Facts, explain

_COLOURS = ("red", "green", "magenta", "cyan", "yellow", "blue")
_VISIBLE = (
    {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}
    | {0x7F: 0x2421}
    | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
)
"""Control characters as signs: a text must not give orders to the terminal."""

Decide = Callable[[Finding], Decided | None]


@click.command(name="explain")
@click.argument("text")
@detectors
@click.option("--policy", type=FOLDER, help="A policy folder: what it does with each finding.")
@click.option("--tenant", default="any", show_default=True, help="With --policy: as whose text.")
@click.option("--team", default="any", show_default=True, help="ditto")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def explain_text(
    text: str,
    rules_only: bool,
    model: Path | None,
    config: Path | None,
    policy: Path | None,
    tenant: str,
    team: str,
    as_json: bool,
) -> None:
    """Say what is found in TEXT (`-` reads standard input), by what, and why.

    Use `-` where others can list this machine's processes: arguments show there.

    Exit codes: 0 explained, 2 a file cannot be used.
    """
    if text == STANDARD:
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    looks = Looks(rules_only=rules_only, model=model, config=config)
    decide = _decide(policy, looks, tenant, team)
    found = account(load_engine(looks.settings()).engine, text)
    decided = [decide(finding) for finding in found.findings]
    if as_json:
        document = _document(text, found, decided)
        sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _print(Console(), text, found, decided)


def marked(text: str, findings: Sequence[Finding], *, coloured: bool) -> Text:
    """The text with its findings underlined in a colour per entity, or in brackets with a name."""
    shown = text.translate(_VISIBLE)
    if not coloured:
        for finding in reversed(findings):
            value = shown[finding.start : finding.end]
            named = f"[{value}]({finding.entity})"
            shown = f"{shown[: finding.start]}{named}{shown[finding.end :]}"
        return Text(shown)
    entities = sorted({finding.entity for finding in findings})
    body = Text(shown)
    for finding in findings:
        colour = _COLOURS[entities.index(finding.entity) % len(_COLOURS)]
        body.stylize(f"bold underline {colour}", finding.start, finding.end)
    return body


def why(said: Said) -> str:
    """The reasons of one rule or of the model, in words."""
    reasons = [said.about]
    if said.checked:
        reasons.append("its check character is right")
    if said.base_score is None:
        beside = f"beside “{' '.join(said.context)}”" if said.context else "in these surroundings"
        reasons.append(f"only {beside}")
    elif said.base_score != said.finding.score:
        beside = f"“{' '.join(said.context)}”" if said.context else "the words around it"
        reasons.append(f"{said.base_score:g} alone, {beside} makes it {said.finding.score:g}")
    return "; ".join(reasons)


def _decide(policy: Path | None, looks: Looks, tenant: str, team: str) -> Decide:
    """What the policies say about a finding; nothing when none are given."""
    if policy is None:
        return lambda _: None
    from guardrail_gw.cli.policies import vocabulary  # noqa: PLC0415 - policies are an option
    from guardrail_gw.policy.source import load_set  # noqa: PLC0415 - ditto

    known = vocabulary(looks.configured())
    policies = load_set(policy, known)
    surface = next(iter(known.surfaces))

    def decide(finding: Finding) -> Decided:
        found = {finding.entity: finding.score}
        facts = Facts(tenant=tenant, team=team, surface=surface, found=found)
        explanation = explain(policies, facts)
        if explanation.entities:
            return explanation.entities[0]
        because = explanation.because
        return Decided(subject=finding.entity, said="block", rule="", because=because)

    return decide


def _print(console: Console, text: str, found: Account, decided: Sequence[Decided | None]) -> None:
    coloured = console.color_system is not None and not console.no_color
    console.print(marked(text, found.findings, coloured=coloured), highlight=False)
    if found.rewritten:
        console.print("Detectors read a copy in which disguises are undone (docs/detection.md).")
    if not found.said:
        console.print("Nothing was found.")
        return
    console.print(_findings(text, found.findings, decided))
    console.print(_reasons(text, found.said))
    console.print("Sources", style="italic")
    console.print(_sources(found.said))


def _findings(text: str, findings: Sequence[Finding], decided: Sequence[Decided | None]) -> Table:
    table = Table("Where", "Text", "Entity", "Score", title="Found", title_justify="left")
    with_policy = any(decided)
    if with_policy:
        table.add_column("Policy")
        table.add_column("Because")
    for finding, decision in zip(findings, decided, strict=True):
        row: list[str | Text] = [*_place(text, finding), finding.entity, f"{finding.score:g}"]
        if decision is not None:
            row += [decision.said, Text(f"{decision.because} ({decision.rule or 'no rule'})")]
        table.add_row(*row)
    return table


def _reasons(text: str, said: Sequence[Said]) -> Table:
    table = Table(title="Who said what, and why", title_justify="left")
    for column in ("Where", "Text", "Said", "Why", "Then"):
        table.add_column(column)
    for each in said:
        finding = each.finding
        reasons = f"{finding.recognizer}: {why(each)}".translate(_VISIBLE)
        spoken = f"{finding.entity} {finding.score:g}"
        table.add_row(*_place(text, finding), spoken, Text(reasons), each.became)
    return table


def _sources(said: Sequence[Said]) -> Table:
    table = Table.grid(padding=(0, 2))
    for recognizer, source in sorted({(s.finding.recognizer, s.source) for s in said}):
        table.add_row(recognizer, Text(source))
    return table


def _place(text: str, finding: Finding) -> tuple[str, Text]:
    value = text[finding.start : finding.end].translate(_VISIBLE)
    return f"{finding.start}-{finding.end}", Text(value)


def _document(text: str, found: Account, decided: Sequence[Decided | None]) -> dict[str, Any]:
    return {
        "findings": [
            {
                **asdict(finding),
                "text": text[finding.start : finding.end],
                "policy": None if decision is None else asdict(decision),
            }
            for finding, decision in zip(found.findings, decided, strict=True)
        ],
        "said": [asdict(each) | {"why": why(each)} for each in found.said],
        "rewritten": found.rewritten,
    }
