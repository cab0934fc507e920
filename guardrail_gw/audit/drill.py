"""A drill: can the recipients open today what the gateway seals?

Run where private keys are. A key that is lost is noticed by a drill, not in front of a judge.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from guardrail_gw.audit.frame import frames
from guardrail_gw.audit.record import Level, parse
from guardrail_gw.audit.rows import make_row, open_row
from guardrail_gw.audit.seal import CHAINS, META, Chain, SealError, open_chain, open_epoch
from guardrail_gw.audit.segments import segment_firsts, segment_name
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.audit_keys import PublicMaterial
from guardrail_gw.keys.private import RecipientKey, names_of
from guardrail_gw.keys.recipients import Reach, Recipient, Recipients, readers

_LEVELS = {META: Reach.METADATA, Level.REDACTED.value: Reach.REDACTED, Level.FULL.value: Reach.FULL}
_NO_RECORD = (1 << 64) - 1


class Result(StrEnum):
    """What a drill found of one reader and one level."""

    OPENED = "opened"
    FAILED = "failed"
    ABSENT = "absent"
    """A private key was not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One reader, alone or a pair, at one level."""

    reader: str
    level: str
    fresh: Result
    """What was sealed for the drill, with the gateway's own code."""
    log: Result | None
    """The newest epoch of the log; None when there was no log."""
    proof: str | None = None
    """Shows to other recipients that the log's key was at hand."""

    @property
    def result(self) -> Result:
        """The worse of the two."""
        return max((self.fresh, self.log or self.fresh), key=list(Result).index)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Epoch:
    leaf: Mapping[str, Any]
    wrap: bytes

    def chain(self, level: str, keys: list[RecipientKey]) -> Chain | None:
        place = (self.leaf["origin"], self.leaf["epoch"])
        return open_chain(self.wrap, level, self.leaf[f"kc_{level}"], place, keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """What was tried."""

    origin: str | None
    epoch: int | None
    serial: int
    digest: str
    tried: tuple[Tried, ...]

    @property
    def exit_code(self) -> int:
        """0 all opened; 1 one did not; 2 keys were absent."""
        results = {each.result for each in self.tried}
        if Result.FAILED in results:
            return 1
        return 2 if Result.ABSENT in results else 0


def drill(
    material: PublicMaterial, keys: Iterable[RecipientKey], *, log: Path | None, at_us: int
) -> Drill:
    """Try every reader at every level that the signed text gives them.

    Args:
        material: the `audit-public` folder.
        keys: the private keys that are at hand.
        log: a log's folder; its newest epoch is opened, too.
        at_us: the time, bound into the proofs.

    Raises:
        ConfigError: nobody signed who the recipients are; or the log has no record.
        OSError, RecordError: the log cannot be read.
    """
    current = material.current
    if current is None:
        raise ConfigError("no signed text says who the recipients are")
    held = {name: key for key in keys for name in names_of(key)}
    epoch = None if log is None else _newest(log)
    trial = _Trial(current, held, epoch, at_us)
    return Drill(
        origin=epoch.leaf["origin"] if epoch else None,
        epoch=epoch.leaf["epoch"] if epoch else None,
        serial=current.serial,
        digest=material.versions[-1].digest,
        tried=tuple(
            trial.tried(group, level)
            for level in CHAINS
            for group in readers(current.recipients, _LEVELS[level])
        ),
    )


class _Trial:
    def __init__(
        self,
        current: Recipients,
        held: Mapping[str, RecipientKey],
        epoch: _Epoch | None,
        at_us: int,
    ) -> None:
        self._current = current
        self._held = held
        self._epoch = epoch
        self._at_us = at_us
        recipients, suite = current.recipients, current.suite
        self._fresh = open_epoch(
            origin="drill", number=0, first_seq=0, recipients=recipients, suite=suite
        )
        self._rows = {level: make_row(recipients, _LEVELS[level], suite) for level in CHAINS}

    def tried(self, group: tuple[Recipient, ...], level: str) -> Tried:
        reader = "+".join(each.name for each in group)
        found = [
            self._held.get(each.fingerprint, self._held.get(each.public.hex())) for each in group
        ]
        keys = [key for key in found if key is not None]
        if len(keys) < len(group):
            absent = Result.ABSENT
            return Tried(
                reader=reader, level=level, fresh=absent, log=absent if self._epoch else None
            )
        log, proof = self._log(level, keys, reader)
        return Tried(
            reader=reader, level=level, fresh=self._sealed(level, keys), log=log, proof=proof
        )

    def _sealed(self, level: str, keys: list[RecipientKey]) -> Result:
        fresh, row = self._fresh, self._rows[level]
        try:
            chain = open_chain(fresh.wrap, level, fresh.commitments[level], ("drill", 0), keys)
            opened = open_row(row.key.sid, row.sealed, keys)
        except SealError:
            return Result.FAILED
        return Result.OPENED if chain and opened else Result.FAILED

    def _log(
        self, level: str, keys: list[RecipientKey], reader: str
    ) -> tuple[Result | None, str | None]:
        if self._epoch is None:
            return None, None
        try:
            chain = self._epoch.chain(level, keys)
        except SealError:
            chain = None
        if chain is None:
            return Result.FAILED, None
        bound = sha256(f"guardrail-gw/drill\n{reader}\n{self._at_us}".encode()).digest()
        return Result.OPENED, chain.take(_NO_RECORD, bound).hex()


def _newest(log: Path) -> _Epoch:
    firsts = segment_firsts(log)
    if not firsts:
        raise ConfigError(f"{log}: holds no log")
    frame = next(frames((log / segment_name(firsts[-1])).read_bytes()), None)
    if frame is None:
        raise ConfigError(f"{log}: the newest segment has no record")
    return _Epoch(leaf=parse(frame.leaf), wrap=frame.wrap)
