"""What the records of one exchange say: pure functions from the chain's values to drafts.

Names of people, teams and keys, and the model's name as the client wrote it, go into the sealed
part only; the leaf gets codes and digests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from guardrail_gw.audit.content import joined
from guardrail_gw.audit.keyring import NO_KEYS, Keys
from guardrail_gw.audit.record import Content, Draft, Identity, Kind, Level, canonical
from guardrail_gw.audit.tool_facts import tool_intent, tool_outcome
from guardrail_gw.core.amounts import Tier, shown_usd
from guardrail_gw.core.cached import Source
from guardrail_gw.core.exchange import (
    Arrival,
    Attempt,
    Ending,
    Inbound,
    Journal,
    Placed,
    Redacted,
)
from guardrail_gw.core.line import Line
from guardrail_gw.core.plan import Plan
from guardrail_gw.core.route_class import RouteClass
from guardrail_gw.core.tool import Called
from guardrail_gw.errors import AuditDown, Refusal, Stopping
from guardrail_gw.policy.policy import Detail, Policy
from guardrail_gw.policy.shadowed import Shadowed
from guardrail_gw.policy.source import PolicySet

MOST_PLANNED = 16
"""Of either kind of entries of a plan; nobody is asked more often than ten times."""
_PARTS = ("audio_input", "audio_output", "image_output")
"""Of the counts of input and output; said where there are any."""
_MAX_TEXT = 256
_MAX_ITEMS = 1000
_MAX_DEPTH = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asked what, and the keys for their name."""

    inbound: Inbound
    keys: Keys | None = NO_KEYS
    """None: the register is down, so the name is left out."""


def intent_allowed(  # noqa: PLR0913 - all that is known when a request may leave
    inbound: Inbound,
    placed: Placed,
    policy: Policy,
    keys: Keys = NO_KEYS,
    *,
    shadowed: Shadowed | None = None,
    plan: Plan | None = None,
    called: Called | None = None,
    cached: Source | None = None,
) -> Draft:
    """The intent of a request that may leave."""
    redacted = placed.redacted
    said = {
        **_about(inbound.arrival),
        **_asked(inbound),
        **_policy(policy),
        "entities": dict(redacted.entities),
        "decision": "allowed",
        "lawful": [d.id for d in placed.lawful],
        "places": {d.id: _place(d.provider, d.inference, d.storage) for d in placed.reachable},
        "rejected": [],
        "rules": [*redacted.rules, *placed.rules],
    }
    if not keys.identity:
        said |= _person(inbound)
    if plan is not None:
        said["plan"] = _planned(plan)
    if shadowed is not None:
        said |= _shadow(shadowed)
    _add_rarely(said, placed)
    if cached is not None:
        said["cached"] = _source(cached)
    if called is not None:
        said["tool"] = tool_intent(called)
    return Draft(
        kind=Kind.INTENT,
        clear={"dec": "allowed", "pol": policy.digest},
        sealed=canonical(said),
        content=_content(inbound, placed.redacted, policy, keys),
        identity=_identity(inbound, keys),
    )


def _add_rarely(said: dict[str, Any], placed: Placed) -> None:
    """What most requests do not have."""
    redacted = placed.redacted
    if placed.rejected:
        said["rejected"] = [
            {"deployment": r.deployment, "reason": r.reason, "detail": r.detail}
            for r in placed.rejected
        ]
    if placed.fallbacks:
        said["fallbacks"] = {each.model: [d.id for d in each.lawful] for each in placed.fallbacks}
    if (held := redacted.held) is not None:
        said["pinned"] = {"by": held.place, "holder": held.holder}
    if redacted.stored:
        said["stored"] = True
    if placed.waived:
        said["waived"] = list(placed.waived)
    if redacted.lines:
        said["lines"] = [_line(each) for each in redacted.lines]


