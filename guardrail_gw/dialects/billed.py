"""What a provider says that it asks for an answer: a number within the usage, in a unit of its own.

It is kept beside what the answer costs by the catalog's prices, and nothing is counted by it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from guardrail_gw.core.amounts import Bill
from guardrail_gw.core.exchange import AnswerEvent
from guardrail_gw.core.ports import AnswerReader

_HOLDERS: Final = ("response", "message")
"""Members of an event in which a dialect may have the answer with its usage."""
_MOST_USD: Final = 1_000_000
"""No single answer costs more; what says so is in another unit, or no price."""


@dataclass(slots=True)
class BilledReader:
    """Reads as the provider's dialect does, and tells what is asked for the answer.

    Args:
        inner: reads the events, in the provider's own words.
        bill: where the number stands.
        told: hears it in US dollars; of several the last counts.
    """

    inner: AnswerReader
    bill: Bill
    told: Callable[[Decimal], None]

    @property
    def complete(self) -> bool:
        """Whether an end mark was read."""
        return self.inner.complete

    def feed(self, chunk: bytes) -> Iterator[AnswerEvent]:
        """Yield the events that are complete now."""
        return self._heard(self.inner.feed(chunk))

    def end(self) -> Iterator[AnswerEvent]:
        """Yield what the end of the bytes completes."""
        return self._heard(self.inner.end())

    def _heard(self, events: Iterable[AnswerEvent]) -> Iterator[AnswerEvent]:
        for event in events:
            if event.usage is not None or event.measured:
                billed = billed_usd(event.data or {}, self.bill)
                if billed is not None:
                    self.told(billed)
            yield event


def billed_usd(data: Mapping[str, Any], bill: Bill) -> Decimal | None:
    """What an event or a whole answer says that it costs, in US dollars; None if nothing.

    Whatever is no amount of money says nothing: a text, less than nothing, more than any answer.
    """
    usage = next(filter(None, map(_usage, _places(data))), {})
    amount = usage.get(bill.member)
    if not isinstance(amount, int | float) or isinstance(amount, bool):
        return None
    if not 0 <= amount <= _MOST_USD * bill.per_usd:  # nor is what is no number at all
        return None
    return Decimal(str(amount)) / bill.per_usd


def _places(data: Mapping[str, Any]) -> Iterator[Any]:
    yield data
    yield from (data.get(name) for name in _HOLDERS)


def _usage(place: Any) -> dict[str, Any] | None:  # noqa: ANN401 - JSON
    usage = place.get("usage") if isinstance(place, dict) else None
    return usage if isinstance(usage, dict) else None
