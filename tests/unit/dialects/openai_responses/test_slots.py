import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests.support.chat import encoded
from tests.support.messages import events_of, stream
from tests.support.responses import (
    RESPONSES,
    answered,
    body,
    call,
    custom,
    events,
    joined,
    message,
    reasoning,
    redacted,
    refusal,
    response,
    sent,
)

NAME = 'Anna "Ann" Schmidt'
ESCAPED = json.dumps(NAME)[1:-1]
VALUES = {NAME: "PERSON"}
SCHEMA = {"format": {"type": "json_schema", "name": "x", "schema": {}}}


async def token_of(**more: Any) -> tuple[Any, str]:
    """A request that names somebody, and what stands for the name."""
    request = await redacted(body(NAME, **more), VALUES)
    (token,) = request.originals
    return request, token


def code(source: str) -> dict[str, Any]:
    """A call of the provider's interpreter."""
    return {"id": "ci_1", "type": "code_interpreter_call", "code": source, "outputs": None}


def mcp(source: str) -> dict[str, Any]:
    """A call of a server that the provider asks."""
    return {"id": "mcp_1", "type": "mcp_call", "name": "f", "arguments": source, "output": None}


def raw_reasoning(text: str) -> dict[str, Any]:
    """Reasoning in full."""
    content = [{"type": "reasoning_text", "text": text}]
    return {"id": "rs_1", "type": "reasoning", "summary": [], "content": content}


def numbers(got: list[dict[str, Any]]) -> list[int]:
    """The numbers of a stream's events."""
    return [event["sequence_number"] for event in got]


@pytest.mark.parametrize(
    ("item", "is_json"),
    [
        (message, False),
        (refusal, False),
        (reasoning, False),
        (raw_reasoning, False),
        (custom, False),
        (code, False),
        (call, True),
        (mcp, True),
    ],
)
@given(data=st.data())
async def test_a_name_is_restored_for_every_cut(
    item: Callable[[str], dict[str, Any]], data: st.DataObject, *, is_json: bool
) -> None:
    """However deltas and bytes are cut, deltas, done events and the response say the name."""
    request, token = await token_of(stream=True)
    text = json.dumps({"who": f"{token}!", "or": [token]}) if is_json else f"for {token}, {token}"
    edges = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), max_size=6)))
    wire = stream(events((item(text), edges)))
    cuts = data.draw(st.lists(st.integers(0, len(wire)), max_size=10))

    got = events_of((await answered(request, wire, cuts))[0])

    expected = item(text.replace(token, ESCAPED if is_json else NAME))
    assert joined(got) == text.replace(token, ESCAPED if is_json else NAME)
    assert got[-2]["item"] == expected
    assert got[-1]["response"]["output"] == [expected]
    assert token not in json.dumps(got)
    assert numbers(got) == list(range(len(got)))


@given(data=st.data())
async def test_json_that_was_asked_for_stays_json(data: st.DataObject) -> None:
    """A value with a quote is escaped in an answer in JSON, in each place that repeats it."""
    request, token = await token_of(stream=True, text=SCHEMA)
    text = json.dumps({"name": token})
    edges = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), max_size=4)))

    got = events_of((await answered(request, stream(events((message(text), edges)))))[0])

    done = next(e["text"] for e in got if e["type"] == "response.output_text.done")
    part = next(e["part"]["text"] for e in got if e["type"] == "response.content_part.done")
    whole = got[-1]["response"]["output"][0]["content"][0]["text"]
    assert {joined(got), done, part, whole} == {json.dumps({"name": NAME})}


async def test_a_refusal_of_json_is_prose() -> None:
    """A model that refuses to answer in JSON says so in words."""
    request, token = await token_of(text=SCHEMA)

    got, _ = await answered(request, encoded(response(refusal(token))), streamed=False)

    assert json.loads(got)["output"] == [refusal(NAME)]


@pytest.mark.parametrize("end", [3, 9, 14])
async def test_what_was_held_back_comes_before_it_is_done(end: int) -> None:
    """A text that ends like the beginning of a placeholder is complete before its done event."""
    request, token = await token_of(stream=True)
    text = f"x {token[:end]}"
    plain = events((message(text), [1]), (message("y"), []))

    got = events_of((await answered(request, stream(plain)))[0])

    kinds = [event["type"] for event in got]
    first = kinds.index("response.output_text.done")
    assert joined(got) == text
    assert kinds[first - 1] == "response.output_text.delta"
    assert got[first - 1]["delta"] == token[:end]
    assert "obfuscation" not in got[first - 1]
    assert len(got) == len(plain) + 1
    assert numbers(got) == list(range(len(got)))


