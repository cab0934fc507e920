"""Messages requests and answers, taken through dialect and redaction, for tests."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from guardrail_gw.core.exchange import (
    BARE,
    AnswerEvent,
    Arrival,
    Head,
    Inbound,
    Journal,
    Redacted,
    Reply,
)
from guardrail_gw.core.identity import RequestId
from guardrail_gw.dialects.anthropic_messages.dialect import AnthropicMessages
from guardrail_gw.policy.policy import Action
from guardrail_gw.redaction.redaction import Redaction
from tests.support.chat import DEPLOYMENT, KEY, PRINCIPAL, Told, encoded, inline, policy, read_by

MESSAGES = AnthropicMessages()


def body(content: Any, **more: Any) -> bytes:
    """A request with one message of a user."""
    messages = [{"role": "user", "content": content}]
    return encoded({"model": "claude", "max_tokens": 9, "messages": messages, **more})


def seen(raw: bytes, head: Head = BARE) -> dict[str, str]:
    """Each segment's text with its place."""
    return {s.text: s.place for s in MESSAGES.parse(raw, head).segments}


def room(detector: Told) -> Redaction:
    """The redaction room with a detector."""
    return Redaction(detector, KEY, [MESSAGES], offload=inline)


async def redacted(
    raw: bytes,
    values: Mapping[str, str],
    actions: Mapping[str, Action] | None = None,
    *,
    head: Head = BARE,
) -> Redacted:
    """Take one request through the room; attachments are allowed."""
    arrival = Arrival(id=RequestId("r"), surface=MESSAGES.name, received_us=0)
    inbound = Inbound(arrival=arrival, principal=PRINCIPAL, question=MESSAGES.parse(raw, head))
    return await room(Told(values)).apply(inbound, policy(actions, attachments_allowed=True))


def sent(request: Redacted) -> bytes:
    """What the provider receives."""
    return request.envelope.addressed(b'"claude"')


def read(
    raw: bytes, cuts: Sequence[int] = (), *, streamed: bool = True, head: Head = BARE
) -> list[AnswerEvent]:
    """The events of an answer that arrives cut at the given places."""
    return read_by(MESSAGES.reader(stream=streamed, head=head), raw, cuts)


async def answered(
    request: Redacted, raw: bytes, cuts: Sequence[int] = (), *, streamed: bool = True
) -> tuple[bytes, Journal]:
    """Restore an answer; return what the client gets, and the journal."""
    head = request.inbound.question.head

    async def events() -> AsyncIterator[AnswerEvent]:
        for event in read(raw, cuts, streamed=streamed, head=head):
            yield event

    journal = Journal()
    reply = Reply(deployment=DEPLOYMENT, stream=streamed, events=events())
    pieces = [piece async for piece in room(Told()).restore(request, reply, journal)]
    return b"".join(pieces), journal


def stream(events: Sequence[Mapping[str, Any]]) -> bytes:
    """Events as server-sent events."""
    return b"".join(b"event: %b\ndata: %b\n\n" % (e["type"].encode(), encoded(e)) for e in events)


def events_of(raw: bytes) -> list[dict[str, Any]]:
    """The events that a client reads."""
    return [json.loads(line[6:]) for line in raw.split(b"\n") if line.startswith(b"data: ")]


def message(*blocks: tuple[dict[str, Any], Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The events of one message: each block as it begins, and its deltas."""
    head = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "m"}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**head, "usage": {"input_tokens": 1}}}
    ]
    for index, (block, deltas) in enumerate(blocks):
        at = {"index": index}
        events.append({"type": "content_block_start", **at, "content_block": block})
        events += [{"type": "content_block_delta", **at, "delta": d} for d in deltas]
        events.append({"type": "content_block_stop", **at})
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    events.append({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 2}})
    return [*events, {"type": "message_stop"}]


def joined(events: Sequence[Mapping[str, Any]], index: int, key: str) -> str:
    """What the deltas of one block say under `key`."""
    return "".join(
        e["delta"].get(key, "")
        for e in events
        if e["type"] == "content_block_delta" and e["index"] == index
    )
