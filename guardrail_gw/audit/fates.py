"""Whether a log's content can still be opened, and if not, whether a record says why.

Needs no private key: the leaves name rows, the register knows them, the acts explain what is gone.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from guardrail_gw.audit.acts import ActsSaid, Fate, acts_said, leaves_of
from guardrail_gw.audit.findings import Code, Verdict, finding
from guardrail_gw.audit.opening import RowSource
from guardrail_gw.audit.report import LogFiles, Report
from guardrail_gw.audit.standing import with_finding
from guardrail_gw.core.ports import RegisterRow, Tombstone


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where to ask what became of content."""

    rows: RowSource
    acts: Path
    """The folder of the log of acts."""


_ACTS = {
    Verdict.TAMPERED: Code.ACTS_TAMPERED,
    Verdict.INCOMPLETE: Code.ACTS_INCOMPLETE,
    Verdict.UNVERIFIABLE: Code.ACTS_UNVERIFIABLE,
}
_REMEMBERED_US = 3_600_000_000
"""A gateway goes on with a row for ten minutes behind its time; clocks differ."""
_WORDS = {
    Fate.THERE: "can be opened",
    Fate.ERASED: "were erased",
    Fate.EXPIRED: "have expired",
}


def fates(log: LogFiles, kept: Kept) -> Mapping[str, Fate]:
    """Each row that a log names -> whether it is there.

    Raises:
        RegisterDown, RecordError, OSError: register, log or acts cannot be read.
    """
    used_us = {leaf["sid"]: leaf["ts"] for leaf in leaves_of(log) if "sid" in leaf}
    known, said = kept.rows(sorted(used_us)), acts_said(kept.acts)
    found = {sid: said.fate(known.get(sid)) for sid in used_us}
    lies = _not_expired(known, used_us, found, said)
    return {sid: Fate.MISSING if sid in lies else fate for sid, fate in found.items()}


def _not_expired(
    known: Mapping[str, RegisterRow | Tombstone],
    used_us: Mapping[str, int],
    found: Mapping[str, Fate],
    said: ActsSaid,
) -> frozenset[str]:
    """Rows that the register calls expired, against what log and acts say.

    Whoever can write the register could destroy a row before its time and call it expired. But a
    row's time does not end before the last record under it, and prunes count what they destroy.
    """
    gone = {sid: row for sid, row in known.items() if isinstance(row, Tombstone)}
    expired = {sid: gone[sid] for sid, fate in found.items() if fate is Fate.EXPIRED}
    counts = Counter(row.level for row in expired.values())
    return frozenset(
        sid
        for sid, row in expired.items()
        if counts[row.level] > said.counts.get(row.level, 0)
        or row.until_us + _REMEMBERED_US < used_us[sid]
    )


def with_content(report: Report, found: Mapping[str, Fate], acts: Report | None) -> Report:
    """What `verify` says of a log, and what became of its content.

    Args:
        report: of the log.
        found: of its rows.
        acts: what `verify` says of the acts; None when there are none.
    """
    counts = Counter(found.values())
    notes = [f"keys of content: {counts[s]} {words}" for s, words in _WORDS.items() if counts[s]]
    report = replace(report, notes=(*report.notes, *notes))
    if missing := counts[Fate.MISSING]:
        report = with_finding(report, finding(Code.CONTENT_MISSING, f"{missing} keys"))
    if acts is not None and acts.verdict is not Verdict.OK:
        report = with_finding(report, finding(_ACTS[acts.verdict]))
    return report
