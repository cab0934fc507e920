"""Where text stands in an answer of Cohere's first chat: unknown strings are slots too."""

from collections.abc import Iterator
from typing import Any, Final

from guardrail_gw.dialects.cohere_chat import cited
from guardrail_gw.dialects.cohere_chat.slots import OWN
from guardrail_gw.dialects.slots import Channel, Leaves, Offset, Slot

SAID, PLAN, WHOLE, CALLS = range(4)
"""What is said and planned, the text of a whole answer, and behind them the arguments of calls."""

_TOP: Final = frozenset(
    {"event_type", "is_finished", "finish_reason", "generation_id", "response_id", "meta"}
)
_LEAVES: Final = Leaves(_TOP | {"role"}, frozenset({"arguments"}))
_OWN: Final = frozenset({"documents", "search_results", "tool_results", "outputs"})
_WHOLE_TEXT: Final[Channel] = (WHOLE, "text")
_STREAM_TEXT: Final[Channel] = (SAID, "text")
_CHUNK: Final = "tool-calls-chunk"


def slots(data: dict[str, Any], *, json_answer: bool) -> Iterator[Slot]:
    """Every string of an event or a whole body that is not structure."""
    kind = data.get("event_type")
    if kind is None:
        yield from _answer(data, json_answer=json_answer)
        return
    for key, value in data.items():
        if key == "text" and isinstance(value, str) and kind == "text-generation":
            yield Slot(data, key, SAID, _STREAM_TEXT, "json" if json_answer else "text")
        elif key == "text" and isinstance(value, str) and kind == _CHUNK:
            yield Slot(data, key, PLAN, (PLAN, key), "text")
        elif key == "tool_call_delta" and isinstance(value, dict):
            yield from _delta(value)
        elif key == "response" and isinstance(value, dict):
            yield from _answer(value, json_answer=json_answer)
        else:
            yield from _member(data, key, value)


def finished(data: dict[str, Any]) -> frozenset[int]:
    """The texts that end with this event: plan and calls, once they are told in full."""
    if data.get("event_type") != "tool-calls-generation":
        return frozenset()
    calls = data.get("tool_calls")
    return frozenset((PLAN, *range(CALLS, CALLS + (len(calls) if isinstance(calls, list) else 0))))


def late_piece(data: dict[str, Any], slot: Slot, text: str) -> dict[str, Any]:
    """An event that carries `text` for the text of `slot`, in the name of event `data`."""
    like: dict[str, Any] = {"is_finished": False}
    if slot.choice == SAID:
        return {**like, "event_type": "text-generation", "text": text}
    chunk = {**like, "event_type": _CHUNK}
    if slot.choice != PLAN:
        delta = {"index": (slot.choice or CALLS) - CALLS, "parameters": text}
        return {**chunk, "tool_call_delta": delta}
    return (
        {**chunk, "text": text}
        if slot.holder is data
        else {**chunk, "tool_call_delta": {"text": text}}
    )


def offsets(data: dict[str, Any]) -> Iterator[Offset]:
    """Each offset of a whole answer, of an event, or of the answer within the last event."""
    whole = data.get("response")
    streamed = "event_type" in data
    for holder, text in (
        (data, _STREAM_TEXT if streamed else _WHOLE_TEXT),
        (whole if streamed and isinstance(whole, dict) else {}, _WHOLE_TEXT),
    ):
        for citation in cited.entries(holder.get("citations")):
            yield from cited.of(citation, None if citation.get("type") == "PLAN" else text)


def _answer(answer: dict[str, Any], *, json_answer: bool) -> Iterator[Slot]:
    for key, value in answer.items():
        if key == "text" and isinstance(value, str):
            escape = "json" if json_answer else "text"
            yield Slot(answer, key, WHOLE, _WHOLE_TEXT, escape, ends=True)
        else:
            yield from _member(answer, key, value)


def _delta(delta: dict[str, Any]) -> Iterator[Slot]:
    """A piece of a call or of the plan; a name is complete."""
    call = CALLS + _place(delta.get("index"))
    for key, value in delta.items():
        if key == "parameters" and isinstance(value, str):
            yield Slot(delta, key, call, (call, key), "json")
        elif key == "text" and isinstance(value, str):
            yield Slot(delta, key, PLAN, (PLAN, key), "text")
        else:
            yield from _LEAVES.slots(delta, key, value, None)


def _place(index: Any) -> int:  # noqa: ANN401 - JSON
    """The number of a call; the reference has one with a fraction or without."""
    is_whole = type(index) is int or (type(index) is float and index.is_integer())
    return int(index) if is_whole and index >= 0 else 0


def _member(holder: dict[str, Any], key: str, value: Any) -> Iterator[Slot]:  # noqa: ANN401 - JSON
    if key == "tool_calls" and isinstance(value, list):
        for position, call in enumerate(value):
            yield from _call(value, position, call)
    elif key in _OWN:
        yield from OWN.slots(holder, key, value, None)
    elif key not in _TOP:
        yield from _LEAVES.slots(holder, key, value, None)


def _call(holder: list[Any], position: int, call: Any) -> Iterator[Slot]:  # noqa: ANN401 - JSON
    if not isinstance(call, dict):
        yield from _LEAVES.slots(holder, position, call, None)
        return
    for key, value in call.items():
        leaves = OWN if key == "parameters" else _LEAVES
        yield from leaves.slots(call, key, value, None)
