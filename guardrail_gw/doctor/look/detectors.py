"""Canaries on their way out, by the detectors and the rooms that serve; nothing is sent."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field

import orjson

from guardrail_gw.core.exchange import Inbound
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Clock
from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.rules.rule import EUROPE, LANGUAGES
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.doctor.canaries import Canary, canaries
from guardrail_gw.doctor.detects import Seen
from guardrail_gw.errors import Blocked
from guardrail_gw.policy.policy import Action, Policy
from guardrail_gw.rehearsal import Rehearsal, inbound_of
from guardrail_gw.settings import Settings

_SURFACE = "openai_chat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is tried: which canaries, as whom, by which rooms."""

    rehearsal: Rehearsal = field(repr=False)
    principal: Principal
    policy: Policy = field(repr=False)
    clock: Clock = field(repr=False)


def chosen(settings: Settings, entities: Iterable[Entity], policy: Policy) -> list[Canary]:
    """One canary for each kind that counts, and those of the languages that are configured.

    Args:
        settings: where no kind is required in a language, all that rules know are tried.
        entities: what the running detectors find.
        policy: says which states' identifiers are looked for beyond Europe's.
    """
    named = {tongue for each in settings.gateway.detection.require.values() for tongue in each}
    states = EUROPE | policy.identifiers_of
    rules = [rule for rule in RULES if rule.country is None or rule.country in states]
    return list(canaries(rules, entities, named or LANGUAGES))


async def seen(trial: Trial, every: Iterable[Canary]) -> AsyncIterator[Seen]:
    """Yield what becomes of each; raises DetectionDown where they cannot be scanned."""
    for canary in every:
        yield await _seen(trial, canary)


async def _seen(trial: Trial, canary: Canary) -> Seen:
    body = orjson.dumps({"model": "canary", "messages": [{"role": "user", "content": canary.text}]})
    question = BY_NAME[_SURFACE].parse(body)
    inbound = inbound_of(question, trial.principal, trial.clock.now_us(), body)
    findings = list[Finding]()
    try:
        redacted = await trial.rehearsal.redaction.apply(
            inbound, trial.policy, found=_noted(findings, trial.policy)
        )
        left = orjson.loads(redacted.envelope.addressed(b'"canary"'))["messages"][0]["content"]
        for token in redacted.originals:  # chance writes an age into one now and then
            left = left.replace(token, "")
        is_gone = canary.value not in left
    except Blocked:  # it does not leave at all
        is_gone = True
    rule = trial.policy.rule_for(canary.entity)
    covering = [each for each in findings if _covers(each, canary)]
    lets = rule.action is Action.ALLOW or any(
        each.entity == canary.entity and not rule.concerns(each.score) for each in covering
    )
    return Seen(canary=canary, is_found=bool(covering), is_gone=is_gone, is_let=lets)


def _noted(
    into: list[Finding], policy: Policy
) -> Callable[[Inbound, Sequence[tuple[Finding, ...]]], Policy]:
    def looked(_: Inbound, found: Sequence[tuple[Finding, ...]]) -> Policy:
        into.extend(each for segment in found for each in segment)
        return policy

    return looked


def _covers(finding: Finding, canary: Canary) -> bool:
    start = canary.text.index(canary.value)
    return finding.start <= start and start + len(canary.value) <= finding.end
