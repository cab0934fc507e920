"""A provider's own meter: what it would ask to be paid for, whatever became of the answer."""

from dataclasses import dataclass, field

from guardrail_gw.standin.answers import said, usage
from guardrail_gw.standin.asked import Asked
from guardrail_gw.standin.behaviour import Behaviour


@dataclass(slots=True)
class Reading:
    """What one model has done."""

    answers: int = 0
    """Those that began; one that broke off counts for what was written of it."""
    read: int = 0
    """Tokens, a token for each word."""
    written: int = 0


@dataclass(slots=True)
class Meter:
    """Of all answers of one stand-in; refusals and what never began cost nothing."""

    models: dict[str, Reading] = field(default_factory=dict)

    def whole(self, ask: Asked, how: Behaviour) -> None:
        """An answer was written to its end, whether or not somebody was there to read it."""
        counted = usage(ask, how)
        self._add(ask.model, counted["prompt_tokens"], counted["completion_tokens"])

    def broken(self, ask: Asked, how: Behaviour, content: int) -> None:
        """An answer broke off after so many events with content."""
        written = said(ask, how)[: content * (how.chars or len(ask.text))]
        counted = usage(ask, how)
        self._add(ask.model, counted["prompt_tokens"], len(written.split()))

    def shown(self) -> dict[str, dict[str, int]]:
        """Model -> what it has done, as JSON."""
        return {
            model: {"answers": each.answers, "read": each.read, "written": each.written}
            for model, each in sorted(self.models.items())
        }

    def _add(self, model: str, read: int, written: int) -> None:
        reading = self.models.setdefault(model, Reading())
        reading.answers += 1
        reading.read += read
        reading.written += written
