"""Recorded Responses traffic, as it was and with somebody's data in it, where it is to be had."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random  # noqa: TID251 - cuts of bytes, seeded
from typing import Any

import pytest

from guardrail_gw.core.exchange import BARE, EventKind, Head, Redacted
from guardrail_gw.errors import OperationRefused, UpstreamBroken
from tests.support.chat import encoded
from tests.support.messages import events_of, stream
from tests.support.recorded import leaves, needs_recordings, recorded, spliced
from tests.support.responses import RESPONSES, answered, body, read, redacted, sent

FILES = ("openai_responses", "vercel-openai_responses")
VALUE = 'Żaneta "Zoë" O\\Neill'
"""In the places of a person's name; what JSON has to escape is in it."""
ESCAPED = json.dumps(VALUE, ensure_ascii=False)[1:-1]
VALUES = {VALUE: "PERSON"}
BROKEN = frozenset({"vercel-ai-230"})
"""Streams that are no JSON on purpose."""
FAILED = frozenset({"vercel-ai-192"})
"""Streams that report a failure."""
UNFINISHED = ("queued", "in_progress")
UNSERVED = ("background",)
NAMED = ("model", "previous_response_id", "conversation")
"""Members that name something; one that names nothing known is refused."""
PLACES = frozenset({"start_index", "end_index", "index"})
"""What annotations count, anew behind a name (test_annotations_point_to_the_same_words)."""
SAYS = ("delta", "obfuscation", "sequence_number", "logprobs")
"""Members in which two deltas of one text differ."""

pytestmark = needs_recordings


def exchanges() -> Iterator[dict[str, Any]]:
    """Every recorded exchange of an operation that is served."""
    for exchange in recorded(*FILES):
        request = exchange["request"]
        if request is None or request["method"] == "POST":
            yield exchange


def head_of(exchange: dict[str, Any]) -> Head:
    """The head of an exchange's request; providers have paths of their own before the operation."""
    if exchange["request"] is None:
        return BARE
    operation = exchange["request"]["path"].partition("/responses")[2]
    return RESPONSES.head(f"/v1/responses{operation}", {})


def requests(*, served: bool = True) -> Iterator[tuple[Any, Head]]:
    """Each recorded request's body and head; those that are refused only if not `served`."""
    for exchange in exchanges():
        if (request := exchange["request"]) is not None:
            refused = any(request["body"].get(name) for name in UNSERVED)
            if refused is not served:
                yield request["body"], head_of(exchange)


def streams() -> Iterator[bytes]:
    """Each recorded stream that ends well."""
    for exchange in exchanges():
        if exchange["response"].get("text") and exchange["id"] not in BROKEN | FAILED:
            yield exchange["response"]["text"].encode()


def wholes() -> Iterator[tuple[Any, Head]]:
    """Each recorded answer that is no stream and is finished, with the head of its request."""
    for exchange in exchanges():
        response = exchange["response"]
        data = response.get("body") or {}
        if response["status"] == 200 and data and data.get("status") not in UNFINISHED:
            yield data, head_of(exchange)


def came(raw: bytes) -> list[dict[str, Any]]:
    """The events of a recorded stream."""
    return [json.loads(e[5:]) for e in raw.splitlines() if e.startswith(b"data:")]


def test_every_request_is_read_and_kept() -> None:
    """Without replacements all bytes are kept; what says nothing of storing forbids it."""
    count = 0
    for asked_, head in requests():
        raw = encoded(asked_)
        question = RESPONSES.parse(raw, head)
        outgoing = RESPONSES.rewrite(question, {}).addressed(encoded(question.model))
        count += 1
        if head.path == "/responses" and "store" not in asked_:
            assert outgoing.count(b',"store":false') == 1
            outgoing = outgoing.replace(b',"store":false', b"")
        assert outgoing == raw
    assert count > 200


def test_what_a_provider_would_have_to_remember_is_refused() -> None:
    """Recorded requests that are answered later are turned away."""
    codes = []
    for asked_, head in requests(served=False):
        with pytest.raises(OperationRefused) as refused:
            RESPONSES.parse(encoded(asked_), head)
        codes.append(refused.value.code)
    assert codes
    assert set(codes) == {"operation.background"}


