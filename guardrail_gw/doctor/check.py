"""What a check of a machine and its configuration comes to."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """How a check went, worst last."""

    OK = "ok"
    NOT_TESTED = "not tested"
    """What it needs is not here, or it was not asked for; `said` says which."""
    WARN = "warn"
    """It serves, and somebody should look before it does not."""
    FAIL = "fail"
    """It does not start, or refuses requests."""


_ORDER: Final = tuple(Verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check."""

    name: str
    """Stable, for machines: `disk.sync`, `reach azure-eu`."""
    verdict: Verdict
    said: str
    """What was seen: names of the configuration, numbers, places."""
    advice: str = ""
    """What to do; empty where nothing needs to be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A measure, and from where on it is a warning or a failure; more is worse."""

    warn: float
    fail: float

    def judge(self, value: float) -> Verdict:
        """Hold a value to it."""
        if value >= self.fail:
            return Verdict.FAIL
        return Verdict.WARN if value >= self.warn else Verdict.OK


def worst(checks: Iterable[Check]) -> Verdict:
    """The worst verdict; of no checks nothing is known."""
    return max((c.verdict for c in checks), key=_ORDER.index, default=Verdict.NOT_TESTED)


def failed(checks: Iterable[Check], *, strict: bool) -> bool:
    """Whether the answer is no.

    Args:
        checks: all that were made.
        strict: whether warnings count, too.
    """
    bad = {Verdict.FAIL, Verdict.WARN} if strict else {Verdict.FAIL}
    return any(check.verdict in bad for check in checks)
