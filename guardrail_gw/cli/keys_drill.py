"""`keys drill`: do the private keys open today what the gateway seals?"""

import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.table import Table

from guardrail_gw.audit.drill import Drill, drill
from guardrail_gw.keys.audit_keys import load_public
from guardrail_gw.keys.private import load_recipient

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_NAMES = {"meta": "metadata"}


@click.command(name="drill")
@click.argument("public", type=_FOLDER)
@click.option("--key", "keys", type=_FILE, multiple=True, required=True, help="A private key file.")
@click.option("--log", type=_FOLDER, help="A log, or a copy of one, whose newest epoch is opened.")
@click.option(
    "--record", type=click.Path(path_type=Path), help="Append what was found to this file."
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def drill_keys(
    public: Path, keys: tuple[Path, ...], log: Path | None, record: Path | None, as_json: bool
) -> None:
    """Try every private key on what a gateway with the recipients of PUBLIC seals.

    Exit codes: 0 every reader opens everything, 1 one does not, 2 a key was not given.
    """
    at_us = time.time_ns() // 1000
    opened = [load_recipient(path) for path in keys]
    found = drill(load_public(public), opened, log=log, at_us=at_us)
    line = orjson.dumps({"at_us": at_us, "result": found.exit_code, **asdict(found)}) + b"\n"
    if record is not None:
        _append(record, line)
    if as_json:
        sys.stdout.buffer.write(line)
    else:
        Console().print(_table(found))
    sys.exit(found.exit_code)


def _table(found: Drill) -> Table:
    title = f"Drill on version {found.serial} of the recipients"
    if found.origin is not None:
        title += f" and epoch {found.epoch} of {found.origin}"
    table = Table(title=title, title_justify="left")
    for column in ("Reader", "Level", "Sealed just now", "Newest epoch"):
        table.add_column(column)
    for each in found.tried:
        level = _NAMES.get(each.level, each.level)
        table.add_row(each.reader, level, each.fresh, each.log or "not tried")
    return table


def _append(path: Path, line: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "ab") as file:
        file.write(line)
        file.flush()
        os.fsync(handle)
