"""Completions and embeddings, taken through dialect and redaction, for tests."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from guardrail_gw.core.exchange import AnswerEvent, Arrival, Inbound, Journal, Redacted, Reply
from guardrail_gw.core.identity import RequestId
from guardrail_gw.dialects.openai_completions.dialect import OpenAICompletions
from guardrail_gw.dialects.openai_embeddings.dialect import OpenAIEmbeddings
from guardrail_gw.redaction.redaction import Redaction
from tests.support.chat import DEPLOYMENT, KEY, PRINCIPAL, Told, encoded, inline, policy, read_by

COMPLETIONS = OpenAICompletions()
EMBEDDINGS = OpenAIEmbeddings()
Spoken = OpenAICompletions | OpenAIEmbeddings


def prompt(asked: Any, **more: Any) -> bytes:
    """A request for a completion."""
    return encoded({"model": "gpt", "prompt": asked, **more})


def texts(asked: Any, **more: Any) -> bytes:
    """A request for embeddings."""
    return encoded({"model": "gpt", "input": asked, **more})


def seen(dialect: Spoken, raw: bytes) -> dict[str, str]:
    """Each segment's text with its place."""
    return {s.text: s.place for s in dialect.parse(raw).segments}


def room(dialect: Spoken, detector: Told) -> Redaction:
    """The redaction room with a detector."""
    return Redaction(detector, KEY, [dialect], offload=inline)


async def redacted(dialect: Spoken, raw: bytes, values: Mapping[str, str]) -> Redacted:
    """Take one request through the room."""
    arrival = Arrival(id=RequestId("r"), surface=dialect.name, received_us=0)
    inbound = Inbound(arrival=arrival, principal=PRINCIPAL, question=dialect.parse(raw))
    return await room(dialect, Told(values)).apply(inbound, policy())


async def answered(
    dialect: Spoken,
    request: Redacted,
    raw: bytes,
    cuts: Sequence[int] = (),
    *,
    streamed: bool = False,
) -> tuple[bytes, Journal]:
    """Restore an answer; return what the client gets, and the journal."""

    async def events() -> AsyncIterator[AnswerEvent]:
        for event in read_by(dialect.reader(stream=streamed), raw, cuts):
            yield event

    journal = Journal()
    reply = Reply(deployment=DEPLOYMENT, stream=streamed, events=events())
    pieces = [piece async for piece in room(dialect, Told()).restore(request, reply, journal)]
    return b"".join(pieces), journal


def chunk(text: str, finish: str | None = None, index: int = 0, **more: Any) -> dict[str, Any]:
    """A chunk of a stream, or a whole completion."""
    choice = {"text": text, "index": index, "logprobs": None, "finish_reason": finish, **more}
    head = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m"}
    return {**head, "choices": [choice]}


def vectors(*embedded: Any, **more: Any) -> dict[str, Any]:
    """An answer with these embeddings."""
    data = [{"object": "embedding", "index": i, "embedding": e} for i, e in enumerate(embedded)]
    usage = {"prompt_tokens": 5, "total_tokens": 5}
    return {"object": "list", "data": data, "model": "m", "usage": usage, **more}