async def test_what_a_provider_never_ends_comes_before_the_end_mark() -> None:
    """Without done events the rest of a text comes last of all but the response."""
    request, token = await token_of(stream=True)
    plain = [
        event
        for event in events((message(f"x {token[:9]}"), [1]))
        if not event["type"].endswith(".done")
    ]

    got = events_of((await answered(request, stream(plain)))[0])

    assert joined(got) == f"x {token[:9]}"
    assert [e["type"] for e in got[-2:]] == ["response.output_text.delta", "response.completed"]
    assert got[-1]["sequence_number"] == got[-2]["sequence_number"] + 1


async def test_items_do_not_mix() -> None:
    """Halves of a placeholder in two items, or in two responses of a stream, are not one."""
    request, token = await token_of(stream=True)
    first, second = token[:7], token[7:]
    plain = events((message(first), []), (message(second), []))
    again = events((message(second), []))

    got = events_of((await answered(request, stream([*plain, *again])))[0])

    assert NAME not in json.dumps(got, ensure_ascii=False)
    assert joined(got, 1) == second


async def test_items_that_come_in_turns_are_each_restored() -> None:
    """Parallel calls grow side by side."""
    request, token = await token_of(stream=True)
    source = json.dumps({"who": token})
    at = [{"type": "response.function_call_arguments.delta", "output_index": i} for i in (0, 1)]
    pieces = [source[:12], source[12:]]
    deltas = [{**here, "delta": piece} for piece in pieces for here in at]
    done = {"type": "response.completed", "response": response(call(source), call(source))}

    got = events_of((await answered(request, stream([*deltas, done])))[0])

    assert joined(got, 0) == joined(got, 1) == json.dumps({"who": NAME})


async def test_pieces_of_several_texts_in_one_delta() -> None:
    """A delta may hold an object: each of its texts is one of its own."""
    request, token = await token_of(stream=True)
    at = {"type": "response.shell_call_output_content.delta", "output_index": 0, "command_index": 0}
    deltas = [
        {**at, "delta": {"stdout": f"a {token[:8]}", "stderr": token[:4]}},
        {**at, "delta": {"stdout": token[8:], "stderr": token[4:9]}},
        {**at, "delta": {"list": [token]}},
    ]
    done = {"type": "response.completed", "response": response()}

    got = events_of((await answered(request, stream([*deltas, done])))[0])

    said = [e["delta"] for e in got if "delta" in e]
    assert "".join(d.get("stdout", "") for d in said) == f"a {NAME}"
    assert "".join(d.get("stderr", "") for d in said) == token[:9]
    assert said[2] == {"list": [NAME]}


async def test_events_that_nobody_knows_are_restored() -> None:
    """Whatever else carries text is restored where it comes complete, its keys as well."""
    request, token = await token_of(stream=True)
    odd = {"type": "response.later.added", "words": [token], "x": {token: {"id": token}}}
    cited = {"type": "url_citation", "title": f"by {token}", "url": f"https://a.example/{token}"}
    added = {"type": "response.output_text.annotation.added", "annotation": cited}
    done = {"type": "response.completed", "response": response()}

    got = events_of((await answered(request, stream([odd, added, done])))[0])

    assert got[0] == {"type": "response.later.added", "words": [NAME], "x": {NAME: {"id": NAME}}}
    assert got[1]["annotation"]["title"] == f"by {NAME}"
    assert got[1]["annotation"]["url"] == f"https://a.example/{NAME}"


async def test_what_was_asked_is_repeated_as_it_was_typed() -> None:
    """The response repeats instructions, tools and metadata: their names come back as well."""
    request, token = await token_of()
    echo = {
        "instructions": f"You help {token}.",
        "tools": [{"type": "function", "parameters": {"properties": {"id": {"title": token}}}}],
        "metadata": {"id": token, token: "x"},
        "user": token,
        "text": {"format": {"type": "json_schema", "schema": {"description": token}}},
    }

    got, _ = await answered(request, encoded(response(**echo)), streamed=False)

    restored = json.loads(got)
    assert token not in got.decode()
    assert restored["metadata"] == {"id": NAME, NAME: "x"}
    assert restored["tools"][0]["parameters"]["properties"]["id"]["title"] == NAME


