"""Opening records with private keys, one after the other in their order (FORMAT.md, 4 and 11)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guardrail_gw.audit.acts import ActsSaid, Fate
from guardrail_gw.audit.frame import Frame
from guardrail_gw.audit.record import Kind, head_of, parse, parse_json
from guardrail_gw.audit.rows import open_row, open_row_chain
from guardrail_gw.audit.seal import CHAINS, META, Chain, StrangerError, decrypt, open_chain
from guardrail_gw.core.ports import RegisterRow, Tombstone
from guardrail_gw.keys.private import RecipientKey

RowSource = Callable[[Iterable[str]], Mapping[str, RegisterRow | Tombstone]]
"""What the key register knows of some rows."""

_NOTHING_SAID = ActsSaid()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record lies: its segment's first index, and the byte there."""

    segment: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One record as its reader sees it."""

    index: int
    kind: str
    ts_us: int
    leaf: dict[str, Any]
    meta: dict[str, Any] | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    level: str | None = None
    """Of the content; with `content` None, these keys do not open it."""
    place: Place = Place(segment=0, at=0)
    fate: Fate | None = None
    """Of the key for the content, where it has one of its own and a register is at hand."""


def seen(leaf: dict[str, Any]) -> Opened:
    """A record as anybody sees it."""
    level = leaf.get("cl")
    return Opened(index=leaf["seq"], kind=leaf["kind"], ts_us=leaf["ts"], leaf=leaf, level=level)


class Opener:
    """Keeps the chains of the epoch that is being read."""

    def __init__(
        self,
        keys: Sequence[RecipientKey],
        rows: RowSource | None = None,
        acts: ActsSaid = _NOTHING_SAID,
    ) -> None:
        self._keys = keys
        self._rows = rows
        self._acts = acts
        self._first = 0
        self._place = ("", 0)
        self._chains: dict[str, Chain | None] = {}
        self._of_rows: dict[str, Chain | None] = {}
        self._known: dict[str, RegisterRow | Tombstone | None] = {}
        self._private: dict[str, RecipientKey | None] = {}

    def opened(self, frame: Frame) -> Opened:
        """Open what these keys open of the next record.

        Raises:
            SealError: none of the keys opens the log, or something in it was altered.
            RecordError: the record cannot be read.
            RegisterDown: the register cannot be read.
        """
        leaf = parse(frame.leaf)
        if leaf["kind"] == Kind.EPOCH:
            self._epoch(leaf, frame)
        salt = bytes.fromhex(leaf.get("salt", ""))
        meta = self._meta(leaf, frame, salt) if "xm" in leaf else None
        content = self._content(leaf, frame, salt) if "xc" in leaf else None
        return Opened(
            index=leaf["seq"],
            kind=leaf["kind"],
            ts_us=leaf["ts"],
            leaf=leaf,
            meta=meta,
            content=content,
            level=leaf.get("cl"),
            place=Place(segment=self._first, at=frame.at),
            fate=self._fate(leaf["sid"]) if "sid" in leaf else None,
        )

    def _epoch(self, leaf: dict[str, Any], frame: Frame) -> None:
        self._first, self._place = leaf["seq"], (leaf["origin"], leaf["epoch"])
        self._of_rows = {}
        self._chains = {
            chain: open_chain(frame.wrap, chain, leaf[f"kc_{chain}"], self._place, self._keys)
            for chain in CHAINS
        }
        if self._chains[META] is None:
            raise StrangerError("none of these keys opens this log")

    def _meta(self, leaf: dict[str, Any], frame: Frame, salt: bytes) -> dict[str, Any] | None:
        chain = self._chains.get(META)
        if chain is None:
            return None
        key = chain.take_at(leaf["seq"] - self._first - 1, leaf["seq"], salt)
        said = parse_json(decrypt(key, frame.meta, head_of(frame.leaf)))
        who = said.get("identity")
        return said if not isinstance(who, dict) else self._named(said, who, leaf, frame)

    def _named(
        self, said: dict[str, Any], who: dict[str, Any], leaf: dict[str, Any], frame: Frame
    ) -> dict[str, Any]:
        """The metadata with the name of whoever asked; or why it is not there."""
        sid, rest = who["sid"], {name: said[name] for name in said if name != "identity"}
        chain = self._row_chain(sid, who if "key" in who else None)
        if chain is None:
            return rest | {"user": None, "identity": self._fate(sid)}
        salt = bytes.fromhex(leaf["salt"])
        key = chain.take_at(who["at"], leaf["seq"], salt)
        opened = parse_json(decrypt(key, bytes.fromhex(who["data"]), head_of(frame.leaf)))
        return rest | opened

    def _content(self, leaf: dict[str, Any], frame: Frame, salt: bytes) -> bytes | None:
        chain = self._chains.get(leaf["cl"])
        if "sid" in leaf:
            begins = {"kc": leaf["kc"], **parse_json(frame.wrap)} if "kc" in leaf else None
            chain = self._row_chain(leaf["sid"], begins)
        if chain is None:
            return None
        key = chain.take_at(leaf["ci"], leaf["seq"], salt)
        return decrypt(key, frame.content, head_of(frame.leaf))

    def _row_chain(self, sid: str, begins: Mapping[str, Any] | None) -> Chain | None:
        """The chain of a row in this epoch; None if its key is gone or not for these keys."""
        if begins is not None:
            row = self._row_key(sid)
            self._of_rows[sid] = (
                None if row is None else open_row_chain(begins, self._place, sid, row)
            )
        return self._of_rows.get(sid)

    def _row_key(self, sid: str) -> RecipientKey | None:
        if sid not in self._private:
            row = self._row(sid)
            self._private[sid] = (
                open_row(sid, row.sealed, self._keys) if isinstance(row, RegisterRow) else None
            )
        return self._private[sid]

    def _row(self, sid: str) -> RegisterRow | Tombstone | None:
        if sid not in self._known:
            self._known[sid] = None if self._rows is None else self._rows([sid]).get(sid)
        return self._known[sid]

    def _fate(self, sid: str) -> Fate | None:
        return None if self._rows is None else self._acts.fate(self._row(sid))
