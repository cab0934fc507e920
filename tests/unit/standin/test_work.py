"""`work` calls the offered tools, and answers once they have given something back."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import pytest

from guardrail_gw.standin import answers, gemini, messages, responses
from guardrail_gw.standin.behaviour import parse
from guardrail_gw.standin.voice import Voice

TEXT: Final = 'Say it:\n"pong" and {text}'
CALL: Final = {"id": "c1", "type": "function", "function": {"name": "mail", "arguments": "{}"}}
OUTPUT: Final = {"type": "function_call_output", "call_id": "c1", "output": "gave"}
RESULT: Final = {"type": "tool_result", "tool_use_id": "c1", "content": "gave"}
RETURNED: Final = {"functionResponse": {"name": "mail", "response": {"result": "gave"}}}

Body = dict[str, Any]
EVERY: Final[Mapping[str, tuple[Voice, Body, Body]]] = {
    "chat": (
        answers,
        {
            "messages": [{"role": "user", "content": TEXT}],
            "tools": [{"type": "function", "function": {"name": n}} for n in ("book", "mail")],
        },
        {
            "messages": [
                {"role": "assistant", "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "c1", "content": "gave"},
            ]
        },
    ),
    "messages": (
        messages,
        {
            "messages": [{"role": "user", "content": TEXT}],
            "tools": [{"name": n, "input_schema": {}} for n in ("book", "mail")],
        },
        {"messages": [{"role": "user", "content": [RESULT]}]},
    ),
    "responses": (
        responses,
        {
            "input": [{"role": "user", "content": TEXT}],
            "tools": [{"type": "function", "name": n} for n in ("book", "mail")],
        },
        {"input": [OUTPUT]},
    ),
    "gemini in snake case": (
        gemini.Speaking(model="work", operation="generateContent", in_array=False),
        {
            "contents": [{"role": "user", "parts": [{"text": TEXT}]}],
            "tools": [{"function_declarations": [{"name": n} for n in ("book", "mail")]}],
        },
        {"contents": [{"parts": [{"function_response": RETURNED["functionResponse"]}]}]},
    ),
    "gemini": (
        gemini.Speaking(model="work", operation="generateContent", in_array=False),
        {
            "contents": [{"role": "user", "parts": [{"text": TEXT}]}],
            "tools": [{"functionDeclarations": [{"name": n} for n in ("book", "mail")]}],
        },
        {"contents": [{"role": "user", "parts": [RETURNED]}]},
    ),
}


def calls(answer: Any) -> list[tuple[str, Any]]:
    """Name and arguments of every call in an answer of any dialect."""
    if isinstance(answer, list):
        return [call for each in answer for call in calls(each)]
    if not isinstance(answer, dict):
        return []
    given = answer.get("arguments") or answer.get("input") or answer.get("args")
    if given and "name" in answer:
        return [(answer["name"], json.loads(given) if isinstance(given, str) else given)]
    members = ("choices", "message", "tool_calls", "function", "content", "output")
    return calls(
        [answer.get(m) for m in (*members, "candidates", "parts", "functionCall") if m in answer]
    )


def answer(dialect: str, line: str, *, back: bool = False) -> Any:
    """What a stand-in that is told `line` answers; `back`: the tools have given something back."""
    voice, asked, returned = EVERY[dialect]
    key = next(iter(returned))
    body = {**asked, key: [*asked[key], *returned[key]]} if back else asked
    raw = json.dumps(body).encode()
    return voice.whole(voice.asked(body, raw), parse(line), "id-1")


@pytest.mark.parametrize("dialect", EVERY)
def test_it_calls_the_tool_it_was_told_to(dialect: str) -> None:
    """`pick` leaves the other tools alone, and `arguments` get the last line of the text."""
    told = quote('{"command": {line}}')

    said = answer(dialect, f"work?pick=mail&arguments={told}")

    assert calls(said) == [("mail", {"command": TEXT.splitlines()[-1]})]


@pytest.mark.parametrize("dialect", EVERY)
def test_it_answers_with_what_the_tools_gave(dialect: str) -> None:
    """Once there are results, they are what is said, and no tool is called again."""
    said = answer(dialect, "work", back=True)

    assert calls(said) == []
    assert "gave" in json.dumps(said)


@pytest.mark.parametrize("dialect", EVERY)
def test_without_its_tool_it_answers(dialect: str) -> None:
    """Where the tool that it should call is not offered, it says the text."""
    said = answer(dialect, "work?pick=nobody-offers")

    assert calls(said) == []
    assert json.dumps(TEXT) in json.dumps(said)


def test_arguments_are_filled_in_once() -> None:
    """What the text itself says in braces is text, and JSON can be taken over whole."""
    voice, asked, _ = EVERY["chat"]
    raw = json.dumps(asked).encode()
    ask = voice.asked(json.loads(raw), raw)

    told = answers.arguments(ask, parse("work"))

    assert told == {"text": TEXT}
    asked = {**asked, "messages": [{"role": "user", "content": 'As JSON:\n{"a": 1}'}]}
    raw = json.dumps(asked).encode()
    ask = voice.asked(json.loads(raw), raw)
    assert answers.arguments(ask, parse("work?arguments={json}")) == {"a": 1}
