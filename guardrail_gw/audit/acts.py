"""What people do, each a record of a log of its own: erasures, holds, prunes, resets, approvals.

The log is written by the command that acts, with the gateway's keys, whether or not gateways run.
An act is on disk before its effect.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guardrail_gw.audit.down import LedgerDownError
from guardrail_gw.audit.frame import TornError, frames
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.record import Draft, Kind, canonical, parse
from guardrail_gw.audit.segments import first_of, segment_name
from guardrail_gw.core.ports import Clock, RegisterRow, Tombstone
from guardrail_gw.keys.audit_keys import AuditKeys

if TYPE_CHECKING:
    from guardrail_gw.audit.report import LogFiles

SIDS_PER_RECORD = 100
_TRIES, _PAUSE_S = 50, 0.1


class Acts:
    """Writes acts."""

    def __init__(self, directory: Path, keys: AuditKeys, clock: Clock) -> None:
        self._directory = directory
        self._keys = keys
        self._clock = clock

    async def record(self, drafts: Iterable[Draft]) -> None:
        """Have the acts on disk, signed.

        Raises:
            LedgerDownError: they are not; nothing may be done.
        """
        await asyncio.to_thread(self._write, list(drafts))

    def _write(self, drafts: list[Draft]) -> None:
        ledger = Ledger(self._directory, self._keys, self._clock, Limits())
        _opened(ledger)
        try:
            ledger.append([drafts])
        finally:
            ledger.close()


def _opened(ledger: Ledger) -> None:
    """Another command may be acting in this moment."""
    for tried in range(_TRIES):
        try:
            return ledger.open()
        except LedgerDownError:
            if tried == _TRIES - 1:
                raise
            time.sleep(_PAUSE_S)
    return None


def erasure(sids: list[str], basis: str, said: Mapping[str, Any]) -> Iterator[Draft]:
    """One or more records that name rows; the first also when there are none."""
    parts = range(0, len(sids), SIDS_PER_RECORD) if sids else (0,)
    for start in parts:
        named = sids[start : start + SIDS_PER_RECORD]
        clear: dict[str, str | list[str]] = {"basis": basis, "sids": named}
        yield Draft(kind=Kind.ERASURE, clear=clear, sealed=canonical(said))


def hold(hold_id: str, said: Mapping[str, Any]) -> Draft:
    """A hold begins."""
    return Draft(kind=Kind.HOLD, clear={"hold": hold_id}, sealed=canonical(said))


def release(hold_id: str, said: Mapping[str, Any]) -> Draft:
    """A hold ends."""
    return Draft(kind=Kind.RELEASE, clear={"hold": hold_id}, sealed=canonical(said))


def prune(level: str, until_us: int, count: int, said: Mapping[str, Any]) -> Draft:
    """The time of rows of a level has passed."""
    clear: dict[str, str | int] = {"count": count, "lv": level, "until": until_us}
    return Draft(kind=Kind.PRUNE, clear=clear, sealed=canonical(said))


def reset(said: Mapping[str, Any]) -> Draft:
    """What was used of a budget or a rate is forgotten; whose it is, is sealed."""
    return Draft(kind=Kind.RESET, sealed=canonical(said))


def approval(act: str, digest: str, said: Mapping[str, Any]) -> Draft:
    """Tools were `pinned`, or a call was `allowed` or `denied`."""
    return Draft(kind=Kind.APPROVAL, clear={"act": act, "digest": digest}, sealed=canonical(said))


class Fate(StrEnum):
    """Whether content can still be opened, by register and acts together."""

    THERE = "there"
    ERASED = "erased"
    EXPIRED = "expired"
    MISSING = "missing"
    """Nothing says why its key is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActsSaid:
    """What a log of acts says, without opening anything."""

    erased: frozenset[str] = frozenset()
    pruned: Mapping[str, int] = field(default_factory=dict)
    """Level -> microseconds; what ended before them was pruned."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Level -> how many rows all prunes have destroyed, at most."""

    def fate(self, known: RegisterRow | Tombstone | None) -> Fate:
        """Of what the register knows of a row."""
        match known:
            case RegisterRow():
                return Fate.THERE
            case Tombstone(why="erased", sid=sid) if sid in self.erased:
                return Fate.ERASED
            case Tombstone(why="expired", level=level, until_us=until):
                passed = until <= self.pruned.get(level, -1)
                return Fate.EXPIRED if passed else Fate.MISSING
            case _:
                return Fate.MISSING


def acts_said(directory: Path) -> ActsSaid:
    """Read a log of acts; one that is not there says nothing.

    Raises:
        RecordError, OSError: it cannot be read. Whether it is whole is for `verify` to say.
    """
    erased: set[str] = set()
    pruned: dict[str, int] = {}
    counts: Counter[str] = Counter()
    for leaf in leaves(directory) if directory.is_dir() else ():
        if leaf["kind"] == Kind.ERASURE:
            erased |= set(leaf["sids"])
        elif leaf["kind"] == Kind.PRUNE:
            pruned[leaf["lv"]] = max(pruned.get(leaf["lv"], -1), leaf["until"])
            counts[leaf["lv"]] += leaf["count"]
    return ActsSaid(erased=frozenset(erased), pruned=pruned, counts=counts)


def leaves(directory: Path) -> Iterator[dict[str, Any]]:
    """Every leaf of a log in a folder; raises as `leaves_of`."""
    from guardrail_gw.audit.report import LogFiles  # noqa: PLC0415 - who writes acts needs none

    names = tuple(path.name for path in directory.iterdir())
    return leaves_of(LogFiles(names=names, read=lambda name: (directory / name).read_bytes()))


def leaves_of(log: "LogFiles") -> Iterator[dict[str, Any]]:
    """Every leaf of a log, its last one if it is whole.

    Raises:
        RecordError, OSError: one cannot be read.
    """
    firsts = sorted(first for name in log.names if (first := first_of(name)) is not None)
    for first, until in zip(firsts, [*firsts[1:], None], strict=False):
        try:
            for seq, frame in enumerate(frames(log.read(segment_name(first))), first):
                if seq == until:
                    break  # given up when the next segment began
                yield parse(frame.leaf)
        except TornError:
            continue
