"""Responses answers, written from the hub's events.

Source: OpenAI API reference, "The response object" and "Streaming events", as read in 2026.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from guardrail_gw.dialects.translation.heard import word
from guardrail_gw.dialects.translation.hub import (
    Arguments,
    Begun,
    Called,
    Cited,
    Counted,
    Ended,
    Event,
    Said,
    Thought,
    Why,
)
from guardrail_gw.dialects.translation.openai_responses.output import (
    FunctionCall,
    Item,
    Message,
    Reasoning,
    TextCall,
)
from guardrail_gw.errors import UpstreamBroken

_NUMBER: Final = "sequence_number"
_GROWS: Final = ("status", "incomplete_details", "output", "usage")
"""What of an answer changes as it goes on."""
_REASONS: Final = {Why.LENGTH: "max_output_tokens", Why.FILTERED: "content_filter"}
"""Why an answer is incomplete; for other reasons it is complete."""


@dataclass(slots=True)
class Telling:
    """Writes one streamed answer.

    Args:
        created_s: seconds since the epoch.
    """

    created_s: int
    _head: Begun = field(default_factory=lambda: Begun(id="", model=""))
    _items: list[dict[str, Any]] = field(default_factory=list)
    """What has ended."""
    _open: Item | None = None
    _number: int = 0
    """How many events there were."""
    _why: Why | None = None
    _usage: dict[str, Any] | None = None
    _like: Mapping[str, Any] = field(default_factory=dict)
    """The answer as its beginning told it, where somebody else began it."""

    @classmethod
    def within(
        cls,
        like: Mapping[str, Any],
        items: list[dict[str, Any]],
        message: Message | None,
        number: int,
    ) -> Self:
        """Go on with an answer.

        Args:
            like: the response, as its beginning told it.
            items: that have ended.
            message: what is open.
            number: of the next event.
        """
        begun = Begun(id=word(like.get("id")), model=word(like.get("model")))
        made = cls(0, _head=begun, _items=items, _open=message, _number=number)
        made._like = like
        return made

    def tell(self, event: Event) -> Iterator[dict[str, Any]]:
        """Yield the events of an event, numbered."""
        for data in self._events(event):
            yield self._numbered(data)

    def further(self, text: str) -> tuple[dict[str, Any], str] | None:
        """The event of a piece of the text that is open, numbered, and its JSON."""
        told = self._open.further(text) if isinstance(self._open, Message) else None
        if told is None:
            return None
        data, written = told
        numbered = f'{written[:-1]},"{_NUMBER}":{self._number}}}'
        return self._numbered(data), numbered

    def end(self) -> Iterator[dict[str, Any]]:
        """Yield the end mark, which holds the whole answer.

        Raises:
            UpstreamBroken: nothing said that the answer is over.
        """
        if self._why is None:
            raise UpstreamBroken("the answer ended without a reason")
        response = self.response()
        yield self._numbered({"type": f"response.{response['status']}", "response": response})

    def response(self) -> dict[str, Any]:
        """The answer so far."""
        reason = _REASONS.get(self._why) if self._why else None
        over = "completed" if reason is None else "incomplete"
        told: dict[str, Any] = {
            "id": self._head.id,
            "object": "response",
            "created_at": self.created_s,
            "status": "in_progress" if self._why is None else over,
            "error": None,
            "incomplete_details": None if reason is None else {"reason": reason},
            "model": self._head.model,
            "output": list(self._items),
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "store": False,
            "usage": self._usage,
        }
        return (
            told | dict(self._like) | {name: told[name] for name in _GROWS} if self._like else told
        )

    def _numbered(self, data: dict[str, Any]) -> dict[str, Any]:
        data[_NUMBER] = self._number
        self._number += 1
        return data

    def _events(self, event: Event) -> Iterator[dict[str, Any]]:
        match event:
            case Begun():
                self._head = event
                yield {"type": "response.created", "response": self.response()}
                yield {"type": "response.in_progress", "response": self.response()}
            case Said() | Cited():
                yield from self._spoken(event)
            case Called():
                kind = TextCall if event.takes_text else FunctionCall
                yield from self._begin(kind(self._head.id, len(self._items) + self._is_open, event))
            case Arguments():
                yield from self._argued(event)
            case Ended():
                self._why = event.why
                yield from self._close()
            case Counted():
                self._usage = usage(event)
            case Thought():
                yield from self._thought(event)

    def _spoken(self, event: Said | Cited) -> Iterator[dict[str, Any]]:
        if not isinstance(self._open, Message):
            yield from self._begin(Message(self._head.id, len(self._items) + self._is_open))
        if isinstance(self._open, Message):
            yield from self._open.say(event)

    def _thought(self, event: Thought) -> Iterator[dict[str, Any]]:
        """A thought is an item until its seal; a seal alone is one where it is all there is."""
        if not isinstance(self._open, Reasoning):
            if not event.text and not event.seal:
                return
            yield from self._begin(Reasoning(self._head.id, len(self._items) + self._is_open))
        if isinstance(self._open, Reasoning):
            yield from self._open.say(event)
            if not event.text:
                yield from self._close()

    def _argued(self, event: Arguments) -> Iterator[dict[str, Any]]:
        if not isinstance(self._open, FunctionCall | TextCall):
            raise UpstreamBroken("the answer goes on with a call that has ended")
        yield from self._open.say(event)

    @property
    def _is_open(self) -> bool:
        return self._open is not None

    def _begin(self, item: Item) -> Iterator[dict[str, Any]]:
        yield from self._close()
        self._open = item
        yield from item.begin()

    def _close(self) -> Iterator[dict[str, Any]]:
        if self._open is None:
            return
        status = "incomplete" if self._why in _REASONS else "completed"
        yield from self._open.end(status)
        self._items.append(self._open.data)
        self._open = None


def whole(events: Iterable[Event], created_s: int) -> dict[str, Any]:
    """One body for an answer.

    Raises:
        UpstreamBroken: a text for a tool is not in the arguments of its call.
    """
    telling = Telling(created_s)
    for event in (*events, Ended(why=Why.SAID)):
        if not isinstance(event, Ended) or telling.response()["status"] == "in_progress":
            for _ in telling.tell(event):
                pass
    return telling.response()


def usage(counted: Counted) -> dict[str, Any]:
    """Counts: what was read from a cache or written to one is input here."""
    counts = counted.usage
    written = counts.cache_write + counts.cache_write_long
    return {
        "input_tokens": counts.read,
        "input_tokens_details": {
            "cached_tokens": counts.cached_input,
            "cache_write_tokens": written,
        },
        "output_tokens": counts.output,
        "output_tokens_details": {"reasoning_tokens": counted.thought},
        "total_tokens": counts.read + counts.output,
    }
