"""What a file holds, line by line: answers of a batch, JSON, or any text.

A file may be larger than memory, so it is never read as a whole. Each line becomes an event whose
one member is what the line holds.

Source: OpenAI API reference, "The request output object" of a batch; Anthropic API reference,
"Retrieve Message Batch results", as read in 2026.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from guardrail_gw.core.amounts import Tier, Usage
from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects import citations
from guardrail_gw.dialects.anthropic_messages import answer as messages, slots as message_slots
from guardrail_gw.dialects.encoding import encoded
from guardrail_gw.dialects.openai_chat import answer as chat, slots as chat_slots
from guardrail_gw.dialects.openai_responses import (
    answer as responses,
    encode as responses_encode,
    slots as response_slots,
)
from guardrail_gw.dialects.slots import Leaves, Offset, Slot
from guardrail_gw.errors import UpstreamBroken

LINE: Final = "line"
"""The one member of an event."""
MAX_LINE: Final = 32 << 20

_ANY: Final = Leaves(frozenset(), finds_json=True)
_AROUND: Final = Leaves(frozenset({"id", "request_id", "type", "body", "message"}))
"""Around an answer, which is looked at by its own dialect."""
_JSON_TEXT: Final = "json"
"""What an event has besides where its line is a part of a JSON text on several lines."""


@dataclass(slots=True)
class LinesReader:
    """Reads a file as it comes; one that is no text is passed on as it is."""

    usage: Usage | None = None
    """Of all answers so far."""
    _rest: bytes = field(default=b"", repr=False)
    _has_begun: bool = False
    _is_json: bool = False
    """The lines are parts of one JSON text."""
    _is_opaque: bool = False

    @property
    def complete(self) -> bool:
        """Only the end of the bytes is its end."""
        return False

    def feed(self, chunk: bytes) -> Iterator[AnswerEvent]:
        """Yield the lines that are complete now."""
        if self._is_opaque:
            chunk, self._rest = self._rest + chunk, b""
            yield AnswerEvent(kind=EventKind.CONTENT, raw=chunk)
            return
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > MAX_LINE:
            raise UpstreamBroken("a line of the file is larger than 32 MiB")
        for line in whole:
            yield self._event(line + b"\n")

    def end(self) -> Iterator[AnswerEvent]:
        """Yield what is left, and that the file is over."""
        rest, self._rest = self._rest, b""
        if rest:
            yield self._event(rest)
        yield AnswerEvent(kind=EventKind.DONE)

    def _event(self, raw: bytes) -> AnswerEvent:
        text = None if self._is_opaque else _text(raw)
        if text is None:
            self._is_opaque = True
            return AnswerEvent(kind=EventKind.CONTENT, raw=raw)
        value = _json(text)
        if not self._has_begun:
            self._has_begun = bool(text.strip())
            self._is_json = value is None and text.lstrip()[:1] in ("{", "[")
        data: dict[str, Any] = {LINE: text if value is None else value}
        if self._is_json:
            data[_JSON_TEXT] = True
        counted = None if value is None else _usage(value)
        self.usage = _added(self.usage, counted)
        return AnswerEvent(
            kind=EventKind.CONTENT,
            data=data,
            text=text,
            usage=self.usage if counted is not None else None,
            tier=Tier.BATCH if counted is not None else None,
        )


def encode(data: Mapping[str, Any], text: str | None) -> bytes:
    """A line as bytes; `text` is the line as it was read, if nothing of it was changed."""
    value = data[LINE]
    if text is not None:
        return text.encode()
    return value.encode() if isinstance(value, str) else encoded(value) + b"\n"


def slots(data: dict[str, Any]) -> Iterator[Slot]:
    """Every string of a line that may hold placeholders."""
    value = data[LINE]
    if isinstance(value, str):
        yield Slot(data, LINE, None, None, "json" if _JSON_TEXT in data else "text")
        return
    holder, key, answered = _answered(value)
    if answered is None:
        yield from _ANY.slots(data, LINE, value, None)
        return
    inner = holder[key]
    yield from _AROUND.slots(data, LINE, value, None)
    yield from _FORMS[answered].slots(inner, json_answer=_says_json(inner))


def offsets(data: dict[str, Any]) -> Iterator[Offset]:
    """Places in texts that an answer names."""
    holder, key, answered = _answered(data[LINE])
    if answered is not None:
        yield from _FORMS[answered].offsets(holder[key])


def drop_logprobs(data: dict[str, Any]) -> None:
    """Remove the texts of tokens, which cannot be restored."""
    holder, key, answered = _answered(data[LINE])
    if answered is not None:
        _FORMS[answered].drop_logprobs(holder[key])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What is known of the answers of one dialect."""

    slots: Callable[..., Iterator[Slot]]
    usage: Callable[[dict[str, Any]], Usage | None]
    offsets: Callable[[dict[str, Any]], Iterator[Offset]] = lambda _: iter(())
    drop_logprobs: Callable[[dict[str, Any]], None] = lambda _: None