async def test_every_stream_reaches_the_client_as_it_came() -> None:
    """Cut at random, a stream comes out event for event; a restorer only moves texts' cuts."""
    random = Random(7)  # noqa: S311 - cuts, repeatable
    count = 0
    for raw in streams():
        cuts = [random.randrange(len(raw)) for _ in range(40)]
        got, journal = await answered(await asked("nobody"), raw, cuts)
        watched, _ = await answered(await asked(VALUE), raw, cuts)
        count += 1
        assert events_of(got) == came(raw)
        assert journal.complete
        assert assembled(events_of(watched)) == assembled(came(raw))
    assert count == 50


async def test_every_whole_answer_reaches_the_client_as_it_came() -> None:
    """A recorded body comes out as it went in, with or without a restorer."""
    count = 0
    for body_, head in wholes():
        for text in ("nobody", VALUE):
            request = await redacted(body(text), VALUES, head=head)
            got, _ = await answered(request, encoded(body_), streamed=False)
            assert json.loads(got) == body_
        count += 1
    assert count > 200


def test_an_answer_that_is_not_finished_is_none() -> None:
    """A body that says itself that more is to come is not passed on as an answer."""
    count = 0
    for exchange in exchanges():
        data = exchange["response"].get("body") or {}
        if data.get("status") in UNFINISHED:
            count += 1
            with pytest.raises(UpstreamBroken, match="not finished"):
                read(encoded(data), streamed=False)
    assert count > 0


def test_a_stream_cut_off_never_looks_complete() -> None:
    """Without its last event no recorded stream is complete."""
    count = 0
    for raw in streams():
        text = raw.decode().rstrip()
        last = text.rindex("\n\n")
        with pytest.raises(UpstreamBroken, match="ended before its end mark"):
            read(text[: last + 2].encode())
        count += 1
    assert count == 50


def test_a_stream_that_failed_or_is_broken_says_so() -> None:
    """A reported failure is an error, and what is no JSON is none of the dialect's answers."""
    for exchange in exchanges():
        raw = exchange["response"].get("text", "").encode()
        if exchange["id"] in FAILED:
            assert read(raw)[-1].kind is EventKind.ERROR
        elif exchange["id"] in BROKEN:
            with pytest.raises(UpstreamBroken):
                read(raw)


def test_the_kinds_of_events_are_known() -> None:
    """Every recorded stream begins without content and ends with its end mark and its counts."""
    for raw in streams():
        found = read(raw)
        assert found[0].kind is EventKind.LIFECYCLE
        assert found[-1].kind is EventKind.DONE
        assert found[-1].finish in ("completed", "max_output_tokens")


async def test_nobody_leaks_from_any_place_of_a_request() -> None:
    """In whatever string of a recorded request somebody's name stands, it does not leave."""
    count = 0
    for asked_, head in requests():
        places = [p for p in leaves(asked_) if p[0] not in NAMED]
        whole = asked_
        for place in places:
            whole = spliced(whole, place, lambda text: f"{text} {VALUE}")
        outgoing = await leaving(whole, head) if places else ""
        assert outgoing.count("PERSON_") >= len(places)
        count += len(places)
    assert count > 2500


async def test_nobody_leaks_from_a_single_place_of_a_request() -> None:
    """A name in one place alone is found as well: nothing depends on its neighbours."""
    random = Random(11)  # noqa: S311 - the recordings' places are many
    count = 0
    for asked_, head in requests():
        places = [p for p in leaves(asked_) if p != ("model",)]
        for place in random.sample(places, min(5, len(places))):
            outgoing = await leaving(spliced(asked_, place, lambda t: f"{t} {VALUE}"), head)
            count += 1
            assert "PERSON_" in outgoing
    assert count > 800


