"""Enter the records of a log into its index: each once, also over many runs."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from guardrail_gw.audit.content import texts
from guardrail_gw.audit.exchanges import Exchange
from guardrail_gw.audit.fates import Kept
from guardrail_gw.audit.index.batch import Batch
from guardrail_gw.audit.index.entry import Entry, Jurisdiction, entry_of
from guardrail_gw.audit.index.file import IndexFile
from guardrail_gw.audit.index.terms import Terms
from guardrail_gw.audit.index.tools import called_names, tool_names
from guardrail_gw.audit.note import NoteError, parse_checkpoints
from guardrail_gw.audit.record import Kind, canonical
from guardrail_gw.audit.review import Opened, open_at, show
from guardrail_gw.audit.segments import CHECKPOINTS, SEGMENT, segment_name
from guardrail_gw.audit.tree import CompactRange, leaf_hash
from guardrail_gw.keys.private import RecipientKey

Told = Callable[[int], None]
"""Hears how many records were looked at."""
_BATCH = 4000
_MINUTE_US = 60_000_000
_EVENTS = frozenset({Kind.EPOCH, Kind.GAP, Kind.SHUTDOWN, Kind.POLICY})


class Builder:
    """Enters one log into one index."""

    def __init__(
        self,
        index: IndexFile,
        directory: Path,
        keys: Sequence[RecipientKey],
        law: Jurisdiction,
        content: Kept | None = None,
    ) -> None:
        """Nothing is read yet."""
        self._index = index
        self._directory = directory
        self._keys = keys
        self._law = law
        self._content = content
        self._terms = Terms(index)
        self._waiting: dict[int, Opened] = {}
        self._batch = self._fresh()
        self._last: Opened | None = None
        self._tree: CompactRange | None = None
        """Over the records that were read, from the first segment of this run on."""
        self._points: tuple[int, frozenset[int]] = (-1, frozenset())

    def enter(self, until: int, told: Told) -> bytes | None:
        """Enter the records before `until` that are not in the index yet.

        Returns:
            The root over all records as they were read here; None if they were not all there.

        Each batch is a transaction, so that an interrupted run goes on where it was.

        Raises:
            SealError, RecordError, RegisterDown, OSError: the log cannot be opened.
        """
        self._index.db.execute("BEGIN IMMEDIATE")
        try:
            self._remembered()
            for opened in self._records(until):
                self._take(opened)
                if (opened.index + 1) % _BATCH == 0:
                    self._write(opened)
                    told(opened.index + 1)
            self._finish()
        except BaseException:
            self._index.db.execute("ROLLBACK")
            raise
        self._index.db.execute("COMMIT")
        told(until)
        tree = self._tree
        return tree.root() if tree is not None and tree.size == until else None

    def _fresh(self) -> Batch:
        return Batch(terms=self._terms, secrets=self._index.secrets)

    def _remembered(self) -> None:
        """Intents whose outcome had not come when an earlier run was interrupted."""
        for number, segment, at in self._index.db.execute("SELECT * FROM waiting").fetchall():
            (self._waiting[number],) = open_at(
                self._directory, self._keys, segment, [at], self._content
            )

    def _records(self, until: int) -> Iterator[Opened]:
        begin, first = self._index.number("records"), self._index.number("segment")
        if begin >= until:
            return
        for opened in show(self._directory, self._keys, first=first, content=self._content):
            self._grow(opened)
            if opened.index >= begin:
                self._last = opened
                yield opened
            if opened.index + 1 == until:  # what follows may be what no one should read
                return

    def _grow(self, opened: Opened) -> None:
        """A leaf is in the one form in which it is written, so it is hashed as it was stored."""
        if self._tree is None:  # a segment begins with an epoch, which says what lies before it
            past = map(bytes.fromhex, opened.leaf["range"])
            self._tree = CompactRange(opened.index, past)
        self._tree.append(leaf_hash(canonical(opened.leaf)))

    def _take(self, opened: Opened) -> None:
        minute = opened.ts_us // _MINUTE_US
        self._batch.minutes[minute] += 1
        if opened.index + 1 in self._signed(opened.place.segment):
            self._batch.signed[minute] += 1
        if opened.kind in _EVENTS:
            text = str(opened.leaf.get("cause", opened.leaf.get("run", "")))
            self._batch.events.append((opened.index, opened.ts_us, opened.kind, text))
        elif opened.kind == Kind.INTENT:
            self._waiting[opened.index] = opened
        elif opened.kind == Kind.OUTCOME:
            self._pair(opened)

    def _signed(self, segment: int) -> frozenset[int]:
        """The sizes that the checkpoints of a segment cover."""
        if self._points[0] != segment:
            name = segment_name(segment).replace(SEGMENT, CHECKPOINTS)
            try:
                found, _ = parse_checkpoints((self._directory / name).read_bytes())
            except (NoteError, OSError):  # `verify` says what is wrong with it
                found = []
            self._points = segment, frozenset(p.checkpoint.size for p in found)
        return self._points[1]

    def _pair(self, outcome: Opened) -> None:
        intent = self._waiting.pop(outcome.leaf["of"], None) or self._earlier(outcome.leaf["of"])
        if intent is not None:
            self._batch.add(intent, outcome, self._entry(intent, outcome))

    def _earlier(self, number: int) -> Opened | None:
        """The intent of an exchange that was entered without its outcome, which is taken back."""
        row = self._index.db.execute(
            "SELECT segment, at FROM exchange WHERE id = ? AND outcome IS NULL", (number,)
        ).fetchone()
        if row is None:
            return None
        (intent,) = open_at(self._directory, self._keys, row[0], [row[1]], self._content)
        self._batch.remove(number, self._entry(intent, None))
        return intent

    def _entry(self, intent: Opened, outcome: Opened | None) -> Entry:
        exchange = Exchange(
            index=intent.index,
            intent=intent.meta or {},
            outcome=None if outcome is None else outcome.meta or {},
            outcome_index=None if outcome is None else outcome.index,
        )
        tools: tuple[str, ...] = ()
        if intent.content is not None and intent.level is not None:
            tools = tool_names(texts(intent.level, intent.content).sent or b"")
        called = called_names(exchange.intent)
        return entry_of(exchange, self._law, (*tools, *called))

    def _write(self, last: Opened) -> None:
        self._batch.write(self._index.db, tuple(self._waiting.values()))
        self._batch = self._fresh()
        self._index.remember("records", str(last.index + 1).encode())
        self._index.remember("segment", str(last.place.segment).encode())
        self._index.remember("root", self._tree.root() if self._tree is not None else b"")
        self._index.db.execute("COMMIT")
        self._index.db.execute("BEGIN IMMEDIATE")

    def _finish(self) -> None:
        """Enter what has no outcome yet; it is taken back when the outcome comes."""
        for intent in self._waiting.values():
            self._batch.add(intent, None, self._entry(intent, None))
        self._waiting.clear()
        if self._last is not None:
            self._write(self._last)
