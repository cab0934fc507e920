"""Recorded chats of Cohere, as they were and with somebody's data in them; not in the checkout."""

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from itertools import pairwise
from random import Random  # noqa: TID251 - cuts of bytes, seeded
from typing import Any, Final

import pytest

from guardrail_gw.core.exchange import EventKind, Redacted
from guardrail_gw.dialects.cohere_chat.dialect import CohereChat
from guardrail_gw.errors import UpstreamBroken
from tests.support.chat import encoded
from tests.support.cohere import V1, V2, answered, asked, events_of, read, redacted, sent, stream
from tests.support.recorded import leaves, needs_recordings, recorded, spliced

VALUE: Final = 'Żaneta "Zoë" O\\Neill'
"""In the places of a person's name; what JSON has to escape is in it."""
VALUES: Final = {VALUE: "PERSON"}
PROVIDERS_OWN: Final = frozenset(
    {"type", "role", "finish_reason", "usage", "meta", "generation_id", "response_id"}
    | {"is_finished", "event_type"}
)
"""Members of an answer in which a model writes nothing; the `id` of an answer is another."""

pytestmark = [needs_recordings, pytest.mark.parametrize("dialect", [V2, V1], ids=["v2", "v1"])]


def exchanges(dialect: CohereChat) -> Iterator[dict[str, Any]]:
    """Every recorded exchange of one chat."""
    for exchange in recorded("cohere_chat", "vercel-cohere_chat"):
        request = exchange["request"]
        if (dialect is V1) is (request is not None and request["path"] == "/v1/chat"):
            yield exchange


def requests(dialect: CohereChat) -> Iterator[Any]:
    """Each recorded request's body."""
    yield from (e["request"]["body"] for e in exchanges(dialect) if e["request"])


def streams(dialect: CohereChat) -> Iterator[bytes]:
    """Each recorded stream."""
    for exchange in exchanges(dialect):
        if exchange["stream"]:
            yield exchange["response"]["text"].encode()


def wholes(dialect: CohereChat) -> Iterator[Any]:
    """Each recorded answer that is no stream."""
    for exchange in exchanges(dialect):
        if exchange["response"]["status"] == 200 and not exchange["stream"]:
            yield exchange["response"]["body"]


def test_every_request_is_read_and_kept(dialect: CohereChat) -> None:
    """Parsing and rewriting without replacements gives the same bytes."""
    count = 0
    for body in requests(dialect):
        question = dialect.parse(encoded(body))
        count += 1
        assert not question.features
        sent_ = dialect.rewrite(question, {}).addressed(encoded(question.model))
        assert sent_ == encoded(body)
    assert count > 14


async def test_every_stream_reaches_the_client_as_it_came(dialect: CohereChat) -> None:
    """Cut at random, a stream comes out to the byte; a restorer only moves texts' cuts."""
    random = Random(7)  # noqa: S311 - cuts, repeatable
    count = 0
    for raw in streams(dialect):
        cuts = [random.randrange(len(raw)) for _ in range(40)]
        got, journal = await answered(dialect, await named(dialect, "nobody"), raw, cuts)
        watched, _ = await answered(dialect, await named(dialect, VALUE), raw, cuts)
        count += 1
        assert got.rstrip() == raw.rstrip()
        assert journal.complete
        came = events_of(dialect, raw)
        assert assembled(events_of(dialect, watched)) == assembled(came)
        assert read(dialect, raw, cuts) == read(dialect, raw)
    assert count == (11 if dialect is V2 else 1)


async def test_every_whole_answer_reaches_the_client_as_it_came(dialect: CohereChat) -> None:
    """A recorded body comes out as it went in, with or without a restorer."""
    count = 0
    for came in wholes(dialect):
        for text in ("nobody", VALUE):
            request = await named(dialect, text)
            got, _ = await answered(dialect, request, encoded(came), streamed=False)
            assert json.loads(got) == came
        count += 1
    assert count > 10


def test_a_stream_cut_off_never_looks_complete(dialect: CohereChat) -> None:
    """Without its end mark no recorded stream is complete, wherever it was cut before it."""
    random = Random(9)  # noqa: S311 - cuts, repeatable
    for raw in streams(dialect):
        mark = raw.index(b"message-end" if dialect is V2 else b'"stream-end"')
        for at in (mark, *(random.randrange(mark) for _ in range(5))):
            with pytest.raises(UpstreamBroken):
                read(dialect, raw[:at])


async def test_nobody_leaks_from_any_place_of_a_request(dialect: CohereChat) -> None:
    """In whatever string of a recorded request somebody's name stands, it does not leave."""
    count = 0
    for body in requests(dialect):
        whole: Any = body
        places = [place for place in leaves(body) if place != ("model",)]
        for place in places:
            whole = spliced(whole, place, lambda text: f"{text} {VALUE}")
        request = await redacted(dialect, encoded(whole), VALUES)
        outgoing = json.dumps(json.loads(sent(request)), ensure_ascii=False)
        count += len(places)
        assert "Żaneta" not in outgoing
        assert outgoing.count("PERSON_") >= len(places)
    assert count > 50


async def test_nobody_leaks_from_a_single_place_of_a_request(dialect: CohereChat) -> None:
    """Each string alone, where it could be mistaken for structure."""
    random = Random(11)  # noqa: S311 - the recordings' places are many
    for body in requests(dialect):
        places = [place for place in leaves(body) if place != ("model",)]
        for place in random.sample(places, min(6, len(places))):
            raw = encoded(spliced(body, place, lambda _: VALUE))
            request = await redacted(dialect, raw, VALUES)
            assert "Żaneta" not in json.dumps(json.loads(sent(request)), ensure_ascii=False)
            assert VALUE in request.originals.values()


