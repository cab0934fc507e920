"""A log that an auditor may get to see: March of a team, with everything that can happen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import orjson

from guardrail_gw.audit import facts
from guardrail_gw.audit.record import Draft
from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.cached import Source
from guardrail_gw.core.deployment import Deployment, Rejection
from guardrail_gw.core.exchange import (
    Arrival,
    Attempt,
    Ending,
    Envelope,
    Inbound,
    Journal,
    Placed,
    Question,
    Receipt,
    Redacted,
)
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.reason import Reason
from guardrail_gw.core.text import Entity
from guardrail_gw.errors import Blocked, NoLawfulUpstream, Refusal
from guardrail_gw.policy.policy import Detail
from tests.support.audit_world import SteadyClock, World, policy

MARCH_US = 1_772_323_200_000_000
"""1 March 2026, 00:00 UTC."""
OBEYED = "sha256:" + sha256(b"the policies of March").hexdigest()
_HOUR_S = 3600.0


def deployment(name: str, provider: str, *countries: str) -> Deployment:
    """Somewhere that a request may go."""
    return Deployment(
        id=name,
        provider=provider,
        model="m",
        base_url="http://127.0.0.1:1",
        dialect="openai_chat",
        inference=frozenset(countries),
        storage=frozenset(countries),
    )


PARIS = deployment("mistral-paris", "mistral", "FR")
FRANKFURT = deployment("azure-frankfurt", "azure-openai", "DE")
VIRGINIA = deployment("openai-us", "openai", "US")
OUT = Rejection(
    deployment="openai-us",
    reason=Reason.INFERENCE_OUTSIDE,
    detail="default/residency allows EU; it may run in US",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One exchange to be recorded."""

    user: str = "anna.schmidt"
    team: str = "support"
    model: str = "assistant"
    found: Mapping[str, int] = field(default_factory=dict)
    went: tuple[Deployment, ...] = (FRANKFURT,)
    """Every attempt; the last one answered."""
    rejected: tuple[Rejection, ...] = (OUT,)
    refusal: Refusal | None = None
    detail: Detail = Detail.METADATA
    asked: str = "Hello"
    sent: str = "Hello"
    tool: str = ""
    cost: str = "0.0042"
    ending: Ending = Ending.OK
    again: str = ""
    """The request whose answer it got; then nobody was asked."""
    answered: bool = True
    """Whether there is an outcome at all."""


def drafts(told: Told, number: int, now_us: int) -> list[Draft]:
    """The intent of an exchange, and its outcome if it has one."""
    asked = _inbound(told, number, now_us)
    obeyed = policy(told.detail, OBEYED)
    cleared = _redacted(told, asked)
    ended = facts.outcome(asked.arrival, _journal(told, number, now_us), now_us + 840_000, None)
    if told.refusal is not None:
        who = facts.Asked(inbound=asked)
        intent = facts.intent_refused(asked.arrival, told.refusal, who, obeyed, cleared)
    else:
        placed = Placed(
            redacted=cleared,
            lawful=tuple(dict.fromkeys(told.went)),
            rejected=told.rejected,
            rules=("default/residency",) if told.rejected else (),
        )
        cached = _source(told.again) if told.again else None
        intent = facts.intent_allowed(asked, placed, obeyed, cached=cached)
    return [intent, ended] if told.answered else [intent]


def written(keyed: World, days: Sequence[Sequence[Told]], *, closed: bool = True) -> None:
    """Write a log: one process run for each day, an exchange every hour."""
    clock, number = SteadyClock(), 0
    for day, exchanges in enumerate(days):
        clock.at_us = MARCH_US + day * 86_400_000_000
        ledger = keyed.ledger(clock)
        ledger.open()
        for told in exchanges:
            clock.pass_s(_HOUR_S)
            number += 1
            ledger.append([drafts(told, number, clock.at_us)])
        if closed or day < len(days) - 1:
            ledger.close()


def _source(request: str) -> Source:
    receipt = Receipt(origin="guardrail-gw/test", index=3, leaf_hash="")
    return Source(request=RequestId(request), receipt=receipt)


def _inbound(told: Told, number: int, now_us: int) -> Inbound:
    body: dict[str, Any] = {
        "model": told.model,
        "messages": [
            {"role": "system", "content": "You answer letters of customers."},
            {"role": "user", "content": told.asked},
        ],
    }
    if told.tool:
        body["tools"] = [{"type": "function", "function": {"name": told.tool}}]
    question = Question(
        dialect="openai_chat",
        model=told.model,
        stream=False,
        segments=(),
        attachments=(),
        source=None,
    )
    who = Principal(tenant="acme", team=told.team, user=told.user, key_id=f"key-{told.team}")
    arrival = Arrival(id=RequestId(f"0195-{number:04d}"), surface="openai_chat", received_us=now_us)
    return Inbound(arrival=arrival, principal=who, question=question, body=orjson.dumps(body))


