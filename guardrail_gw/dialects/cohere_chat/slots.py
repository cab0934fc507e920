"""Where text stands in a Cohere chat answer: deny by default, so unknown strings are slots too.

Every text that grows in a stream has a channel, and the same one in a whole answer, so that
citations find it in both.
"""

from collections.abc import Iterator
from typing import Any, Final

from guardrail_gw.dialects.slots import Leaves, Slot

KINDS: Final = 3
"""The number of a text is that of its content or call times this, plus its kind."""
SAID, CALL, PLAN = range(KINDS)
"""What a content says or thinks, the arguments of a call, and the plan, of which there is one."""
GROWS: Final = ("text", "thinking")
"""Members of a content that come in pieces."""

_TOP: Final = frozenset({"id", "type", "index", "finish_reason", "usage"})
"""Of an event or a body, without text."""
LEAVES: Final = Leaves(frozenset({"type", "role"}), frozenset({"arguments"}))
OWN: Final = Leaves(frozenset(), finds_json=True)
"""Documents and what tools gave: a person's or a program's own, names and all."""
_OWN_MEMBERS: Final = frozenset({"tool_output", "document"})


def slots(data: dict[str, Any], *, json_answer: bool) -> Iterator[Slot]:
    """Every string of an event or a whole body that is not structure."""
    at = _number(data)
    for key, value in data.items():
        if key == "delta" and isinstance(value, dict):
            for name, member in value.items():
                if name == "message" and isinstance(member, dict):
                    yield from _pieces(member, at, json_answer=json_answer)
                elif name not in _TOP:
                    yield from LEAVES.slots(value, name, member, None)
        elif key == "message" and isinstance(value, dict):
            yield from _message(value, json_answer=json_answer)
        elif key not in _TOP:
            yield from LEAVES.slots(data, key, value, None)


def finished(data: dict[str, Any]) -> frozenset[int]:
    """The texts that end with this event; a plan goes before what it was made for."""
    at = _number(data) * KINDS
    match data.get("type"):
        case "content-end":
            return frozenset((at + SAID,))
        case "tool-call-end":
            return frozenset((at + CALL,))
        case "content-start" | "tool-call-start":
            return frozenset((PLAN,))
        case _:
            return frozenset()


def cited(holder: dict[str, Any], key: str) -> Iterator[Slot]:
    """Every string of the citations `holder[key]`, or of the one."""
    value = holder[key]
    if isinstance(value, list):
        for position, entry in enumerate(value):
            yield from _citation(value, position, entry)
    else:
        yield from _citation(holder, key, value)


def _citation(holder: Any, key: str | int, citation: Any) -> Iterator[Slot]:  # noqa: ANN401 - JSON
    if not isinstance(citation, dict):
        yield from LEAVES.slots(holder, key, citation, None)
        return
    for name, value in citation.items():
        if name == "sources" and isinstance(value, list):
            for position, source in enumerate(value):
                yield from _source(value, position, source)
        elif name != "type":
            yield from LEAVES.slots(citation, name, value, None)


def _source(holder: list[Any], position: int, source: Any) -> Iterator[Slot]:  # noqa: ANN401 - JSON
    if not isinstance(source, dict):
        yield from LEAVES.slots(holder, position, source, None)
        return
    for name, value in source.items():
        if name in _OWN_MEMBERS:
            yield from OWN.slots(source, name, value, None)
        elif name != "type":
            yield from LEAVES.slots(source, name, value, None)


def _number(data: dict[str, Any]) -> int:
    """Of the content or the call that an event is of."""
    index = data.get("index")
    return index if type(index) is int else 0


def _pieces(message: dict[str, Any], at: int, *, json_answer: bool) -> Iterator[Slot]:
    for key, value in message.items():
        if key == "content" and isinstance(value, dict):
            yield from _content(value, at, json_answer=json_answer)
        elif key == "tool_plan" and isinstance(value, str):
            yield _plan(message)
        elif key == "tool_calls" and isinstance(value, dict):
            yield from _call(value, at)
        elif key == "citations":
            yield from cited(message, key)
        elif key != "role":
            yield from LEAVES.slots(message, key, value, None)


def _message(message: dict[str, Any], *, json_answer: bool) -> Iterator[Slot]:
    for key, value in message.items():
        if key == "content" and isinstance(value, list):
            for at, content in enumerate(value):
                yield from _content(content, at, json_answer=json_answer, ends=True)
        elif key == "tool_plan" and isinstance(value, str):
            yield _plan(message, ends=True)
        elif key == "citations":
            yield from cited(message, key)
        elif key != "role":
            yield from LEAVES.slots(message, key, value, None)


def _content(
    content: dict[str, Any], at: int, *, json_answer: bool, ends: bool = False
) -> Iterator[Slot]:
    number = at * KINDS + SAID
    for key, value in content.items():
        if key in GROWS and isinstance(value, str):
            escape = "json" if json_answer and key == "text" else "text"
            yield Slot(content, key, number, (number, key), escape, ends=ends)
        elif key != "type":
            yield from LEAVES.slots(content, key, value, number)


def _plan(message: dict[str, Any], *, ends: bool = False) -> Slot:
    return Slot(message, "tool_plan", PLAN, (PLAN, "tool_plan"), "text", ends=ends)


def _call(call: dict[str, Any], at: int) -> Iterator[Slot]:
    """A piece of a call: its arguments go on, its name and its id are complete."""
    number = at * KINDS + CALL
    for key, value in call.items():
        if key == "function" and isinstance(value, dict):
            for name, member in value.items():
                if name == "arguments" and isinstance(member, str):
                    yield Slot(value, name, number, (number, name), "json")
                else:
                    yield from LEAVES.slots(value, name, member, number)
        elif key != "type":
            yield from LEAVES.slots(call, key, value, number)
