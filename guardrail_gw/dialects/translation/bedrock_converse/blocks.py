"""Content of a Converse request, written from the hub's turns.

Source: Amazon Bedrock Runtime API, "ContentBlock", "DocumentBlock", "ToolUseBlock" and
"ToolResultBlock", as read in 2026.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.dialects.translation.hub import (
    Ask,
    CacheMark,
    Call,
    Media,
    Part,
    Result,
    Text,
    Thought,
    Turn,
)
from guardrail_gw.dialects.translation.losses import Losses, Untranslatable

_IMAGES: Final = {f"image/{name}": name for name in ("png", "jpeg", "gif", "webp")}
_DOCUMENTS: Final = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
"""Media type -> what the dialect calls it."""
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9()\[\]-]+")
_UNMARKED: Final = frozenset({"reasoningContent", "cachePoint"})
"""Blocks behind which there is no mark."""
_TOOL_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NO_ID: Final = re.compile(r"[^A-Za-z0-9_.:-]")
_LONGEST_NAME: Final = 150
_LONGEST_ID: Final = 64


@dataclass(slots=True)
class Blocks:
    """Writes the messages of one request.

    Raises:
        Untranslatable: two of its calls would have the same id.
    """

    ask: Ask
    losses: Losses
    _names: set[str] = field(default_factory=set, repr=False)
    """Of its documents: no two may be alike."""

    def __post_init__(self) -> None:
        """Calls must stay apart where the dialect's alphabet makes two ids one."""
        parts = (part for turn in self.ask.turns for part in turn.parts)
        ids = {part.id for part in parts if isinstance(part, Call | Result)}
        if len({_id(each) for each in ids}) != len(ids):
            raise Untranslatable("ids of calls that differ by a sign")

    def message(self, turn: Turn) -> Iterator[dict[str, Any]]:
        """One message, or none where nothing is said: the dialect refuses empty ones."""
        content = list[dict[str, Any]]()
        for part in turn.parts:
            if not isinstance(part, CacheMark):
                content += self._block(part)
            elif content and not content[-1].keys() & _UNMARKED:
                content.append(cache_point(part, self.losses))
        if content:
            yield {"role": "assistant" if turn.is_model else "user", "content": content}

    def _block(self, part: Part) -> Iterator[dict[str, Any]]:
        match part:
            case Text():
                if part.text.strip():
                    yield {"text": part.text}
            case Media():
                yield self._media(part)
            case Call():
                call = {"toolUseId": _id(part.id), "name": tool_name(part.name)}
                yield {"toolUse": {**call, "input": dict(part.arguments)}}
            case Result():
                yield {"toolResult": self._result(part)}
            case Thought():
                yield {"reasoningContent": _thought(part)}
            case CacheMark():
                raise TypeError("a mark is told behind a block")

    def _result(self, result: Result) -> dict[str, Any]:
        content = [block for part in result.parts for block in self._block(part)]
        said = {"toolUseId": _id(result.id), "content": content}
        return {**said, "status": "error"} if result.failed else said

    def _media(self, media: Media) -> dict[str, Any]:
        if media.url:
            raise Untranslatable(f"{media.kind} by its address")
        source = {"bytes": media.data}
        if media.kind == "image":
            return {"image": {"format": _form(_IMAGES, media), "source": source}}
        named = {"format": _form(_DOCUMENTS, media), "name": self._name(media.name)}
        return {"document": {**named, "source": source}}

    def _name(self, given: str) -> str:
        """A document's name in the dialect's alphabet, unlike the others."""
        plain = _NO_NAME.sub(" ", given).strip()[:_LONGEST_NAME].strip() or "document"
        number, name = 1, plain
        while name in self._names:
            number += 1
            name = f"{plain} ({number})"
        self._names.add(name)
        return name


def cache_point(mark: CacheMark, losses: Losses) -> dict[str, Any]:
    """What stands before it is kept for minutes; for an hour is what not every model takes."""
    if mark.is_long:
        losses.note(f"{mark.member}.ttl")
    return {"cachePoint": {"type": "default"}}


def tool_name(name: str) -> str:
    """The name of a tool, which the model is told: another one would not be the client's.

    Raises:
        Untranslatable: the dialect's alphabet lacks one of its signs, or it is too long.
    """
    if not _TOOL_NAME.fullmatch(name):
        raise Untranslatable("names of tools with signs other than letters, digits, _ and -")
    return name


def _thought(thought: Thought) -> dict[str, Any]:
    """One that was made here, and goes back as it was."""
    if thought.is_hidden:
        return {"redactedContent": thought.seal}
    return {"reasoningText": {"text": thought.text, "signature": thought.seal}}


def _form(forms: dict[str, str], media: Media) -> str:
    form = forms.get(media.media_type)
    if form is None:
        raise Untranslatable(f"{media.kind} of a type that is not read")
    return form


def _id(name: str) -> str:
    """Ids of the dialect have letters, digits and four signs; others come from elsewhere."""
    if len(name) > _LONGEST_ID:
        raise Untranslatable("ids of calls of more than 64 signs")
    return _NO_ID.sub("_", name)
