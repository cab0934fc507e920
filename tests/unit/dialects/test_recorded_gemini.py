"""Recorded Gemini traffic, as it was and with somebody's data in it; absent from the checkout."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from itertools import pairwise
from random import Random  # noqa: TID251 - cuts of bytes, seeded
from typing import Any

import pytest

from guardrail_gw.core.exchange import EventKind, Head, Redacted
from guardrail_gw.errors import UnsupportedContent
from tests.support.chat import encoded
from tests.support.gemini import (
    ARRAY,
    GEMINI,
    STREAM,
    WHOLE,
    answered,
    array,
    body,
    events_of,
    read,
    redacted,
    sent,
    stream,
)
from tests.support.recorded import needs_recordings, recorded

FILES = ("gemini_generate", "vercel-gemini_generate")
VALUE = 'Żaneta "Zoë" O\\Neill'
"""In the places of a person's name; what JSON has to escape is in it."""
VALUES = {VALUE: "PERSON"}
PROVIDERS_OWN = frozenset(
    {"role", "id", "mimeType", "thoughtSignature", "toolType", "language", "modelVersion"}
    | {"responseId", "createTime", "usageMetadata", "finishReason", "safetyRatings"}
    | {"urlRetrievalStatus", "logprobsResult", "promptTokensDetails"}
)
"""Members of an answer in which a model writes nothing, or what is withheld."""
FOREIGN = "/google-vertex"
"""A gateway's own path, which nothing else serves."""

pytestmark = needs_recordings


def exchanges() -> Iterator[dict[str, Any]]:
    """Every recorded exchange."""
    return recorded(*FILES)


def head_of(request: Any) -> Head:
    """What a recorded path says."""
    return GEMINI.head(request["path"].removeprefix(FOREIGN), {}) if request else WHOLE


def requests() -> Iterator[tuple[Any, Head]]:
    """Each recorded request's body and head, but for those whose content stands elsewhere."""
    for exchange in exchanges():
        request = exchange["request"]
        if request is not None and "cachedContent" not in request["body"]:
            yield request["body"], head_of(request)


def streams() -> Iterator[bytes]:
    """Each recorded stream."""
    for exchange in exchanges():
        if exchange["response"]["status"] == 200 and "text" in exchange["response"]:
            yield exchange["response"]["text"].encode()


def wholes() -> Iterator[tuple[Any, Head]]:
    """Each recorded answer that is no stream, with the head of its request."""
    for exchange in exchanges():
        if exchange["response"]["status"] == 200 and "body" in exchange["response"]:
            yield exchange["response"]["body"], head_of(exchange["request"])


def test_every_request_is_read_and_kept() -> None:
    """Parsing and rewriting without replacements gives the same bytes."""
    count = 0
    for asked, head in requests():
        raw = encoded(asked)
        question = GEMINI.parse(raw, head)
        sent_ = GEMINI.rewrite(question, {}).addressed(encoded(question.model))
        count += 1
        assert sent_ == raw
    assert count > 250


def test_no_signature_is_taken_for_content() -> None:
    """What a provider signed is neither scanned nor an attachment, in either spelling.

    One that says in words to skip the check is no signature, and is scanned.
    """
    count = 0
    for asked, head in requests():
        question = GEMINI.parse(encoded(asked), head)
        signed = [leaf for path, leaf in leaves(asked) if path[-1] in SIGNATURES]
        signed = [text for text in signed if text != SKIPPED]
        count += len(signed)
        assert not {s.text for s in question.segments} & set(signed)
        assert {a.media for a in question.attachments} <= {"image", "audio", "file", "base64"}
        assert not [a for a in question.attachments if "ignature" in a.place]
    assert count > 150


SIGNATURES = ("thoughtSignature", "thought_signature")
SKIPPED = b64encode(b"skip_thought_signature_validator").decode()


def test_what_is_cached_elsewhere_is_refused() -> None:
    """Each recorded request for cached content is one that nobody here has seen."""
    cached = [
        exchange["request"]
        for exchange in exchanges()
        if exchange["request"] and "cachedContent" in exchange["request"]["body"]
    ]

    assert len(cached) == 2
    for request in cached:
        with pytest.raises(UnsupportedContent, match="cachedContent"):
            GEMINI.parse(encoded(request["body"]), head_of(request))


async def test_every_stream_reaches_the_client_as_it_came() -> None:
    """Cut at random, a stream comes out event for event; a restorer only moves texts' cuts."""
    random = Random(7)  # noqa: S311 - cuts, repeatable
    count = 0
    for raw in streams():
        came = events_of(raw)
        cuts = [random.randrange(len(raw)) for _ in range(40)]
        got, journal = await answered(await asked("nobody"), raw, cuts)
        watched, _ = await answered(await asked(VALUE), raw, cuts)
        count += 1
        assert events_of(got) == came
        assert journal.complete
        assert assembled(events_of(watched)) == assembled(came)
    assert count == 20


