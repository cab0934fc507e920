"""What requests ask of a model besides an answer, and what is known of a model's abilities."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from guardrail_gw.core.amounts import Tier


class Ability(StrEnum):
    """Something that not every model can do."""

    TOOLS = "tools"
    IMAGE = "image"
    """To read them."""
    AUDIO = "audio"
    """To hear it."""
    STRUCTURED_OUTPUT = "structured_output"
    """To answer by a JSON schema."""
    STREAMING = "streaming"


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What is known of one deployment; what is in no set is unknown."""

    stated: frozenset[Ability] = frozenset()
    """Somebody says that it can."""
    doubted: frozenset[Ability] = frozenset()
    """Somebody says what it can, and does not say this. Catalogues forget: it is no `no`."""
    denied: frozenset[Ability] = frozenset()
    """The operator says that it cannot."""
    context: int | None = None
    """The most tokens that it reads."""
    output: int | None = None
    """The most tokens that it writes in one answer, by the catalog: what is beyond is doubted."""
    output_limit: int | None = None
    """The same by the operator: what is beyond is not asked."""

    def answer(self, ability: Ability) -> str:
        """`stated`, `doubted`, `denied` or `unknown`."""
        for name in ("denied", "stated", "doubted"):
            if ability in getattr(self, name):
                return name
        return "unknown"


NOT_DESCRIBED: Final = Abilities()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """What one request asks of a model."""

    abilities: frozenset[Ability] = frozenset()
    written: int | None = None
    """The longest answer that it lets come, in tokens; None: it says nothing."""
    tier: Tier | None = None
    """That it asks for; None: it leaves that to the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """The same, with how long the request is."""

    abilities: frozenset[Ability] = frozenset()
    read_least: int = 0
    """Tokens: it is certainly as long as this."""
    read_most: int = 0
    """Tokens: and hardly longer than this."""
    written: int = 0
    """Tokens of the longest answer that it lets come; 0: it says nothing."""
    tier: Tier | None = None


NOTHING: Final = Needs()
