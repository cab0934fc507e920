"""Where text stands in a Gemini answer: deny by default, so unknown strings are slots too.

The parts of a stream have no numbers. What goes on in the next part of the stream is the last text
of the same kind: what is said, what is thought, or one argument of a call.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.dialects.gemini_generate.answer import candidates, is_over
from guardrail_gw.dialects.slots import Leaves, Slot

KINDS: Final = 3
"""A candidate's texts that grow: the number of each is the candidate's times this, plus its own."""
SAID, THOUGHT, CALL = range(KINDS)
_OTHER: Final = KINDS
_END: Final = -1
"""Behind the last part of an event nobody knows yet what follows."""

_STRUCTURE: Final = frozenset(
    {"role", "index", "id", "mimeType", "thought", "thoughtSignature", "toolType", "language"}
    | {"outcome", "modelVersion", "responseId", "createTime", "usageMetadata", "finishReason"}
    | {"blockReason", "safetyRatings", "urlRetrievalStatus", "continuationToken", "willContinue"}
    | {"modality", "promptTokensDetails", "cacheTokensDetails", "scheduling"}
)
_LEAVES: Final = Leaves(_STRUCTURE)
_OWN: Final = Leaves(frozenset(), finds_json=True)
"""Arguments and results of tools: a person's or a model's own, names and all."""
_OWN_MEMBERS: Final = frozenset({"args", "response"})
_CALLS: Final = frozenset({"functionCall", "functionResponse", "toolCall", "toolResponse"})
_BLOB: Final = Leaves(_STRUCTURE | {"data"})


def slots(data: dict[str, Any], *, streamed: bool, json_answer: bool) -> Iterator[Slot]:
    """Every string of an answer or a part of one that is not structure."""
    for index, candidate in candidates(data):
        for key, value in candidate.items():
            if key == "content" and isinstance(value, dict):
                yield from _content(value, index, streamed=streamed, json_answer=json_answer)
            elif key not in _STRUCTURE:
                yield from _LEAVES.slots(candidate, key, value, None)
    for key, value in data.items():
        if key != "candidates" and key not in _STRUCTURE:
            yield from _LEAVES.slots(data, key, value, None)


def finished(data: dict[str, Any]) -> frozenset[int]:
    """The texts that end with this part: of another kind than the last, or of one that is over."""
    ending: set[int] = set()
    for index, candidate in candidates(data):
        parts = (candidate.get("content") or {}).get("parts")
        if is_over(candidate):
            goes_on = _OTHER
        elif parts:
            goes_on = _kind(parts[-1])
        else:
            continue
        ending.update(index * KINDS + kind for kind in range(KINDS) if kind != goes_on)
    return frozenset(ending)


@dataclass(frozen=True, slots=True, kw_only=True)
class _At:
    """Where a part stands."""

    index: int
    """Of the candidate."""
    kind: int
    streamed: bool
    ends: bool
    """A part of another kind follows within the same event."""
    json_answer: bool


def _content(
    content: dict[str, Any], index: int, *, streamed: bool, json_answer: bool
) -> Iterator[Slot]:
    for key, value in content.items():
        if key == "parts":
            kinds = [_kind(part) for part in value or ()]
            following = [*kinds, _END][1:]
            for part, kind, after in zip(value or (), kinds, following, strict=True):
                at = _At(
                    index=index,
                    kind=kind,
                    streamed=streamed,
                    ends=after not in (_END, kind),
                    json_answer=json_answer,
                )
                yield from _part(part, at)
        elif key not in _STRUCTURE:
            yield from _LEAVES.slots(content, key, value, None)


def _part(part: dict[str, Any], at: _At) -> Iterator[Slot]:
    for key, value in part.items():
        if key == "text" and isinstance(value, str):
            yield _text(part, at)
        elif key in _CALLS and isinstance(value, dict):
            yield from _call(value, at)
        elif key == "inlineData":
            yield from _BLOB.slots(part, key, value, None)
        elif key not in _STRUCTURE:
            yield from _LEAVES.slots(part, key, value, None)


def _text(part: dict[str, Any], at: _At) -> Slot:
    escape = "json" if at.json_answer and at.kind == SAID else "text"
    if not at.streamed:
        return Slot(part, "text", None, None, escape)
    text = at.index * KINDS + at.kind
    return Slot(part, "text", text, (text,), escape, ends=at.ends)


def _call(call: dict[str, Any], at: _At) -> Iterator[Slot]:
    for key, value in call.items():
        if key in _OWN_MEMBERS:
            yield from _OWN.slots(call, key, value, None)
        elif key == "partialArgs" and isinstance(value, list):
            for position, argument in enumerate(value):
                yield from _argument(value, position, argument, at)
        elif key not in _STRUCTURE:
            yield from _LEAVES.slots(call, key, value, None)


def _argument(holder: list[Any], position: int, argument: Any, at: _At) -> Iterator[Slot]:  # noqa: ANN401 - JSON
    """A piece of an argument: a string goes on in the next piece with the same path."""
    said = argument.get("stringValue") if isinstance(argument, dict) else None
    if not isinstance(said, str):
        yield from _LEAVES.slots(holder, position, argument, None)
        return
    for key, value in argument.items():
        if key != "stringValue" and key not in _STRUCTURE:
            yield from _LEAVES.slots(argument, key, value, None)
    text = at.index * KINDS + CALL
    ends = at.ends or not argument.get("willContinue")
    channel = (text, str(argument.get("jsonPath")))
    yield Slot(argument, "stringValue", text, channel if at.streamed else None, "text", ends=ends)


def _kind(part: dict[str, Any]) -> int:
    if "text" in part:
        return THOUGHT if part.get("thought") else SAID
    call = part.get("functionCall")
    return CALL if isinstance(call, dict) and call.get("willContinue") else _OTHER
