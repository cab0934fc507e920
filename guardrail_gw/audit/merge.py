"""The logs of several workers or gateways as one timeline. Pure; `review` reads the files."""

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge

from guardrail_gw.audit.review import Opened


def timeline(logs: Sequence[Iterable[Opened]]) -> Iterator[tuple[int, Opened]]:
    """Join logs by time; within a log the order of its records stays, whatever its clock did.

    Args:
        logs: the records of each log, in order.

    Yields:
        The number of the log, and its record. Clocks of different machines differ: which of two
        records of two logs came first is as certain as their clocks.
    """
    streams = [_placed(number, records) for number, records in enumerate(logs)]
    for _, number, record in merge(*streams, key=lambda placed: placed[:2]):
        yield number, record


def _placed(number: int, records: Iterable[Opened]) -> Iterator[tuple[int, int, Opened]]:
    """A record's time, not before that of the one before it."""
    latest = 0
    for record in records:
        latest = max(latest, record.ts_us)
        yield latest, number, record
