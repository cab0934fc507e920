"""Where an answer is on the wire, so that whoever goes on with it tells the next event rightly.

Each dialect numbers and names other things. An event is looked at before it is passed on, since
what it holds is changed then.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from guardrail_gw.dialects.translation.anthropic_messages import tell as messages_tell
from guardrail_gw.dialects.translation.gemini_generate import tell as gemini_tell
from guardrail_gw.dialects.translation.hub import Begun
from guardrail_gw.dialects.translation.openai_chat import tell as chat_tell
from guardrail_gw.dialects.translation.openai_responses import tell as responses_tell
from guardrail_gw.dialects.translation.openai_responses.output import Message
from guardrail_gw.dialects.translation.translate import Telling

_TEXT: Final = "output_text"


class Place(Protocol):
    """How far an answer has been told."""

    def note(self, data: Mapping[str, Any]) -> None:
        """Look at an event before it is passed on."""
        ...

    def telling(self, begun: Begun) -> Telling | None:
        """What tells the rest; None where nobody can be sure how it goes on.

        Args:
            begun: what the answer is called.
        """
        ...


@dataclass(slots=True)
class ChatPlace:
    """Every chunk says all that there is to know."""

    _created_s: int | None = None

    def note(self, data: Mapping[str, Any]) -> None:
        """Take the time of the first chunk that has one."""
        created = data.get("created")
        if self._created_s is None and type(created) is int:
            self._created_s = created

    def telling(self, begun: Begun) -> Telling | None:
        """Go on with chunks of the same name."""
        telling = chat_tell.Telling(self._created_s or 0)
        for _ in telling.tell(begun):
            pass  # the client has had it
        return telling


@dataclass(slots=True)
class MessagesPlace:
    """Blocks have numbers."""

    _index: int = -1
    _open: str = ""
    """What kind of block is open."""

    def note(self, data: Mapping[str, Any]) -> None:
        """Note which block is open."""
        kind = data.get("type")
        if kind == "content_block_start":
            self._index, self._open = data["index"], data["content_block"]["type"]
        elif kind == "content_block_stop":
            self._open = ""
        elif kind == "message_start" and data["message"].get("content"):
            raise ValueError("a message begins with content, which nobody hears")

    def telling(self, begun: Begun) -> Telling | None:  # noqa: ARG002 - the first event named it
        """Go on with the block, or with the next one."""
        if self._open not in ("", "text"):
            return None
        return messages_tell.Telling.within(self._index, is_open=bool(self._open))


@dataclass(slots=True)
class GeminiPlace:
    """Parts have neither names nor numbers."""

    def note(self, data: Mapping[str, Any]) -> None:
        """Nothing of a part matters to the next one."""

    def telling(self, begun: Begun) -> Telling | None:
        """Go on with parts of the same answer."""
        telling = gemini_tell.Telling()
        for _ in telling.tell(begun):
            pass
        return telling


@dataclass(slots=True)
class ResponsesPlace:
    """Events are numbered; items have names and places; at the end all is told again."""

    _number: int = -1
    _like: dict[str, Any] = field(default_factory=dict, repr=False)
    _items: list[dict[str, Any]] = field(default_factory=list, repr=False)
    _open: dict[str, Any] | None = field(default=None, repr=False)
    _index: int = 0
    _pieces: list[str] | None = field(default=None, repr=False)
    """Of the part that is open."""
    _is_between: bool = False
    """A part has ended and its item has not: what is told next is not known."""
    _is_sure: bool = True

    def note(self, data: Mapping[str, Any]) -> None:
        """Note what begins, goes on and ends."""
        number, kind = data.get("sequence_number"), data.get("type")
        if type(number) is int:
            self._number = number
        match kind:
            case "response.output_text.delta":
                self._said(data)
            case "response.created" | "response.in_progress":
                self._like = copy.deepcopy(data["response"])
            case "response.output_item.added":
                self._item_begun(data)
            case "response.content_part.added":
                self._part_begun(data)
            case "response.output_text.done":
                self._text_ended(data)
            case "response.output_item.done":
                self._item_ended(data)
            case _:
                pass

    def telling(self, begun: Begun) -> Telling | None:
        """Go on with the item, or with the next one."""
        if self._is_between or not self._is_sure or not self._like:
            return None
        if len(self._items) != self._begun:
            return None
        message = None
        if self._open is not None and self._open.get("type") != "message":
            return None
        if self._open is not None:
            said = None if self._pieces is None else "".join(self._pieces)
            message = Message.within(copy.deepcopy(self._open), self._index, said)
        like = {**copy.deepcopy(self._like), "id": begun.id, "model": begun.model}
        items = copy.deepcopy(self._items)
        return responses_tell.Telling.within(like, items, message, self._number + 1)

    @property
    def _begun(self) -> int:
        """How many items have ended, by the place of what is open or was last."""
        return self._index if self._open is not None else self._index + bool(self._items)

    def _said(self, data: Mapping[str, Any]) -> None:
        part = 0 if self._open is None else len(self._open["content"]) - 1
        at = data.get("output_index"), data.get("content_index") or 0
        if self._pieces is None or at != (self._index, part):
            self._is_sure = False
        else:
            self._pieces.append(data["delta"])

    def _item_begun(self, data: Mapping[str, Any]) -> None:
        self._is_sure = self._is_sure and self._open is None
        self._open, self._index = copy.deepcopy(data["item"]), data["output_index"]
        self._pieces = None
        if self._open.get("type") == "message":
            self._is_sure = self._is_sure and not self._open.get("content")
            self._open["content"] = []

    def _part_begun(self, data: Mapping[str, Any]) -> None:
        part = copy.deepcopy(data["part"])
        is_text = self._open is not None and part.get("type") == _TEXT
        if self._open is None or not is_text or self._pieces is not None:
            self._is_sure = False
            return
        self._open["content"].append({"annotations": [], "logprobs": [], **part})
        self._pieces, self._is_between = [part.get("text") or ""], False

    def _text_ended(self, data: Mapping[str, Any]) -> None:
        if self._open is None or self._pieces is None:
            self._is_sure = False
            return
        self._open["content"][-1]["text"] = data.get("text") or ""
        self._pieces, self._is_between = None, True

    def _item_ended(self, data: Mapping[str, Any]) -> None:
        is_known = self._open is not None and data["output_index"] == self._index
        self._is_sure = self._is_sure and is_known
        self._items.append(copy.deepcopy(data["item"]))
        self._open, self._pieces, self._is_between = None, None, False


PLACES: Final[Mapping[str, Callable[[], Place]]] = {
    "openai_chat": ChatPlace,
    "anthropic_messages": MessagesPlace,
    "openai_responses": ResponsesPlace,
    "gemini_generate": GeminiPlace,
}
"""By the client's dialect."""
