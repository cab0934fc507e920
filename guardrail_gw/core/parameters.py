"""How a provider reads the top-level members of a body, where it is not as the dialect says."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

Number = int | float
Scalar = int | float | bool | str


class Takes(StrEnum):
    """What some models of a dialect take and others answer 400 to; unknown means no."""

    EFFORT = "effort"
    """How long to think, in a word, by the dialect's own member."""
    BUDGET = "budget"
    """How long to think, as a number of tokens: `thinking.budget_tokens`."""
    ADAPTIVE = "adaptive"
    """To think as long as it needs, with an effort: `thinking.type: adaptive`."""
    LEVELS = "levels"
    """How long to think, in one of three words: `reasoningConfig.maxReasoningEffort`."""
    CACHE_MARKS = "cache_marks"
    """Where a part of the prompt ends that is to be kept for the next request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Between which numbers a member must lie, ends included."""

    least: Number | None = None
    most: Number | None = None
    is_refused_beyond: bool = False
    """A value outside asks for what cannot be had; else the nearest bound stands for it."""

    def beyond(self, value: Any) -> tuple[str, Number] | None:  # noqa: ANN401 - JSON
        """How a number lies outside, in words, and the bound; None for all else."""
        if type(value) not in (int, float):
            return None
        if self.most is not None and value > self.most:
            return f"above {self.most}", self.most
        if self.least is not None and value < self.least:
            return f"below {self.least}", self.least
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What has to be done to the members of a body; names behind `renamed` are the provider's.

    A name with a dot is of a member within a member.
    """

    renamed: tuple[tuple[str, str], ...] = ()
    """The dialect's name -> the provider's."""
    dropped: tuple[str, ...] = ()
    """Refused by the provider, and of no weight for what is asked."""
    refused: tuple[str, ...] = ()
    """Refused by the provider, and asking for something: without it the answer would be another."""
    one_of: tuple[tuple[str, ...], ...] = ()
    """Of the members of each the provider takes one: the first that is said."""
    bounds: tuple[tuple[str, Bounds], ...] = ()
    required: tuple[tuple[str, Scalar], ...] = ()
    """Demanded by the provider -> what stands for a client that does not say it."""

    def obstacle(self, members: Mapping[str, Any]) -> str | None:
        """What of a body the provider cannot do; nothing of a value is in it."""
        named = self.named(members)
        for name in self.refused:
            if named.get(name) not in (None, False):
                return name
        for name, bounds in self.bounds:
            if bounds.is_refused_beyond and (found := bounds.beyond(named.get(name))):
                return f"{name} {found[0]}"
        return None

    def named(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """The members by the provider's names; of two that become one its own stays."""
        named = {**members, **self.within(members)}
        for old, new in self.renamed:
            if old in named:
                value = named.pop(old)
                named.setdefault(new, value)
        return named

    def within(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """The members within members of which a table speaks, by their names with a dot."""
        found = dict[str, Any]()
        for name in (*self.dropped, *(each for names in self.one_of for each in names)):
            outer, dot, inner = name.partition(".")
            holder = members.get(outer)
            if dot and type(holder) is dict and inner in holder:
                found[name] = holder[inner]
        return found


AS_THE_DIALECT_SAYS: Final = Parameters()
