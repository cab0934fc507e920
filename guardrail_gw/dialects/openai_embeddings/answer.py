"""Embeddings: one body with a vector for each text, as numbers or as base64 of them.

Source: OpenAI API reference, "The embedding object", as read in 2026.
"""

from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.answers import WholeBody, json_object, provider_id
from guardrail_gw.dialects.openai_chat.answer import usage
from guardrail_gw.errors import UpstreamBroken

_NUMBERS: Final = frozenset({int, float})


class Vectors(dict[str, Any]):
    """An answer that remembers how it was written: numbers have more than one form."""

    __slots__ = ("written",)

    def __init__(self, data: dict[str, Any], written: str) -> None:
        super().__init__(data)
        self.written = written


@dataclass(slots=True)
class WholeReader(WholeBody):
    """Reads an answer that is one JSON object."""

    def end(self) -> list[AnswerEvent]:
        """Return the one event."""
        text = self.text()
        data = json_object(text)
        if data.get("error"):
            return [AnswerEvent(kind=EventKind.ERROR, data=data)]
        entries = data.get("data")
        if not isinstance(entries, list) or not entries or not all(map(_is_entry, entries)):
            raise UpstreamBroken("the answer holds no embeddings")
        return [
            AnswerEvent(
                kind=EventKind.CONTENT,
                data=Vectors(data, text),
                text=text,
                usage=usage(data),
                provider_id=provider_id(data.get("id")),
            )
        ]


def is_vector(value: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether it is base64 or numbers only: no text either way."""
    return isinstance(value, str) or (isinstance(value, list) and set(map(type, value)) <= _NUMBERS)


def _is_entry(entry: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(entry, dict) and bool(entry.get("embedding"))
