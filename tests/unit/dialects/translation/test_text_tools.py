"""Tools that take a text, which only OpenAI Responses have."""

import json
from typing import Any

import pytest

from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.translation.translate import TranslatedReader, translated
from guardrail_gw.errors import UpstreamBroken
from tests.unit.dialects.translation.test_answers import (
    CHAT,
    CHAT_STREAM,
    MESSAGES,
    NOW_S,
    call,
    chunk,
)
from tests.unit.dialects.translation.test_responses import RESPONSES, datas

TEXT_TOOL = {"type": "custom", "name": "write", "description": "Writes."}
WRITTEN = "a “text”\n"


@pytest.mark.parametrize("provider", [CHAT, MESSAGES])
def test_a_tool_that_takes_a_text_is_a_function_with_one(provider: str) -> None:
    """There the text is an argument; the client gets it as it knows it."""
    there = translated({"model": "m", "input": "a", "tools": [TEXT_TOOL]}, RESPONSES, provider)

    function = there.body["tools"][0].get("function", there.body["tools"][0])
    schema = function.get("parameters", function.get("input_schema"))
    assert (function["name"], function["description"]) == ("write", "Writes.")
    assert schema["properties"] == {"input": {"type": "string"}}
    assert there.text_tools == {"write"}


def told_by_text_tool(arguments: str) -> list[dict[str, Any]]:
    """What a Responses client is told of a call of its tool."""
    pieces = [
        chunk(call(0, "", id="t1", type="function", name="write")),
        *(chunk(call(0, sign)) for sign in arguments),
        chunk({}, "tool_calls"),
        CHAT_STREAM[-1],
    ]
    reader = TranslatedReader(
        inner=BY_NAME[CHAT].reader(stream=True),
        provider=CHAT,
        client=RESPONSES,
        stream=True,
        created_s=NOW_S,
        text_tools=frozenset({"write"}),
    )
    return datas([*(event for piece in pieces for event in reader.feed(piece)), *reader.end()])


def test_a_text_for_a_tool_is_told_as_one() -> None:
    """However the arguments are cut, the text comes unescaped, in the events of such a call."""
    told = told_by_text_tool(json.dumps({"input": WRITTEN}))

    assert [data["type"].removeprefix("response.") for data in told] == [
        "created",
        "in_progress",
        "output_item.added",
        "custom_tool_call_input.delta",
        "custom_tool_call_input.done",
        "output_item.done",
        "completed",
    ]
    item = told[-1]["response"]["output"][0]
    assert item | {"id": ""} == {
        "id": "",
        "type": "custom_tool_call",
        "call_id": "t1",
        "name": "write",
        "input": WRITTEN,
        "status": "completed",
    }
    assert told[3]["delta"] == told[4]["input"] == WRITTEN


@pytest.mark.parametrize("arguments", ["", "x", "[]", '{"input":5}', '{"input":"a","input":"b"}'])
def test_arguments_without_a_text_are_no_call_of_such_a_tool(arguments: str) -> None:
    """A client that runs a text gets the text that the model wrote, or nothing."""
    with pytest.raises(UpstreamBroken):
        told_by_text_tool(arguments)
