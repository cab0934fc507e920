"""Chat answers, read into the hub's events.

Source: OpenAI API reference, "The chat completion object" and "chunk object", as read in 2026.
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

_WHYS: Final = {
    "stop": Why.SAID,
    "length": Why.LENGTH,
    "tool_calls": Why.CALLS,
    "function_call": Why.CALLS,
    "content_filter": Why.FILTERED,
}
"""A reason that is not among them, as near-copies have, is an ordinary end."""
_UNCARRIED: Final = frozenset({"images", "audio", "function_call"})
"""Members of an answer that no other dialect has a place for."""
_TEXT: Final = {"content"}
_THOUGHTS: Final = ("reasoning_content", "reasoning")
"""What the near-copies of this dialect that think call it."""


@dataclass(slots=True)
class Hearing:
    """Reads one answer; whole, it is one chunk whose `message` stands for a delta."""

    _begun: bool = False
    _calls: list[int] = field(default_factory=list)
    """Positions of the calls that have begun; the last one goes on."""

    def hear(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """Yield what a chunk or body says.

        Raises:
            UpstreamBroken: it has several choices, or calls whose pieces are mixed.
        """
        if not self._begun and (data.get("choices") or data.get("id")):
            self._begun = True  # what comes before is of the prompt's filters, and names nothing
            yield Begun(id=heard.word(data.get("id")), model=heard.word(data.get("model")))
        for position, choice in enumerate(data.get("choices") or ()):
            if choice.get("index", position) != 0:
                raise UpstreamBroken("the answer has several choices")
            said = heard.content(choice.get("delta") or choice.get("message") or {})
            yield from self._said(said, heard.content(choice.get("logprobs") or {}))
            if reason := choice.get("finish_reason"):
                yield Ended(why=self._why(reason))

    def further(self, data: Mapping[str, Any]) -> str | None:
        """The text of a chunk that has nothing else."""
        choices = data.get("choices")
        if not self._begun or not isinstance(choices, list) or len(choices) != 1:
            return None
        choice = choices[0]
        if choice.get("index", 0) != 0 or choice.get("finish_reason") or choice.get("logprobs"):
            return None
        delta = choice.get("delta")
        is_plain = isinstance(delta, dict) and delta.keys() == _TEXT
        text = delta["content"] if is_plain else None
        return text if isinstance(text, str) and text else None

    def _said(self, said: Mapping[str, Any], odds: Mapping[str, Any]) -> Iterator[Event]:
        if not _UNCARRIED.isdisjoint(said) and any(said.get(name) for name in _UNCARRIED):
            raise heard.uncarried("part")
        if thought := _thought(said):
            yield Thought(text=thought)
        if (content := said.get("content")) and (text := _text(content)):
            yield Said(text=text, logprobs=tuple(heard.items(odds.get("content") or [])))
        if (content := said.get("refusal")) and (refusal := _text(content)):
            yield Said(text=refusal, is_refusal=True)
        if "annotations" in said or "tool_calls" in said:
            yield from self._added(said)

    def _added(self, said: Mapping[str, Any]) -> Iterator[Event]:
        """Sources and calls."""
        for annotation in heard.items(said.get("annotations") or []):
            yield from _cited(heard.content(annotation))
        for position, call in enumerate(heard.items(said.get("tool_calls") or [])):
            yield from self._called(heard.content(call), position)

    def _called(self, call: Mapping[str, Any], position: int) -> Iterator[Event]:
        at = call.get("index", position)
        function = heard.content(call.get("function") or {})
        if at not in self._calls:
            self._calls.append(at)
            yield Called(id=heard.word(call.get("id")), name=_text(function.get("name") or ""))
        elif at != self._calls[-1]:
            raise UpstreamBroken("the answer goes on with a call that has ended")
        if text := function.get("arguments"):
            yield Arguments(text=_text(text))

    def _why(self, reason: Any) -> Why:  # noqa: ANN401 - JSON
        why = _WHYS.get(reason, Why.SAID) if isinstance(reason, str) else Why.SAID
        return Why.CALLS if self._calls and why is Why.SAID else why


def thought_tokens(data: Mapping[str, Any]) -> int:
    """Tokens of thoughts, from a chunk or body with counts; none where they are not told."""
    details = (data.get("usage") or {}).get("completion_tokens_details")
    return (count(details, "reasoning_tokens") or 0) if isinstance(details, dict) else 0


def _thought(said: Mapping[str, Any]) -> str:
    """Thoughts as near-copies send them: in one of two members, or as a part of the content."""
    for name in _THOUGHTS:
        if isinstance(text := said.get(name), str) and text:
            return text
    content = said.get("content")
    if not isinstance(content, list):
        return ""
    return "".join(
        _text(part.get("thinking") or "")
        for part in content
        if isinstance(part, dict) and part.get("type") == "thinking"
    )


def _cited(annotation: Mapping[str, Any]) -> Iterator[Event]:
    if annotation.get("type") == "url_citation":
        cited = heard.content(annotation.get("url_citation"))
        yield Cited(
            url=heard.word(cited.get("url")),
            title=heard.word(cited.get("title")),
            start=heard.number(cited.get("start_index")),
            end=heard.number(cited.get("end_index")),
        )


def _text(value: Any) -> str:  # noqa: ANN401 - JSON
    """Text, or parts of text as near-copies send them; their thoughts are left out."""
    if isinstance(value, list):
        parts = [part for part in value if isinstance(part, dict) and part.get("type") == "text"]
        return "".join(_text(part.get("text")) for part in parts)
    return heard.text(value)