def intent_refused(  # noqa: PLR0913 - as far as a request got
    arrival: Arrival,
    refusal: Refusal | None,
    asked: Asked | None,
    policy: Policy | None,
    redacted: Redacted | None,
    *,
    shadowed: Shadowed | None = None,
) -> Draft:
    """The intent of a request that stopped before it could leave, as far as it got."""
    decision = "blocked" if refusal is not None and refusal.outcome == "blocked" else "refused"
    said: dict[str, Any] = {
        **_about(arrival),
        **(_asked(asked.inbound) if asked else {}),
        **(_person(asked.inbound) if asked and asked.keys == NO_KEYS else {}),
        **(_policy(policy) if policy else {}),
        **(_found(redacted) if redacted else {}),
        "decision": decision,
        **_shadow(shadowed),
    }
    if refusal is not None:
        said |= {"code": refusal.code, "facts": plain(refusal.facts)}
    clear = {"dec": decision, "pol": policy.digest} if policy else {"dec": decision}
    who = _identity(asked.inbound, asked.keys) if asked and asked.keys else None
    return Draft(kind=Kind.INTENT, clear=clear, sealed=canonical(said), identity=who)


def planned(plan: Plan) -> dict[str, Any]:
    """A plan in few bytes: its first entries, and how many more there are.

    Returns:
        `objective`; `order`, each with its score and why it comes after others; `out`, each with
        the reason; `near`, those of `order` in the gateway's own zone, and `connect_ms`, where
        that decided between equals; `more_order` and `more_out`, where there are more of either;
        `class`, where the objective of the model is semantic; `timeouts_ms`, those in force.
    """
    first = zip(plan.order[:MOST_PLANNED], plan.scores, strict=False)
    order = [[d.id, f"{score:.6g}", *plan.doubts.get(d.id, ())] for d, score in first]
    out = [[r.deployment, r.reason] for r in plan.rejections[:MOST_PLANNED]]
    said: dict[str, Any] = {"objective": plan.objective, "order": order}
    if plan.route_class is not None:
        said["class"] = _sorted(plan.route_class)
    if out:
        said["out"] = out
    if near := [each[0] for each in order if each[0] in plan.near]:
        said["near"] = near
    times = {name: plan.connect_s[name] for name, *_ in order if name in plan.connect_s}
    if times:
        said["connect_ms"] = {name: f"{1e3 * time_s:.3g}" for name, time_s in times.items()}
    if plan.bounds is not None:
        said["timeouts_ms"] = plan.bounds.in_ms
    more = {"more_order": len(plan.order), "more_out": len(plan.rejections)}
    return said | {name: n - MOST_PLANNED for name, n in more.items() if n > MOST_PLANNED}


@lru_cache(maxsize=256)
def _planned(plan: Plan) -> orjson.Fragment:
    """A plan encoded; as long as everybody is well, many requests have the same one."""
    return orjson.Fragment(canonical(planned(plan)))


def _sorted(found: RouteClass) -> dict[str, str]:
    """A route class: its name, how the request came to it, and the numbers that were measured."""
    said = {"name": found.name, "by": found.by.value}
    numbers = {"similarity": found.similarity, "margin": found.margin}
    return said | {name: f"{each:.3f}" for name, each in numbers.items() if each is not None}


def _source(cached: Source) -> dict[str, Any]:
    """The exchange whose answer is given again, and where its intent record is."""
    receipt = cached.receipt
    return {"request": cached.request, "origin": receipt.origin, "intent": receipt.index}


def _add_money(said: dict[str, Any], journal: Journal) -> None:
    """What was reserved, what nobody counted, who was asked instead, and whose part broke off."""
    if journal.reserved_usd is not None:
        said["reserved_usd"] = journal.reserved_usd
    if journal.billed_usd is not None:
        said["billed_usd"] = journal.billed_usd
    if journal.fallback is not None:
        said["fallback"] = journal.fallback
    if journal.downgraded:
        said["downgraded"] = list(journal.downgraded)
    if journal.resumed:
        said["resumed"] = list(journal.resumed)
    if journal.resumed_entities:
        said["resumed_entities"] = dict(sorted(journal.resumed_entities.items()))
    if journal.estimated_nano:
        said["estimated_usd"] = shown_usd(journal.estimated_nano)


