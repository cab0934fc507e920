"""Items of a Responses answer as they are told: begun, gone on with, ended.

Source: OpenAI API reference, "Streaming events", as read in 2026.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from guardrail_gw.core.body import parse
from guardrail_gw.dialects.foreign import foreign
from guardrail_gw.dialects.translation.blank import HERE, Blank
from guardrail_gw.dialects.translation.hub import (
    TEXT_ARGUMENT,
    Arguments,
    Called,
    Cited,
    Said,
    Thought,
)
from guardrail_gw.errors import BodyRefused, UpstreamBroken

_TEXT: Final = "output_text"
_REFUSAL: Final = "refusal"
_MEMBERS: Final = {_TEXT: "text", _REFUSAL: "refusal"}
"""Type of a part -> the member that is its text."""
_DELTAS: Final = {kind: f"response.{kind}.delta" for kind in _MEMBERS}


def item_id(prefix: str, answer: str, index: int) -> str:
    """A name for an item, as long as those that providers give."""
    return f"{prefix}_{sha256(f'{answer}/{index}'.encode()).hexdigest()[:48]}"


@dataclass(slots=True)
class Message:
    """What the model says: parts that are text, or say why there is none."""

    answer: str
    index: int
    data: dict[str, Any] = field(init=False)
    _pieces: list[str] = field(default_factory=list)
    _blank: Blank | None = None
    """A piece of the part that is open, if that is a text."""

    def __post_init__(self) -> None:
        """Name it."""
        name = item_id("msg", self.answer, self.index)
        self.data = {"id": name, "type": "message", "role": "assistant", "content": []}

    @classmethod
    def within(cls, item: dict[str, Any], index: int, said: str | None) -> "Message":
        """Go on with a message.

        Args:
            item: as it was told so far, its parts included.
            index: its place.
            said: the text so far of its last part, which has not ended; None: there is no part.
        """
        message = cls("", index)
        message.data = item
        if said is not None:
            message._pieces = [said]
            message._blank = Blank.of(message._piece(Said(text=HERE), _TEXT))
        return message

    def begin(self) -> Iterator[dict[str, Any]]:
        """Yield what comes before its first part."""
        self.data["status"] = "in_progress"
        yield _added(self.index, {**self.data, "content": []})

    def say(self, event: Said | Cited) -> Iterator[dict[str, Any]]:
        """Yield the events of one more piece, or of a source of what was said."""
        kind = _REFUSAL if isinstance(event, Said) and event.is_refusal else _TEXT
        content = self.data["content"]
        if not content or content[-1]["type"] != kind:
            yield from self._end_part()
            yield from self._begin_part(kind)
        if isinstance(event, Cited):
            yield self._cited(event)
        else:
            self._pieces.append(event.text)
            yield self._piece(event, kind)

    def further(self, text: str) -> tuple[dict[str, Any], str] | None:
        """The event of one more piece of a text that has begun, and its JSON."""
        written = None if self._blank is None else self._blank.filled(text)
        if written is None:
            return None
        self._pieces.append(text)
        return self._piece(Said(text=text), _TEXT), written

    def _piece(self, event: Said, kind: str) -> dict[str, Any]:
        content = self.data["content"]
        piece = {
            "type": _DELTAS[kind],
            "item_id": self.data["id"],
            "output_index": self.index,
            "content_index": len(content) - 1,
            "delta": event.text,
        }
        if kind == _TEXT:
            content[-1]["logprobs"] += event.logprobs
            piece["logprobs"] = list(event.logprobs)
        return piece

    def end(self, status: str) -> Iterator[dict[str, Any]]:
        """Yield what comes behind its last piece."""
        yield from self._end_part()
        self.data["status"] = status
        yield _done(self.index, self.data)

    def _begin_part(self, kind: str) -> Iterator[dict[str, Any]]:
        part: dict[str, Any] = {"type": kind, _MEMBERS[kind]: ""}
        if kind == _TEXT:
            part |= {"annotations": [], "logprobs": []}
        self.data["content"].append(part)
        self._blank = Blank.of(self._piece(Said(text=HERE), kind)) if kind == _TEXT else None
        yield self._of_part("response.content_part.added", part=_copy(part))

    def _end_part(self) -> Iterator[dict[str, Any]]:
        if not self.data["content"]:
            return
        part = self.data["content"][-1]
        kind, name = part["type"], _MEMBERS[part["type"]]
        part[name] = "".join(self._pieces)
        self._pieces = []
        odds = {"logprobs": list(part["logprobs"])} if kind == _TEXT else {}
        yield self._of_part(f"response.{kind}.done", **{name: part[name]}, **odds)
        yield self._of_part("response.content_part.done", part=_copy(part))

    def _cited(self, event: Cited) -> dict[str, Any]:
        annotation = {
            "type": "url_citation",
            "url": event.url,
            "title": event.title,
            "start_index": event.start,
            "end_index": event.end,
        }
        annotations = self.data["content"][-1]["annotations"]
        annotations.append(annotation)
        return self._of_part(
            "response.output_text.annotation.added",
            annotation_index=len(annotations) - 1,
            annotation=dict(annotation),
        )

    def _of_part(self, kind: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        place = {"content_index": len(self.data["content"]) - 1}
        return _of(kind, self.index, self.data["id"], **place, **more)


@dataclass(slots=True)
class FunctionCall:
    """A call with arguments."""

    answer: str
    index: int
    call: Called
    data: dict[str, Any] = field(init=False)
    _pieces: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Name it."""
        self.data = {
            "id": item_id("fc", self.answer, self.index),
            "type": "function_call",
            "call_id": self.call.id,
            "name": self.call.name,
            "arguments": "",
        }

    def begin(self) -> Iterator[dict[str, Any]]:
        """Yield what comes before the arguments."""
        self.data["status"] = "in_progress"
        yield _added(self.index, dict(self.data))

    def say(self, event: Arguments) -> Iterator[dict[str, Any]]:
        """Yield one more piece of the arguments."""
        self._pieces.append(event.text)
        kind = "response.function_call_arguments.delta"
        yield _of(kind, self.index, self.data["id"], delta=event.text)

    def end(self, status: str) -> Iterator[dict[str, Any]]:
        """Yield what comes behind the arguments; a call without any has an empty object."""
        if not self._pieces:
            yield from self.say(Arguments(text="{}"))
        written = "".join(self._pieces)
        self.data |= {"arguments": written, "status": status}
        kind, name = "response.function_call_arguments.done", self.data["name"]
        yield _of(kind, self.index, self.data["id"], name=name, arguments=written)
        yield _done(self.index, self.data)


