"""What a check says."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a check went; there is no word for keeping a law."""

    PASS = "pass"  # noqa: S105 - the name of a result
    FAIL = "fail"
    NOT_TESTED = "not tested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One check."""

    check: str
    """Its name; of a test, the test's id."""
    kind: str
    """`configuration`, `log` or `test`."""
    status: Status
    said: str
    """What was seen, in words that hold names of the configuration only."""


def worst(statuses: Iterable[Status]) -> Status:
    """One failure is a failure; one thing not tested leaves the whole not tested."""
    found = set(statuses)
    if Status.FAIL in found:
        return Status.FAIL
    return Status.PASS if found == {Status.PASS} else Status.NOT_TESTED