def outcome(arrival: Arrival, journal: Journal, now_us: int, intent: int | None) -> Draft:
    """How it ended; `intent` is the index of the intent, None when it is in the same group."""
    said: dict[str, Any] = {
        "request": arrival.id,
        "ending": journal.ending,
        "duration_us": max(0, now_us - arrival.received_us),
        "attempts": [_attempt(a) for a in journal.attempts],
        "restored": journal.restored,
        "unrestored": journal.unrestored,
        "status": journal.status,
        "code": journal.code,
        "deployment": journal.deployment,
        "left_out": list(journal.left_out),
        "kept": journal.kept,
        "cost_usd": journal.cost_usd,
        "provider_request_id": plain(journal.provider_request_id),
        "finish": plain(journal.finish),
        "usage": None,
    }
    _add_money(said, journal)
    if journal.cache is not None:
        said["cache"] = str(journal.cache)
    if journal.measured:
        said["measured"] = {unit.value: str(amount) for unit, amount in journal.measured}
    if journal.cost_unknown is not None:
        said["cost_unknown"] = journal.cost_unknown
    if (usage := journal.usage) is not None:
        said["usage"] = {
            "input": usage.input,
            "output": usage.output,
            "cached_input": usage.cached_input,
            "cache_write": usage.cache_write,
            "cache_write_long": usage.cache_write_long,
            **{name: tokens for name in _PARTS if (tokens := getattr(usage, name))},
        }
    if journal.tool is not None:
        said["tool"] = tool_outcome(journal.tool)
    if journal.tier not in (None, Tier.STANDARD):
        said["tier"] = str(journal.tier)
    clear: dict[str, str | int] = {"end": str(journal.ending)}
    if intent is not None:
        clear["of"] = intent
    return Draft(kind=Kind.OUTCOME, clear=clear, sealed=canonical(said))


def policy_activated(policies: PolicySet, loaded: Mapping[str, str | int]) -> Draft:
    """Other documents come into force now, who answers for them, and what else is loaded."""
    said: dict[str, Any] = {
        **loaded,
        "digest": policies.digest,
        "documents": [each.id for each in policies.documents],
        "activated": True,
    }
    if (approval := policies.approval) is not None:
        said |= {
            "bundle": approval.bundle,
            "serial": approval.serial,
            "signers": list(approval.signers),
        }
    return Draft(kind=Kind.POLICY, clear={"pol": policies.digest}, sealed=canonical(said))


def keys_loaded(digest: str | None, loaded: Mapping[str, str | int]) -> Draft:
    """Other keys come into force now, beside the same documents."""
    return Draft(
        kind=Kind.POLICY,
        clear={"pol": digest or ""},
        sealed=canonical({"digest": digest, "loaded": True, **loaded}),
    )


def policy_changed(policy: Policy) -> Draft:
    """Requests from here on obey another set of documents."""
    return Draft(
        kind=Kind.POLICY, clear={"pol": policy.digest}, sealed=canonical({"digest": policy.digest})
    )


def ending_of(
    error: BaseException | None, *, committed: bool
) -> tuple[Ending, str | None, int | None]:
    """The ending, code and status that an exception means; None means that the client went away."""
    if isinstance(error, Stopping) and committed:
        return Ending.TRUNCATED, error.code, error.status
    if isinstance(error, Refusal):
        return Ending(error.outcome), error.code, error.status
    if isinstance(error, Exception) and not isinstance(error, ConnectionError):
        ending = Ending.TRUNCATED if committed else Ending.REFUSED
        return ending, "server.defect", 500
    return Ending.CLIENT_CANCEL, None, None


