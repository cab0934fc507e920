"""`guardrail-gw policy`: for the people who write policies."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from guardrail_gw.cli.policies import (
    AS_JSON as _JSON,
    FILE as _FILE,
    FOLDER as _FOLDER,
    detection as _detection,
    routes as _routes,
    vocabulary,
)
from guardrail_gw.cli.policy_bundle import activate_policies, policy_status, sign_policies
from guardrail_gw.cli.policy_diff import diff_policies
from guardrail_gw.cli.policy_replay import replay_policies
from guardrail_gw.cli.policy_shadow import shadow_counts
from guardrail_gw.core.exchange import Question
from guardrail_gw.core.text import Finding
from guardrail_gw.detection.detectable import findable
from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.dialects.every import SURFACES, WITH_OPENED
from guardrail_gw.errors import Refusal
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.policy.cases import Report, run_cases
from guardrail_gw.policy.combine import combined
from guardrail_gw.policy.explain import explain
from guardrail_gw.policy.explanation import Explanation, Facts, Outcome, Seen
from guardrail_gw.policy.lint import lint
from guardrail_gw.policy.policy import Policy
from guardrail_gw.policy.remark import Level
from guardrail_gw.policy.source import load_set
from guardrail_gw.policy.vocabulary import Vocabulary
from guardrail_gw.settings import Settings

_CONFIG = click.option(
    "--config", type=_FILE, help="gateway.yaml: also judge its deployments, as it detects."
)


@click.group(name="policy")
def command() -> None:
    """Check, test, compare, explain, sign and activate policies."""


for each in (
    diff_policies,
    replay_policies,
    shadow_counts,
    sign_policies,
    activate_policies,
    policy_status,
):
    command.add_command(each)


@command.command(name="lint")
@click.argument("directory", type=_FOLDER)
@_CONFIG
@_JSON
def lint_policies(directory: Path, config: Path | None, as_json: bool) -> None:
    """Look for typing errors, and for rules that can never do anything.

    Exit codes: 0 nothing wrong, 1 an error among the remarks, 2 not a valid policy.
    """
    routes = _routes(Settings.load(config)) if config else None
    finds = findable(_detection(config))
    remarks = lint(load_set(directory, _vocabulary(config)), routes, finds)
    if as_json:
        _write([asdict(remark) for remark in remarks])
    else:
        for remark in remarks:
            click.echo(f"{remark.level}: {remark.rule}: {remark.message}")
        click.echo(f"{directory}: {len(remarks)} remarks")
    sys.exit(any(remark.level is Level.ERROR for remark in remarks))


@command.command(name="test")
@click.argument("directory", type=_FOLDER)
@_JSON
def test_policies(directory: Path, as_json: bool) -> None:
    """Try the policies on the cases beside them (cases.yaml).

    Exit codes: 0 all as expected and every rule covered, 1 not so, 2 not a valid policy.
    """
    report = run_cases(directory, _vocabulary(None))
    if as_json:
        _write(asdict(report))
    else:
        _print_report(report)
    sys.exit(not report.passed)


@command.command(name="explain")
@click.argument("request", type=_FILE)
@click.option("--policies", type=_FOLDER, help="The policy folder (or --config).")
@_CONFIG
@click.option("--tenant", default="any", show_default=True)
@click.option("--team", default="any", show_default=True)
@click.option(
    "--endpoint", type=click.Choice(sorted(SURFACES)), default="openai_chat", show_default=True
)
@click.option("--user", default="any", show_default=True)
@click.option("--key", default="any", show_default=True, help="The key's id.")
@click.option("--at", help="When it comes, 2026-11-26T19:30+01:00; now if left out.")
@_JSON
def explain_request(
    *,
    request: Path,
    policies: Path | None,
    config: Path | None,
    tenant: str,
    team: str,
    endpoint: str,
    user: str,
    key: str,
    at: str | None,
    as_json: bool,
) -> None:
    """Say what would become of a request (the JSON of its body), by which rule, and why.

    Exit codes: 0 allowed, 1 refused, 2 the request or a file cannot be read.
    """
    settings = Settings.load(config) if config else None
    folder = policies or _folder(settings)
    try:
        question = WITH_OPENED[endpoint].parse(request.read_bytes())
    except Refusal as refusal:
        raise click.UsageError(f"{request}: {refusal.code}: {refusal.detail}") from None
    chosen = load_set(folder, _vocabulary(config))
    matching = chosen.matching(tenant, team, question.dialect)
    policy = combined(each.policy for each in matching) if matching else None
    at_us = _moment(at)
    found = asyncio.run(_found(question, _detection(config), policy))
    routes = _routes(settings) if settings else {}
    known = settings is None or question.model in routes
    explanation = explain(
        chosen,
        Facts(
            tenant=tenant,
            team=team,
            surface=question.dialect,
            found=found,
            attachments=bool(question.attachments),
            features=frozenset(question.features),
            places=routes.get(question.model, {}),
            user=user,
            key=key,
            model=question.model if known else "",
            stream=question.stream,
            at_us=at_us,
        ),
    )
    if as_json:
        _write(asdict(explanation))
    else:
        _print_explanation(explanation)
    sys.exit(explanation.outcome is not Outcome.ALLOW)


def _moment(at: str | None) -> int:
    """Microseconds since the epoch."""
    if at is None:
        return SystemClock().now_us()
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.BadParameter("a day and an hour with their zone: 2026-11-26T19:30+01:00")
    return int(moment.timestamp() * 1_000_000)


async def _found(
    question: Question, detection: DetectionSettings, policy: Policy | None
) -> Sequence[Seen]:
    """Everything in the request, as the gateway's own detectors see it."""
    pool = DetectorPool(detection, SystemClock())
    countries = policy.identifiers_of if policy else frozenset[str]()
    everything = [each.with_code() for each in question.segments]
    try:
        await pool.start()
        sure = await pool.detect(question.segments, countries=countries)
        every = await pool.detect(everything, countries=countries)
    finally:
        await pool.close()
    scanned = policy is not None and policy.code_scanned
    return [
        seen
        for segment, here, also in zip(question.segments, sure, every, strict=True)
        for seen in _seen(segment.text, here, also, scanned=scanned)
    ]