async def test_nobody_leaks_from_the_names_of_members() -> None:
    """A member that nobody knows is scanned with its name, wherever it stands."""
    count = 0
    for asked_, head in requests():
        for place in {p[:-1] for p in leaves(asked_)}:
            outgoing = await leaving(with_member(asked_, place), head)
            count += 1
            assert outgoing.count("PERSON_") == 2
        if count > 1000:
            break
    assert count > 500


async def test_somebody_is_restored_in_any_place_of_a_whole_answer() -> None:
    """Whatever string a model wrote in a recorded answer, the client reads the name in it."""
    request = await asked(VALUE)
    (token,) = request.originals
    count = 0
    for body_, head in wholes():
        if head.path.endswith("/input_tokens"):
            continue
        places = [p for p in leaves(body_) if not is_providers_own(p)]
        answer, expected = body_, body_
        for place in places:
            value = ESCAPED if is_source(place) else VALUE
            answer = spliced(answer, place, lambda text: f"{text} {token}")
            expected = spliced(expected, place, saying(value))
        got, journal = await answered(request, encoded(answer), streamed=False)
        assert json.loads(got) == expected
        assert journal.restored == len(places)
        count += len(places)
    assert count > 2500


async def test_somebody_is_restored_in_any_place_of_a_stream() -> None:
    """Whatever an event says besides deltas (done, item, response), the client reads the name."""
    request = await asked(VALUE)
    (token,) = request.originals
    count = 0
    for raw in streams():
        told, expected = [], []
        for event in came(raw):
            answer, wanted = event, event
            for place in leaves(event):
                if is_providers_own(place) or place[0] in SAYS:
                    continue
                value = ESCAPED if is_source(place) else VALUE
                answer = spliced(answer, place, lambda text: f"{text} {token}")
                wanted = spliced(wanted, place, saying(value))
                count += 1
            told.append(answer)
            expected.append(wanted)
        got = events_of((await answered(request, stream(told)))[0])
        assert assembled(got) == assembled(expected)
    assert count > 2000


async def test_somebody_is_restored_however_a_stream_is_divided() -> None:
    """A name that comes over two to five deltas is read whole, and all else is as it was."""
    random = Random(13)  # noqa: S311 - cuts, repeatable
    request = await asked(VALUE)
    (token,) = request.originals
    count = 0
    for raw in streams():
        told = came(raw)
        for at in growing(told):
            divided, deltas = with_somebody(told, at, token, random)
            wire = stream(divided)
            cuts = [random.randrange(len(wire)) for _ in range(40)]
            got = events_of((await answered(request, wire, cuts))[0])
            count += 1
            expected = with_value(divided, deltas, token)
            assert assembled(uncounted(got)) == assembled(uncounted(expected))
    assert count > 50


def uncounted(value: Any) -> Any:
    """The same without the places that annotations name."""
    if isinstance(value, list):
        return [uncounted(each) for each in value]
    if not isinstance(value, dict):
        return value
    dropped = PLACES if "citation" in str(value.get("type")) else frozenset[str]()
    return {k: uncounted(v) for k, v in value.items() if k not in dropped}


async def asked(text: str) -> Redacted:
    """A request in which somebody may be named."""
    return await redacted(body(text, stream=True), VALUES)


async def leaving(asked_: Any, head: Head) -> str:
    """What leaves of a request, as a reader of JSON sees it; nobody is named in it."""
    try:
        request = await redacted(encoded(asked_), VALUES, head=head)
    except OperationRefused:  # the name was put into a member that is not served
        return "PERSON_"
    outgoing = json.dumps(json.loads(sent(request)), ensure_ascii=False)
    assert "Żaneta" not in outgoing
    assert "\\u017b" not in outgoing.lower()
    assert VALUE in request.originals.values()
    return outgoing


def with_member(value: Any, path: tuple[Any, ...]) -> Any:
    """A copy with one more member, or item, named after somebody."""
    if path:
        copied = value.copy()
        copied[path[0]] = with_member(value[path[0]], path[1:])
        return copied
    if isinstance(value, list):
        return [*value, {"type": "message", "role": "user", VALUE: VALUE}]
    return {**value, VALUE: VALUE}