async def test_every_stream_may_come_as_an_array() -> None:
    """The parts of a recorded stream are the same as elements of one array, cut at random."""
    random = Random(17)  # noqa: S311 - cuts, repeatable
    for raw in streams():
        came = events_of(raw)
        wire = array(came)
        cuts = [random.randrange(len(wire)) for _ in range(40)]
        got, journal = await answered(await asked("nobody", ARRAY), wire, cuts)
        assert events_of(got) == came
        assert journal.complete


async def test_every_whole_answer_reaches_the_client_as_it_came() -> None:
    """A recorded body comes out as it went in, with or without a restorer."""
    count = 0
    for came, head in wholes():
        for text in ("nobody", VALUE):
            request = await redacted(body(text), VALUES, at=head)
            got, _ = await answered(request, encoded(came))
            assert json.loads(got) == (came if text == "nobody" else without_logprobs(came))
        count += 1
    assert count > 250


def test_a_stream_cut_off_never_looks_complete() -> None:
    """Without its last part no recorded stream is complete, whichever way it is framed."""
    count = 0
    for raw in streams():
        parts = events_of(raw)
        for cut in (stream(parts[:-1]), array(parts).rstrip()[:-1], raw.rstrip()[:-1]):
            with pytest.raises(Exception, match=r"ended before its end|not JSON"):
                read(cut)
            count += 1
    assert count == 60


async def test_nobody_leaks_from_any_place_of_a_request() -> None:
    """In whatever string or key of a recorded request somebody's name stands, it does not leave."""
    random = Random(11)  # noqa: S311 - the recordings' places are many
    count = 0
    for asked_, head in requests():
        places = [path for path, _ in leaves(asked_)]
        for place in random.sample(places, min(8, len(places))):
            raw = encoded(spliced(asked_, place, partial(behind, VALUE)))
            request = await redacted(raw, VALUES, at=head)
            outgoing = sent(request)
            count += 1
            assert "Żaneta" not in json.dumps(json.loads(outgoing), ensure_ascii=False)
            assert VALUE in request.originals.values()
    assert count > 1000


async def test_nobody_leaks_from_all_places_of_a_request_at_once() -> None:
    """A name in every string of each recorded request: it is found as often, and does not leave."""
    count = 0
    for asked_, head in requests():
        places = [path for path, _ in leaves(asked_)]
        whole: Any = asked_
        for place in places:
            whole = spliced(whole, place, partial(behind, VALUE))
        outgoing = sent(await redacted(encoded(whole), VALUES, at=head)).decode()
        assert "Żaneta" not in json.dumps(json.loads(outgoing), ensure_ascii=False)
        assert outgoing.count("PERSON_") >= len(places)
        count += len(places)
    assert count > 3000


async def test_somebody_is_restored_in_any_place_of_a_whole_answer() -> None:
    """Whatever string a model wrote in a recorded answer, the client reads the name in it."""
    count = 0
    for recorded_, head in wholes():
        came = without_offsets(recorded_)
        request = await asked(VALUE, head)
        (token,) = request.originals
        places = [path for path, _ in leaves(came) if not PROVIDERS_OWN & set(path)]
        answer, expected = deepcopy(came), without_logprobs(came)
        for place in places:
            answer = spliced(answer, place, partial(behind, token))
            expected = spliced(expected, place, partial(behind, VALUE))
        got, journal = await answered(request, encoded(answer))
        assert json.loads(got) == expected
        assert journal.restored == len(places)
        count += len(places)
    assert count > 500


async def test_somebody_is_restored_however_a_stream_is_divided() -> None:
    """A name that comes over two to five parts is read whole, and all else is as it was."""
    random = Random(13)  # noqa: S311 - cuts, repeatable
    request = await asked(VALUE)
    (token,) = request.originals
    count = 0
    for raw in streams():
        came = without_offsets(events_of(raw))
        for place in growing(came):
            divided, at = with_somebody(came, place, token, random)
            wire = stream(divided)
            cuts = [random.randrange(len(wire)) for _ in range(40)]
            got = events_of((await answered(request, wire, cuts))[0])
            count += 1
            assert assembled(got) == assembled(with_value(divided, at, token))
    assert count > 25


def test_the_kinds_of_events_are_known() -> None:
    """Every recorded stream has content and ends with its end."""
    for raw in streams():
        kinds = [event.kind for event in read(raw)]
        assert kinds[-1] is EventKind.DONE
        assert kinds.count(EventKind.DONE) == 1


