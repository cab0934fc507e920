"""Recorded chat traffic, as it was and with somebody's data in it; absent from the checkout."""

import json
from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise
from random import Random  # noqa: TID251 - cuts of bytes, seeded
from typing import Any, Final

import pytest

from guardrail_gw.core.body import parse, rewrite
from guardrail_gw.core.exchange import EventKind, Redacted
from guardrail_gw.errors import UpstreamBroken
from guardrail_gw.redaction.redaction import Redaction
from tests.support.chat import (
    CHAT,
    KEY,
    Told,
    answered,
    body,
    chunks_of,
    encoded,
    inbound,
    inline,
    policy,
    read,
    stream,
)
from tests.support.recorded import leaves, needs_recordings, recorded, spliced

FILES: Final = ("openai_chat", "vercel-openai_chat")
VALUE: Final = 'Żaneta "Zoë" O\\Neill'
"""In the places of a person's name; what JSON has to escape is in it."""
PROVIDERS_OWN: Final = frozenset(
    {"id", "object", "model", "role", "type", "format", "finish_reason", "native_finish_reason"}
    | {"system_fingerprint", "service_tier", "obfuscation", "usage", "tool_call_id", "logprobs"}
)
"""Members of an answer in which a model writes nothing, or what is withheld."""

pytestmark = needs_recordings


def exchanges() -> Iterator[dict[str, Any]]:
    """Every recorded chat exchange."""
    return recorded(*FILES)


def requests() -> Iterator[dict[str, Any]]:
    """Each recorded request's body."""
    for exchange in exchanges():
        if exchange["request"] and exchange["request"]["body"]:
            yield exchange["request"]["body"]


def streams() -> Iterator[bytes]:
    """Each recorded stream that reports no failure."""
    for exchange in exchanges():
        text = exchange["response"].get("text")
        if exchange["response"]["status"] == 200 and text is not None:
            raw = text.encode()
            if read(raw)[-1].kind is EventKind.DONE:
                yield raw


def wholes() -> Iterator[dict[str, Any]]:
    """Each recorded answer that is no stream."""
    for exchange in exchanges():
        if exchange["response"]["status"] == 200 and exchange["response"].get("body") is not None:
            yield exchange["response"]["body"]


def test_every_request_is_read_and_kept() -> None:
    """Parsing and rewriting without replacements gives the same bytes, but for usage."""
    count = 0
    for exchange in exchanges():
        if not exchange["request"] or not exchange["request"]["body"]:
            continue
        raw = encoded(exchange["request"]["body"])
        question = CHAT.parse(raw)
        sent = CHAT.rewrite(question, {}).addressed(encoded(question.model))
        count += 1
        assert rewrite(parse(raw), {}) == raw
        if question.source.usage_injected:
            assert json.loads(sent)["stream_options"]["include_usage"] is True
        else:
            assert sent == raw
    assert count > 300


def test_every_stream_is_the_same_however_it_arrives() -> None:
    """Cut at random, a recorded stream gives the same events, and it ends."""
    random = Random(7)  # noqa: S311 - cuts, repeatable
    count = 0
    for exchange in exchanges():
        text = exchange["response"].get("text")
        if exchange["response"]["status"] != 200 or text is None:
            continue
        raw = text.encode()
        events = read(raw)
        cuts = [random.randrange(len(raw)) for _ in range(40)]
        count += 1
        assert read(raw, cuts) == events
        assert events[-1].kind in (EventKind.DONE, EventKind.ERROR)
    assert count > 100


def test_every_whole_answer_is_read() -> None:
    """Each recorded body is one event and comes out as it went in."""
    count = 0
    for exchange in exchanges():
        body = exchange["response"].get("body")
        if exchange["response"]["status"] != 200 or body is None:
            continue
        (event,) = read(encoded(body), streamed=False)
        count += 1
        assert event.kind is EventKind.CONTENT
        assert json.loads(CHAT.encode(event.data or {}, stream=False)) == body
    assert count > 200


