"""Questions to an index: which exchanges, newest first."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from guardrail_gw.audit.index.entry import LINKS, WORDS
from guardrail_gw.audit.index.file import IndexFile
from guardrail_gw.audit.index.terms import Terms

COUNTED = 10_000
"""Matches are counted up to here; beyond, it is only said that there are more."""
_SENT = "EXISTS (SELECT 1 FROM attempt WHERE attempt.exchange = exchange.id AND attempt.{} = ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is looked for; all that is given must hold."""

    since_us: int | None = None
    until_us: int | None = None
    """Exclusive."""
    words: tuple[tuple[str, str], ...] = ()
    """Of `WORDS`, with what they must be; `subject` is the person. A provider or jurisdiction is
    met by any attempt, whichever answered."""
    links: tuple[tuple[str, str], ...] = ()
    """Of `LINKS`, with their exact value."""
    any_link: str | None = None
    """The exact value of any of `LINKS`."""
    entity: str | None = None
    """A kind of personal data that must have been found."""
    refused: bool = False
    """Only those that did not leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An exchange, as a list shows it."""

    index: int
    """Of the intent."""
    outcome_index: int | None
    place: tuple[int, int]
    """Segment and byte of the intent."""
    outcome_place: tuple[int, int] | None
    received_us: int
    words: dict[str, str] = field(repr=False)
    status: int | None
    duration_us: int | None
    tokens: tuple[int | None, int | None, int | None]
    """Input, cached input, output."""
    cost_nano: int | None
    found: tuple[tuple[str, int], ...]


class Searcher:
    """Asks one index. Use it in the thread that opened it."""

    def __init__(self, index: IndexFile) -> None:
        """Nothing is read yet."""
        self._index = index
        self.terms = Terms(index)

    def find(self, query: Query, *, limit: int, before: int | None = None) -> list[Hit]:
        """The newest matches, at most `limit`, of indices below `before`."""
        where, values = self.conditions(query)
        if before is not None:
            where, values = f"{where} AND id < ?", [*values, before]
        sql = f"SELECT * FROM exchange WHERE {where} ORDER BY id DESC LIMIT ?"  # noqa: S608 - conditions are ours
        cursor = self._index.db.execute(sql, [*values, limit])
        return [self._hit(_named(cursor, row)) for row in cursor.fetchall()]

    def get(self, index: int) -> Hit | None:
        """The exchange of an intent; None when the index has none."""
        cursor = self._index.db.execute("SELECT * FROM exchange WHERE id = ?", (index,))
        row = cursor.fetchone()
        return None if row is None else self._hit(_named(cursor, row))

    def neighbours(self, index: int) -> tuple[int | None, int | None]:
        """The exchanges just before and just after one, in the log's order."""
        ask = self._index.db.execute
        (older,) = ask("SELECT max(id) FROM exchange WHERE id < ?", (index,)).fetchone()
        (newer,) = ask("SELECT min(id) FROM exchange WHERE id > ?", (index,)).fetchone()
        return older, newer

    def count(self, query: Query) -> int:
        """How many match; `COUNTED` + 1 stands for more."""
        where, values = self.conditions(query)
        sql = f"SELECT count(*) FROM (SELECT 1 FROM exchange WHERE {where} LIMIT ?)"  # noqa: S608 - conditions are ours
        (count,) = self._index.db.execute(sql, [*values, COUNTED + 1]).fetchone()
        return int(count)

    def conditions(self, query: Query) -> tuple[str, list[object]]:
        """The query over the table `exchange`, in SQL: a condition, and the values in it."""
        parts = list(self._parts(query))
        return " AND ".join(["1", *(sql for sql, _ in parts)]), [v for _, vs in parts for v in vs]

    def _parts(self, query: Query) -> Iterator[tuple[str, tuple[object, ...]]]:
        if query.since_us is not None:
            yield "received_us >= ?", (query.since_us,)
        if query.until_us is not None:
            yield "received_us < ?", (query.until_us,)
        if query.refused:
            yield "decision IS NOT ?", (self.terms.find("decision", "allowed"),)
        for name, value in query.words:
            yield self._word(name, value)
        for name, value in query.links:
            token = self._index.secrets.token(_known(name, LINKS), value)
            yield "id IN (SELECT exchange FROM link WHERE token = ?)", (token,)
        if query.any_link is not None:
            tokens = [self._index.secrets.token(name, query.any_link) for name in LINKS]
            marks = ", ".join("?" * len(tokens))
            yield f"id IN (SELECT exchange FROM link WHERE token IN ({marks}))", tuple(tokens)  # noqa: S608 - question marks
        if query.entity is not None:
            number = self.terms.find("entity", query.entity)
            sql = "EXISTS (SELECT 1 FROM found WHERE found.exchange = exchange.id AND entity = ?)"
            yield sql, (number,)

    def _word(self, name: str, value: str) -> tuple[str, tuple[object, ...]]:
        number = self.terms.find(_known(name, WORDS), value)
        if number is None:
            return "0", ()
        if name in {"provider", "jurisdiction"}:
            return _SENT.format(name), (number,)
        return f"{name} = ?", (number,)

    def _hit(self, row: dict[str, int | None]) -> Hit:
        ask = self._index.db.execute
        found = ask("SELECT entity, count FROM found WHERE exchange = ?", (row["id"],)).fetchall()
        text = self.terms.text
        words = {name: word for name in WORDS if (word := text(row[name])) is not None}
        end = row["outcome_segment"], row["outcome_at"]
        return Hit(
            index=row["id"] or 0,
            outcome_index=row["outcome"],
            place=(row["segment"] or 0, row["at"] or 0),
            outcome_place=None if row["outcome"] is None else (end[0] or 0, end[1] or 0),
            received_us=row["received_us"] or 0,
            words=words,
            status=row["status"],
            duration_us=row["duration_us"],
            tokens=(row["input_tokens"], row["cached_input_tokens"], row["output_tokens"]),
            cost_nano=row["cost_nano"],
            found=tuple(sorted((text(entity) or "", count) for entity, count in found)),
        )


def _named(cursor: sqlite3.Cursor, row: tuple[int | None, ...]) -> dict[str, int | None]:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


def _known(name: str, names: tuple[str, ...]) -> str:
    """A column's name goes into SQL, so only ours do."""
    if name not in names:
        raise KeyError(name)
    return name
