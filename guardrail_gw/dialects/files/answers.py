"""What a provider tells of what it keeps: one JSON object, or a list of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.core.kept import Kept
from guardrail_gw.dialects.answers import WholeBody, json_object, provider_id
from guardrail_gw.dialects.slots import Leaves, Slot
from guardrail_gw.errors import UpstreamBroken

_STRUCTURE: Final = frozenset(
    {"id", "object", "type", "status", "purpose", "endpoint", "completion_window", "model"}
    | {"processing_status", "input_file_id", "output_file_id", "error_file_id", "results_url"}
    | {"first_id", "last_id", "usage", "mime_type"}
)
_LEAVES: Final = Leaves(_STRUCTURE)
_FREE: Final = Leaves(frozenset())
_OWN: Final = "metadata"
"""Its members were chosen by the client, names and all."""
_FOLLOWING: Final = ("output_file_id", "error_file_id")
"""Members of a batch that name the files it was answered in."""


@dataclass(slots=True)
class ObjectReader(WholeBody):
    """Reads one; what was counted in it was counted for others, too, or will be again."""

    def end(self) -> list[AnswerEvent]:
        """Return the one event."""
        text = self.text()
        data = json_object(text)
        if not isinstance(data.get("data"), list) and provider_id(data.get("id")) is None:
            raise UpstreamBroken("the answer is not what was asked for")
        return [
            AnswerEvent(
                kind=EventKind.CONTENT,
                data=data,
                text=text,
                provider_id=provider_id(data.get("id")),
                names=tuple(_following(data)),
            )
        ]


def slots(data: dict[str, Any]) -> Iterator[Slot]:
    """Every string that is not structure, of one thing or of each in a list."""
    entries = data.get("data")
    for each in entries if isinstance(entries, list) else (data,):
        if not isinstance(each, dict):
            continue
        for key, value in each.items():
            if key == _OWN:
                yield from _FREE.slots(each, key, value, None)
            elif key not in _STRUCTURE:
                yield from _LEAVES.slots(each, key, value, None)


def _following(data: dict[str, Any]) -> Iterator[tuple[Kept, str]]:
    for member in _FOLLOWING:
        if (named := provider_id(data.get(member))) is not None:
            yield Kept.FILE, named
