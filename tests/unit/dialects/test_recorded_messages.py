"""Recorded Messages traffic, as it was and with somebody's data in it; absent from the checkout."""

import json
from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise
from random import Random  # noqa: TID251 - cuts of bytes, seeded
from typing import Any

import pytest

from guardrail_gw.core.exchange import BARE, EventKind, Head, Redacted
from tests.support.chat import encoded
from tests.support.messages import MESSAGES, answered, body, events_of, read, redacted, sent, stream
from tests.support.recorded import leaves, needs_recordings, recorded, spliced

FILES = ("anthropic_messages", "vercel-anthropic_messages")
VALUE = 'Żaneta "Zoë" O\\Neill'
"""In the places of a person's name; what JSON has to escape is in it."""
VALUES = {VALUE: "PERSON"}
PROVIDERS_OWN = frozenset(
    {"type", "id", "model", "role", "tool_use_id", "tool_id", "stop_reason", "signature", "usage"}
    | {"encrypted_content", "encrypted_index", "encrypted_stdout", "error_code", "media_type"}
    | {"file_id", "data"}
)
"""Members of an answer in which a model writes nothing."""

pytestmark = needs_recordings


def exchanges() -> Iterator[dict[str, Any]]:
    """Every recorded exchange."""
    return recorded(*FILES)


def requests() -> Iterator[tuple[Any, Head]]:
    """Each recorded request's body and head."""
    for exchange in exchanges():
        if (request := exchange["request"]) is not None:
            yield request["body"], MESSAGES.head(request["path"], request["headers"])


def streams() -> Iterator[bytes]:
    """Each recorded stream."""
    for exchange in exchanges():
        if exchange["response"]["status"] == 200 and "text" in exchange["response"]:
            yield exchange["response"]["text"].encode()


def wholes() -> Iterator[tuple[Any, Head]]:
    """Each recorded answer that is no stream, with the head of its request."""
    for exchange in exchanges():
        request, response = exchange["request"], exchange["response"]
        if response["status"] == 200 and "body" in response:
            at = MESSAGES.head(request["path"], {}) if request else BARE
            yield response["body"], at


def test_every_request_is_read_and_kept() -> None:
    """Parsing and rewriting without replacements gives the same bytes."""
    count = 0
    for asked, head in requests():
        raw = encoded(asked)
        question = MESSAGES.parse(raw, head)
        sent_ = MESSAGES.rewrite(question, {}).addressed(encoded(question.model))
        count += 1
        assert sent_ == raw
    assert count > 200


async def test_every_stream_reaches_the_client_as_it_came() -> None:
    """Cut at random, a stream comes out event for event; a restorer only moves texts' cuts."""
    random = Random(7)  # noqa: S311 - cuts, repeatable
    count = 0
    for raw in streams():
        came = [json.loads(e[5:]) for e in raw.splitlines() if e.startswith(b"data:")]
        cuts = [random.randrange(len(raw)) for _ in range(40)]
        got, journal = await answered(await asked("nobody"), raw, cuts)
        watched, _ = await answered(await asked(VALUE), raw, cuts)
        count += 1
        assert events_of(got) == came
        assert journal.complete
        assert assembled(events_of(watched)) == assembled(came)
    assert count > 40


async def test_every_whole_answer_reaches_the_client_as_it_came() -> None:
    """A recorded body comes out as it went in, with or without a restorer."""
    count = 0
    for came, head in wholes():
        for text in ("nobody", VALUE):
            request = await redacted(body(text), VALUES, head=head)
            got, _ = await answered(request, encoded(came), streamed=False)
            assert json.loads(got) == came
        count += 1
    assert count > 200


def test_a_stream_cut_off_never_looks_complete() -> None:
    """Without its last event no recorded stream is complete."""
    count = 0
    for raw in streams():
        cut = raw[: raw.rstrip().rindex(b"event:")]
        with pytest.raises(Exception, match="ended before its end mark"):
            read(cut)
        count += 1
    assert count > 40


async def test_nobody_leaks_from_any_place_of_a_request() -> None:
    """In whatever string or key of a recorded request somebody's name stands, it does not leave."""
    random = Random(11)  # noqa: S311 - the recordings' places are many
    count = 0
    for asked_, head in requests():
        places = [p for p in leaves(asked_) if p != ("model",)]
        for place in random.sample(places, min(8, len(places))):
            raw = encoded(spliced(asked_, place, lambda text: f"{text} {VALUE}"))
            request = await redacted(raw, VALUES, head=head)
            outgoing = sent(request)
            count += 1
            assert "Żaneta" not in json.dumps(json.loads(outgoing), ensure_ascii=False)
            assert VALUE in request.originals.values()
    assert count > 1000


