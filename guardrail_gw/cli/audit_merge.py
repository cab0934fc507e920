"""`guardrail-gw audit merge`: the logs of several workers or gateways as one timeline."""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from guardrail_gw.audit.fates import Kept
from guardrail_gw.audit.merge import timeline
from guardrail_gw.audit.record import RecordError
from guardrail_gw.audit.report import Report
from guardrail_gw.audit.review import Elsewhere, Opened, leaves, show, verify_directory
from guardrail_gw.audit.shares import logs_of
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.cli.audit_folder import FILE, FOLDER, MOMENT, beside, inert, micros, time_of
from guardrail_gw.cli.audit_kept import ACTS, REGISTER, kept
from guardrail_gw.cli.audit_look import Look
from guardrail_gw.keys.audit_keys import load_recipient

_GRAVEST = (Verdict.TAMPERED, Verdict.UNVERIFIABLE, Verdict.INCOMPLETE, Verdict.OK)
_COLOURS = {0: "green", 1: "red", 2: "yellow", 3: "magenta"}


@click.command(name="merge")
@click.argument("directories", type=FOLDER, nargs=-1, required=True)
@click.option("--public", type=FOLDER, help="Of all logs; else the audit-public beside each.")
@click.option("--key", "keys", type=FILE, multiple=True, help="A private key file: opens metadata.")
@click.option("--reason", default="", help="Why you look; kept in the access logs.")
@REGISTER
@ACTS
@click.option("--kind", "kinds", multiple=True, help="Only records of this kind; repeat it.")
@click.option("--since", type=MOMENT, help="Written at this time (UTC) or later.")
@click.option("--until", type=MOMENT, help="Written before this time (UTC).")
@click.option("--json", "as_json", is_flag=True, help="For machines: one object per line.")
def merge_logs(
    directories: tuple[Path, ...],
    public: Path | None,
    keys: tuple[Path, ...],
    reason: str,
    register: Path | None,
    acts: Path | None,
    kinds: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
) -> None:
    """Verify several logs and list their records as one timeline.

    A gateway's folder stands for the logs of all its workers.
    Without a key the list holds what anybody may see: time, kind, decision, ending. The exit code
    is that of the gravest verdict: 1 tampered, 3 unverifiable, 2 incomplete, 0 ok.
    """
    now_us = time.time_ns() // 1000
    directories = tuple(log for directory in directories for log in logs_of(directory))
    logs = [(directory, kept(directory, register, acts)) for directory in directories]
    reports = [
        verify_directory(d, public or beside(d), elsewhere=Elsewhere(content=c), now_us=now_us)
        for d, c in logs
    ]
    look = Look(keys=tuple(load_recipient(key) for key in keys), reason=reason, access=None)
    chosen = frozenset(kinds) or None
    first, end = micros(since), micros(until)
    with ExitStack() as looks:
        records = timeline(
            [
                _readable(_records(directory, look, chosen, content, looks), report)
                for (directory, content), report in zip(logs, reports, strict=True)
            ]
        )
        within = (
            (number, record)
            for number, record in records
            if (first is None or record.ts_us >= first) and (end is None or record.ts_us < end)
        )
        (_lines if as_json else _tell)(directories, reports, within)
    sys.exit(next(int(v) for v in _GRAVEST if v in {report.verdict for report in reports}))


def _records(
    directory: Path,
    look: Look,
    kinds: frozenset[str] | None,
    content: Kept | None,
    looks: ExitStack,
) -> Iterable[Opened]:
    if not look.keys:
        return leaves(directory, kinds=kinds)
    opened = show(directory, look.keys, kinds=kinds, content=content)
    return looks.enter_context(closing(look.recorded("merge", directory, opened)))


def _readable(records: Iterable[Opened], report: Report) -> Iterator[Opened]:
    """A log that is damaged ends where it cannot be read further: its verdict has said so."""
    damaged = report.verdict in {Verdict.TAMPERED, Verdict.UNVERIFIABLE}
    with suppress(RecordError, OSError) if damaged else nullcontext():
        yield from records


def _tell(
    directories: tuple[Path, ...], reports: list[Report], records: Iterable[tuple[int, Opened]]
) -> None:
    console = Console()
    console.print(_states(directories, reports))
    for number, record in records:
        said = inert(_said(record))
        console.print(
            f"{time_of(record.ts_us)[:23]} {number + 1:>3} {record.index:>8} {record.kind:<10}",
            said, sep=" ", highlight=False, soft_wrap=True,
        )  # fmt: skip


def _states(directories: tuple[Path, ...], reports: list[Report]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for heading in ("log", "folder", "state", "records", "last (UTC)"):
        table.add_column(heading, overflow="fold")
    for number, (directory, report) in enumerate(zip(directories, reports, strict=True), start=1):
        state = f"[{_COLOURS[report.verdict]}]{report.verdict.name.lower()}[/]"
        found = " ".join(finding.code for finding in report.findings[:2])
        last = "-" if report.last_us is None else time_of(report.last_us)[:19]
        table.add_row(
            str(number), inert(str(directory)), f"{state} {found}", str(report.records), last
        )
    return table


def _lines(
    directories: tuple[Path, ...], reports: list[Report], records: Iterable[tuple[int, Opened]]
) -> None:
    for number, (directory, report) in enumerate(zip(directories, reports, strict=True), start=1):
        findings = [{"code": f.code, "what": f.what, "file": f.file} for f in report.findings]
        state = {
            "log": number, "folder": str(directory), "origin": report.origin,
            "verdict": report.verdict.name.lower(), "records": report.records,
            "signed": report.signed, "findings": findings,
        }  # fmt: skip
        _line(state)
    for number, record in records:
        told = {"log": number + 1, "index": record.index, "time": time_of(record.ts_us)}
        _line(told | {"kind": record.kind, "leaf": record.leaf, "meta": record.meta})


def _line(value: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(value) + b"\n")


def _said(record: Opened) -> str:
    leaf, meta = record.leaf, record.meta or {}
    named = [meta.get(name) for name in ("request", "user", "model", "deployment", "code")]
    clear = [leaf.get(name) for name in ("dec", "end", "cause")]
    answers = [f"of {leaf['of']}"] if "of" in leaf else []
    return " ".join(str(value) for value in (*clear, *answers, *named) if value is not None)
