import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests.support.chat import encoded
from tests.support.messages import (
    MESSAGES,
    answered,
    body,
    events_of,
    joined,
    message,
    redacted,
    sent,
    stream,
)

NAME = 'Anna "Ann" Schmidt'
VALUES = {NAME: "PERSON"}
TEXT = {"type": "text", "text": ""}
SIGNED = {"type": "thinking", "thinking": "", "signature": ""}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}


async def token_of(**more: Any) -> tuple[Any, str]:
    """A request that names somebody, and what stands for the name."""
    request = await redacted(body(NAME, **more), VALUES)
    (token,) = request.originals
    return request, token


def deltas(kind: str, key: str, pieces: Sequence[str]) -> list[dict[str, Any]]:
    """Deltas of one kind."""
    return [{"type": kind, key: piece} for piece in pieces]


@pytest.mark.parametrize(
    ("block", "kind", "key", "is_json"),
    [
        (TEXT, "text_delta", "text", False),
        (SIGNED, "thinking_delta", "thinking", False),
        (CALL, "input_json_delta", "partial_json", True),
        ({"type": "compaction", "content": None}, "compaction_delta", "content", False),
        ({"type": "later"}, "later_delta", "words", False),
    ],
)
@given(data=st.data())
async def test_a_name_is_restored_for_every_cut(
    block: Any, kind: str, key: str, data: st.DataObject, *, is_json: bool
) -> None:
    """However deltas and bytes are cut, the client reads the name; JSON stays JSON."""
    request, token = await token_of(stream=True)
    text = json.dumps({"who": f"{token}!", "or": [token]}) if is_json else f"for {token}, {token}"
    edges = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *edges], [*edges, len(text)], strict=True)]
    wire = stream(message((block, deltas(kind, key, pieces))))
    cuts = data.draw(st.lists(st.integers(0, len(wire)), max_size=10))

    got, journal = await answered(request, wire, cuts)

    shown = joined(events_of(got), 0, key)
    if is_json:
        assert json.loads(shown) == {"who": f"{NAME}!", "or": [NAME]}
    else:
        assert shown == f"for {NAME}, {NAME}"
    assert journal.restored == 2
    assert journal.unrestored == 0


async def test_what_was_held_back_comes_before_its_block_ends() -> None:
    """A text that ends like the beginning of a placeholder is complete when its block is."""
    request, token = await token_of(stream=True)
    events = message(
        (TEXT, deltas("text_delta", "text", [f"x {token[:9]}"])),
        (TEXT, deltas("text_delta", "text", ["y"])),
    )

    got = events_of((await answered(request, stream(events)))[0])

    kinds = [(e["type"], e.get("index")) for e in got]
    assert joined(got, 0, "text") == f"x {token[:9]}"
    assert kinds.index(("content_block_stop", 0)) < kinds.index(("content_block_start", 1))
    assert kinds[-1] == ("message_stop", None)
    assert got[kinds.index(("content_block_stop", 0)) - 1]["delta"]["type"] == "text_delta"


async def test_what_was_held_back_comes_before_the_end_mark() -> None:
    """Also of a block that nobody ended."""
    request, token = await token_of(stream=True)
    events = message((TEXT, deltas("text_delta", "text", [f"x {token[:9]}"])))
    unended = [e for e in events if e["type"] != "content_block_stop"]

    got = events_of((await answered(request, stream(unended)))[0])

    assert joined(got, 0, "text") == f"x {token[:9]}"
    assert got[-1]["type"] == "message_stop"


async def test_blocks_do_not_mix() -> None:
    """Halves of a placeholder in two blocks, or in two messages of a stream, are not one."""
    request, token = await token_of(stream=True)
    first, second = token[:7], token[7:]
    events = message(
        (TEXT, deltas("text_delta", "text", [first])),
        (TEXT, deltas("text_delta", "text", [second])),
    )
    again = message((TEXT, deltas("text_delta", "text", [second])))

    got = events_of((await answered(request, stream([*events, *again])))[0])

    assert joined(got, 0, "text") == first + second
    assert joined(got, 1, "text") == second
    assert NAME not in json.dumps(got, ensure_ascii=False)


async def test_a_block_that_begins_with_text_is_restored() -> None:
    """Text may begin in the start of a block and go on in deltas, or not go on."""
    request, token = await token_of(stream=True)
    events = message(
        ({"type": "text", "text": token[:5]}, deltas("text_delta", "text", [token[5:]])),
        ({"type": "text", "text": f"{token} {token[:5]}"}, []),
    )

    got = events_of((await answered(request, stream(events)))[0])

    starts = [e["content_block"]["text"] for e in got if e["type"] == "content_block_start"]
    assert starts[0] + joined(got, 0, "text") == NAME
    assert starts[1] + joined(got, 1, "text") == f"{NAME} {token[:5]}"


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "content_block_start", "index": 0, "content_block": TEXT, "delta": ["{}"]},
        {"type": "later", "index": [], "delta": {"type": "text_delta", "text": "{}"}},
        {"type": "later", "content_block": {"type": "text", "text": "{}"}},
        {"type": "later", "index": 0, "content_block": "{}"},
    ],
)
async def test_what_is_no_part_of_a_block_is_a_text_of_its_own(odd: dict[str, Any]) -> None:
    """A name comes back wherever it stands, also where an event is of no known shape."""
    request, token = await token_of(stream=True)
    event = json.loads(json.dumps(odd).replace("{}", token))
    start, *rest = message((TEXT, deltas("text_delta", "text", ["x"])))

    got = events_of((await answered(request, stream([start, event, *rest])))[0])

    assert got[1] == json.loads(json.dumps(odd).replace("{}", json.dumps(NAME)[1:-1]))


