"""Gemini answers, read into the hub's events.

Source: Gemini API reference, "GenerateContentResponse", "FinishReason" and "BlockReason", as read
in 2026.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.dialects.gemini_generate.answer import (
    block_reason,
    candidates,
    is_over,
    reason_of,
)
from guardrail_gw.dialects.translation import heard
from guardrail_gw.dialects.translation.gemini_generate import logprobs
from guardrail_gw.dialects.translation.gemini_generate.calls import made_id
from guardrail_gw.dialects.translation.hub import (
    Arguments,
    Begun,
    Called,
    Ended,
    Event,
    Said,
    Thought,
    Why,
)
from guardrail_gw.errors import UpstreamBroken

_WHYS: Final = {
    "STOP": Why.SAID,
    "MAX_TOKENS": Why.LENGTH,
    **dict.fromkeys(("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT"), Why.FILTERED),
    **dict.fromkeys(("SPII", "LANGUAGE"), Why.FILTERED),
}
"""Any other reason says that the answer failed: a call that is none, an image that is not there."""
_SILENT: Final = frozenset({"thought", "thoughtSignature", "partMetadata"})
_TEXT: Final = {"text"}
_MAKER: Final = "gemini_generate"
_COUNTED: Final = "thoughtsTokenCount"


@dataclass(slots=True)
class Hearing:
    """Reads one answer, whole or part by part."""

    _id: str = ""
    _begun: bool = False
    _calls: int = 0

    def hear(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """Yield what a part or body says; why it ended may be said with every part.

        Raises:
            UpstreamBroken: it has something that no other dialect can carry.
        """
        if not self._begun:
            self._begun = True
            self._id = heard.word(data.get("responseId"))
            yield Begun(id=self._id, model=heard.word(data.get("modelVersion")))
        for index, candidate in candidates(data):
            if index != 0:
                raise UpstreamBroken("the answer has several candidates")
            yield from self._candidate(candidate)
        if block_reason(data) is not None:
            yield Ended(why=Why.FILTERED)

    def further(self, data: Mapping[str, Any]) -> str | None:
        """The text of a part that is nothing else, of an answer that goes on."""
        found = data.get("candidates")
        if not self._begun or "promptFeedback" in data or not isinstance(found, list):
            return None
        if len(found) != 1 or is_over(found[0]) or found[0].get("index", 0) != 0:
            return None
        parts: list[Any] = (found[0].get("content") or {}).get("parts") or []
        if len(parts) != 1 or parts[0].keys() != _TEXT or found[0].get("logprobsResult"):
            return None
        text = parts[0]["text"]
        return text if isinstance(text, str) and text else None

    def _candidate(self, candidate: dict[str, Any]) -> Iterator[Event]:
        probabilities = logprobs.heard(candidate.get("logprobsResult"))
        for part in (candidate.get("content") or {}).get("parts") or ():
            for event in self._part(part):
                if isinstance(event, Said) and probabilities:
                    yield Said(text=event.text, logprobs=probabilities)
                    probabilities = ()
                else:
                    yield event
        if reason := reason_of(candidate):
            yield Ended(why=self._why(reason))

    def _part(self, part: Mapping[str, Any]) -> Iterator[Event]:
        """What a part says; its seal ends a thought, and comes before what else it signs."""
        if part.keys() == _TEXT:  # as nearly all are
            if part["text"] not in (None, ""):
                yield Said(text=_text(part["text"]))
            return
        said = {name: value for name, value in part.items() if name not in _SILENT}
        seal = list(_sealed(part.get("thoughtSignature")))
        if not any(value not in (None, "") for value in said.values()):
            yield from seal
        elif said.keys() == {"text"} and part.get("thought"):
            yield Thought(text=_text(said["text"]))
            yield from seal
        elif said.keys() == {"text"}:
            yield from (*seal, Said(text=_text(said["text"])))
        elif said.keys() == {"functionCall"}:
            yield from seal
            yield from self._call(said["functionCall"])
        else:
            raise heard.uncarried("part")

    def _call(self, call: Any) -> Iterator[Event]:  # noqa: ANN401 - JSON
        if not isinstance(call, dict) or call.keys() - {"id", "name", "args"}:
            raise UpstreamBroken("the answer has a call that is not whole")
        name, given = _text(call.get("name")), call.get("args") or {}
        if not isinstance(given, dict):
            raise UpstreamBroken("the arguments of a call are not a JSON object")
        arguments = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
        id_ = heard.word(call.get("id")) or made_id(self._id, self._calls, name, arguments)
        self._calls += 1
        yield Called(id=id_, name=name)
        yield Arguments(text=arguments)

    def _why(self, reason: str) -> Why:
        why = _WHYS.get(reason)
        if why is None:
            raise UpstreamBroken("the answer ended for a reason that is no end")
        return Why.CALLS if self._calls and why is Why.SAID else why


def thoughts(data: Mapping[str, Any]) -> int:
    """Tokens of thoughts, from a part or body with counts."""
    counts = data.get("usageMetadata")
    counted = counts.get(_COUNTED) if isinstance(counts, dict) else None
    return counted if type(counted) is int and counted > 0 else 0


def _sealed(signature: Any) -> Iterator[Event]:  # noqa: ANN401 - JSON
    if isinstance(signature, str) and signature:
        yield Thought(seal=signature, maker=_MAKER)


def _text(value: Any) -> str:  # noqa: ANN401 - JSON
    if not isinstance(value, str) or not value:
        raise UpstreamBroken("the answer has something else where its text should be")
    return value
