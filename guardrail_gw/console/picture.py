"""Pictures of a log, as numbers for SVG: its growth, its checkpoints and its gaps over time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from guardrail_gw.audit.index.sums import Event, Minute, Sum
from guardrail_gw.console.words import moment

Label = Callable[[Sum], tuple[str, str]]
Value = Callable[[Sum], tuple[int, str, str]]
WIDTH = 1040
HEIGHT = 120
_COLUMNS = 104
_MINUTE_US = 60_000_000
_LEAST = 2.0
"""Height of a column that is not empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A stretch of time."""

    x: float
    width: float
    height: float
    records: int
    checkpoints: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened to the log itself."""

    x: float
    kind: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A log over time."""

    columns: tuple[Column, ...]
    marks: tuple[Mark, ...]
    first: str
    last: str
    most: int
    """Records of the highest column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row of a chart."""

    label: str
    note: str
    """The code behind the label, where that says more."""
    share: float
    """Of the longest, in percent."""
    value: str
    more: str


def growth(minutes: Sequence[Minute], events: Sequence[Event]) -> Growth | None:
    """A log's picture; None while it is empty."""
    if not minutes:
        return None
    first, span = minutes[0].minute, minutes[-1].minute - minutes[0].minute + 1
    number = min(_COLUMNS, span)
    records, points = [0] * number, [0] * number
    for minute in minutes:
        at = (minute.minute - first) * number // span
        records[at] += minute.records
        points[at] += minute.checkpoints
    most = max(records)
    return Growth(
        columns=tuple(
            _column(at, number, (records[at], points[at], most), first + at * span // number)
            for at in range(number)
        ),
        marks=tuple(_mark(event, first, span) for event in events if event.kind != "policy"),
        first=moment(first * _MINUTE_US),
        last=moment((first + span) * _MINUTE_US),
        most=most,
    )


def _column(at: int, number: int, told: tuple[int, int, int], minute: int) -> Column:
    records, points, most = told
    width = WIDTH / number
    return Column(
        x=round(at * width, 2),
        width=round(max(1.0, min(width - 2, 48)), 2),
        height=round(max(_LEAST, HEIGHT * records / most), 2) if records else 0.0,
        records=records,
        checkpoints=points,
        label=moment(minute * _MINUTE_US),
    )


def _mark(event: Event, first: int, span: int) -> Mark:
    words = {"epoch": "new keys", "gap": f"gap ({event.text})", "shutdown": "orderly shutdown"}
    x = WIDTH * (event.ts_us / _MINUTE_US - first) / span
    what = words.get(event.kind, event.kind)
    return Mark(x=round(x, 2), kind=event.kind, label=f"{what}, record {event.index}")


def bars(sums: Sequence[Sum], label: Label, value: Value, most: int = 8) -> list[Bar]:
    """A chart's rows: the largest, as they come.

    Args:
        sums: largest first.
        label: what a sum is called, and the code behind.
        value: its number, how that is written, and what else is told.
        most: rows; further ones are left to the lists.
    """
    rows = [(*label(s), *value(s)) for s in sums[:most]]
    longest = max((number for _, _, number, _, _ in rows), default=0) or 1
    return [
        Bar(label=name, note=note, share=round(100 * number / longest, 1), value=text, more=more)
        for name, note, number, text, more in rows
    ]
