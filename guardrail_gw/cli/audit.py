"""`guardrail-gw audit`: what an auditor does, away from the gateway."""

import sys
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click
import orjson
from rich.console import Console, Group, RenderableType
from rich.json import JSON
from rich.panel import Panel
from rich.table import Table

from guardrail_gw.audit.review import Elsewhere, Opened, show, verify_directory
from guardrail_gw.audit.shares import logs_of
from guardrail_gw.audit.standing import worst_of
from guardrail_gw.audit.verify import Report, Verdict
from guardrail_gw.cli.audit_access import list_accesses
from guardrail_gw.cli.audit_bundle import bundle_log
from guardrail_gw.cli.audit_custody import CUSTODY
from guardrail_gw.cli.audit_export import export_log
from guardrail_gw.cli.audit_fetch import fetch_log
from guardrail_gw.cli.audit_folder import FILE, FOLDER, beside, inert, signs, time_of
from guardrail_gw.cli.audit_kept import ACTS, REGISTER, kept
from guardrail_gw.cli.audit_look import Look, looks
from guardrail_gw.cli.audit_merge import merge_logs
from guardrail_gw.cli.audit_origins import list_origins
from guardrail_gw.cli.audit_proof import check_record, prove_record_of
from guardrail_gw.cli.audit_reconcile import reconcile_usage
from guardrail_gw.cli.audit_search import search_log
from guardrail_gw.cli.audit_tiles import write_tiles
from guardrail_gw.cli.plan_table import lines_of_record, plan_table, timeouts_line

TOOL = "tool_"
_COLOURS = {
    Verdict.OK: "green",
    Verdict.TAMPERED: "red",
    Verdict.INCOMPLETE: "yellow",
    Verdict.UNVERIFIABLE: "magenta",
}


@click.group(name="audit")
def command() -> None:
    """Verify and open the audit log."""


for _each in (
    bundle_log,
    export_log,
    fetch_log,
    prove_record_of,
    check_record,
    write_tiles,
    list_origins,
    search_log,
    list_accesses,
    merge_logs,
    reconcile_usage,
    *CUSTODY,
):
    command.add_command(_each)


