"""Requests and answers for tests of the cache."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import (
    AnswerEvent,
    Arrival,
    Envelope,
    EventKind,
    Inbound,
    Journal,
    Placed,
    Question,
    Receipt,
    Recorded,
    Redacted,
    Reply,
)
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.plan import Plan
from tests.support.routing_world import deployment

FRANKFURT, DUBLIN = deployment("frankfurt"), deployment("dublin")


def redacted(
    *,
    question: Mapping[str, Any] | None = None,
    inbound: Mapping[str, Any] | None = None,
    principal: Mapping[str, Any] | None = None,
    **more: Any,
) -> Redacted:
    """A plain request of chat, with other values where a test says so."""
    asked: dict[str, Any] = {
        "dialect": "openai_chat",
        "model": "m",
        "stream": True,
        "segments": (),
        "attachments": (),
        "source": None,
    }
    who = {"tenant": "acme", "team": "crm", "user": "ci", "key_id": "k1"}
    came: dict[str, Any] = {
        "arrival": Arrival(id=RequestId("r"), surface="openai_chat", received_us=0),
        "principal": Principal(**{**who, **(principal or {})}),
        "question": Question(**{**asked, **(question or {})}),
    }
    made: dict[str, Any] = {
        "inbound": Inbound(**{**came, **(inbound or {})}),
        "envelope": Envelope(before=b'{"model":', after=b',"messages":[]}'),
        "originals": {},
        "entities": {},
        "rules": (),
        "policy_digest": "sha256:0",
        "documents": ("base",),
    }
    return Redacted(**{**made, **more})


def placed(request: Redacted, *lawful: Deployment) -> Placed:
    """A request that may go to these."""
    return Placed(redacted=request, lawful=lawful or (FRANKFURT, DUBLIN), rejected=(), rules=())


def recorded(where: Placed, *, name: str = "r", index: int = 7) -> Recorded:
    """The same on record, under the id `name`."""
    inbound = where.redacted.inbound
    arrival = replace(inbound.arrival, id=RequestId(name))
    request = replace(where.redacted, inbound=replace(inbound, arrival=arrival))
    return Recorded(
        placed=replace(where, redacted=request),
        receipt=Receipt(origin="o", index=index, leaf_hash=""),
        journal=Journal(status=200, deployment="frankfurt"),
    )


def plan(*order: Deployment) -> Plan:
    """Who is asked."""
    return Plan(order=order or (FRANKFURT, DUBLIN))


def chunk(text: str = "", reason: str | None = None, **more: Any) -> AnswerEvent:
    """A piece of a streamed chat."""
    data = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}], **more}
    return AnswerEvent(kind=EventKind.CONTENT, data=data, finish=reason)


END = AnswerEvent(kind=EventKind.DONE)


def answer() -> list[AnswerEvent]:
    """A streamed chat that is said in full."""
    return [chunk("Hello"), chunk(" PERSON_7K2QX9MD"), chunk(reason="stop"), END]


def reply(events: Iterable[AnswerEvent], **more: Any) -> Reply:
    """An answer on its way."""
    said: dict[str, Any] = {"deployment": FRANKFURT, "stream": True, "events": _each(events)}
    return Reply(**{**said, **more})


async def _each(events: Iterable[AnswerEvent]) -> AsyncIterator[AnswerEvent]:
    for event in events:
        yield event


async def read(on_its_way: Reply) -> Sequence[AnswerEvent]:
    """All of it."""
    return [event async for event in on_its_way.events]
