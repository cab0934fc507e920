"""Chat requests, answers and a detector that finds what it is told to, for tests."""

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeVar

import presidio_anonymizer.operators  # noqa: F401 - loading reads files: before a loop runs

from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import AnswerEvent, Arrival, Inbound, Journal, Redacted, Reply
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.dialects.openai_chat.dialect import OpenAIChat
from guardrail_gw.policy.policy import Action, Detail, EntityRule, Policy
from guardrail_gw.redaction.placeholder import TokenKey
from guardrail_gw.redaction.redaction import Redaction

T = TypeVar("T")
CHAT = OpenAIChat()
KEY = TokenKey(bytes(range(32)))
PRINCIPAL = Principal(tenant="acme", team="web", user="bot", key_id="k1")
DEPLOYMENT = Deployment(
    id="d",
    provider="p",
    model="m",
    base_url="http://127.0.0.1",
    dialect="openai_chat",
    inference=frozenset(),
    storage=frozenset(),
)


@dataclass(slots=True)
class Told:
    """A detector that finds the values it was given, in prose only if `prose_only`."""

    values: Mapping[str, str] = field(default_factory=dict)
    """Value -> entity."""
    prose_only: bool = False
    score: float = 0.9
    countries: list[frozenset[str]] = field(default_factory=list)
    """What each call asked for."""

    async def detect(
        self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
    ) -> Sequence[tuple[Finding, ...]]:
        """Find the values."""
        self.countries.append(countries)
        return [self._in(s) for s in segments]

    def _in(self, segment: Segment) -> tuple[Finding, ...]:
        if self.prose_only and segment.kind.value != "prose":
            return ()
        return tuple(
            Finding(
                start=m.start(),
                end=m.end(),
                entity=Entity(entity),
                score=self.score,
                recognizer="told",
            )
            for value, entity in self.values.items()
            for m in re.finditer(re.escape(value), segment.text)
        )


@dataclass(slots=True)
class Elsewhere:
    """An offload that notes what it was given."""

    sizes: list[int] = field(default_factory=list)

    async def __call__(self, function: Callable[[], T], *, size: int) -> T:
        """Do it at once."""
        self.sizes.append(size)
        return function()


async def inline(function: Callable[[], T], *, size: int) -> T:
    """Run at once, whatever the size."""
    return function()


def policy(
    actions: Mapping[str, Action] | None = None,
    *,
    min_score: float = 0.5,
    attachments_allowed: bool = False,
) -> Policy:
    """Every entity becomes a placeholder, but for the given ones."""
    rules = {
        Entity(e): EntityRule(action=a, min_score=min_score, rule=f"test/{e}")
        for e, a in (actions or {}).items()
    }
    return Policy(
        digest="sha256:0",
        documents=("test",),
        entities=rules,
        default=EntityRule(action=Action.TOKEN, min_score=min_score, rule="test/default"),
        attachments_allowed=attachments_allowed,
        residency=(),
        audit_detail=Detail.METADATA,
    )


def body(content: Any, **more: Any) -> bytes:
    """A request with one message of a user."""
    return encoded({"model": "gpt", "messages": [{"role": "user", "content": content}], **more})


def encoded(value: Any) -> bytes:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def inbound(raw: bytes) -> Inbound:
    """A request at the redaction room's door."""
    arrival = Arrival(id=RequestId("r"), surface="openai_chat", received_us=0)
    return Inbound(arrival=arrival, principal=PRINCIPAL, question=CHAT.parse(raw))


def redaction(detector: Told) -> Redaction:
    """The room with a detector."""
    return Redaction(detector, KEY, [CHAT], offload=inline)


async def redacted(
    raw: bytes, values: Mapping[str, str], actions: Mapping[str, Action] | None = None
) -> Redacted:
    """Take one request through the room."""
    return await redaction(Told(values)).apply(inbound(raw), policy(actions))


def sent(request: Redacted) -> Any:
    """What the provider receives, parsed."""
    return json.loads(request.envelope.addressed(b'"gpt"'))


def chunk(delta: Any, finish: str | None = None, index: int = 0, **more: Any) -> dict[str, Any]:
    """One chunk of a streamed answer."""
    choice = {"index": index, "delta": delta, "finish_reason": finish, **more}
    return {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
    }


def stream(chunks: Sequence[Any], *, done: bool = True) -> bytes:
    """Chunks as server-sent events."""
    frames = b"".join(b"data: " + encoded(c) + b"\n\n" for c in chunks)
    return frames + (b"data: [DONE]\n\n" if done else b"")


def read(raw: bytes, cuts: Sequence[int] = (), *, streamed: bool = True) -> list[AnswerEvent]:
    """The events of an answer that arrives cut at the given places."""
    return read_by(CHAT.reader(stream=streamed), raw, cuts)


def read_by(reader: AnswerReader, raw: bytes, cuts: Sequence[int] = ()) -> list[AnswerEvent]:
    """What a reader makes of these bytes, cut at the given places."""
    edges = [0, *sorted({min(c, len(raw)) for c in cuts}), len(raw)]
    events: list[AnswerEvent] = []
    for start, end in pairwise(edges):
        events += reader.feed(raw[start:end])
    events += reader.end()
    return events


async def answered(
    request: Redacted, raw: bytes, cuts: Sequence[int] = (), *, streamed: bool = True
) -> tuple[list[bytes], Journal]:
    """Restore an answer; return the pieces the client gets, and the journal."""

    async def events() -> AsyncIterator[AnswerEvent]:
        for event in read(raw, cuts, streamed=streamed):
            yield event

    journal = Journal()
    reply = Reply(deployment=DEPLOYMENT, stream=streamed, events=events())
    room = redaction(Told())
    pieces = [piece async for piece in room.restore(request, reply, journal)]
    return pieces, journal


def chunks_of(pieces: Sequence[bytes]) -> list[dict[str, Any]]:
    """The chunks that a client reads."""
    return [e.data for e in read(b"".join(pieces)) if e.data is not None]


def joined(chunks: Sequence[dict[str, Any]], *path: str | int, index: int = 0) -> str:
    """The text that a client assembles at `path` of one choice's deltas; ints name `index`es."""
    choices = (c for one in chunks for c in one["choices"] if c["index"] == index)
    return "".join(_at(c["delta"], path) for c in choices)


def _at(value: Any, path: Sequence[str | int]) -> str:
    for step in path:
        if isinstance(step, int):
            value = next((v for v in value if v.get("index", step) == step), {})
        else:
            value = value.get(step) or {}
    return value if isinstance(value, str) else ""
