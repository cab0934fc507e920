"""Cohere's chats, taken through dialect and redaction, for tests."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from guardrail_gw.core.exchange import AnswerEvent, Arrival, Inbound, Journal, Redacted, Reply
from guardrail_gw.core.identity import RequestId
from guardrail_gw.dialects.cohere_chat.dialect import CohereChat
from guardrail_gw.dialects.cohere_chat_v1.dialect import CohereChatV1
from guardrail_gw.policy.policy import Action
from guardrail_gw.redaction.redaction import Redaction
from tests.support.chat import DEPLOYMENT, KEY, PRINCIPAL, Told, encoded, inline, policy, read_by

V2, V1 = CohereChat(), CohereChatV1()


def body(content: Any, **more: Any) -> bytes:
    """A request with one message of a user."""
    messages = [{"role": "user", "content": content}]
    return encoded({"model": "command", "messages": messages, **more})


def message(text: Any, **more: Any) -> bytes:
    """A request of the first chat."""
    return encoded({"model": "command", "message": text, **more})


def asked(dialect: CohereChat, text: str, **more: Any) -> bytes:
    """A request in either."""
    return message(text, **more) if dialect is V1 else body(text, **more)


def seen(dialect: CohereChat, raw: bytes) -> dict[str, str]:
    """Each segment's text with its place."""
    return {s.text: s.place for s in dialect.parse(raw).segments}


def room(dialect: CohereChat, detector: Told) -> Redaction:
    """The redaction room with a detector."""
    return Redaction(detector, KEY, [dialect], offload=inline)


async def redacted(
    dialect: CohereChat,
    raw: bytes,
    values: Mapping[str, str],
    actions: Mapping[str, Action] | None = None,
) -> Redacted:
    """Take one request through the room; attachments are allowed."""
    arrival = Arrival(id=RequestId("r"), surface=dialect.name, received_us=0)
    inbound = Inbound(arrival=arrival, principal=PRINCIPAL, question=dialect.parse(raw))
    ruling = policy(actions, attachments_allowed=True)
    return await room(dialect, Told(values)).apply(inbound, ruling)


def sent(request: Redacted) -> bytes:
    """What the provider receives."""
    return request.envelope.addressed(b'"command"')


def read(
    dialect: CohereChat, raw: bytes, cuts: Sequence[int] = (), *, streamed: bool = True
) -> list[AnswerEvent]:
    """The events of an answer that arrives cut at the given places."""
    return read_by(dialect.reader(stream=streamed), raw, cuts)


async def answered(
    dialect: CohereChat,
    request: Redacted,
    raw: bytes,
    cuts: Sequence[int] = (),
    *,
    streamed: bool = True,
) -> tuple[bytes, Journal]:
    """Restore an answer; return what the client gets, and the journal."""

    async def events() -> AsyncIterator[AnswerEvent]:
        for event in read(dialect, raw, cuts, streamed=streamed):
            yield event

    journal = Journal()
    reply = Reply(deployment=DEPLOYMENT, stream=streamed, events=events())
    pieces = [p async for p in room(dialect, Told()).restore(request, reply, journal)]
    return b"".join(pieces), journal


def stream(dialect: CohereChat, events: Sequence[Mapping[str, Any]]) -> bytes:
    """Events as a provider sends them."""
    if dialect is V1:
        return b"".join(encoded(event) + b"\n" for event in events)
    frames = (b"event: %b\ndata: %b\n\n" % (e["type"].encode(), encoded(e)) for e in events)
    ends = bool(events) and events[-1]["type"] == "message-end"
    return b"".join(frames) + (b"data: [DONE]\n\n" if ends else b"")


def events_of(dialect: CohereChat, raw: bytes) -> list[dict[str, Any]]:
    """The events that a client reads."""
    lines: Iterator[bytes] = iter(raw.split(b"\n"))
    if dialect is not V1:
        lines = (line[6:] for line in lines if line.startswith(b"data: "))
    return [json.loads(line) for line in lines if line.strip() and line != b"[DONE]"]


def delta(kind: str, index: int | None = None, **message: Any) -> dict[str, Any]:
    """An event of a message."""
    at = {} if index is None else {"index": index}
    return {"type": kind, **at, "delta": {"message": message}}


def told(*pieces: str) -> list[dict[str, Any]]:
    """The events of a message with one text."""
    said = [delta("content-delta", 0, content={"text": piece}) for piece in pieces]
    return [BEGIN, OPENED, *said, {"type": "content-end", "index": 0}, END]


def lines(*pieces: str, **more: Any) -> list[dict[str, Any]]:
    """The events of an answer of the first chat."""
    like = {"is_finished": False}
    said = [{**like, "event_type": "text-generation", "text": piece} for piece in pieces]
    whole = {"response_id": "r-1", "text": "".join(pieces), "finish_reason": "COMPLETE", **META}
    end = {"is_finished": True, "event_type": "stream-end", "finish_reason": "COMPLETE"}
    begin = {**like, "event_type": "stream-start", "generation_id": "g-1"}
    return [begin, *said, {**end, "response": {**whole, **more}}]


_EMPTY: dict[str, Any] = {"content": [], "tool_plan": "", "tool_calls": [], "citations": []}
BEGIN = {"id": "m-1", **delta("message-start", role="assistant", **_EMPTY)}
OPENED = delta("content-start", 0, content={"type": "text", "text": ""})
USAGE = {
    "billed_units": {"input_tokens": 7, "output_tokens": 9},
    "tokens": {"input_tokens": 500, "output_tokens": 10},
    "cached_tokens": 448,
}
META = {"meta": {"api_version": {"version": "1"}, **USAGE}}
END = {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": USAGE}}


def whole(*contents: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A whole answer with these contents."""
    message = {"role": "assistant", "content": list(contents), **more}
    return {"id": "m-1", "message": message, "finish_reason": "COMPLETE", "usage": USAGE}


def joined(events: Sequence[Mapping[str, Any]], *path: str, index: int = 0) -> str:
    """The text that a client assembles at `path` of the messages of one number's deltas."""
    out = ""
    for event in events:
        value: Any = event.get("delta", {}).get("message") if event.get("index", 0) == index else {}
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        out += value if isinstance(value, str) else ""
    return out
