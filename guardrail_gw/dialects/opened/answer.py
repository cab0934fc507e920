"""Answers of these surfaces: one JSON object, or bytes that nothing looks into.

Source: OpenAI API reference, "The moderation object", "The image generation response", "Create
speech", "The transcription object", as read in 2026.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.answers import WholeBody, json_object, provider_id
from guardrail_gw.dialects.opened.measured import counted, measured
from guardrail_gw.dialects.slots import Leaves, Slot
from guardrail_gw.errors import UpstreamBroken

_STRUCTURE: Final = frozenset({"id", "object", "model", "usage", "b64_json", "url", "type"})
_LEAVES: Final = Leaves(_STRUCTURE)


@dataclass(slots=True)
class ObjectReader(WholeBody):
    """Reads an answer that is one JSON object."""

    needs: str = ""
    """The member that makes it one."""

    def end(self) -> list[AnswerEvent]:
        """Return the one event."""
        text = self.text()
        data = json_object(text)
        if data.get("error"):
            return [AnswerEvent(kind=EventKind.ERROR, data=data)]
        if data.get(self.needs) is None:
            raise UpstreamBroken("the answer is not what was asked for")
        named = provider_id(data.get("id"))
        return [
            AnswerEvent(
                kind=EventKind.CONTENT,
                data=data,
                text=text,
                usage=counted(data),
                measured=measured(data, self.needs),
                provider_id=named,
            )
        ]


@dataclass(slots=True)
class BytesReader(WholeBody):
    """Reads an answer that is a recording; text in its place is no answer."""

    def end(self) -> list[AnswerEvent]:
        """Return the one event."""
        raw = b"".join(self._parts)
        if not raw:
            raise UpstreamBroken("the answer is empty")
        if (said := _text(raw)) is not None:
            if isinstance(said, dict) and said.get("error"):
                return [AnswerEvent(kind=EventKind.ERROR, data=said)]
            raise UpstreamBroken("the answer is text, and no recording")
        return [AnswerEvent(kind=EventKind.CONTENT, raw=raw)]


def slots(data: dict[str, Any]) -> Iterator[Slot]:
    """Every string that is neither structure nor content that nothing looks into."""
    for key, value in data.items():
        if key not in _STRUCTURE:
            yield from _LEAVES.slots(data, key, value, None)


def _text(raw: bytes) -> Any:  # noqa: ANN401 - JSON
    """JSON, if it is that; None for anything else."""
    if raw.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