async def test_json_in_a_tools_output_stays_json() -> None:
    """What a server answered is often JSON in a string."""
    request, token = await token_of()
    rows, prose = json.dumps([{"who": token}]), f"[{token}"
    items = [{**mcp("{}"), "output": rows}, {**mcp("{}"), "output": prose}]
    found = {"type": "tool_search_call", "arguments": {"queries": [token], "type": token}}

    got, _ = await answered(request, encoded(response(*items, found)), streamed=False)

    output = json.loads(got)["output"]
    assert json.loads(output[0]["output"]) == [{"who": NAME}]
    assert output[1]["output"] == f"[{NAME}"
    assert output[2]["arguments"] == {"queries": [NAME], "type": NAME}


async def test_reasoning_that_comes_back_leaves_as_it_came() -> None:
    """What a model thought is, after the client has read and returned it, the same bytes."""
    request, token = await token_of(stream=True)
    thought = reasoning(f"about {token}", encrypted_content="c2VhbA")
    got = events_of((await answered(request, stream(events((thought, [8])))))[0])
    (shown,) = got[-1]["response"]["output"]

    again = await redacted(body([{"role": "user", "content": NAME}, shown]), VALUES)

    assert NAME in shown["summary"][0]["text"]
    assert json.loads(sent(again))["input"][1]["summary"] == thought["summary"]


def test_structure_is_no_slot() -> None:
    """Types, ids, padding and seals are not looked at."""
    question = RESPONSES.parse(body("x", stream=True))
    thought = reasoning("", encrypted_content="c2VhbA", status="completed")
    plain = [e for e in events((thought, []), (call("{}"), [])) if "item" in e]
    plain.append({"type": "keepalive", "obfuscation": "x", "item_id": "rs_1"})

    found = {s.key for e in plain for s in RESPONSES.slots(question, e)}

    assert found == {"text", "name", "arguments"}


@pytest.mark.parametrize("data", [{"output": ["x", 1]}, {"type": "later", "output": ["x"]}])
def test_a_body_of_another_form_is_looked_through(data: dict[str, Any]) -> None:
    """What fits no form is no structure."""
    question = RESPONSES.parse(body("x"))

    assert [s.holder[s.key] for s in RESPONSES.slots(question, data) if s.key == 0] == ["x"]


@pytest.mark.parametrize("value", [1, ["x"], None, {"a": ["x"]}])
async def test_a_delta_of_another_form_is_passed_on(value: Any) -> None:
    """A delta that is no text is complete in itself."""
    request, _ = await token_of(stream=True)
    delta = {"type": "response.later.delta", "output_index": 0, "delta": value}
    done = {"type": "response.completed", "response": response()}

    got = events_of((await answered(request, stream([delta, done])))[0])

    assert got == [delta, done]


def cited(said: str, what: str) -> dict[str, Any]:
    """An annotation of the place where something stands."""
    start = said.index(what)
    ends = {"start_index": start, "end_index": start + len(what)}
    return {"type": "url_citation", "url": "https://a.example", "title": "a", **ends}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_annotations_point_to_the_same_words(*, streamed: bool) -> None:
    """In characters, behind values that were put back; also an event's own, and a file's."""
    request, token = await token_of(stream=streamed)
    said = f"Ünlü {token} said so, and {token} knows."
    file = {"type": "file_citation", "file_id": "file-1", "filename": "a", "index": len(said) - 6}
    part = {
        "type": "output_text",
        "text": said,
        "annotations": [cited(said, "said so"), cited(said, token), cited(said, "knows"), file],
    }
    message = {"type": "message", "role": "assistant", "content": [part]}
    at = {"output_index": 0, "content_index": 0}
    delta = {"type": "response.output_text.delta", **at}
    added = {"type": "response.output_text.annotation.added", **at}
    events: list[dict[str, Any]] = [
        *({**delta, "delta": piece} for piece in (said[:8], said[8:30], said[30:])),
        {**added, "annotation": cited(said, "knows")},
        {"type": "response.completed", "response": response(message)},
    ]

    raw = stream(events) if streamed else encoded(response(message))
    got, _ = await answered(request, raw, streamed=streamed)

    shown = events_of(got)[-1]["response"] if streamed else json.loads(got)
    text, annotations = (shown["output"][0]["content"][0][k] for k in ("text", "annotations"))
    stretches = [text[a["start_index"] : a["end_index"]] for a in annotations[:3]]
    assert stretches == ["said so", NAME, "knows"]
    assert text[annotations[3]["index"] :] == "knows."
    own = [e["annotation"] for e in events_of(got) if "annotation" in e] if streamed else []
    assert [text[a["start_index"] : a["end_index"]] for a in own] == ["knows"] * streamed
