"""What is changed: requests and answers of every dialect, recorded and as the tests know them."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from guardrail_gw.core.exchange import BARE, Head
from guardrail_gw.dialects.every import BY_NAME, PROVIDERS
from guardrail_gw.dialects.translation.hub import Event
from guardrail_gw.dialects.translation.translate import PROVIDED, SPOKES, is_translated
from tests.bench.scripted import answer, body, frames, words
from tests.support import cohere, converse
from tests.support.recorded import RECORDINGS, recorded
from tests.support.translations import BASES, SAMPLES

_LARGEST: Final = 30_000
"""Bytes of one request or answer: longer ones only take longer."""
_PLAIN: Final[Mapping[str, dict[str, Any]]] = {
    "openai_completions": {"model": "m", "prompt": "a"},
    "openai_embeddings": {"model": "m", "input": "a"},
    "openai_responses": {"model": "m", "input": [{"role": "user", "content": "a"}]},
    "gemini_generate": {"contents": [{"role": "user", "parts": [{"text": "a"}]}]},
    "cohere_chat": {"model": "m", "messages": [{"role": "user", "content": "a"}]},
    "cohere_chat_v1": {"model": "m", "message": "a"},
}
"""Requests of dialects that have no samples."""


_COHERE: Final = {cohere.V2.name: cohere.V2, cohere.V1.name: cohere.V1}


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as a provider sent it."""

    raw: bytes
    stream: bool


def head(dialect: str, *, stream: bool) -> Head:
    """What a client asks for besides the body."""
    if dialect not in BY_NAME:
        return BARE
    wire = BY_NAME[dialect]
    if wire.served:
        return wire.head(wire.served[0], {})
    operation = "streamGenerateContent?alt=sse" if stream else "generateContent"
    return wire.head(f"/v1beta/models/m:{operation}", {})


@cache
def clients(provider: str) -> tuple[str, ...]:
    """Who can be answered by a provider of the dialect: its own clients, and all translated."""
    own = (provider,) if provider in BY_NAME else ()
    return (*own, *(n for n in BY_NAME if is_translated(n, provider, _usual(n))))


@cache
def providers(client: str) -> tuple[str, ...]:
    """Whom a client's request can be translated for."""
    return tuple(name for name in PROVIDERS if is_translated(client, name, _usual(client)))


def told_pairs() -> list[tuple[str, str]]:
    """Provider and client wherever both sides can be written from a script."""
    return [(p, c) for p in PROVIDED for c in clients(p) if c in SPOKES]


def told(provider: str, events: Iterator[Event], *, stream: bool) -> bytes:
    """An answer that says what a script does, as a provider of the dialect sends it."""
    if provider == converse.NAME:
        said = converse.scripted(events)
        return converse.stream(*said) if stream else json.dumps(converse.joined(said)).encode()
    return b"".join(frames(provider, events)) if stream else body(provider, events)


@cache
def requests(dialect: str) -> tuple[dict[str, Any], ...]:
    """Bodies of requests."""
    base = BASES.get(dialect) or _PLAIN.get(dialect, {"model": "m"})
    samples = [{**base, **sample} for sample in SAMPLES.get(dialect, {}).values()]
    asked = ((each.get("request") or {}).get("body") for each in _recorded(dialect))
    return (base, *samples, *(a for a in asked if isinstance(a, dict) and _is_short(a)))


@cache
def answers(dialect: str) -> tuple[Answered, ...]:
    """Answers, whole and streamed."""
    made = [*_scripted(dialect)] if dialect in PROVIDED else [*_of_cohere(dialect)]
    for each in _recorded(dialect):
        response = each["response"]
        if "text" in response and response["status"] == 200:
            made.append(Answered(response["text"].encode(), stream=True))
        elif "base64" in response:
            made.append(Answered(base64.b64decode(response["base64"]), stream=True))
        elif isinstance(response.get("body"), dict):
            made.append(Answered(json.dumps(response["body"]).encode(), stream=False))
    return tuple(one for one in made if len(one.raw) <= _LARGEST)


def _scripted(dialect: str) -> Iterator[Answered]:
    arguments = ['{"a":', '"b"}']
    yield Answered(told(dialect, answer(words(5), arguments), stream=True), stream=True)
    yield Answered(told(dialect, answer(["I look."], ['{"a":"b"}']), stream=False), stream=False)
    if dialect == converse.NAME:
        yield from (Answered(converse.stream(*e), stream=True) for e in converse.ANSWERED.values())
        wholes = (json.dumps(each).encode() for each in converse.WHOLE.values())
        yield from (Answered(raw, stream=False) for raw in wholes)


def _of_cohere(dialect: str) -> Iterator[Answered]:
    if dialect in _COHERE:
        events = cohere.lines("a", "b") if dialect == cohere.V1.name else cohere.told("a", "b")
        yield Answered(cohere.stream(_COHERE[dialect], events), stream=True)


def _recorded(dialect: str) -> Iterator[dict[str, Any]]:
    if not RECORDINGS.is_dir():
        return
    file = cohere.V2.name if dialect in _COHERE else dialect
    names = (n for n in (file, f"vercel-{file}") if (RECORDINGS / f"{n}.jsonl.gz").is_file())
    for exchange in recorded(*names):
        path = (exchange["request"] or {}).get("path", "")
        if (file == dialect and path != "/v1/chat") or (
            dialect == cohere.V1.name and path == "/v1/chat"
        ):
            yield exchange


def _is_short(value: Any) -> bool:
    return len(json.dumps(value)) <= _LARGEST


def _usual(dialect: str) -> Head:
    return head(dialect, stream=False)


def load() -> None:
    """Read all of it."""
    for name in BY_NAME:
        requests(name)
    for name in PROVIDERS:
        answers(name)