def _no_tokens(body: dict[str, Any]) -> None:
    for choice in body["choices"]:
        if isinstance(choice, dict) and choice.get("logprobs") is not None:
            choice["logprobs"] = None


def _any_slots(body: dict[str, Any], *, json_answer: bool) -> Iterator[Slot]:  # noqa: ARG001 - the others'
    for key, value in body.items():
        yield from _ANY.slots(body, key, value, None)


_FORMS: Final[Mapping[str, _Form]] = {
    "choices": _Form(
        slots=chat_slots.slots,
        usage=chat.usage,
        offsets=citations.in_chat,
        drop_logprobs=_no_tokens,
    ),
    "output": _Form(
        slots=response_slots.slots,
        usage=lambda body: responses.usage(body.get("usage")),
        offsets=lambda body: citations.in_responses(body, None),
        drop_logprobs=responses_encode.drop_logprobs,
    ),
    "content": _Form(
        slots=message_slots.slots, usage=lambda body: messages.usage(body.get("usage"))
    ),
    "data": _Form(slots=_any_slots, usage=chat.usage),
}
"""The list that an answer of a dialect has, and what is done with such an answer."""
_WITHIN: Final = (("response", "body"), ("result", "message"))
"""Where an answer stands in a line of results."""


def _answered(value: Any) -> tuple[Any, str, str | None]:  # noqa: ANN401 - JSON
    """What holds an answer, by which member, and of which form it is; None: there is none."""
    for outer, key in _WITHIN:
        holder = value.get(outer) if isinstance(value, dict) else None
        body = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(body, dict):
            form = next((f for f in _FORMS if _is_list_of_objects(body.get(f))), None)
            return holder, key, form
    return value, LINE, None


def _is_list_of_objects(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _says_json(body: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether what the model said is JSON: then restored values are written for that."""
    said = [slot.escape for slot in _ANY.slots({"": body}, "", _texts(body), None)]
    return bool(said) and set(said) == {"json"}


def _texts(body: dict[str, Any]) -> list[str]:
    """The texts of an answer that a person would read."""
    holders = [
        *(choice.get("message") for choice in _objects(body, "choices")),
        *_objects(body, "content"),
        *(part for item in _objects(body, "output") for part in _objects(item, "content")),
    ]
    texts = [each.get("content", each.get("text")) for each in holders if isinstance(each, dict)]
    return [text for text in texts if isinstance(text, str)]


def _objects(holder: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects in a member that is a list."""
    value = holder.get(name)
    return [e for e in value if isinstance(e, dict)] if isinstance(value, list) else []


def _usage(value: Any) -> Usage | None:  # noqa: ANN401 - JSON
    holder, key, form = _answered(value)
    return None if form is None else _FORMS[form].usage(holder[key])


def _added(one: Usage | None, other: Usage | None) -> Usage | None:
    if one is None or other is None:
        return one or other
    both = {f.name: getattr(one, f.name) + getattr(other, f.name) for f in fields(Usage)}
    return Usage(**both)


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _json(text: str) -> Any:  # noqa: ANN401 - JSON
    """The object or array that a line is; None where it is none."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
