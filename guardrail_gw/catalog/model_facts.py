"""The shape of what is known of models; unknown is left out, never guessed."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from guardrail_gw.catalog.facts import Address, Factor, Name
from guardrail_gw.core.amounts import Measured, unit_rates
from guardrail_gw.documents import Strict

Tokens = Annotated[int, Field(gt=0, le=100_000_000)]
Positive = Annotated[Decimal, Field(gt=0, le=100_000, max_digits=12, allow_inf_nan=False)]
Modality = Literal["text", "image", "audio", "video", "pdf", "embedding"]
Capability = Literal[
    "computer_use",
    "parallel_tools",
    "prefill",
    "prompt_cache",
    "reasoning",
    "structured_output",
    "system",
    "tool_choice",
    "tools",
    "web_search",
]


Bound = Annotated[str, Field(pattern=r"^[1-9][0-9]{3,8}$")]
TierName = Literal["flex", "priority", "fast", "ultrafast"]
"""Those that are asked for by a request; what a batch costs is said of providers."""


class Import(Strict):
    """Which price catalogue facts were taken from."""

    source: Address
    """Of the catalogue; the page that a row names is the row's own `source`."""
    version: str
    licence: str
    verified_on: date
    """The day the catalogue was published."""


class RateFact(Strict):
    """US dollars per million tokens of each class; None where the catalogue says nothing."""

    input: Positive | None = None
    output: Positive | None = None
    cached_input: Positive | None = None
    cache_write: Positive | None = None
    """Input that is also kept for minutes."""
    cache_write_long: Positive | None = None
    """Input that is also kept for an hour."""
    reasoning: Positive | None = None
    """Output that is thought and not said, where it costs something else."""
    audio_input: Positive | None = None
    audio_output: Positive | None = None
    image_output: Positive | None = None


class TierFact(RateFact):
    """What it costs in one tier; what is left out is dearer by as much as the input is."""

    above: dict[Bound, RateFact] = Field(default_factory=dict)
    """As in `PriceFact`."""


class PriceFact(RateFact):
    """What a model costs."""

    above: dict[Bound, RateFact] = Field(default_factory=dict)
    """Input tokens of a request -> what all its tokens cost when it has more."""
    tiers: dict[TierName, TierFact] = Field(default_factory=dict)
    """Tier that a request can ask for -> what it costs there."""

    @model_validator(mode="after")
    def _input_has_a_price(self) -> Self:
        if self.input is None:
            raise ValueError("a price without `input`")
        if any(tier.input is None for tier in self.tiers.values()):
            raise ValueError("a tier without `input`")
        return self


class UnitFact(Strict):
    """US dollars for what is not counted in tokens; None where the catalogue says nothing."""

    image: Positive | None = None
    million_characters: Positive | None = None
    minute: Positive | None = None

    def rates(self) -> Measured:
        """For one of each unit that has a price."""
        return unit_rates(
            image=self.image, million_characters=self.million_characters, minute=self.minute
        )


class ModelFact(Strict):
    """One model at one provider."""

    context: Tokens | None = None
    """The most tokens it reads."""
    output: Tokens | None = None
    """The most tokens it writes."""
    takes: tuple[Modality, ...] = ()
    gives: tuple[Modality, ...] = ()
    can: tuple[Capability, ...] = ()
    """What is stated; what is not is unknown rather than absent."""
    price: PriceFact | None = None
    units: UnitFact | None = None
    """What it costs by units, where that is how it is sold."""
    disputed: bool = False
    """Catalogues disagree about its price: none is taken until a person has read the provider's."""
    regional: Factor | None = None
    """What regional processing multiplies the price by."""
    retires: date | None = None
    source: Address | None = None
    """The page that the catalogue names for this row."""
    by: Name
    """A key of `imports`."""

    @model_validator(mode="after")
    def _disputed_has_no_price(self) -> Self:
        if self.disputed and self.price is not None:
            raise ValueError("a disputed price is left out")
        return self


class ModelsFile(Strict):
    """One file under models/."""

    provider: Name
    imports: dict[Name, Import]
    models: dict[Annotated[str, Field(min_length=1, max_length=200)], ModelFact]

    @model_validator(mode="after")
    def _imports_are_known(self) -> Self:
        if unknown := {m.by for m in self.models.values()} - self.imports.keys():
            raise ValueError(f"unknown imports: {', '.join(sorted(unknown))}")
        return self
