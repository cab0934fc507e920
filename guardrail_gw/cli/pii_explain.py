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
from guardrail_gw.cli.pii_options import (
    FOLDER,
    Counts,
    Demand,
    Looks,
    asked,
    detectors,
    threshold_option,
)
from guardrail_gw.core.text import Finding, SegmentKind
from guardrail_gw.detection.explain import Account, Said, account
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.rules.rule import EUROPE
from guardrail_gw.policy.explain import explain
from guardrail_gw.policy.explanation import Decided, Facts, Seen

_COLOURS = ("red", "green", "magenta", "cyan", "yellow", "blue")
_VISIBLE = (
    {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}
    | {0x7F: 0x2421}
    | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
)
"""Control characters as signs: a text must not give orders to the terminal."""

Decide = Callable[[str, Finding], Decided]


@click.command(name="explain")
@click.argument("text")
@detectors
@threshold_option()
@click.option("--policy", type=FOLDER, help="A policy folder: what it does with each finding.")
@click.option("--tenant", default="any", show_default=True, help="With --policy: as whose text.")
@click.option("--team", default="any", show_default=True, help="ditto")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def explain_text(
    text: str,
    looks: Looks,
    threshold: float | None,
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
    demand, decide = _judge(policy, looks, threshold, tenant, team)
    engine = load_engine(looks.settings()).engine
    found = account(engine, text, kind=demand.kind, countries=demand.countries)
    decided = [decide(text, finding) for finding in found.findings]
    if as_json:
        document = _document(text, found, decided, demand)
        sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _print(Console(), text, found, decided, demand)


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
    if said.country:
        reasons.append(f"an identifier of {said.country}")
    if said.hidden:
        reasons.append("seen once the text is joined, spelt out or decoded")
    if said.checked:
        reasons.append("its check character is right")
    if said.base_score is None:
        beside = f"beside “{' '.join(said.context)}”" if said.context else "in these surroundings"
        reasons.append(f"only {beside}")
    elif said.base_score != said.finding.score:
        beside = f"“{' '.join(said.context)}”" if said.context else "the words around it"
        reasons.append(f"{said.base_score:g} alone, {beside} makes it {said.finding.score:g}")
    return "; ".join(reasons)


def _judge(
    folder: Path | None, looks: Looks, threshold: float | None, tenant: str, team: str
) -> tuple[Demand, Decide]:
    """How the text is scanned, and what is said about each finding."""
    if folder is None:
        counts = Counts(threshold=threshold, policy=None, everything=False)
        demand = counts.demand(looks)
        return demand, lambda _, finding: _by_score(finding, demand.least)
    if threshold is not None:
        raise click.UsageError("--threshold and --policy exclude one another")
    return _by_policy(folder, looks, tenant, team)


def _by_score(finding: Finding, least: float) -> Decided:
    counts = finding.score >= least
    because = f"score {finding.score:g} is {'at least' if counts else 'below'} {least:g}"
    said = "counts" if counts else "nothing"
    return Decided(subject=finding.entity, said=said, rule="", because=because)


def _by_policy(folder: Path, looks: Looks, tenant: str, team: str) -> tuple[Demand, Decide]:
    """What the policies say; without one for this caller, that nothing passes."""
    from guardrail_gw.cli.policies import vocabulary  # noqa: PLC0415 - policies are an option
    from guardrail_gw.dialects.openai_chat.request import NAME  # noqa: PLC0415 - ditto
    from guardrail_gw.policy.combine import combined  # noqa: PLC0415 - ditto
    from guardrail_gw.policy.source import load_set  # noqa: PLC0415 - ditto

    known = vocabulary(looks.configured())
    policies = load_set(folder, known)
    surface = NAME
    matching = policies.matching(tenant, team, surface)
    policy = combined(each.policy for each in matching) if matching else None
    countries = looks.countries()

    def decide(text: str, finding: Finding) -> Decided:
        value = text[finding.start : finding.end]
        seen = Seen(entity=finding.entity, score=finding.score, value=value)
        facts = Facts(tenant=tenant, team=team, surface=surface, found=(seen,))
        explanation = explain(policies, facts)
        if explanation.entities:
            return explanation.entities[0]
        because = explanation.because
        return Decided(subject=finding.entity, said="block", rule="", because=because)

    return asked(policy, countries) if policy else Demand(countries=countries), decide


def _print(
    console: Console, text: str, found: Account, decided: Sequence[Decided], demand: Demand
) -> None:
    coloured = console.color_system is not None and not console.no_color
    console.print(marked(text, found.findings, coloured=coloured), highlight=False)
    if found.rewritten:
        console.print("Detectors read a copy in which disguises are undone (docs/detection.md).")
    console.print(_scope(demand))
    if not found.said:
        console.print("Nothing was found.")
        return
    console.print(_findings(text, found.findings, decided))
    console.print(_reasons(text, found.said))
    console.print("Sources", style="italic")
    console.print(_sources(found.said))


def _scope(demand: Demand) -> str:
    """What was looked for, in words."""
    states = ", ".join(["Europe", *sorted(demand.countries - EUROPE)])
    code = "everything" if demand.kind is SegmentKind.EVERYTHING else "what is sure"
    return f"Identifiers of: {states}. In source code counts {code}."


def _findings(text: str, findings: Sequence[Finding], decided: Sequence[Decided]) -> Table:
    columns = ("Where", "Text", "Entity", "Score", "Then", "Because")
    table = Table(*columns, title="Found", title_justify="left")
    for finding, decision in zip(findings, decided, strict=True):
        rule = f" ({decision.rule})" if decision.rule else ""
        table.add_row(
            *_place(text, finding),
            finding.entity,
            f"{finding.score:g}",
            decision.said,
            Text(f"{decision.because}{rule}"),
        )
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


def _document(
    text: str, found: Account, decided: Sequence[Decided], demand: Demand
) -> dict[str, Any]:
    return {
        "jurisdictions": sorted(demand.countries - EUROPE),
        "code": "scan" if demand.kind is SegmentKind.EVERYTHING else "checked",
        "findings": [
            {
                **asdict(finding),
                "text": text[finding.start : finding.end],
                "decided": asdict(decision),
            }
            for finding, decision in zip(found.findings, decided, strict=True)
        ],
        "said": [asdict(each) | {"why": why(each)} for each in found.said],
        "rewritten": found.rewritten,
    }