@dataclass(slots=True)
class TextCall:
    """A call of a tool that takes a text: the one argument that stands for it, when it is whole."""

    answer: str
    index: int
    call: Called
    data: dict[str, Any] = field(init=False)
    _pieces: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Name it."""
        self.data = {
            "id": item_id("ctc", self.answer, self.index),
            "type": "custom_tool_call",
            "call_id": self.call.id,
            "name": self.call.name,
            "input": "",
        }

    def begin(self) -> Iterator[dict[str, Any]]:
        """Yield what comes before the text."""
        yield _added(self.index, {**self.data, "status": "in_progress"})

    def say(self, event: Arguments) -> Iterator[dict[str, Any]]:
        """Keep a piece of the arguments: pieces of JSON are not pieces of the text in it."""
        self._pieces.append(event.text)
        yield from ()

    def end(self, status: str) -> Iterator[dict[str, Any]]:
        """Yield the text.

        Raises:
            UpstreamBroken: the arguments are not those of such a tool.
        """
        text = self._text()
        self.data |= {"input": text, "status": status}
        name = "response.custom_tool_call_input"
        yield _of(f"{name}.delta", self.index, self.data["id"], delta=text)
        yield _of(f"{name}.done", self.index, self.data["id"], input=text)
        yield _done(self.index, self.data)

    def _text(self) -> str:
        try:
            given = parse("".join(self._pieces).encode()).value
        except (BodyRefused, UnicodeEncodeError):
            given = None
        text = given.get(TEXT_ARGUMENT) if isinstance(given, dict) else None
        if not isinstance(text, str):
            raise UpstreamBroken("a call of a tool that takes a text has none")
        return text


@dataclass(slots=True)
class Reasoning:
    """An account of what the model thought, which its maker takes back."""

    answer: str
    index: int
    data: dict[str, Any] = field(init=False)
    _pieces: list[str] = field(default_factory=list)
    _seal: str = field(default_factory=lambda: foreign("", ""))

    def __post_init__(self) -> None:
        """Name it."""
        self.data = {
            "id": item_id("rs", self.answer, self.index),
            "type": "reasoning",
            "summary": [],
        }

    def begin(self) -> Iterator[dict[str, Any]]:
        """Yield what comes before the account."""
        yield _added(self.index, {**self.data, "summary": []})

    def say(self, event: Thought) -> Iterator[dict[str, Any]]:
        """Yield one more piece of the account, or keep the seal."""
        if event.seal:
            self._seal = foreign(event.maker, event.seal)
        if event.text:
            if not self._pieces:
                part = {"type": "summary_text", "text": ""}
                yield self._of_part("response.reasoning_summary_part.added", part=part)
            self._pieces.append(event.text)
            yield self._of_part("response.reasoning_summary_text.delta", delta=event.text)

    def end(self, status: str) -> Iterator[dict[str, Any]]:
        """Yield what comes behind its last piece."""
        if self._pieces:
            text = "".join(self._pieces)
            part = {"type": "summary_text", "text": text}
            self.data["summary"] = [part]
            yield self._of_part("response.reasoning_summary_text.done", text=text)
            yield self._of_part("response.reasoning_summary_part.done", part=dict(part))
        self.data |= {"encrypted_content": self._seal, "status": status}
        yield _done(self.index, self.data)

    def _of_part(self, kind: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        return _of(kind, self.index, self.data["id"], summary_index=0, **more)


Item = Message | FunctionCall | TextCall | Reasoning


def _added(index: int, item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def _done(index: int, item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.output_item.done", "output_index": index, "item": _copy(item)}


def _of(kind: str, index: int, item: str, /, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"type": kind, "item_id": item, "output_index": index, **more}


def _copy(value: dict[str, Any]) -> dict[str, Any]:
    """A copy in which originals can be put back on their own."""
    copied: dict[str, Any] = json.loads(json.dumps(value))
    return copied