def test_a_stream_cut_off_is_broken_or_had_finished() -> None:
    """Cut before the first choice finishes, no recorded stream looks complete."""
    count = 0
    for exchange in exchanges():
        text = exchange["response"].get("text")
        if exchange["response"]["status"] != 200 or text is None:
            continue
        frames = text.encode().split(b"\n\n")
        if len(frames) < 4 or b'"finish_reason":"' in frames[0] + frames[1]:
            continue
        count += 1
        with pytest.raises(UpstreamBroken):
            read(b"\n\n".join(frames[:2]) + b"\n\n")
    assert count > 50


async def test_nobody_leaks_from_any_place_of_a_request() -> None:
    """In whatever string of a recorded request somebody's name stands, it does not leave."""
    count = 0
    for asked_ in requests():
        places = [place for place in leaves(asked_) if place != ("model",)]
        whole: Any = asked_
        for place in places:
            whole = spliced(whole, place, lambda text: f"{text} {VALUE}")
        assert (await leaving(whole)).count("PERSON_") >= len(places)
        count += len(places)
    assert count > 4000


async def test_nobody_leaks_from_a_single_place_of_a_request() -> None:
    """A name in one place alone is found as well: nothing depends on its neighbours."""
    random = Random(11)  # noqa: S311 - the recordings' places are many
    count = 0
    for asked_ in requests():
        places = [place for place in leaves(asked_) if place != ("model",)]
        for place in random.sample(places, min(6, len(places))):
            whole = spliced(asked_, place, lambda text: f"{text} {VALUE}")
            assert "PERSON_" in await leaving(whole)
            count += 1
    assert count > 1500


async def test_every_stream_reaches_the_client_as_it_came() -> None:
    """Cut at random, a stream comes out chunk for chunk; a restorer only moves texts' cuts."""
    random = Random(7)  # noqa: S311 - cuts, repeatable
    count = 0
    for raw in streams():
        came = without_logprobs(chunks_of([raw]))
        cuts = [random.randrange(len(raw)) for _ in range(40)]
        got, journal = await answered(await asked("nobody"), raw, cuts)
        watched, _ = await answered(await asked(VALUE), raw, cuts)
        count += 1
        assert without_logprobs(chunks_of(got)) == came
        assert journal.complete
        assert said(chunks_of(watched)) == said(came)
    assert count > 100


async def test_somebody_is_restored_in_any_place_of_a_whole_answer() -> None:
    """Whatever string a model wrote in a recorded answer, the client reads the name in it."""
    request = await asked(VALUE, is_stream=False)
    (token,) = request.originals
    count = 0
    for came in wholes():
        places = [place for place in leaves(came) if not PROVIDERS_OWN & set(place)]
        answer, expected = deepcopy(came), without_logprobs([deepcopy(came)])[0]
        for place in places:
            answer = with_name(answer, place, token)
            expected = with_name(expected, place, VALUE)
        got, journal = await answered(request, encoded(answer), streamed=False)
        assert json.loads(b"".join(got)) == expected
        assert journal.restored == len(places)
        count += len(places)
    assert count > 500


async def test_somebody_is_restored_however_a_stream_is_divided() -> None:
    """A name that comes over two to five deltas is read whole, and all else is as it was."""
    random = Random(13)  # noqa: S311 - cuts, repeatable
    request = await asked(VALUE)
    (token,) = request.originals
    count = 0
    for raw in streams():
        came = chunks_of([raw])
        for place in growing(came):
            divided = with_somebody(came, place, token, random)
            wire = stream(divided)
            cuts = [random.randrange(len(wire)) for _ in range(40)]
            got, _ = await answered(request, wire, cuts)
            want = said(divided)
            key = place[1:]
            value = json.dumps(VALUE, ensure_ascii=False)[1:-1] if "arguments" in key else VALUE
            want[key] = want[key].replace(token, value)
            assert said(chunks_of(got)) == want
            count += 1
    assert count > 100


async def leaving(asked_: Any) -> str:
    """What of a request reaches the provider, all of it but the somebody who must not."""
    room = Redaction(Told({VALUE: "PERSON"}), KEY, [CHAT], offload=inline)
    request = await room.apply(inbound(encoded(asked_)), policy(attachments_allowed=True))
    outgoing = request.envelope.addressed(b'"gpt"').decode()
    assert "Żaneta" not in json.dumps(json.loads(outgoing), ensure_ascii=False)
    assert VALUE in request.originals.values()
    return outgoing


