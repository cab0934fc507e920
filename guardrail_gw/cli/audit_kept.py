"""Where commands that read a log ask what became of its content."""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from guardrail_gw.audit.fates import Kept
from guardrail_gw.audit.review import kept_beside
from guardrail_gw.audit.shares import gateway_folder
from guardrail_gw.core.ports import RegisterRow, Tombstone
from guardrail_gw.keys.register_postgres import postgres_register
from guardrail_gw.keys.register_sqlite import MAGIC, SqliteRows
from guardrail_gw.keys.secret_files import read_secret

REGISTER = click.option(
    "--register",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The key register's file, or a file with its postgresql:// address.",
)
ACTS = click.option(
    "--acts",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The log of erasures, holds and prunes (found beside DIRECTORY).",
)


def kept(directory: Path, register: Path | None, acts: Path | None) -> Kept | None:
    """As the options say; without --register, what lies beside the log.

    Raises:
        ConfigError: the file holds an address and is open to others.
    """
    if register is None:
        return kept_beside(directory)
    whole = gateway_folder(directory)
    beside = acts or whole.with_name(f"{whole.name}-acts")
    with register.open("rb") as file:
        head = file.read(len(MAGIC))
    return Kept(
        rows=SqliteRows(register) if head == MAGIC else _PostgresRows(register), acts=beside
    )


class _PostgresRows:
    """Asks a register in PostgreSQL, anew each time."""

    def __init__(self, path: Path) -> None:
        self._dsn = read_secret(path).decode("utf-8", "replace").strip()

    def __call__(self, sids: Iterable[str]) -> Mapping[str, RegisterRow | Tombstone]:
        return asyncio.run(self._asked(list(sids)))

    async def _asked(self, sids: list[str]) -> Mapping[str, RegisterRow | Tombstone]:
        register = await postgres_register(self._dsn, read_only=True)
        try:
            return await register.known(sids)
        finally:
            await register.close()
