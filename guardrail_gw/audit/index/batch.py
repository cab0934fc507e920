"""What a stretch of records adds to an index, written in one transaction."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from guardrail_gw.audit.index.entry import WORDS, Entry
from guardrail_gw.audit.index.secrets import Secrets
from guardrail_gw.audit.index.terms import Terms
from guardrail_gw.audit.review import Opened

_COLUMNS = (
    *("id", "segment", "at", "outcome", "outcome_segment", "outcome_at", "received_us", *WORDS),
    *("status", "duration_us", "input_tokens", "cached_input_tokens", "output_tokens"),
    *("cost_nano", "found"),
)
_FIELDS = {
    "ending": ("ending", "decision"),
    "found": ("entity", ""),
    "refused": ("reason", ""),
    "traffic": ("jurisdiction", ""),
    "spend": ("team", "model"),
}
"""Of the words that sums are taken over, by measure."""
_INSERT = f"INSERT INTO exchange ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - our own names
_MINUTE = """INSERT INTO minute VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET
  records = records + excluded.records, checkpoints = checkpoints + excluded.checkpoints"""
_DAILY = """INSERT INTO daily VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  exchanges = exchanges + excluded.exchanges, amount = amount + excluded.amount"""
_REMOVE = tuple(
    f"DELETE FROM {table} WHERE {column} = ?"  # noqa: S608 - our own names
    for table, column in (("found", "exchange"), ("link", "exchange"), ("exchange", "id"))
)


@dataclass(slots=True, kw_only=True)
class Batch:
    """Rows that are not written yet."""

    terms: Terms = field(repr=False)
    secrets: Secrets = field(repr=False)
    minutes: Counter[int] = field(default_factory=Counter)
    signed: Counter[int] = field(default_factory=Counter)
    """Checkpoints, by minute."""
    events: list[tuple[int, int, str, str]] = field(default_factory=list)
    _exchanges: list[tuple[int | None, ...]] = field(default_factory=list)
    _links: list[tuple[bytes, int]] = field(default_factory=list)
    _found: list[tuple[int, int, int]] = field(default_factory=list)
    _attempts: list[tuple[int, ...]] = field(default_factory=list)
    _removed: list[tuple[int]] = field(default_factory=list)
    _sums: defaultdict[tuple[int, str, int, int], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0])
    )

    def add(self, intent: Opened, outcome: Opened | None, entry: Entry) -> None:
        """Add an exchange."""
        number, word = intent.index, self.terms.id
        end: tuple[int | None, ...] = (None, None, None)
        if outcome is not None:
            end = (outcome.index, outcome.place.segment, outcome.place.at)
        words = (word(n, entry.words[n]) if n in entry.words else None for n in WORDS)
        place = (number, intent.place.segment, intent.place.at, *end, entry.received_us)
        self._exchanges.append((*place, *words, *entry.numbers, sum(entry.found.values())))
        self._links += [(self.secrets.token(name, value), number) for name, value in entry.links]
        self._found += [(number, word("entity", e), n) for e, n in entry.found.items()]
        for place_there, tried in enumerate(entry.attempts):
            said = (
                *(("deployment", tried.deployment), ("provider", tried.provider)),
                *(("jurisdiction", tried.jurisdiction), ("countries", tried.countries)),
                ("result", tried.result),
            )
            self._attempts.append((number, place_there, *(word(*each) for each in said)))
        self._sum(entry, 1)

    def remove(self, number: int, entry: Entry) -> None:
        """Take back an exchange that was entered without its outcome."""
        self._removed.append((number,))
        self._sum(entry, -1)

    def _sum(self, entry: Entry, sign: int) -> None:
        for measure, *named, amount in entry.sums():
            a, b = (
                self.terms.id(f, str(word)) if word else 0
                for f, word in zip(_FIELDS[measure], named, strict=True)
            )
            total = self._sums[entry.day, measure, a, b]
            total[0] += sign
            total[1] += sign * int(amount)

    def write(self, db: sqlite3.Connection, waiting: Sequence[Opened]) -> None:
        """Write all of it, and remember the intents that wait for their outcome."""
        for statement in _REMOVE:
            db.executemany(statement, self._removed)
        db.executemany(_INSERT, self._exchanges)
        db.executemany("INSERT OR IGNORE INTO link VALUES (?, ?)", self._links)
        db.executemany("INSERT INTO found VALUES (?, ?, ?)", self._found)
        db.executemany("INSERT INTO attempt VALUES (?, ?, ?, ?, ?, ?, ?)", self._attempts)
        db.executemany("INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?)", self.events)
        minutes = [(m, n, self.signed[m]) for m, n in self.minutes.items()]
        db.executemany(_MINUTE, minutes)
        db.executemany(_DAILY, [(*key, *total) for key, total in self._sums.items()])
        db.execute("DELETE FROM waiting")
        places = [(o.index, o.place.segment, o.place.at) for o in waiting]
        db.executemany("INSERT INTO waiting VALUES (?, ?, ?)", places)