PROVIDERS_OWN = frozenset(
    {"type", "id", "item_id", "object", "status", "model", "role", "phase", "call_id", "usage"}
    | {"service_tier", "previous_response_id", "truncation", "prompt_cache_retention", "execution"}
    | {"encrypted_content", "container_id", "file_id", "approval_request_id", "billing"}
)
ECHOED = frozenset(
    {"tools", "instructions", "metadata", "text", "tool_choice", "reasoning", "input", "error"}
    | {"arguments", "action", "results", "operation", "output", "caller"}
)
"""Members within which nothing is the provider's own; `output` of an item alone."""


def is_providers_own(path: tuple[Any, ...]) -> bool:
    """Whether a model writes nothing there."""
    names = [step for step in path if isinstance(step, str)]
    if names[0] == "response":
        names = names[1:]
    for name in names:
        if name in ECHOED and not (name == "output" and name == names[0]):
            return False
        if name in PROVIDERS_OWN:
            return True
    return names[-1] == "obfuscation" or "logprobs" in names


def saying(value: str) -> Callable[[str], str]:
    """Puts a value behind a text."""
    return lambda text: f"{text} {value}"


def is_source(path: tuple[Any, ...]) -> bool:
    """Whether the string is JSON: the arguments of a call."""
    return bool(path[-1] == "arguments")


def key_of(event: dict[str, Any]) -> Any:
    """What tells the text of a delta from others."""
    if not event["type"].endswith(".delta") or not isinstance(event.get("delta"), str):
        return None
    return [event.get(n) for n in ("type", "output_index", "content_index", "summary_index")]


def growing(events: list[dict[str, Any]]) -> list[int]:
    """For each text of a stream the place of the first delta that says something."""
    first: dict[str, int] = {}
    for at, event in enumerate(events):
        if (key := key_of(event)) is not None and event["delta"]:
            first.setdefault(str(key), at)
    return list(first.values())


def with_somebody(
    events: list[dict[str, Any]], at: int, token: str, random: Random
) -> tuple[list[dict[str, Any]], range]:
    """The stream with a placeholder in deltas of its own before the text at `at`."""
    event = events[at]
    is_json = event["type"].endswith("arguments.delta")
    text = f'{{"who": "{token}"' + ", " if is_json else f"{token} "
    edges = sorted(random.sample(range(1, len(text)), random.randint(1, 4)))
    deltas = [{**event, "delta": text[a:b]} for a, b in pairwise([0, *edges, len(text)])]
    rest = event
    if is_json:  # its own opening bracket is ours now
        rest = {**event, "delta": event["delta"].lstrip()[1:]}
    return [*events[:at], *deltas, rest, *events[at + 1 :]], range(at, at + len(deltas))


def with_value(events: list[dict[str, Any]], at: range, token: str) -> list[dict[str, Any]]:
    """What the client is to read: the deltas at `at` in one, with the value in them."""
    first = events[at.start]
    text = "".join(e["delta"] for e in events[at.start : at.stop])
    value = ESCAPED if first["type"].endswith("arguments.delta") else VALUE
    told = {**first, "delta": text.replace(token, value)}
    return [*events[: at.start], told, *events[at.stop :]]


def assembled(events: list[dict[str, Any]]) -> list[Any]:
    """The stream with neighbouring deltas of one text joined, as a client puts them together."""
    out: list[Any] = []
    for event in events:
        key = key_of(event)
        if key is None:
            out.append((None, unnumbered(event)))
        elif out and out[-1][0] == key:
            out[-1] = (key, out[-1][1] + event["delta"])
        elif event["delta"]:
            out.append((key, event["delta"]))
    return out


def unnumbered(value: Any) -> Any:
    """Without numbers, which events that were put in move, and without tokens' texts."""
    if isinstance(value, dict):
        skipped = ("sequence_number", "logprobs")
        return {k: unnumbered(v) for k, v in value.items() if k not in skipped}
    return [unnumbered(v) for v in value] if isinstance(value, list) else value
