"""What verification says: the values it takes and gives."""

from collections.abc import Callable
from dataclasses import dataclass

from guardrail_gw.audit.findings import Finding, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaired:
    """An intent without an outcome: what became of the request is not known."""

    index: int
    ts_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `verify` found."""

    verdict: Verdict
    origin: str | None
    records: int
    signed: int
    """Records that a checkpoint covers."""
    root: str
    """Hex, over all records."""
    kinds: dict[str, int]
    epochs: int
    checkpoints: int
    last_us: int | None
    closed: bool
    """The last record is a shutdown."""
    in_flight: int
    unpaired: tuple[Unpaired, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFiles:
    """A log as bytes, each file read when it is its turn."""

    names: tuple[str, ...]
    read: Callable[[str], bytes]