async def test_arguments_are_restored_with_their_names() -> None:
    """Within a call's input nothing is structure, and JSON in a string is escaped for it."""
    request, token = await token_of()
    value = {
        "id": token,
        "type": token,
        token: 1,
        "raw": json.dumps({"x": token}),
        "t": f"{{{token}",
    }
    answer = {"type": "message", "content": [{**CALL, "input": value}]}

    got, _ = await answered(request, encoded(answer), streamed=False)

    restored = json.loads(got)["content"][0]["input"]
    assert restored["id"] == restored["type"] == NAME
    assert restored[NAME] == 1
    assert json.loads(restored["raw"]) == {"x": NAME}
    assert restored["t"] == f"{{{NAME}"


async def test_citations_and_stop_sequences_are_restored() -> None:
    """Whatever else carries text is restored where it comes complete."""
    request, token = await token_of(stream=True)
    citation = {"type": "char_location", "cited_text": f"by {token}", "document_title": token}
    events = message((TEXT, [{"type": "citations_delta", "citation": citation}]))
    events[-2]["delta"]["stop_sequence"] = token

    got = events_of((await answered(request, stream(events)))[0])

    cited = next(e["delta"]["citation"] for e in got if "delta" in e and "citation" in e["delta"])
    assert (cited["cited_text"], cited["document_title"]) == (f"by {NAME}", NAME)
    assert got[-2]["delta"]["stop_sequence"] == NAME


async def test_what_an_end_mark_holds_is_kept_and_restored() -> None:
    """Some servers put metrics into the last event."""
    request, token = await token_of(stream=True)
    end = {"type": "message_stop", "metrics": {"n": 1}, "note": token}

    got, journal = await answered(request, stream([*message()[:-1], end]))

    assert events_of(got)[-1] == {**end, "note": NAME}
    assert journal.restored == 1


async def test_an_answer_in_json_stays_json() -> None:
    """A value with a quote is escaped in a text that was asked for as JSON."""
    asked = {"output_config": {"format": {"type": "json_schema", "schema": {}}}}
    request, token = await token_of(**asked)
    text = json.dumps({"name": token})
    answer = {"type": "message", "content": [{"type": "text", "text": text}]}

    got, _ = await answered(request, encoded(answer), streamed=False)

    assert json.loads(json.loads(got)["content"][0]["text"]) == {"name": NAME}


@given(
    before=st.text(max_size=12),
    after=st.text(max_size=12),
    cuts=st.lists(st.integers(0, 60), max_size=4),
)
async def test_thinking_that_comes_back_leaves_as_it_came(
    before: str, after: str, cuts: list[int]
) -> None:
    """What a provider signed is, after the client has read and returned it, the same bytes."""
    request, token = await token_of(stream=True)
    signed = f"{before} {token} {after}"
    edges = sorted({0, *(min(c, len(signed)) for c in cuts), len(signed)})
    pieces = [signed[a:b] for a, b in pairwise(edges)]
    wire = stream(message((SIGNED, deltas("thinking_delta", "thinking", pieces))))
    shown = joined(events_of((await answered(request, wire))[0]), 0, "thinking")
    block = {"type": "thinking", "thinking": shown, "signature": "c2lnbmF0dXJl"}
    messages = [
        {"role": "user", "content": NAME},
        {"role": "assistant", "content": [block]},
        {"role": "user", "content": "go on"},
    ]

    again = await redacted(encoded({"model": "claude", "messages": messages}), VALUES)

    assert NAME in shown
    assert json.loads(sent(again))["messages"][1]["content"][0]["thinking"] == signed


def test_structure_is_no_slot() -> None:
    """Types, ids and signatures are not looked at."""
    events = message((CALL, [{"type": "signature_delta", "signature": "x"}]))
    question = MESSAGES.parse(body("x", stream=True))

    found = [s.key for e in events for s in MESSAGES.slots(question, e)]

    assert found == ["name"]


async def test_a_block_of_the_next_message_is_another_text() -> None:
    """Arguments that begin anew under an old number are escaped for the place they stand in."""
    request, token = await token_of(stream=True)
    source = json.dumps({"raw": json.dumps({"who": token})})
    events = message((CALL, deltas("input_json_delta", "partial_json", [source])))

    got = events_of((await answered(request, stream([*events, *events])))[0])

    again = joined(got[len(events) :], 0, "partial_json")
    assert json.loads(json.loads(again)["raw"]) == {"who": NAME}
