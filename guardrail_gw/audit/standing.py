"""How logs stand beside the registry: which were begun, which are here, and how far each reaches.

Public material only; run by an auditor, or by anybody who has copies of registry and logs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from guardrail_gw.audit.findings import Code, Finding, Verdict, finding
from guardrail_gw.audit.frame import frames
from guardrail_gw.audit.note import Checkpoint, parse_note
from guardrail_gw.audit.origins import Origin, Origins, listed
from guardrail_gw.audit.record import RecordError, parse
from guardrail_gw.audit.registry import ORIGINS, checkpoint_name
from guardrail_gw.audit.report import Report
from guardrail_gw.audit.segments import segment_firsts, segment_name
from guardrail_gw.keys.vkey import Verifier

_WORST: Final = (Verdict.TAMPERED, Verdict.UNVERIFIABLE, Verdict.INCOMPLETE, Verdict.OK)
_HEAD_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a registry says."""

    origins: Origins
    notes: Mapping[str, bytes] = field(repr=False)
    """Origin -> its last signed checkpoint."""

    def point(self, origin: str) -> Checkpoint | None:
        """How far a log was signed."""
        note = self.notes.get(origin)
        return None if note is None else parse_note(note).checkpoint

    def judged(self, report: Report) -> Report:
        """A report with what the registry adds to it."""
        if report.origin is None:
            return report
        if report.origin not in {each.origin for each in self.origins}:
            return with_finding(report, finding(Code.REGISTRY_UNLISTED))
        lost = report.signed and report.origin not in self.notes
        return with_finding(report, finding(Code.REGISTRY_SILENT)) if lost else report


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One log that was begun."""

    origin: Origin
    point: Checkpoint | None
    """How far it was signed, as the registry says."""
    folders: tuple[Path, ...]
    """Where it is, among those that were looked into."""

    @property
    def missing(self) -> bool:
        """Whether records were signed that are not here."""
        return not self.folders and self.point is not None


def read_listing(folder: Path, *keys: Verifier) -> Listing:
    """Read a registry, or a copy of one; `keys` are the origin key and those that it followed.

    Raises:
        RecordError: something in it is not signed by the origin key, or names another log.
        OSError: a file cannot be read.
    """
    origins = listed((folder / ORIGINS).read_bytes(), *keys)
    notes = {}
    for each in origins:
        path = folder / checkpoint_name(each.origin)
        if path.exists():
            notes[each.origin] = _checked(path.read_bytes(), each.origin, keys)
    return Listing(origins=origins, notes=notes)


def standing(listing: Listing, folders: Iterable[Path]) -> list[Standing]:
    """Hold a registry's logs beside those in some folders; raises OSError."""
    here: dict[str, list[Path]] = {}
    for folder in folders:
        for log in logs_below(folder):
            here.setdefault(origin_of(log) or "", []).append(log)
    return [
        Standing(
            origin=each,
            point=listing.point(each.origin),
            folders=tuple(here.get(each.origin, ())),
        )
        for each in listing.origins
    ]


def logs_below(folder: Path) -> Iterator[Path]:
    """The folder itself, those in it, and what those set aside, as far as they hold a segment."""
    for found in (folder, *sorted(folder.glob("*/")), *sorted(folder.glob("*/*/"))):
        if segment_firsts(found):
            yield found


def origin_of(log: Path) -> str | None:
    """Whose log lies in a folder, as its first record says; None if that cannot be read."""
    firsts = segment_firsts(log)
    if not firsts:
        return None
    with (log / segment_name(firsts[0])).open("rb") as file:
        head = file.read(_HEAD_BYTES)
    try:
        return str(parse(next(frames(head)).leaf)["origin"])
    except (RecordError, StopIteration):
        return None


def with_finding(report: Report, more: Finding) -> Report:
    """A report with one finding more, and the verdict that follows."""
    worst = min((report.verdict, more.verdict), key=_WORST.index)
    return replace(report, verdict=worst, findings=(*report.findings, more))


def worst_of(verdicts: Iterable[Verdict]) -> Verdict:
    """What outweighs the others: tampered, then unverifiable, then incomplete."""
    return min(verdicts, key=_WORST.index, default=Verdict.OK)


def _checked(note: bytes, origin: str, keys: tuple[Verifier, ...]) -> bytes:
    signed = parse_note(note)
    if not any(signed.signed_by(key) for key in keys) or signed.checkpoint.origin != origin:
        raise RecordError("a checkpoint in the registry is not the origin key's, or of another log")
    return note