def _redacted(told: Told, asked: Inbound) -> Redacted:
    body = orjson.loads(asked.body)
    body["messages"][1]["content"] = told.sent
    rest = orjson.dumps({name: body[name] for name in body if name != "model"})
    return Redacted(
        inbound=asked,
        envelope=Envelope(before=b'{"model":', after=b"," + rest[1:]),
        originals={},
        entities={Entity(name): count for name, count in told.found.items()},
        rules=tuple(sorted(f"default/pii.{name}" for name in told.found)),
        policy_digest=OBEYED,
    )


def _journal(told: Told, number: int, now_us: int) -> Journal:
    if told.refusal is not None:
        return Journal(
            ending=Ending(told.refusal.outcome),
            code=told.refusal.code,
            status=told.refusal.status,
        )
    if told.again:
        return Journal(cache="hit", deployment=told.went[-1].id, cost_usd="0", status=200)
    last = len(told.went) - 1
    attempts = [
        Attempt(
            deployment=where.id,
            provider=where.provider,
            model="m",
            result="ok" if at == last and told.ending is Ending.OK else "http_503",
            started_us=now_us,
            duration_us=310_000 + 1000 * at,
            sent_sha256=sha256(b"%d" % number).hexdigest(),
        )
        for at, where in enumerate(told.went)
    ]
    return Journal(
        attempts=attempts,
        deployment=told.went[-1].id if told.ending is Ending.OK else None,
        usage=Usage(input=420, output=130) if told.ending is Ending.OK else None,
        cost_usd=told.cost if told.ending is Ending.OK else None,
        provider_request_id=f"prov-{number}",
        finish="stop",
        status=200 if told.ending is Ending.OK else 502,
        restored=sum(told.found.values()),
        ending=told.ending,
    )


LETTER = (
    "Draft a reply to Erika Mustermann, erika@example.org: the refund of 120 € goes to "
    "IBAN DE89 3704 0044 0532 0130 00.\nBe kind."
)
LETTER_SENT = (
    "Draft a reply to PERSON_7K2QX9MD, EMAIL_ADDRESS_4W8RJ2TZ: the refund of 120 € goes to "
    "IBAN IBAN_CODE_0QF6ZC3H.\nBe kind."
)
HOSTILE = (
    "<script>document.title='owned'</script> \x1b[31mred\x1b[0m \u202egnp.exe\u202c "
    "zero\u200bwidth "
    "<img src=x onerror=alert(1)> javascript:alert(1) {{ 7*7 }}"
)
FOUND = {"PERSON": 1, "EMAIL_ADDRESS": 1, "IBAN_CODE": 1}
KEPT = Told(detail=Detail.REDACTED, found=FOUND, asked=LETTER, sent=LETTER_SENT)
FULL = replace(KEPT, detail=Detail.FULL, went=(PARIS,))
BLOCKED = Told(
    found={"CREDENTIAL": 1},
    refusal=Blocked(
        "the policy forbids sending CREDENTIAL (1)",
        facts={"entities": {"CREDENTIAL": 1}, "rules": ["default/pii.CREDENTIAL"]},
    ),
)
UNLAWFUL = Told(
    user="bo.larsen",
    team="research",
    found={"PERSON": 2},
    refusal=NoLawfulUpstream(
        "the policy allows EU only for this request",
        facts={
            "rules": ["default/residency"],
            "rejected": [
                {"deployment": OUT.deployment, "reason": OUT.reason, "detail": OUT.detail}
            ],
        },
    ),
)
PLAIN = Told(user="bo.larsen", team="research", went=(VIRGINIA,), rejected=(), cost="0.0011")
OVER = replace(KEPT, went=(FRANKFURT, PARIS), cost="0.0073")
MARCH = (
    (KEPT, PLAIN, FULL, PLAIN, KEPT),
    (BLOCKED, OVER, PLAIN, UNLAWFUL),
    (PLAIN, replace(KEPT, user="carla.rossi", asked=HOSTILE, sent=HOSTILE, tool="crm.read"), KEPT),
    (replace(PLAIN, ending=Ending.PROVIDER_ERROR), KEPT, PLAIN, PLAIN, BLOCKED),
    (KEPT, replace(KEPT, user="carla.rossi", model="writer", cost="0.0131"), PLAIN),
)
"""Five days of a team."""
