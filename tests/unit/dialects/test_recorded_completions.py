"""Recorded completions and embeddings, with somebody's data in them; absent from the checkout."""

import json
from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise
from random import Random  # noqa: TID251 - cuts of bytes, seeded
from typing import Any, Final

import pytest

from guardrail_gw.core.exchange import Redacted
from tests.support.chat import encoded
from tests.support.completions import (
    COMPLETIONS,
    EMBEDDINGS,
    Spoken,
    answered,
    prompt,
    redacted,
)
from tests.support.recorded import leaves, needs_recordings, recorded, spliced

VALUE: Final = 'Żaneta "Zoë" O\\Neill'
VALUES: Final = {VALUE: "PERSON"}
BOTH: Final = pytest.mark.parametrize("dialect", [COMPLETIONS, EMBEDDINGS], ids=lambda d: d.name)
PROVIDERS_OWN: Final = frozenset(
    {"id", "object", "model", "finish_reason", "stop_reason", "system_fingerprint", "service_tier"}
    | {"usage", "logprobs", "embedding", "type"}
)
"""Members of an answer in which a model writes nothing, or what is withheld."""

pytestmark = needs_recordings


def exchanges(dialect: Spoken) -> Iterator[dict[str, Any]]:
    """Every recorded exchange of a dialect."""
    return recorded(dialect.name, f"vercel-{dialect.name}")


def requests(dialect: Spoken) -> Iterator[dict[str, Any]]:
    """Each recorded request of texts; one of tokens is refused, for nobody can read them."""
    for exchange in exchanges(dialect):
        if exchange["request"]:
            asked = exchange["request"]["body"]
            given = asked.get("prompt", asked.get("input"))
            if not isinstance(given, list) or all(isinstance(each, str) for each in given):
                yield asked


def wholes(dialect: Spoken) -> Iterator[dict[str, Any]]:
    """Each recorded answer that is no stream."""
    for exchange in exchanges(dialect):
        if exchange["response"]["status"] == 200 and "body" in exchange["response"]:
            yield exchange["response"]["body"]


def streams() -> Iterator[bytes]:
    """Each recorded stream of a completion."""
    for exchange in exchanges(COMPLETIONS):
        if exchange["response"]["status"] == 200 and "text" in exchange["response"]:
            yield exchange["response"]["text"].encode()


@BOTH
async def test_nobody_leaks_from_any_place_of_a_request(dialect: Spoken) -> None:
    """In whatever string of a recorded request somebody's name stands, it does not leave."""
    count = 0
    for asked_ in requests(dialect):
        for place in leaves(asked_):
            if place != ("model",):
                whole = spliced(asked_, place, lambda text: f"{text} {VALUE}")
                request = await redacted(dialect, encoded(whole), VALUES)
                outgoing = request.envelope.addressed(b'"gpt"')
                count += 1
                assert "Żaneta" not in json.dumps(json.loads(outgoing), ensure_ascii=False)
                assert VALUE in request.originals.values()
    assert count > 15


@BOTH
async def test_every_whole_answer_reaches_the_client_as_it_came(dialect: Spoken) -> None:
    """A recorded body comes out as it went in, and with somebody named in it, restored."""
    request = await asked(dialect)
    (token,) = request.originals
    count = 0
    for came in wholes(dialect):
        bare = without_logprobs(came)
        got, _ = await answered(dialect, request, encoded(came))
        assert json.loads(got) == bare
        places = [place for place in leaves(came) if not PROVIDERS_OWN & set(place)]
        answer, expected = deepcopy(came), bare
        for place in places:
            answer = spliced(answer, place, lambda text: f"{text} {token}")
            expected = spliced(expected, place, lambda text: f"{text} {VALUE}")
        got, journal = await answered(dialect, request, encoded(answer))
        assert json.loads(got) == expected
        assert journal.restored == len(places)
        count += 1
    assert count > 15


async def test_somebody_is_restored_however_a_stream_is_divided() -> None:
    """A name that comes over two to five chunks is read whole, and all else is as it was."""
    random = Random(13)  # noqa: S311 - cuts, repeatable
    request = await asked(COMPLETIONS, stream=True)
    (token,) = request.originals
    count = 0
    for raw in streams():
        came = chunks_of(raw)
        first = next(n for n, chunk in enumerate(came) if text_of(chunk))
        edges = sorted(random.sample(range(1, len(token)), random.randint(1, 4)))
        pieces = [token[a:b] for a, b in pairwise([0, *edges, len(token)])]
        like = {k: v for k, v in came[first].items() if k != "usage"}
        ours = [{**like, "choices": [{"index": 0, "text": piece}]} for piece in (*pieces, " ")]
        wire = framed([*came[:first], *ours, *came[first:]])
        cuts = [random.randrange(len(wire)) for _ in range(40)]
        got, _ = await answered(COMPLETIONS, request, wire, cuts, streamed=True)
        assert "".join(map(text_of, chunks_of(got))) == f"{VALUE} " + "".join(map(text_of, came))
        count += 1
    assert count == 14


async def asked(dialect: Spoken, *, stream: bool = False) -> Redacted:
    """A request in which somebody is named."""
    if dialect is EMBEDDINGS:
        return await redacted(dialect, encoded({"model": "gpt", "input": VALUE}), VALUES)
    return await redacted(dialect, prompt(VALUE, stream=stream), VALUES)


def without_logprobs(answer: dict[str, Any]) -> dict[str, Any]:
    """A copy without token texts, which cannot be restored."""
    copied = deepcopy(answer)
    for choice in copied.get("choices", ()):
        if choice.get("logprobs") is not None:
            choice["logprobs"] = None
    return copied


def chunks_of(raw: bytes) -> list[dict[str, Any]]:
    """The chunks of a stream."""
    lines = [line[5:].strip() for line in raw.split(b"\n") if line.startswith(b"data:")]
    return [json.loads(line) for line in lines if line != b"[DONE]"]


def framed(chunks: list[dict[str, Any]]) -> bytes:
    """Chunks as server-sent events."""
    return b"".join(b"data: " + encoded(c) + b"\n\n" for c in chunks) + b"data: [DONE]\n\n"


def text_of(chunk: dict[str, Any]) -> str:
    """What a chunk says."""
    return "".join(choice.get("text") or "" for choice in chunk.get("choices") or ())
