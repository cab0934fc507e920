"""A gateway starts on a log that was changed, and must not make it look whole."""

from pathlib import Path

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.frame import frames
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.record import RecordError
from guardrail_gw.audit.verify import Report, Verdict
from tests.exhaustive.changes import Change, Files
from tests.exhaustive.logs import Sample
from tests.support.audit_world import SteadyClock, files, judged, pair


def wrong_restart(made: Sample, change: Change, folder: Path) -> str | None:
    """Start on the changed log, write, end in order; gives what is wrong with the result.

    Either the log is set aside untouched and another begins that says so, or it goes on with every
    record that was whole, and what was cut off is told in a gap record. What was signed and is not
    there any more is never called whole.
    """
    changed = change.applied(made.found)
    report = _restarted(made, changed, folder)
    aside = folder / "quarantine-0"
    if aside.is_dir():
        kept = files(aside) == {name: data for name, data in changed.items() if name != "lock"}
        told = any(finding.code is Code.LOG_CONTINUED for finding in report.findings)
        return None if kept and told else f"{change.place}: set aside, kept {kept}, told {told}"
    if report.verdict is Verdict.OK and not _goes_on(made.found, files(folder)):
        return f"{change.place}: called whole, and is not"
    return None


def _restarted(made: Sample, changed: Files, folder: Path) -> Report:
    folder.mkdir()
    for name, data in changed.items():
        (folder / name).write_bytes(data)
    ledger = Ledger(folder, made.keys, SteadyClock(), Limits())
    ledger.open()
    ledger.append([pair(9)])
    ledger.close()
    return judged(files(folder), made.public)


def _goes_on(before: Files, after: Files) -> bool:
    """Whether every record that was there is there, and as it was."""
    return _leaves(after)[: len(_leaves(before))] == _leaves(before)


def _leaves(found: Files) -> list[bytes]:
    leaves: list[bytes] = []
    for name in sorted(name for name in found if name.endswith(".seg")):
        try:
            leaves += [frame.leaf for frame in frames(found[name])]
        except RecordError:
            continue
    return leaves
