"""Tokens and money."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens as the provider counted them; each token is in one field only."""

    input: int
    output: int
    cached_input: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens (1e6)."""

    input: Decimal
    output: Decimal
    cached_input: Decimal

    def cost_usd(self, usage: Usage) -> Decimal:
        """Price one reply in US dollars, exact; whoever shows it rounds."""
        return (
            self.input * usage.input
            + self.output * usage.output
            + self.cached_input * usage.cached_input
        ) / 1_000_000
