"""Sums over an index, kept by day while it is made, so that they cost the same for any log."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from guardrail_gw.audit.index.file import IndexFile
from guardrail_gw.audit.index.search import Query, Searcher
from guardrail_gw.audit.index.terms import Terms

DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """One bar of a chart, one row of its table."""

    words: tuple[str, ...]
    exchanges: int
    amount: int
    """Findings, or nano dollars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """How much the log grew in a minute, and how often it was signed."""

    minute: int
    """Since 1970, UTC."""
    records: int
    checkpoints: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A record that says something of the log itself."""

    index: int
    ts_us: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one provider was asked on behalf of a person."""

    provider: str
    deployment: str
    countries: str
    jurisdiction: str
    exchanges: int
    first_us: int
    last_us: int
    found: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Under which set of policies exchanges were decided, and how."""

    documents: str
    policy: str
    """Digest of the documents."""
    decision: str
    code: str
    rules: tuple[str, ...]
    exchanges: int


class Sums:
    """Asks one index. Use it in the thread that opened it."""

    def __init__(self, index: IndexFile) -> None:
        """Nothing is read yet."""
        self._index = index
        self._terms = Terms(index)

    def daily(self, measure: str, days: tuple[int, int] | None = None) -> list[Sum]:
        """A measure's sums, the largest first.

        Args:
            measure: `ending`, `found`, `refused`, `traffic` or `spend`.
            days: first and last, since 1970; all days if left out.
        """
        first, last = days or (0, 1 << 40)
        rows = self._index.db.execute(
            "SELECT a, b, sum(exchanges), sum(amount) FROM daily"
            " WHERE measure = ? AND day BETWEEN ? AND ? GROUP BY a, b"
            " HAVING sum(exchanges) > 0 ORDER BY sum(amount) DESC, sum(exchanges) DESC",
            (measure, first, last),
        )
        return [
            Sum(words=tuple(self._words(a, b)), exchanges=exchanges, amount=amount)
            for a, b, exchanges, amount in rows.fetchall()
        ]

    def _words(self, *numbers: int) -> Iterator[str]:
        yield from (word for n in numbers if n and (word := self._terms.text(n)) is not None)

    def period_us(self) -> tuple[int, int] | None:
        """When the first and the last exchange came in."""
        ask = self._index.db.execute
        low, high = ask("SELECT min(received_us), max(received_us) FROM exchange").fetchone()
        return None if low is None else (low, high)

    def minutes(self) -> list[Minute]:
        """The log's growth, oldest first; minutes without a record are left out."""
        rows = self._index.db.execute("SELECT * FROM minute ORDER BY minute")
        return [Minute(minute=m, records=r, checkpoints=c) for m, r, c in rows]

    def events(self, most: int = 500) -> list[Event]:
        """The newest records about the log itself, newest first."""
        rows = self._index.db.execute("SELECT * FROM event ORDER BY id DESC LIMIT ?", (most,))
        return [Event(index=i, ts_us=ts, kind=kind, text=text) for i, ts, kind, text in rows]

    def seen(self, query: Query) -> list[Seen]:
        """Which deployments were asked in the exchanges of a query, the most frequent first."""
        where, values = Searcher(self._index).conditions(query)
        groups = self._index.db.execute(
            "SELECT "  # noqa: S608 - conditions are ours
            "attempt.provider, attempt.deployment, attempt.countries, attempt.jurisdiction,"
            " count(DISTINCT exchange.id), min(received_us), max(received_us)"
            " FROM exchange JOIN attempt ON attempt.exchange = exchange.id"
            f" WHERE {where} GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC",
            values,
        ).fetchall()
        return [self._seen(group, where, values) for group in groups]

    def bases(self, query: Query) -> list[Basis]:
        """Under which policies the exchanges of a query were decided, the most frequent first."""
        where, values = Searcher(self._index).conditions(query)
        rows = self._index.db.execute(
            "SELECT "  # noqa: S608 - ditto
            "documents, policy, decision, CASE WHEN decision IS ? THEN NULL ELSE code END,"
            f" rules, count(*) FROM exchange WHERE {where} GROUP BY 1, 2, 3, 4, 5",
            [self._terms.find("decision", "allowed"), *values],
        )
        counts: Counter[tuple[str, ...]] = Counter()
        rules: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        for *numbers, names, exchanges in rows.fetchall():
            key = tuple(self._terms.text(number) or "" for number in numbers)
            counts[key] += exchanges
            rules[key].update((self._terms.text(names) or "").split())
        return [
            Basis(
                documents=documents,
                policy=policy,
                decision=decision,
                code=code,
                rules=tuple(sorted(rules[documents, policy, decision, code])),
                exchanges=exchanges,
            )
            for (documents, policy, decision, code), exchanges in counts.most_common()
        ]

    def _seen(self, group: tuple[int, ...], where: str, values: list[object]) -> Seen:
        found = self._index.db.execute(
            "SELECT "  # noqa: S608 - ditto
            "entity, sum(count) FROM exchange JOIN found ON found.exchange = exchange.id"
            f" WHERE {where} AND EXISTS (SELECT 1 FROM attempt WHERE attempt.exchange = exchange.id"
            " AND attempt.deployment = ? AND attempt.countries = ?) GROUP BY entity",
            [*values, group[1], group[2]],
        )
        word = self._terms.text
        provider, deployment, countries, jurisdiction = (word(n) or "" for n in group[:4])
        return Seen(
            provider=provider,
            deployment=deployment,
            countries=countries,
            jurisdiction=jurisdiction,
            exchanges=group[4],
            first_us=group[5],
            last_us=group[6],
            found=tuple(sorted((word(e) or "", n) for e, n in found)),
        )