def _seen(
    text: str, sure: Sequence[Finding], every: Sequence[Finding], *, scanned: bool
) -> Iterator[Seen]:
    """What counts, and what stands in code: found there only when code is read like prose."""
    for finding in every:
        in_code = not any(finding.start < s.end and s.start < finding.end for s in sure)
        if in_code or scanned:
            yield _as_seen(text, finding, in_code=in_code)
    if not scanned:
        yield from (_as_seen(text, finding, in_code=False) for finding in sure)


def _as_seen(text: str, finding: Finding, *, in_code: bool) -> Seen:
    value = text[finding.start : finding.end]
    return Seen(entity=finding.entity, score=finding.score, value=value, looks_in_code=in_code)


def _folder(settings: Settings | None) -> Path:
    if settings is None:
        raise click.UsageError("give --policies or --config")
    return settings.resolve(settings.gateway.policies)


def _vocabulary(config: Path | None) -> Vocabulary:
    return vocabulary(_detection(config))


def _write(value: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=sorted) + b"\n")


def _print_report(report: Report) -> None:
    table = Table(title="Cases", title_justify="left")
    table.add_column("")
    table.add_column("Case")
    table.add_column("Line", justify="right")
    table.add_column("Difference")
    for result in report.results:
        mark = "[red]failed[/]" if result.differences else "[green]ok[/]"
        table.add_row(mark, result.name, str(result.line), "\n".join(result.differences))
    console = Console()
    console.print(table)
    total = len(report.covered) + len(report.uncovered)
    console.print(f"Rules covered: {len(report.covered)} of {total}")
    for rule in report.uncovered:
        console.print(f"[yellow]no case shows[/] {rule}")


def _print_explanation(explanation: Explanation) -> None:
    console = Console()
    colour = "green" if explanation.outcome is Outcome.ALLOW else "red"
    code = f" ({explanation.code})" if explanation.code else ""
    console.print(f"[bold {colour}]{explanation.outcome}[/]{code}: {explanation.because}")
    table = Table("What", "Decided", "Rule", "Because", title="Why", title_justify="left")
    for document in explanation.documents:
        said = "matches" if document.matches else "-"
        # a condition may hold brackets, which the table would take for a style
        table.add_row("policy", said, document.document, escape(document.because))
    decisions = [*explanation.entities, *explanation.features, *explanation.tools]
    decisions += [
        d
        for d in (
            explanation.surface,
            explanation.source_code,
            explanation.attachments,
            explanation.store,
            explanation.cache,
            explanation.audit,
            explanation.durability,
        )
        if d is not None
    ]
    for decided in decisions:
        table.add_row(decided.subject, decided.said, decided.rule, decided.because)
        for passed in decided.passed:
            rules = f"[dim]{', '.join(passed.rules)}[/]"
            table.add_row("", f"[dim]{passed.count} let pass[/]", rules, passed.because)
        for voice in decided.others:
            table.add_row("", f"[dim]{voice.said}[/]", f"[dim]{voice.rule}[/]", voice.because)
    for bound in explanation.residency:
        table.add_row("residency", "+".join(bound.jurisdictions), bound.rule, bound.because)
    for judged in explanation.deployments:
        table.add_row(judged.deployment, "lawful" if judged.lawful else "out", "", judged.because)
    console.print(table)