@command.command(name="verify")
@click.argument("directory", type=FOLDER)
@click.option("--public", type=FOLDER, help="The audit-public folder (found beside DIRECTORY).")
@click.option("--checkpoint", type=FILE, help="A checkpoint of this log that you kept elsewhere.")
@click.option("--registry", type=FOLDER, help="The registry in which this log is listed.")
@click.option("--archive", type=FOLDER, help="The archive folder that has its older segments.")
@REGISTER
@ACTS
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def verify_log(
    directory: Path,
    public: Path | None,
    checkpoint: Path | None,
    registry: Path | None,
    archive: Path | None,
    register: Path | None,
    acts: Path | None,
    as_json: bool,
) -> None:
    """Verify a log offline, with public keys only; a gateway's folder: those of all its workers.

    Exit codes: 0 ok, 1 tampered, 2 incomplete, 3 unverifiable.
    """
    logs = logs_of(directory)
    if checkpoint is not None and len(logs) > 1:
        raise click.UsageError("a checkpoint is of one log: name that worker's folder")
    reports = [
        verify_directory(
            log,
            public or beside(directory),
            checkpoint=checkpoint,
            elsewhere=Elsewhere(
                registry=registry, archive=archive, content=kept(log, register, acts)
            ),
            now_us=time.time_ns() // 1000,
        )
        for log in logs
    ]
    if as_json:
        told = [asdict(r) | {"folder": str(d)} for r, d in zip(reports, logs, strict=True)]
        said = told if len(logs) > 1 else asdict(reports[0])
        sys.stdout.buffer.write(orjson.dumps(said, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        for report in reports:
            Console().print(report_panel(report))
    sys.exit(int(worst_of(report.verdict for report in reports)))


@command.command(name="show")
@click.argument("directory", type=FOLDER)
@looks
@click.option("--request", "request_id", help="Only this request's records.")
@click.option("--kind", help="Only records of this kind: intent, outcome, tool_intent, ...")
@REGISTER
@ACTS
@click.option("--json", "as_json", is_flag=True, help="For machines: one object per line.")
def show_log(
    directory: Path,
    look: Look,
    request_id: str | None,
    kind: str | None,
    register: Path | None,
    acts: Path | None,
    as_json: bool,
) -> None:
    """Open a log with an auditor's private key; run it where that key is, not at the gateway.

    A gateway's folder stands for the logs of all its workers, one after another.
    """
    console = Console()
    of_tools = (kind or "").startswith(TOOL)
    chosen = frozenset({kind.removeprefix(TOOL)}) if kind else None
    asked = {"request": request_id, "kind": kind}
    for log in logs_of(directory):
        content = kept(log, register, acts)
        opened = show(log, look.keys, request=request_id, kinds=chosen, content=content)
        if of_tools:
            opened = (record for record in opened if kind_of(record) == kind)
        with closing(look.recorded("show", log, opened, **asked)) as records:
            _tell(records, console, as_json=as_json)


def _tell(records: Iterable[Opened], console: Console, *, as_json: bool) -> None:
    for record in records:
        if as_json:
            sys.stdout.buffer.write(orjson.dumps(_plain(record)) + b"\n")
        else:
            console.print(record_panel(record))


def report_panel(report: Report) -> Panel:
    """A verification as a person reads it."""
    table = Table.grid(padding=(0, 2))
    table.add_row("Log", report.origin or "-")
    table.add_row("Records", f"{report.records}, of them {report.signed} under a signed checkpoint")
    table.add_row("Root", report.root)
    table.add_row("Kinds", ", ".join(f"{n} {k}" for k, n in sorted(report.kinds.items())) or "-")
    for finding in report.findings:
        where = f" ({finding.file})" if finding.file else ""
        table.add_row(finding.code, inert(f"{finding.what}{where}"))
    for unpaired in report.unpaired:
        table.add_row("no outcome", f"intent {unpaired.index} of {time_of(unpaired.ts_us)}")
    for note in report.notes:
        table.add_row("note", inert(note))
    colour = _COLOURS[report.verdict]
    title = f"[bold {colour}]{report.verdict.name.lower()}[/]"
    return Panel(table, title=title, title_align="left", border_style=colour)


def record_panel(record: Opened) -> Panel:
    """One record as a person reads it; control characters in what people wrote are escaped."""
    meta = dict(record.meta or {})
    plan = meta.pop("plan", None)
    body = JSON.from_data(meta if record.meta is not None else None)
    body.text.plain = signs(body.text.plain, keep="\n")
    parts: list[RenderableType] = [body]
    if isinstance(plan, dict):
        title = f"plan, by {inert(str(plan.get('objective')))}"
        if isinstance(kind := plan.get("class"), dict):
            title += f", class {inert(str(kind.get('name')))} ({inert(str(kind.get('by')))})"
        parts.append(plan_table(lines_of_record(plan), title))
        if isinstance(timeouts := plan.get("timeouts_ms"), dict):
            parts.append(inert(timeouts_line(timeouts)))
    return Panel(
        Group(*parts),
        title=f"{record.index} {kind_of(record)} · {time_of(record.ts_us)}",
        title_align="left",
    )


def kind_of(record: Opened) -> str:
    """The record's kind; of a request to an MCP server `tool_intent` and `tool_outcome`."""
    return f"{TOOL}{record.kind}" if "tool" in (record.meta or {}) else record.kind


def _plain(record: Opened) -> dict[str, object]:
    content = None if record.content is None else record.content.decode("utf-8", "replace")
    return {
        "index": record.index,
        "kind": record.kind,
        "time": time_of(record.ts_us),
        "meta": record.meta,
        "level": record.level,
        "fate": record.fate,
        "content": content,
    }
