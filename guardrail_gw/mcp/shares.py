"""So many of something at once, and of these so many for one: nobody shuts everybody else out."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.core.identity import Principal
from guardrail_gw.errors import Overloaded, RateExceeded

_PART: Final = 4
"""Of the whole one has a quarter, where nobody says otherwise."""
_AGAIN_S: Final = 1.0

Owner = tuple[str, str, str, str]


def owner(who: Principal) -> Owner:
    """Whose share something counts in: a key's, whatever its tags are now."""
    return who.tenant, who.team, who.user, who.key_id


def part(most: int, each: int | None = None, *, is_alone: bool = False) -> int:
    """How many one may have of so many.

    Args:
        most: of all together.
        each: as somebody says it; None: nobody does.
        is_alone: there is nobody else.
    """
    if each is not None:
        return min(each, most)
    return most if is_alone else max(1, most // _PART)


@dataclass(slots=True, kw_only=True)
class Shares:
    """Counts what is held."""

    most: int
    """By all together."""
    each: int
    """By one of them."""
    what: str
    """For who reads a refusal: `MCP sessions`."""
    _held: Counter[Owner] = field(default_factory=Counter, repr=False)
    _all: int = 0

    def __len__(self) -> int:
        """How many are held."""
        return self._all

    def take(self, who: Principal) -> None:
        """Hold one more.

        Raises:
            RateExceeded: its owner has as many as one may have.
            Overloaded: all together have as many as there may be.
        """
        if self._all >= self.most:
            raise Overloaded(
                f"as many {self.what} are open as may be; try again later", retry_after_s=_AGAIN_S
            )
        if self._held[owner(who)] >= self.each:
            raise RateExceeded(
                f"this key has {self.each} {self.what} already, and may have no more",
                code="limits.concurrency",
                retry_after_s=_AGAIN_S,
            )
        self._held[owner(who)] += 1
        self._all += 1

    def give_back(self, who: Principal) -> None:
        """Hold one fewer."""
        self._held[owner(who)] -= 1
        if self._held[owner(who)] <= 0:
            del self._held[owner(who)]
        self._all -= 1
