"""Tokens and money."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Final

NANO: Final = 1_000_000_000
"""Money is reserved and counted in billionths of a US dollar, as whole numbers."""


def nano_usd(usd: Decimal) -> int:
    """US dollars in billionths, rounded up: what is counted is never less than what is owed."""
    return int((usd * NANO).to_integral_value(rounding=ROUND_CEILING))


def shown_usd(nano: int) -> str:
    """Billionths as US dollars, an exact decimal."""
    return f"{nano // NANO}.{nano % NANO:09d}"


class Unit(StrEnum):
    """What some answers are counted in besides tokens."""

    IMAGE = "image"
    CHARACTER = "character"
    """Of a text that is spoken."""
    SECOND = "second"
    """Of a recording that is written down."""


class Tier(StrEnum):
    """At what priority an answer is made, where that has a price of its own."""

    STANDARD = "standard"
    """The usual prices."""
    BATCH = "batch"
    FLEX = "flex"
    PRIORITY = "priority"
    FAST = "fast"
    ULTRAFAST = "ultrafast"
    OTHER = "other"
    """Whatever has no name here, and so no price that is known."""


Measured = tuple[tuple[Unit, Decimal], ...]
"""How many of each unit there were; or what one of each costs, in US dollars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Where a provider says what it asks for an answer."""

    member: str
    """Of the usage: a number."""
    per_usd: Decimal
    """How many of its unit are a US dollar."""


def unit_rates(
    *, image: Decimal | None, million_characters: Decimal | None, minute: Decimal | None
) -> Measured:
    """What one of each unit costs, by the amounts in which prices are told."""
    said = (
        (Unit.IMAGE, image, 1),
        (Unit.CHARACTER, million_characters, 1_000_000),
        (Unit.SECOND, minute, 60),
    )
    return tuple((unit, cost / parts) for unit, cost, parts in said if cost is not None)


def measured_usd(amounts: Measured, rates: Measured) -> Decimal | None:
    """What amounts cost in US dollars; None if any of them has no rate, or there are none."""
    known = dict(rates)
    if not amounts or any(unit not in known for unit, _ in amounts):
        return None
    return sum((known[unit] * amount for unit, amount in amounts), start=Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens as the provider counted them; each token is in one field only, but for the parts."""

    input: int
    output: int
    cached_input: int = 0
    """Read from the provider's cache."""
    cache_write: int = 0
    """Written to it, to be kept for minutes."""
    cache_write_long: int = 0
    """Written to it, to be kept for an hour."""
    audio_input: int = 0
    """Part of `input`: of recordings that were heard."""
    audio_output: int = 0
    """Part of `output`: of what was spoken."""
    image_output: int = 0
    """Part of `output`: of images that were made."""

    def __add__(self, other: "Usage") -> "Usage":
        """Both together, class by class."""
        return Usage(
            input=self.input + other.input,
            output=self.output + other.output,
            cached_input=self.cached_input + other.cached_input,
            cache_write=self.cache_write + other.cache_write,
            cache_write_long=self.cache_write_long + other.cache_write_long,
            audio_input=self.audio_input + other.audio_input,
            audio_output=self.audio_output + other.audio_output,
            image_output=self.image_output + other.image_output,
        )

    @property
    def read(self) -> int:
        """All that the model read, wherever it came from."""
        return self.input + self.cached_input + self.cache_write + self.cache_write_long


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens (1e6)."""

    input: Decimal
    output: Decimal
    cached_input: Decimal
    cache_write: Decimal | None = None
    """None: what input costs."""
    cache_write_long: Decimal | None = None
    """None: what other writing costs."""
    audio_input: Decimal | None = None
    """None: what input costs."""
    audio_output: Decimal | None = None
    """None: what output costs; so is the next."""
    image_output: Decimal | None = None
    above: tuple[tuple[int, "Price"], ...] = ()
    """Rising numbers of tokens -> what all tokens of a request cost that reads more than that."""

    tiers: tuple[tuple[Tier, "Price"], ...] = ()
    """What is asked for in other tiers, where that is known."""

    def most_usd(
        self, read: int, written: int, *, hears: bool = False, shows: bool = False
    ) -> Decimal:
        """The most that so many tokens can cost, whatever of them is written to a cache.

        Args:
            read: by the model.
            written: by it.
            hears: what is read may be of recordings.
            shows: what is written may be of speech or images.
        """
        reads: list[dict[str, int]] = [
            {"input": read},
            {"input": 0, "cache_write": read},
            {"input": 0, "cache_write_long": read},
        ]
        writes: list[dict[str, int]] = [{}]
        if hears:
            reads.append({"input": read, "audio_input": read})
        if shows:
            writes += [{"audio_output": written}, {"image_output": written}]
        ways = ((one, other) for one in reads for other in writes)
        return max(self.cost_usd(Usage(output=written, **one, **other)) for one, other in ways)

    def cost_usd(self, usage: Usage) -> Decimal:
        """Price one reply in US dollars, exact; whoever shows it rounds."""
        price = self
        for bound, dearer in self.above:
            if usage.read > bound:
                price = dearer
        return price._of(usage)  # noqa: SLF001 - another price

    def times(self, share: Decimal) -> "Price":
        """The same with every amount multiplied, without other tiers."""
        return Price(
            input=self.input * share,
            output=self.output * share,
            cached_input=self.cached_input * share,
            cache_write=times(self.cache_write, share),
            cache_write_long=times(self.cache_write_long, share),
            audio_input=times(self.audio_input, share),
            audio_output=times(self.audio_output, share),
            image_output=times(self.image_output, share),
            above=tuple((bound, dearer.times(share)) for bound, dearer in self.above),
        )

    def _of(self, usage: Usage) -> Decimal:
        cost = (
            self.input * usage.input
            + self.output * usage.output
            + self.cached_input * usage.cached_input
        )
        if usage.cache_write or usage.cache_write_long:
            cost += self._written_usd(usage)
        if usage.audio_input or usage.audio_output or usage.image_output:
            cost += self._parts_usd(usage)
        return cost / 1_000_000

    def _parts_usd(self, usage: Usage) -> Decimal:
        """What parts cost beyond, or less than, what they are part of."""
        parts = (
            (usage.audio_input, self.audio_input, self.input),
            (usage.audio_output, self.audio_output, self.output),
            (usage.image_output, self.image_output, self.output),
        )
        return sum(
            ((own - whole) * tokens for tokens, own, whole in parts if own is not None),
            start=Decimal(0),
        )

    def _written_usd(self, usage: Usage) -> Decimal:
        short = self.input if self.cache_write is None else self.cache_write
        long = short if self.cache_write_long is None else self.cache_write_long
        return short * usage.cache_write + long * usage.cache_write_long


def times(amount: Decimal | None, share: Decimal) -> Decimal | None:
    """So many times an amount, if it is known."""
    return None if amount is None else amount * share