async def test_somebody_is_restored_in_any_place_of_a_whole_answer(dialect: CohereChat) -> None:
    """Whatever string a model wrote in a recorded answer, the client reads the name in it."""
    request = await named(dialect, VALUE)
    (token,) = request.originals
    count = 0
    for came in wholes(dialect):
        places = [p for p in leaves(came) if not PROVIDERS_OWN & set(p) and p != ("id",)]
        answer, expected = deepcopy(came), deepcopy(came)
        for place in places:
            value = json.dumps(VALUE, ensure_ascii=False)[1:-1] if is_json(place) else VALUE
            answer = spliced(answer, place, partial(said, token))
            expected = spliced(expected, place, partial(said, value))
        got, journal = await answered(dialect, request, encoded(answer), streamed=False)
        assert without_places(json.loads(got)) == without_places(expected)
        assert journal.restored == len(places)
        count += len(places)
    assert count > 20


async def test_somebody_is_restored_however_a_stream_is_divided(dialect: CohereChat) -> None:
    """A name that comes over two to five deltas is read whole, and all else is as it was."""
    random = Random(13)  # noqa: S311 - cuts, repeatable
    request = await named(dialect, VALUE)
    (token,) = request.originals
    count = 0
    for raw in streams(dialect):
        came = events_of(dialect, raw)
        for place in growing(came):
            divided, expected = with_somebody(came, place, token, random)
            wire = stream(dialect, divided)
            cuts = [random.randrange(len(wire)) for _ in range(40)]
            got, journal = await answered(dialect, request, wire, cuts)
            count += 1
            assert assembled(events_of(dialect, got)) == assembled(expected)
            assert journal.restored == 1
    assert count == (17 if dialect is V2 else 1)


def test_the_kinds_of_events_are_known(dialect: CohereChat) -> None:
    """Every recorded stream begins without content, and ends with its end mark and its counts."""
    for raw in streams(dialect):
        events = read(dialect, raw)
        assert events[0].kind is EventKind.LIFECYCLE
        assert events[-1].kind is EventKind.DONE
        assert events[-1].usage is not None
        assert events[-1].finish in ("COMPLETE", "TOOL_CALL")
        assert EventKind.CONTENT in [event.kind for event in events]


async def named(dialect: CohereChat, text: str) -> Redacted:
    """A request in which somebody may be named."""
    return await redacted(dialect, asked(dialect, text, stream=True), VALUES)


def is_json(place: tuple[Any, ...]) -> bool:
    """Whether a place of an answer holds the source of JSON."""
    return bool(place[-1] == "arguments")


def said(who: str, text: str) -> str:
    """A text with somebody in it, valid where it is the source of an object."""
    return text.replace("{", f'{{"{who}": 1, ', 1) if text.startswith("{") else f"{text} {who}"


def without_places(value: Any) -> Any:
    """An answer without the places of its citations, which move with what is put back."""
    if isinstance(value, dict):
        return {k: without_places(v) for k, v in value.items() if k not in ("start", "end")}
    return [without_places(each) for each in value] if isinstance(value, list) else value


def piece(event: dict[str, Any]) -> tuple[dict[str, Any], str, tuple[Any, ...]] | None:
    """Where the growing text of an event stands, and the name of the text; None: it has none."""
    if event.get("event_type") == "text-generation":
        return event, "text", ("text",)
    message = event.get("delta", {}).get("message", {})
    if "tool_plan" in message and event["type"] == "tool-plan-delta":
        return message, "tool_plan", ("tool_plan",)
    content, call = message.get("content"), message.get("tool_calls")
    if isinstance(content, dict) and event["type"] == "content-delta":
        (key,) = content
        return content, key, (event["index"], key)
    if isinstance(call, dict) and event["type"] == "tool-call-delta":
        return call["function"], "arguments", (event["index"], "arguments")
    return None


def growing(events: list[dict[str, Any]]) -> list[int]:
    """For each text of a stream the place of the first piece that says something."""
    first: dict[tuple[Any, ...], int] = {}
    for at, event in enumerate(events):
        if (found := piece(event)) and found[0][found[1]]:
            first.setdefault(found[2], at)
    return list(first.values())


def with_text(event: dict[str, Any], text: str) -> dict[str, Any]:
    """An event with another piece."""
    copied = deepcopy(event)
    holder, key, _ = piece(copied) or ({}, "", ())
    holder[key] = text
    return copied


def with_somebody(
    events: list[dict[str, Any]], at: int, token: str, random: Random
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The stream with a placeholder in pieces of its own before the text at `at`; what is read."""
    event = events[at]
    holder, key, _ = piece(event) or ({}, "", ())
    is_source = key == "arguments"
    text = f'{{"who": "{token}", ' if is_source else f"{token} "
    rest = with_text(event, holder[key].lstrip()[1:]) if is_source else event
    value = json.dumps(VALUE, ensure_ascii=False)[1:-1] if is_source else VALUE
    edges = sorted(random.sample(range(1, len(text)), random.randint(1, 4)))
    pieces = [with_text(event, text[a:b]) for a, b in pairwise([0, *edges, len(text)])]
    read_ = with_text(event, text.replace(token, value))
    after = [rest, *events[at + 1 :]]
    return [*events[:at], *pieces, *after], [*events[:at], read_, *after]


def assembled(events: list[dict[str, Any]]) -> list[Any]:
    """The stream with neighbouring pieces of one text joined, as a client puts them together."""
    out: list[Any] = []
    for event in events:
        found = piece(event)
        if found is None:
            out.append((event, None))
        elif out and out[-1][0] == found[2]:
            out[-1] = (found[2], out[-1][1] + found[0][found[1]])
        elif found[0][found[1]]:
            out.append((found[2], found[0][found[1]]))
    return out
