"""Places that the log is brought to, and that are not there for a while: collector, archive."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from click.testing import CliRunner

from guardrail_gw.audit.segments import CHECKPOINTS, SEGMENT
from guardrail_gw.cli.collect import command
from guardrail_gw.keys.audit_keys import load_public
from guardrail_gw.keys.generate import init
from tests.failures.hurting import ShiftedClock
from tests.failures.place import SERVED, Place
from tests.failures.playing import Came, played
from tests.support import collecting
from tests.support.postgres import server

_EPOCH_S: Final = 601.0
"""After so long the next record begins an epoch, and with it a segment."""
_WAITS: Final = {"deadline_s": 1.0, "timeout_s": 2.0}


async def collector_gone(folder: Path, durability: str) -> Came:
    """The collector stops, and starts again at its port; its PostgreSQL is there all the time."""
    with server() as engine:
        where = await collecting.place(engine.address)
        await asyncio.to_thread(init, folder / "keys", name="guardrail-gw/failures")
        public = await asyncio.to_thread(load_public, folder / "keys" / "audit-public")
        site = await collecting.site(folder / "collector", where, public.origin)
        async with AsyncExitStack() as running:
            await running.enter_async_context(site.running())

            @asynccontextmanager
            async def hurt(there: Place) -> AsyncIterator[None]:
                await running.aclose()
                await there.ask()  # there is something to bring
                await there.until("guardrail_gw_audit_collector_ok", 0)
                yield
                await running.enter_async_context(site.running())

            async def caught_up(there: Place) -> None:
                await there.until("guardrail_gw_audit_collector_lag_records", 0)
                await there.until("guardrail_gw_audit_collector_ok", 1)

            return await played(
                folder,
                hurt,
                requests=8,
                until=caught_up,
                missing=_not_collected,
                policy=f"  audit: {{detail: redacted, durability: {durability}}}\n",
                audit={"collector": site.gateway_config(**_WAITS)},
            )


def _not_collected(there: Place) -> Iterator[str]:
    """What the collector gives back is the log, byte for byte."""
    out, read = there.folder / "back" / "log", there.folder / "collector" / "read.dsn"
    out.parent.mkdir()
    told = CliRunner().invoke(command, ["export", str(out), "--database", str(read)])
    if told.exit_code:
        yield "the collector gives nothing back"
    elif _files(out) != _files(there.folder / "audit"):
        yield "the collector has another log"


async def archive_gone(folder: Path) -> Came:
    """The archive's folder is a share that is not mounted, while a segment closes."""
    clock, share, away = ShiftedClock(), folder / "share", folder / "away"
    share.mkdir()

    @asynccontextmanager
    async def hurt(there: Place) -> AsyncIterator[None]:
        share.rename(away)
        share.write_bytes(b"")
        clock.steady_s += _EPOCH_S
        assert await there.ask() == SERVED
        await there.until("guardrail_gw_audit_archive_ok", 0)
        yield
        share.unlink()
        away.rename(share)

    async def caught_up(there: Place) -> None:
        await there.until("guardrail_gw_audit_archive_waiting", 0)
        await there.until("guardrail_gw_audit_archive_ok", 1)

    archive = {"directory": "share/archive", "every_s": 0.5}
    return await played(
        folder,
        hurt,
        clock=clock,
        until=caught_up,
        missing=_not_archived,
        audit={"archive": archive},
    )


def _not_archived(there: Place) -> Iterator[str]:
    """The archive has all files of the log, as they are."""
    kept = {
        path.name: path.read_bytes()
        for path in (there.folder / "share" / "archive").rglob("*")
        if path.is_file()
    }
    mine = _files(there.folder / "audit")
    if len(mine) < 4:
        yield "no segment closed while the archive was down"
    yield from (f"{name} is not in the archive" for name in mine if kept.get(name) != mine[name])


def _files(folder: Path) -> dict[str, bytes]:
    """Segments and checkpoints by name."""
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.suffix in {SEGMENT, CHECKPOINTS}
    }
