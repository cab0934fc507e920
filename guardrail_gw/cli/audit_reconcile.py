"""`guardrail-gw audit reconcile`: the log beside what a provider says it was used for."""

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from guardrail_gw.audit.findings import Verdict
from guardrail_gw.audit.reconcile import Line, Reconciliation, Sent, State, Sums, reconcile, sent
from guardrail_gw.audit.usage_export import FIELDS, read_export
from guardrail_gw.cli.audit_folder import FILE, FOLDER, MOMENT, inert, progress
from guardrail_gw.cli.audit_look import Look, exchanges_within, looks

_HEADING = {
    State.PROVIDER_ONLY: "[bold red]at the provider and not in the log[/]",
    State.LOG_ONLY: "[bold yellow]in the log and not at the provider[/]",
}
_SHOWN = 50


class _Pair(click.ParamType[tuple[str, str]]):
    """`A=B`."""

    def __init__(self, name: str, choices: tuple[str, ...] = ()) -> None:
        self.name = name
        self._choices = choices

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        left, mark, right = value.partition("=")
        if not (left and mark and right) or (self._choices and left not in self._choices):
            known = f"; fields: {', '.join(self._choices)}" if self._choices else ""
            self.fail(f"not {self.name}{known}", param, ctx)
        return left, right


@click.command(name="reconcile")
@click.argument("directory", type=FOLDER)
@click.argument("exports", type=FILE, nargs=-1, required=True)
@looks
@click.option("--provider", help="Whose export it is; needed if the log knows several.")
@click.option(
    "--map", "columns", type=_Pair("FIELD=COLUMN", tuple(FIELDS)), multiple=True,
    help="Which column holds a field, for an export of another form.",
)  # fmt: skip
@click.option(
    "--model",
    "names",
    type=_Pair("THEIRS=OURS"),
    multiple=True,
    help="The provider's name for a model.",
)
@click.option("--since", type=MOMENT, help="Received at this time (UTC) or later.")
@click.option("--until", type=MOMENT, help="Received before this time (UTC).")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def reconcile_usage(
    directory: Path,
    exports: tuple[Path, ...],
    look: Look,
    provider: str | None,
    columns: tuple[tuple[str, str], ...],
    names: tuple[tuple[str, str], ...],
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
) -> None:
    """Compare a log with usage exports of a provider, and list what only one side knows.

    Rows with a request id are compared one by one, others by day (UTC) and model. Exit codes: 0
    both agree, 1 the provider was used more than the log says, 2 the log says more, 3 nothing to
    compare.
    """
    theirs = [row for file in exports for row in read_export(file.read_bytes(), dict(columns))]
    with progress() as shown:
        found = exchanges_within("reconcile", directory, look, since, until)
        ours = _of_provider([*sent(shown.track(found, total=None))], provider)
    result = reconcile(ours, theirs, dict(names))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(asdict(result), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _tell(result)
    sys.exit(int(result.verdict))


def _of_provider(ours: list[Sent], provider: str | None) -> list[Sent]:
    """Attempts at one provider, and those of which nobody knows."""
    there = sorted({one.provider for one in ours if one.provider})
    if provider is None and len(there) > 1:
        raise click.UsageError(
            f"the log knows several providers, give --provider: {', '.join(there)}"
        )
    if provider is not None and provider not in there and there:
        raise click.UsageError(f"the log knows no provider {provider}, but {', '.join(there)}")
    return [one for one in ours if provider is None or one.provider in {"", provider}]


def _tell(result: Reconciliation) -> None:
    console = Console()
    if result.verdict is Verdict.UNVERIFIABLE:
        console.print("the exports hold no row: nothing was compared")
        return
    first, last = result.days
    matched = len(result.of(State.MATCHED))
    console.print(f"{first} to {last} (UTC): {matched} matched", highlight=False)
    for state, heading in _HEADING.items():
        lines = result.of(state)
        if lines:
            console.print(f"{heading}: {len(lines)}", highlight=False)
            console.print(_table(lines[:_SHOWN]))
        if len(lines) > _SHOWN:
            console.print(f"… and {len(lines) - _SHOWN} more; --json lists all")


def _table(lines: list[Line]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for heading in ("day", "model", "what", "log", "provider"):
        table.add_column(heading, overflow="fold")
    for line in lines:
        single = line.request_id is not None
        where = "-" if line.index is None else f"record {line.index}"
        table.add_row(
            str(line.day),
            inert(line.model or "-"),
            inert(line.request_id or "requests, in, out"),
            where if single else _sums(line.log, line.uncertain),
            ("-" if line.state is State.LOG_ONLY else "yes") if single else _sums(line.provider),
        )
    return table


def _sums(sums: Sums | None, uncertain: int = 0) -> str:
    if sums is None:
        return "-"
    counted = (sums.requests, sums.input_tokens, sums.output_tokens)
    told = ", ".join("?" if count is None else str(count) for count in counted)
    return f"{told} (+{uncertain} not known)" if uncertain else told
