"""Gemini requests and answers, taken through dialect and redaction, for tests."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from guardrail_gw.core.exchange import AnswerEvent, Arrival, Head, Inbound, Journal, Redacted, Reply
from guardrail_gw.core.identity import RequestId
from guardrail_gw.dialects.gemini_generate.dialect import GeminiGenerate
from guardrail_gw.policy.policy import Action
from guardrail_gw.redaction.redaction import Redaction
from tests.support.chat import DEPLOYMENT, KEY, PRINCIPAL, Told, encoded, inline, policy, read_by

GEMINI = GeminiGenerate()


def head(operation: str = "generateContent", query: str = "", model: str = "gemini") -> Head:
    """What the path of a request says."""
    return GEMINI.head(f"/v1beta/models/{model}:{operation}{query}", {})


WHOLE = head()
STREAM = head("streamGenerateContent", "?alt=sse")
ARRAY = head("streamGenerateContent")
COUNT = head("countTokens")
EMBED = head("embedContent")
EMBED_MANY = head("batchEmbedContents")


def user(*parts: Any) -> dict[str, Any]:
    """A message of a user; a text stands for a part."""
    return {"role": "user", "parts": [{"text": p} if isinstance(p, str) else p for p in parts]}


def body(*parts: Any, **more: Any) -> bytes:
    """A request with one message of a user."""
    return encoded({"contents": [user(*parts)], **more})


def seen(raw: bytes, at: Head = WHOLE) -> dict[str, str]:
    """Each segment's text with its place."""
    return {s.text: s.place for s in GEMINI.parse(raw, at).segments}


def room(detector: Told) -> Redaction:
    """The redaction room with a detector."""
    return Redaction(detector, KEY, [GEMINI], offload=inline)


async def redacted(
    raw: bytes,
    values: Mapping[str, str],
    actions: Mapping[str, Action] | None = None,
    *,
    at: Head = WHOLE,
) -> Redacted:
    """Take one request through the room; attachments are allowed."""
    arrival = Arrival(id=RequestId("r"), surface=GEMINI.name, received_us=0)
    inbound = Inbound(arrival=arrival, principal=PRINCIPAL, question=GEMINI.parse(raw, at))
    return await room(Told(values)).apply(inbound, policy(actions, attachments_allowed=True))


def sent(request: Redacted) -> bytes:
    """What the provider receives."""
    return request.envelope.addressed(b'"gemini"')


def read(raw: bytes, cuts: Sequence[int] = (), *, at: Head = STREAM) -> list[AnswerEvent]:
    """The events of an answer that arrives cut at the given places."""
    streamed = "stream" in at.path
    return read_by(GEMINI.reader(stream=streamed, head=at), raw, cuts)


async def answered(
    request: Redacted, raw: bytes, cuts: Sequence[int] = ()
) -> tuple[bytes, Journal]:
    """Restore an answer; return what the client gets, and the journal."""
    question = request.inbound.question

    async def events() -> AsyncIterator[AnswerEvent]:
        for event in read(raw, cuts, at=question.head):
            yield event

    journal = Journal()
    reply = Reply(deployment=DEPLOYMENT, stream=question.stream, events=events())
    pieces = [piece async for piece in room(Told()).restore(request, reply, journal)]
    return b"".join(pieces), journal


def candidate(*parts: Any, finish: str | None = None, index: int | None = None) -> dict[str, Any]:
    """A candidate; a text stands for a part."""
    given = [{"text": p} if isinstance(p, str) else p for p in parts]
    said: dict[str, Any] = {"content": {"role": "model", "parts": given}}
    if finish is not None:
        said["finishReason"] = finish
    if index is not None:
        said["index"] = index
    return said


def answer(*candidates: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A whole answer, or a part of a streamed one."""
    return {"candidates": list(candidates), "modelVersion": "m", "responseId": "r1", **more}


def stream(parts: Sequence[Mapping[str, Any]]) -> bytes:
    """Parts of an answer as server-sent events."""
    return b"".join(b"data: %b\r\n\r\n" % encoded(part) for part in parts)


def array(parts: Sequence[Mapping[str, Any]]) -> bytes:
    """Parts of an answer as one JSON array, with the white space that is usual."""
    pretty = (json.dumps(part, ensure_ascii=False, indent=2).encode() for part in parts)
    return b"[" + b"\n,\r\n".join(pretty) + b"\n]\n"


def events_of(raw: bytes) -> list[dict[str, Any]]:
    """The events that a client reads."""
    return [json.loads(line[6:]) for line in raw.splitlines() if line.startswith(b"data: ")]


def joined(parts: Sequence[Mapping[str, Any]], *, thought: bool = False, index: int = 0) -> str:
    """What a candidate says, or thinks, as a client puts it together."""
    return "".join(
        p["text"]
        for each in parts
        for c in each.get("candidates", ())
        if c.get("index", 0) == index
        for p in c.get("content", {}).get("parts", ())
        if "text" in p and bool(p.get("thought")) is thought
    )