def plain(value: object, depth: int = _MAX_DEPTH) -> Any:  # noqa: ANN401 - any JSON value
    """A value as restricted JSON: bounded, valid UTF-8, other types by their name only."""
    if isinstance(value, str):
        short = value[:_MAX_TEXT]
        return short if short.isascii() else short.encode("utf-8", "replace").decode()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= 2**53 else str(value)[:_MAX_TEXT]
    if isinstance(value, Mapping) and depth:
        pairs = list(value.items())[:_MAX_ITEMS]
        return {str(plain(str(k))): plain(v, depth - 1) for k, v in pairs}
    if isinstance(value, list | tuple | set | frozenset) and depth:
        return [plain(v, depth - 1) for v in list(value)[:_MAX_ITEMS]]
    return str(value) if isinstance(value, float) else type(value).__name__


def _about(arrival: Arrival) -> dict[str, Any]:
    return {
        "request": arrival.id,
        "surface": arrival.surface,
        "received_us": arrival.received_us,
    }


def _person(inbound: Inbound) -> dict[str, Any]:
    return {"user": inbound.principal.user, "key": inbound.principal.key_id}


def _identity(inbound: Inbound, keys: Keys) -> Identity | None:
    if keys.identity is None:
        return None
    return Identity(row=keys.identity, data=canonical(_person(inbound)))


def _asked(inbound: Inbound) -> dict[str, Any]:
    who, question = inbound.principal, inbound.question
    said = {
        "tenant": who.tenant,
        "team": who.team,
        **({"tags": dict(inbound.tags)} if inbound.tags else {}),
        "dialect": question.dialect,
        "model": plain(question.model),  # the client's own words
        "stream": question.stream,
    }
    if question.recall is not None:
        said["session"] = plain(question.recall.id)  # the provider's name for it
    return said


def _policy(policy: Policy) -> dict[str, Any]:
    said = {
        "policy": policy.digest,
        "documents": list(policy.documents),
        "detail": policy.audit_detail,
    }
    if policy.unsure:
        said["unsure"] = list(policy.unsure)
    return said


def _shadow(shadowed: Shadowed | None) -> dict[str, Any]:
    if shadowed is None:
        return {}
    changes = [
        {"subject": c.subject, "before": c.before, "after": c.after, "way": c.way}
        for c in shadowed.changes
    ]
    return {"shadow": {"policy": shadowed.digest, "changes": changes}}


def _found(redacted: Redacted) -> dict[str, Any]:
    return {"entities": dict(redacted.entities), "rules": list(redacted.rules)}


def _line(line: Line) -> list[Any]:
    """One request of many: the digest of what is sent, and what was found in it, if anything."""
    return [line.sha256, dict(line.entities)] if line.entities else [line.sha256]


@lru_cache(maxsize=1024)
def _place(provider: str, inference: frozenset[str], storage: frozenset[str]) -> orjson.Fragment:
    """Who would see the request there, and in which countries; none means unknown."""
    place = {"provider": provider, "inference": sorted(inference), "storage": sorted(storage)}
    return orjson.Fragment(canonical(place))


def _attempt(attempt: Attempt) -> dict[str, Any]:
    said: dict[str, Any] = {
        "deployment": attempt.deployment,
        "provider": attempt.provider,
        "model": attempt.model,
        "result": attempt.result,
        "started_us": attempt.started_us,
        "duration_us": attempt.duration_us,
        "sent_sha256": attempt.sent_sha256,
    }
    if attempt.patience_us is not None:
        said["patience_us"] = attempt.patience_us
    return said


def _content(inbound: Inbound, redacted: Redacted, policy: Policy, keys: Keys) -> Content | None:
    if policy.audit_detail is Detail.METADATA:
        return None
    sent = redacted.envelope.addressed(orjson.dumps(plain(inbound.question.model)))
    if policy.audit_detail is Detail.REDACTED:
        return Content(level=Level.REDACTED, data=sent, row=keys.content)
    if not inbound.body:  # the policy asks for what the server did not hand over
        raise AuditDown("the policy asks for the full request, which is not at hand")
    return Content(level=Level.FULL, data=joined(inbound.body, sent), row=keys.content)
