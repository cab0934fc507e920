"""`guardrail-gw audit access`: who has looked into a log."""

import sys
from dataclasses import asdict
from pathlib import Path

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from guardrail_gw.audit.access import Access, access_path, accesses, reader_key
from guardrail_gw.audit.access_report import AccessReport, judge
from guardrail_gw.cli.audit_folder import FILE, inert, time_of
from guardrail_gw.cli.review_log import LOG
from guardrail_gw.keys.audit_keys import load_recipient

_FEW = 4
_KEY_BYTES = 32


class _Reader(click.ParamType[tuple[str, str]]):
    """`NAME=HEX`."""

    name = "NAME=KEY"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """A reader's key and name."""
        name, _, key = value.partition("=")
        try:
            good = name and len(bytes.fromhex(key)) == _KEY_BYTES
        except ValueError:
            good = False
        return (key.lower(), name) if good else self.fail("not NAME=KEY", param, ctx)


@click.command(name="access")
@click.argument("log", type=LOG)
@click.option("--access", type=FILE, help="The access log; default LOG.access.")
@click.option("--kept", help="Hash of a look that you kept: it must still be there.")
@click.option(
    "--reader", "named", type=_Reader(), multiple=True, help="Who has which reader's key."
)
@click.option("--key", "keys", type=FILE, multiple=True, help="Your private key: names your looks.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def list_accesses(
    log: Path,
    access: Path | None,
    kept: str | None,
    named: tuple[tuple[str, str], ...],
    keys: tuple[Path, ...],
    as_json: bool,
) -> None:
    """List who has opened records of a log, when and why, and check that nothing was changed.

    LOG is a folder, or an archive that `audit bundle` wrote: their looks lie beside them.

    Anybody can sign a look with a key of their own: who may look is for you to say, with --reader
    or, of yourself, with --key.

    Exit codes: 0 ok, 1 looks were altered or removed, 3 somebody who is not named has looked.
    """
    mine = (reader_key(load_recipient(key)).public_key().public_bytes_raw().hex() for key in keys)
    names = dict.fromkeys(mine, "you") | dict(named)
    path = access or access_path(log)
    report = judge(accesses(path), kept=kept, readers=names)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(asdict(report), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _tell(report, path, names)
    sys.exit(int(report.verdict))


def _tell(report: AccessReport, path: Path, names: dict[str, str]) -> None:
    console = Console()
    if not report.looks:
        console.print(f"{path}: no look is recorded here", markup=False, highlight=False)
    else:
        console.print(_table(report.looks, names))
        kept = f"last look's hash, to keep: {report.head}"
        console.print(kept, highlight=False, soft_wrap=True)
    for finding in report.findings:
        console.print(f"[bold red]{report.verdict.name.lower()}:[/] {finding}", highlight=False)


def _table(looks: tuple[Access, ...], names: dict[str, str]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("time (UTC)", no_wrap=True)
    for heading in ("act", "reader", "records", "asked, reason"):
        table.add_column(heading, overflow="fold")
    for look in looks:
        asked = " ".join(f"{name}={value}" for name, value in look.asked.items())
        table.add_row(
            time_of(look.ts_us)[:19].replace("T", " "),
            inert(look.act),
            names.get(look.reader, look.reader[:16]),
            _records(look),
            inert(" · ".join(filter(None, (asked, look.reason)))),
            style=None if look.intact else "bold red",
        )
    return table


def _records(look: Access) -> str:
    shown = [str(a) if a == b else f"{a}-{b}" for a, b in look.records[:_FEW]]
    left = len(look.records) - _FEW
    return " ".join([*shown, f"+{left} more"] if left > 0 else shown)
