"""How fast a deployment answers: times that jump up at once and sink with age. Pure.

Source of the idea: Finagle's peak EWMA. A longer time than expected counts in full at once, a
shorter one by as much as the earlier ones have aged; and whoever is not asked is expected to be
faster as time passes, so that it is tried again.
"""

import math
from dataclasses import dataclass, field
from typing import Final

TAU_S: Final = 60.0
"""After so long an earlier time weighs 1/e; answers of models take seconds, not milliseconds."""
TOKENS: Final = 256
"""Of an answer whose length nobody knows."""
_FEWEST: Final = 8
"""Tokens, of which a speed can be told."""


@dataclass(slots=True)
class PeakEwma:
    """One time, in seconds."""

    _value: float = 0.0
    _at_s: float | None = None

    def observe(self, value: float, now_s: float) -> None:
        """It took so long this time."""
        if self._at_s is None or value >= self._value:
            self._value = value
        else:
            weight = math.exp(-max(0.0, now_s - self._at_s) / TAU_S)
            self._value = self._value * weight + value * (1.0 - weight)
        self._at_s = now_s

    def read(self, now_s: float) -> float | None:
        """How long it is expected to take; None: it was never observed."""
        if self._at_s is None:
            return None
        return self._value * math.exp(-max(0.0, now_s - self._at_s) / TAU_S)


@dataclass(slots=True)
class Pace:
    """Of one deployment."""

    first: PeakEwma = field(default_factory=PeakEwma)
    """From sending until the first token of a stream."""
    token: PeakEwma = field(default_factory=PeakEwma)
    """For each token after it."""
    whole: PeakEwma = field(default_factory=PeakEwma)
    """From sending until a whole answer is here."""
    at_s: float | None = None
    """When anything was observed last."""
    stream_s: float = 0.0
    """How long the answer of a stream was expected to take then; it sinks as its parts do."""
    whole_s: float = 0.0
    """The same of a whole answer."""

    def began(self, took_s: float, now_s: float, *, stream: bool) -> None:
        """The first token of a stream, or a whole answer, took so long to come."""
        (self.first if stream else self.whole).observe(took_s, now_s)
        self._expect(now_s)

    def spoke(self, tokens: int, seconds: float, now_s: float) -> None:
        """So many tokens came within so many seconds after the first one."""
        if tokens >= _FEWEST and seconds > 0.0:
            self.token.observe(seconds / tokens, now_s)
            self._expect(now_s)

    def expected_s(self, now_s: float, *, stream: bool) -> float | None:
        """How long an answer is expected to take; None: nobody knows anything."""
        if self.at_s is None:
            return None
        value = self.stream_s if stream else self.whole_s
        return value * math.exp((self.at_s - now_s) / TAU_S)

    def _expect(self, now_s: float) -> None:
        """One kind of answer stands for the other where that was never asked for."""
        first, whole = self.first.read(now_s), self.whole.read(now_s)
        stream = whole if first is None else first + TOKENS * (self.token.read(now_s) or 0.0)
        self.stream_s = stream or 0.0
        self.whole_s = (stream if whole is None else whole) or 0.0
        self.at_s = now_s