async def asked(text: str, *, is_stream: bool = True) -> Redacted:
    """A request in which somebody may be named."""
    options = {"stream": True, "stream_options": {"include_usage": True}} if is_stream else {}
    room = Redaction(Told({VALUE: "PERSON"}), KEY, [CHAT], offload=inline)
    return await room.apply(inbound(body(text, **options)), policy())


def with_name(answer: Any, place: tuple[Any, ...], name: str) -> Any:
    """A copy with a name behind one string; in a call's arguments, within their JSON."""

    def behind(text: str) -> str:
        try:
            inner = json.loads(text) if place[-1] == "arguments" else None
        except ValueError:
            inner = None
        if not isinstance(inner, dict):
            shown = name if place[-1] != "arguments" else json.dumps(name, ensure_ascii=False)[1:-1]
            return f"{text} {shown}"
        return json.dumps({**inner, "who": name}, ensure_ascii=False)

    return spliced(answer, place, behind)


def without_logprobs(chunks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same without token texts, which cannot be restored."""
    for chunk in chunks:
        for choice in chunk.get("choices") or ():
            if choice.get("logprobs") is not None:
                choice["logprobs"] = None
    return chunks


Texts = dict[tuple[Any, ...], str]


def said(chunks: list[dict[str, Any]]) -> Texts:
    """What a client puts together: each text that comes in pieces, by choice and place."""
    texts: Texts = {}
    for chunk in chunks:
        for choice in chunk.get("choices") or ():
            for place, text in pieces_of(choice.get("delta") or {}):
                key = (choice.get("index"), *place)
                texts[key] = texts.get(key, "") + text
    return {key: text for key, text in texts.items() if text}


def pieces_of(delta: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Each text of a delta that others may add to, with its place."""
    for name in ("content", "reasoning", "reasoning_content", "refusal"):
        if isinstance(delta.get(name), str):
            yield (name,), delta[name]
    for at, call in enumerate(delta.get("tool_calls") or ()):
        if isinstance((call.get("function") or {}).get("arguments"), str):
            yield ("arguments", call.get("index", at)), call["function"]["arguments"]


def growing(chunks: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """For each text of a stream the number of the first chunk that says something, and its key."""
    first: dict[tuple[Any, ...], int] = {}
    for at, chunk in enumerate(chunks):
        for choice in chunk.get("choices") or ():
            for place, text in pieces_of(choice.get("delta") or {}):
                if text:
                    first.setdefault((choice.get("index"), *place), at)
    return [(at, *key) for key, at in first.items()]


def with_somebody(
    chunks: list[dict[str, Any]], place: tuple[Any, ...], token: str, random: Random
) -> list[dict[str, Any]]:
    """The stream with a placeholder in chunks of its own before the text that begins at a place."""
    at, index, name, *call = place
    is_call = name == "arguments"
    text = f'{{"who": "{token}"' + ", " if is_call else f"{token} "
    edges = sorted(random.sample(range(1, len(text)), random.randint(1, 4)))
    pieces = [text[a:b] for a, b in pairwise([0, *edges, len(text)])]

    def delta(piece: str) -> dict[str, Any]:
        function = {"index": call[0], "function": {"arguments": piece}} if call else {}
        return {"tool_calls": [function]} if is_call else {name: piece}

    like = {key: chunks[at][key] for key in ("id", "object", "model") if key in chunks[at]}
    ours = [{**like, "choices": [{"index": index, "delta": delta(piece)}]} for piece in pieces]
    if not is_call:
        return [*chunks[:at], *ours, *chunks[at:]]
    rest = deepcopy(chunks[at])  # its own opening bracket is ours now, and it names the call
    calls = next(c for c in rest["choices"] if c.get("index") == index)["delta"]["tool_calls"]
    mine = next(c for n, c in enumerate(calls) if c.get("index", n) == call[0])
    opened = mine["function"]["arguments"]
    mine["function"]["arguments"] = ""
    left = [{**like, "choices": [{"index": index, "delta": delta(opened.lstrip()[1:])}]}]
    return [*chunks[:at], rest, *ours, *left, *chunks[at + 1 :]]