async def asked(text: str, head: Head = STREAM) -> Redacted:
    """A request in which somebody may be named."""
    named: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": text}]}]}
    return await redacted(encoded(named), VALUES, at=head)


def without_logprobs(answer: dict[str, Any]) -> dict[str, Any]:
    """A copy without token texts, which cannot be restored."""
    copied = deepcopy(answer)
    for candidate in copied.get("candidates", ()):
        candidate.pop("logprobsResult", None)
    return copied


def without_offsets(value: Any) -> Any:
    """A copy without places in texts, which move with what is put back before them."""
    if isinstance(value, list):
        return [without_offsets(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = value.keys() - {"startIndex", "endIndex"}
    return {key: without_offsets(member) for key, member in value.items() if key in kept}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every string within JSON, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from leaves(member, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))


def behind(more: str, text: str) -> str:
    """A text with something behind it."""
    return f"{text} {more}"


def spliced(value: Any, path: tuple[Any, ...], change: Callable[[str], str]) -> Any:
    """A copy with one string changed."""
    if not path:
        return change(value)
    copied = value.copy()
    copied[path[0]] = spliced(value[path[0]], path[1:], change)
    return copied


def growing(parts: list[dict[str, Any]]) -> list[int]:
    """The places of the parts of a stream that say something in a text that grows."""
    return [at for at, part in enumerate(parts) if piece_of(part) is not None]


def piece_of(event: dict[str, Any]) -> tuple[dict[str, Any], str] | None:
    """Where the one text of a part of a stream stands, if it has one that says something."""
    parts = event["candidates"][0].get("content", {}).get("parts", [])
    if len(parts) != 1:
        return None
    if parts[0].get("text"):
        return parts[0], "text"
    arguments = parts[0].get("functionCall", {}).get("partialArgs") or [{}]
    return (arguments[0], "stringValue") if arguments[0].get("stringValue") else None


def with_piece(event: dict[str, Any], text: str) -> dict[str, Any]:
    """A part that goes on, with another text; it signs and finishes nothing."""
    copied = deepcopy(event)
    found = piece_of(copied)
    assert found is not None
    holder, key = found
    holder[key] = text
    copied["candidates"][0].pop("finishReason", None)
    copied["candidates"][0]["content"]["parts"][0].pop("thoughtSignature", None)
    if key == "stringValue":
        holder["willContinue"] = True
    return copied


def with_somebody(
    parts: list[dict[str, Any]], at: int, token: str, random: Random
) -> tuple[list[dict[str, Any]], range]:
    """The stream with a placeholder in parts of its own before the text at `at`."""
    text = f"{token} "
    edges = sorted(random.sample(range(1, len(text)), random.randint(1, 4)))
    pieces = [text[a:b] for a, b in pairwise([0, *edges, len(text)])]
    more = [with_piece(parts[at], piece) for piece in pieces]
    return [*parts[:at], *more, *parts[at:]], range(at, at + len(more))


def with_value(parts: list[dict[str, Any]], at: range, token: str) -> list[dict[str, Any]]:
    """What the client is to read: the parts at `at` in one, with the value in them."""
    found = [piece_of(part) for part in parts[at.start : at.stop]]
    text = "".join(holder[key] for holder, key in filter(None, found))
    whole = with_piece(parts[at.start], text.replace(token, VALUE))
    return [*parts[: at.start], whole, *parts[at.stop :]]


def assembled(parts: list[dict[str, Any]]) -> list[Any]:
    """The stream's texts with neighbouring pieces joined, as a client puts them together."""
    out: list[Any] = []
    for event in parts:
        rest = deepcopy(event)
        found = piece_of(rest)
        if found is None:
            out += [] if is_silent(rest) else [rest]
            continue
        holder, key = found
        text, holder[key] = holder[key], ""
        name = (key, holder.get("thought"), holder.get("jsonPath"))
        if out and isinstance(out[-1], tuple) and out[-1][0] == name:
            out[-1] = (name, out[-1][1] + text)
        else:
            out.append((name, text))
        if rest["candidates"][0].get("finishReason"):
            out.append(rest)
    return out


def is_silent(event: dict[str, Any]) -> bool:
    """Whether a part is only an empty piece of a text, whose words come in another one."""
    (candidate,) = event["candidates"]
    return candidate.get("content", {}).get("parts") in ([{"text": ""}], SILENT_ARGUMENT) and not (
        candidate.get("finishReason")
    )


SILENT_ARGUMENT = [
    {
        "functionCall": {
            "partialArgs": [{"jsonPath": "$.location", "stringValue": "", "willContinue": True}],
            "willContinue": True,
        }
    }
]
