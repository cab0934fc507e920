"""Responses answers, read into the hub's events.

Source: OpenAI API reference, "The response object" and "Streaming events", as read in 2026.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.dialects.answers import count
from guardrail_gw.dialects.translation import heard
from guardrail_gw.dialects.translation.hub import (
    Arguments,
    Begun,
    Called,
    Cited,
    Ended,
    Event,
    Said,
    Thought,
    Why,
)
from guardrail_gw.errors import UpstreamBroken

_TELLING: Final = ("response.created", "response.queued", "response.in_progress")
_ENDS: Final = ("response.completed", "response.incomplete")
_OVER: Final = ("completed", "incomplete", None)
"""Near-copies leave out that it is complete."""
_WHYS: Final = {
    "max_output_tokens": Why.LENGTH,
    "max_tokens": Why.LENGTH,
    "content_filter": Why.FILTERED,
}
_OUTPUT: Final = "output_text"
_SAYING: Final = f"response.{_OUTPUT}.delta"
_PIECES: Final = {
    "response.output_text": _OUTPUT,
    "response.refusal": "refusal",
    "response.reasoning_summary_text": "summary_text",
    "response.reasoning_text": "reasoning_text",
}
"""What comes in pieces, and then whole -> what it is a text of."""
_ARGUMENTS: Final = "response.function_call_arguments"
_MEMBERS: Final = {_OUTPUT: "text", "refusal": "refusal"}
"""Kind of a text -> the member that has it whole."""
_THOUGHTS: Final = ("summary_text", "reasoning_text")
_REASONING: Final = "reasoning"
_SPEAKING: Final = ("message", _REASONING)
_MAKER: Final = "openai_responses"
_CALL: Final = "function_call"
_DONE: Final = ".done"


@dataclass(slots=True)
class Hearing:
    """Reads one answer, whole or event by event.

    Every text comes several times: in pieces, when it is done, with its item, in the response. What
    came first is told, and nothing again.
    """

    _begun: bool = False
    _ended: bool = False
    _told: set[tuple[Any, ...]] = field(default_factory=set)
    """What was told: texts and sources by their indices, calls by their ids."""
    _calls: dict[int, str] = field(default_factory=dict)
    """Ids of calls by their indices; the last one goes on."""
    _open: str | None = None
    _has_said: bool = False

    def hear(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """Yield what an event or body says.

        Raises:
            UpstreamBroken: it has a part that no other dialect can carry, or is a second answer.
        """
        kind = data.get("type")
        if self._ended:
            raise UpstreamBroken("the answer goes on behind its end")
        if not isinstance(kind, str):
            yield from self._end(data)
        elif kind in _TELLING:
            yield from self._begin(heard.content(data.get("response")))
        elif kind in _ENDS:
            yield from self._end(heard.content(data.get("response")))
        elif kind.startswith("response.output_item."):
            yield from self._item(
                _index(data), heard.content(data.get("item")), is_done=kind.endswith(_DONE)
            )
        else:
            yield from self._text(kind, data)

    def further(self, data: Mapping[str, Any]) -> str | None:
        """The text of a piece of one, which is told in no other way from here on."""
        text, index = data.get("delta"), data.get("output_index")
        if data.get("type") != _SAYING or self._ended or data.get("logprobs"):
            return None
        if type(index) is not int or not isinstance(text, str) or not text:
            return None
        self._told.add(_key(_OUTPUT, data))
        self._has_said = True
        return text

    def _begin(self, response: Mapping[str, Any]) -> Iterator[Event]:
        if not self._begun:
            self._begun = True
            yield Begun(id=heard.word(response.get("id")), model=heard.word(response.get("model")))

    def _end(self, response: Mapping[str, Any]) -> Iterator[Event]:
        """A response that is over, with what no event said before: of a body, everything."""
        yield from self._begin(response)
        has_said = self._has_said
        for index, item in enumerate(map(heard.content, heard.items(response.get("output")))):
            if item.get("type") not in _SPEAKING or not has_said:
                yield from self._item(index, item, is_done=True)
        self._ended = True
        yield Ended(why=self._why(response))

    def _why(self, response: Mapping[str, Any]) -> Why:
        if response.get("status") not in _OVER:
            raise UpstreamBroken("the answer ended without a reason")
        if response.get("status") == "incomplete":
            reason = (response.get("incomplete_details") or {}).get("reason")
            return _WHYS.get(reason, Why.LENGTH) if isinstance(reason, str) else Why.LENGTH
        return Why.CALLS if self._calls else Why.SAID

    def _item(self, index: int, item: Mapping[str, Any], *, is_done: bool) -> Iterator[Event]:
        """An item that begins, or is whole."""
        kind = item.get("type")
        if kind == _CALL:
            yield from self._called(index, item, is_done=is_done)
        elif kind not in _SPEAKING:
            raise heard.uncarried("item")
        elif is_done:
            for name, numbered in (("summary", "summary_index"), ("content", "content_index")):
                for number, part in enumerate(
                    map(heard.content, heard.items(item.get(name) or []))
                ):
                    at = {"output_index": index, numbered: number}
                    yield from self._said(heard.word(part.get("type")), at, part)
                    yield from self._cited(at, part)
            yield from self._sealed(index, item)

    def _sealed(self, index: int, item: Mapping[str, Any]) -> Iterator[Event]:
        """A thought ends with its item, sealed or not."""
        key = ("sealed", index)
        if item.get("type") == _REASONING and key not in self._told:
            self._told.add(key)
            seal = heard.word(item.get("encrypted_content"))
            yield Thought(seal=seal, maker=_MAKER if seal else "")

    def _called(self, index: int, item: Mapping[str, Any], *, is_done: bool) -> Iterator[Event]:
        call = heard.text(item.get("call_id"))
        if (_CALL, call) not in self._told:
            self._told.add((_CALL, call))
            self._open = self._calls[index] = call
            yield Called(id=call, name=heard.text(item.get("name")))
        if is_done:
            yield from self._argued(call, item.get("arguments"), is_piece=False)

    def _argued(self, call: str | None, text: Any, *, is_piece: bool) -> Iterator[Event]:  # noqa: ANN401 - JSON
        """A piece of a call's arguments, or all of them, unless they were told in pieces."""
        key = ("arguments", call)
        if not heard.text(text) or (key in self._told and not is_piece):
            return
        if call is None or call != self._open:
            raise UpstreamBroken("the answer goes on with a call that has ended")
        self._told.add(key)
        yield Arguments(text=text)

    def _text(self, kind: str, data: Mapping[str, Any]) -> Iterator[Event]:
        """A piece of a text, or all of it; other events say nothing that no item says."""
        name, _, verb = kind.rpartition(".")
        text = _PIECES.get(name)
        if name == _ARGUMENTS and verb in ("delta", "done"):
            written = data.get("delta" if verb == "delta" else "arguments")
            call = self._calls.get(_index(data))
            yield from self._argued(call, written, is_piece=verb == "delta")
        elif text is not None and verb == "delta":
            self._told.add(_key(text, data))
            yield from self._event(text, data, data.get("delta"))
        elif text is not None and verb == "done":
            yield from self._said(text, data, data)
        elif kind == "response.output_text.annotation.added":
            yield from self._cited(data, {"annotations": [data.get("annotation")]})

    def _said(self, kind: str, at: Mapping[str, Any], holder: Mapping[str, Any]) -> Iterator[Event]:
        """A whole text, unless it was told before."""
        key = _key(kind, at)
        if key not in self._told:
            self._told.add(key)
            text = holder.get(_MEMBERS.get(kind, "text"))
            yield from self._event(kind, {**at, "logprobs": holder.get("logprobs")}, text)

    def _event(self, kind: str, at: Mapping[str, Any], text: Any) -> Iterator[Event]:  # noqa: ANN401 - JSON
        if kind not in _MEMBERS and kind not in _THOUGHTS:
            raise heard.uncarried("part")
        if not heard.text(text):
            return
        if kind in _THOUGHTS:
            yield Thought(text=text)
        else:
            self._has_said = True
            odds = tuple(heard.items(at.get("logprobs") or []))
            yield Said(text=text, is_refusal=kind == "refusal", logprobs=odds)

    def _cited(self, at: Mapping[str, Any], part: Mapping[str, Any]) -> Iterator[Event]:
        """Addresses in a text; files that the provider keeps are nothing to others."""
        for cited in map(heard.content, heard.items(part.get("annotations") or [])):
            if cited.get("type") != "url_citation":
                continue
            start, end = (heard.number(cited.get(name)) for name in ("start_index", "end_index"))
            key = (*_key("cited", at), cited.get("url"), start, end)
            if key not in self._told:
                self._told.add(key)
                url, title = heard.word(cited.get("url")), heard.word(cited.get("title"))
                yield Cited(url=url, title=title, start=start, end=end)


def thought_tokens(data: Mapping[str, Any]) -> int:
    """Tokens of thoughts, from an event or body with counts; none where they are not told."""
    response = data.get("response")
    holder = response if isinstance(response, dict) else data
    details = (holder.get("usage") or {}).get("output_tokens_details")
    return (count(details, "reasoning_tokens") or 0) if isinstance(details, dict) else 0


def _key(kind: str, at: Mapping[str, Any]) -> tuple[Any, ...]:
    """Which of an answer's texts it is; near-copies leave out the number of an only part."""
    return (kind, _index(at), at.get("content_index") or 0, at.get("summary_index") or 0)


def _index(at: Mapping[str, Any]) -> int:
    index = at.get("output_index")
    if type(index) is not int:
        raise UpstreamBroken("a part of the answer has no number")
    return index