async def test_nobody_leaks_from_all_places_of_a_request_at_once() -> None:
    """A name in every string of each recorded request: it is found as often, and does not leave."""
    count = 0
    for asked_, head in requests():
        places = [p for p in leaves(asked_) if p != ("model",)]
        whole: Any = asked_
        for place in places:
            whole = spliced(whole, place, lambda text: f"{text} {VALUE}")
        outgoing = sent(await redacted(encoded(whole), VALUES, head=head)).decode()
        assert "Żaneta" not in json.dumps(json.loads(outgoing), ensure_ascii=False)
        assert outgoing.count("PERSON_") >= len(places)
        count += len(places)
    assert count > 3000


async def test_somebody_is_restored_in_any_place_of_a_whole_answer() -> None:
    """Whatever string a model wrote in a recorded answer, the client reads the name in it."""
    request = await asked(VALUE)
    (token,) = request.originals
    count = 0
    for came, head in wholes():
        if head is not BARE and head.path.startswith("/messages/count"):
            continue
        places = [p for p in leaves(came) if not PROVIDERS_OWN & set(p)]
        answer, expected = deepcopy(came), deepcopy(came)
        for place in places:
            answer = spliced(answer, place, lambda text: f"{text} {token}")
            expected = spliced(expected, place, lambda text: f"{text} {VALUE}")
        got, journal = await answered(request, encoded(answer), streamed=False)
        assert json.loads(got) == expected
        assert journal.restored == len(places)
        count += len(places)
    assert count > 1000


async def test_somebody_is_restored_however_a_stream_is_divided() -> None:
    """A name that comes over two to five deltas is read whole, and all else is as it was."""
    random = Random(13)  # noqa: S311 - cuts, repeatable
    request = await asked(VALUE)
    (token,) = request.originals
    count = 0
    for raw in streams():
        came = events_of(raw)
        for place in growing(came):
            divided, at = with_somebody(came, place, token, random)
            wire = stream(divided)
            cuts = [random.randrange(len(wire)) for _ in range(40)]
            got = events_of((await answered(request, wire, cuts))[0])
            count += 1
            assert assembled(got) == assembled(with_value(divided, at, token))
    assert count > 100


async def asked(text: str) -> Redacted:
    """A request in which somebody may be named."""
    return await redacted(body(text, stream=True), VALUES)


def growing(events: list[dict[str, Any]]) -> list[int]:
    """For each text of a stream the place of the first delta that says something."""
    first: dict[tuple[Any, ...], int] = {}
    for at, event in enumerate(events):
        delta = event.get("delta", {})
        if delta.get(GROWS.get(delta.get("type"))):
            first.setdefault((event["index"], delta["type"]), at)
    return list(first.values())


GROWS = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}


def with_somebody(
    events: list[dict[str, Any]], at: int, token: str, random: Random
) -> tuple[list[dict[str, Any]], range]:
    """The stream with a placeholder in deltas of its own before the text at `at`."""
    event = events[at]
    key = GROWS[event["delta"]["type"]]
    text = f'{{"who": "{token}"' + ", " if key == "partial_json" else f"{token} "
    edges = sorted(random.sample(range(1, len(text)), random.randint(1, 4)))
    pieces = [text[a:b] for a, b in pairwise([0, *edges, len(text)])]
    deltas = [{**event, "delta": {**event["delta"], key: piece}} for piece in pieces]
    rest = event
    if key == "partial_json":  # its own opening bracket is ours now
        rest = {**event, "delta": {**event["delta"], key: event["delta"][key].lstrip()[1:]}}
    return [*events[:at], *deltas, rest, *events[at + 1 :]], range(at, at + len(deltas))


def with_value(events: list[dict[str, Any]], at: range, token: str) -> list[dict[str, Any]]:
    """What the client is to read: the deltas at `at` in one, with the value in them."""
    first = events[at.start]
    key = GROWS[first["delta"]["type"]]
    text = "".join(e["delta"][key] for e in events[at.start : at.stop])
    value = json.dumps(VALUE, ensure_ascii=False)[1:-1] if key == "partial_json" else VALUE
    delta = {**first["delta"], key: text.replace(token, value)}
    return [*events[: at.start], {**first, "delta": delta}, *events[at.stop :]]


def assembled(events: list[dict[str, Any]]) -> list[Any]:
    """The stream with neighbouring deltas of one text joined, as a client puts them together."""
    out: list[Any] = []
    for event in events:
        delta = event.get("delta") or {}
        key = GROWS.get(delta.get("type", ""))
        if event["type"] == "content_block_delta" and key is not None:
            name = (event["index"], delta["type"])
            if out and out[-1][0] == name:
                out[-1] = (name, out[-1][1] + delta[key])
            elif delta[key]:
                out.append((name, delta[key]))
        elif event["type"] != "ping":  # between deltas of one text
            out.append((event, None))
    return out


def test_the_kinds_of_events_are_known() -> None:
    """Every recorded stream begins without content and ends with its end mark."""
    for raw in streams():
        kinds = [event.kind for event in read(raw)]
        assert kinds[-1] is EventKind.DONE
        assert EventKind.CONTENT in kinds
