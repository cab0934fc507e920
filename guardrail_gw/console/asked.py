"""What a page's address asks for. What is not understood is an error, not a guess."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from guardrail_gw.audit.index.search import Query
from guardrail_gw.audit.index.sums import DAY_US

_WORDS = ("person", "team", "model", "provider", "jurisdiction", "code")
_COLUMN = {"person": "subject"}
_MAX = 300


class AskedError(Exception):
    """Something in the address cannot be understood; the text says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A filter as a form gives it."""

    values: Mapping[str, str]
    """By the form's names, to be shown again."""
    query: Query
    before: int | None

    @property
    def narrowed(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.values)


def asked(form: Mapping[str, str]) -> Asked:
    """Read a filter.

    Raises:
        AskedError: a date or number that is none, or a text that is too long.
    """
    given = {name: value.strip() for name, value in form.items() if value.strip()}
    if any(len(value) > _MAX for value in given.values()):
        raise AskedError("Something in the address is too long.")
    values = {n: v for n, v in given.items() if n in _NAMES}
    return Asked(
        values=values,
        query=Query(
            since_us=_us(_day(values.get("since"))),
            until_us=_end(_us(_day(values.get("until")))),
            words=tuple((_COLUMN.get(n, n), values[n]) for n in _WORDS if n in values),
            any_link=values.get("id"),
            entity=values.get("found"),
            refused=values.get("left") == "no",
        ),
        before=_number(given.get("before")),
    )


_NAMES = frozenset((*_WORDS, "since", "until", "id", "found", "left"))


def _day(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise AskedError("A date is written as 2026-03-31.") from None


def _us(time: datetime | None) -> int | None:
    return None if time is None else round(time.timestamp() * 1e6)


def _end(day_us: int | None) -> int | None:
    return None if day_us is None else day_us + DAY_US


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or not text.isascii() or len(text) > 15:  # noqa: PLR2004 - below 2^53
        raise AskedError("A record is named by its number.")
    return int(text)
