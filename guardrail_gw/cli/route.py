"""`guardrail-gw route`: whom a request would be sent to, and why."""

import asyncio
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console

from guardrail_gw.checked import checked_deployments
from guardrail_gw.cli.plan_table import Line, plan_table, timeouts_line
from guardrail_gw.cli.policies import AS_JSON, FILE, vocabulary
from guardrail_gw.cli.route_eval import evaluate_classes
from guardrail_gw.core.exchange import Question
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.route_class import RouteClass
from guardrail_gw.detection.arranged import detection_settings
from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.errors import Refusal
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.policy.source import load_set
from guardrail_gw.rehearsal import Entry, Rehearsed, arranged_rehearsal, inbound_of
from guardrail_gw.semantic.arranged import arranged_classifier
from guardrail_gw.settings import Settings


@click.group(name="route")
def command() -> None:
    """Whom a request would be sent to, and why."""


command.add_command(evaluate_classes)


@command.command(name="explain")
@click.argument("request", type=FILE)
@click.option("--config", type=FILE, required=True, help="The gateway.yaml.")
@click.option("--model", help="The virtual model, where the body names none (Gemini).")
@click.option("--tenant", default="any", show_default=True)
@click.option("--team", default="any", show_default=True)
@click.option("--user", default="any", show_default=True)
@click.option("--key", default="any", show_default=True, help="The key's id.")
@click.option(
    "--endpoint", type=click.Choice(sorted(BY_NAME)), default="openai_chat", show_default=True
)
@AS_JSON
def explain_route(
    *,
    request: Path,
    config: Path,
    model: str | None,
    tenant: str,
    team: str,
    user: str,
    key: str,
    endpoint: str,
    as_json: bool,
) -> None:
    """Say whom a request (the JSON of its body) would be sent to, in which order, and why.

    The rooms that serve are asked; nothing is sent or recorded.

    Exit codes: 0 somebody would be asked, 1 nobody, 2 the request or a file cannot be read.
    """
    settings = Settings.load(config)
    question = _question(request, endpoint, model)
    principal = Principal(tenant=tenant, team=team, user=user, key_id=key)
    rehearsed = asyncio.run(_rehearsed(settings, question, principal, request.read_bytes()))
    if as_json:
        sys.stdout.buffer.write(
            orjson.dumps(plain(rehearsed, question.model), option=orjson.OPT_INDENT_2) + b"\n"
        )
    else:
        show(rehearsed, question.model)
    sys.exit(not rehearsed.is_asked)


def _question(request: Path, endpoint: str, model: str | None) -> Question:
    try:
        question = BY_NAME[endpoint].parse(request.read_bytes())
    except Refusal as refusal:
        raise click.UsageError(f"{request}: {refusal.code}: {refusal.detail}") from None
    return replace(question, model=model) if model is not None else question


async def _rehearsed(
    settings: Settings, question: Question, principal: Principal, body: bytes
) -> Rehearsed:
    clock, detection = SystemClock(), detection_settings(settings)
    folder = settings.resolve(settings.gateway.policies)
    policies = await asyncio.to_thread(lambda: load_set(folder, vocabulary(detection)))
    deployments = await asyncio.to_thread(lambda: checked_deployments(settings, settings.catalog()))
    pool = DetectorPool(detection, clock)
    classifier = await asyncio.to_thread(arranged_classifier, settings, clock)
    try:
        await pool.start()
        if classifier is not None:
            await classifier.start()
        rehearsal = arranged_rehearsal(
            settings, deployments, policies, pool, clock, classifier=classifier
        )
        return await rehearsal.plan(inbound_of(question, principal, clock.now_us(), body))
    finally:
        if classifier is not None:
            await classifier.close()
        await pool.close()


def plain(rehearsed: Rehearsed, model: str) -> dict[str, Any]:
    """For machines."""
    needs = rehearsed.needs
    refusal = {"code": rehearsed.code, "detail": rehearsed.because} if rehearsed.code else None
    return {
        "model": model,
        "objective": rehearsed.objective,
        "route_class": asdict(rehearsed.route_class) if rehearsed.route_class else None,
        "needs": {**asdict(needs), "abilities": sorted(needs.abilities)},
        "refusal": refusal,
        "cache": rehearsed.cache,
        "timeouts_ms": rehearsed.bounds.in_ms if rehearsed.bounds else None,
        "deployments": [asdict(each) for each in rehearsed.entries],
    }


def show(rehearsed: Rehearsed, model: str) -> None:
    """As tables, one for each model that may be asked."""
    console, needs = Console(), rehearsed.needs
    if rehearsed.code:
        console.print(f"[bold red]refused[/] ({rehearsed.code}): ", end="")
        console.print(rehearsed.because, markup=False, highlight=False)
    else:
        asked = ", ".join(sorted(needs.abilities)) or "nothing in particular"
        console.print(
            f"needs {asked}; {needs.read_least} to {needs.read_most} tokens to read"
            + (f", {needs.written} to write" if needs.written else ""),
            highlight=False,
        )
    if (kind := rehearsed.route_class) is not None:
        console.print(sorted_line(kind), markup=False, highlight=False)
    if rehearsed.cache is not None:
        why = rehearsed.cache
        said = f"is not given again ({why})" if why else "may be given again"
        console.print(f"its answer {said}", markup=False, highlight=False)
    if rehearsed.bounds is not None:
        console.print(timeouts_line(rehearsed.bounds.in_ms), markup=False, highlight=False)
    for named in dict.fromkeys(each.model for each in rehearsed.entries):
        title = "by " + str(rehearsed.objective) if named == model else f"instead: {named}"
        lines = [_line(each) for each in rehearsed.entries if each.model == named]
        lines.sort(key=lambda line: (line.place is None, line.place or 0))
        console.print(plan_table(lines, title if rehearsed.objective else ""))


def sorted_line(found: RouteClass) -> str:
    """The route class of a request, and how near it is."""
    if found.similarity is None or found.margin is None:
        return f"class {found.name} ({found.by.value})"
    return (
        f"class {found.name} ({found.by.value}): similarity {found.similarity:.3f},"
        f" margin {found.margin:.3f}"
    )


def _line(entry: Entry) -> Line:
    if entry.place is None:
        return Line(
            deployment=entry.deployment,
            place=None,
            score="",
            why=f"{entry.reason}: {entry.detail}",
        )
    said = [f"after others: {', '.join(entry.doubts)}"] if entry.doubts else []
    said += ["same zone"] if entry.near else []
    said += [f"unknown: {', '.join(entry.unknown)}"] if entry.unknown else []
    score = "unknown" if entry.score is None else f"{entry.score:.4g}"
    return Line(deployment=entry.deployment, place=entry.place, score=score, why="; ".join(said))
