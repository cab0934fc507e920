"""The windows of budgets: minute to month, by the calendar of a time zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from guardrail_gw.core.allowance import Every


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One of them."""

    name: str
    """When it began, by its own calendar: `2026-11`, `2026-11-26T14`."""
    ends_us: int
    """Microseconds since the epoch."""


def window(every: Every, zone: tzinfo, now_us: int) -> Window:
    """The window in which an instant lies; days may have 23 or 25 hours."""
    return _of_second(every, zone, now_us // 1_000_000)


@lru_cache(maxsize=256)  # requests come many to a second
def _of_second(every: Every, zone: tzinfo, now_s: int) -> Window:
    """The same: all windows begin at a whole second."""
    now = datetime.fromtimestamp(now_s, tz=zone)
    match every:
        case Every.MINUTE:
            return _short(now, "%Y-%m-%dT%H:%M%z", timedelta(minutes=1))
        case Every.HOUR:
            return _short(now, "%Y-%m-%dT%H%z", timedelta(hours=1))
        case Every.DAY:
            return _long(now.strftime("%Y-%m-%d"), _midnight(now, 1))
        case Every.WEEK:
            return _long(now.strftime("%G-W%V"), _midnight(now, 7 - now.weekday()))
        case Every.MONTH:
            next_month = (now.replace(day=1) + timedelta(days=32)).replace(day=1)
            return _long(now.strftime("%Y-%m"), _midnight(next_month, 0))


def _short(now: datetime, form: str, length: timedelta) -> Window:
    """Hours that a change of clocks repeats are told apart by their offset."""
    into = timedelta(minutes=now.minute % (length.seconds // 60), seconds=now.second)
    return Window(name=now.strftime(form), ends_us=_us(now.astimezone(UTC) - into + length))


def _midnight(now: datetime, days: int) -> datetime:
    """By the calendar, not by hours: the zone says when that day begins."""
    day = now.date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)


def _long(name: str, ends: datetime) -> Window:
    return Window(name=name, ends_us=_us(ends))


def _us(instant: datetime) -> int:
    return round(instant.timestamp()) * 1_000_000
