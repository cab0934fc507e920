"""A gateway, a collector with its PostgreSQL, and the network between them: all of it real."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from click.testing import CliRunner, Result

from guardrail_gw.audit.segments import CHECKPOINTS, SEGMENT
from guardrail_gw.cli.audit import command as audit_command
from guardrail_gw.cli.collect import command as collect_command
from guardrail_gw.keys.audit_keys import load_public
from guardrail_gw.keys.generate import init
from tests.support.collecting import Site, place, site
from tests.support.world import world

pytestmark = pytest.mark.allow_blocking  # the driver reads its password files as it connects
AUDIT = {"directory": "audit", "keys": "keys/gateway", "public": "keys/audit-public"}


@pytest.fixture
async def collecting(tmp_path: Path, postgres_address: str) -> Site:
    """A collector that knows the gateway that will be in the test's folder."""
    await asyncio.to_thread(init, tmp_path / "keys", name="guardrail-gw/test")
    public = await asyncio.to_thread(load_public, tmp_path / "keys" / "audit-public")
    where = await place(postgres_address)  # of its own: it is listed
    return await site(tmp_path / "collector", where, public.origin)


def audit(collecting: Site, **more: Any) -> dict[str, Any]:
    """The part of gateway.yaml about the log."""
    return {**AUDIT, "collector": collecting.gateway_config(**more)}


async def run(command: Any, *arguments: object) -> Result:
    """A command, as somebody runs it, away from the event loop."""
    return await asyncio.to_thread(CliRunner().invoke, command, [str(a) for a in arguments])


def log_files(folder: Path) -> dict[str, bytes]:
    """Segments and checkpoints by name."""
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.suffix in {SEGMENT, CHECKPOINTS}
    }


async def test_a_log_comes_back_byte_for_byte(tmp_path: Path, collecting: Site) -> None:
    """Everything that a gateway wrote is with the collector when it has ended, and verifies."""
    async with collecting.running():
        async with world(tmp_path, audit=audit(collecting)) as here:
            for _ in range(3):
                assert (await here.ask("hello, I am Erika Mustermann"))[0] == 200
            assert await here.metric("guardrail_gw_audit_collector_ok") == 1
        async with world(tmp_path, audit=audit(collecting)) as here:
            assert (await here.ask("hello again"))[0] == 200

    out, read = tmp_path / "out" / "log", collecting.folder / "read.dsn"
    (tmp_path / "out").mkdir()
    told = await run(collect_command, "export", out, "--database", read)
    public = tmp_path / "keys" / "audit-public"
    verified = await run(audit_command, "verify", out, "--public", public)
    listed = await run(collect_command, "list", "--database", read)

    assert told.exit_code == 0, told.output
    assert log_files(out) == log_files(tmp_path / "audit")
    assert verified.exit_code == 0, verified.output
    assert listed.exit_code == 0
    assert out.with_name("log.cosigned").read_text().count("— ") == 3


async def test_a_fork_is_refused_and_kept(tmp_path: Path, collecting: Site) -> None:
    """A gateway that goes on from an older copy of its log is refused, and what it signed stays."""
    audit_config = audit(collecting)
    async with collecting.running() as collector:
        audit_config = audit(collecting)
        async with world(tmp_path, audit=audit_config) as here:
            assert (await here.ask("one"))[0] == 200
        await asyncio.to_thread(shutil.copytree, tmp_path / "audit", tmp_path / "copy")
        async with world(tmp_path, audit=audit_config) as here:
            assert (await here.ask("two"))[0] == 200
        await asyncio.to_thread(shutil.rmtree, tmp_path / "audit")
        await asyncio.to_thread(shutil.move, tmp_path / "copy", tmp_path / "audit")
        async with world(tmp_path, audit=audit_config) as here:
            assert (await here.ask("another two"))[0] == 200
            await here.until("guardrail_gw_audit_collector_forked", bool)
        exposed = collector.metrics.exposition().decode()

    listed = await run(collect_command, "list", "--database", collecting.folder / "read.dsn")
    reader = await asyncpg.connect(collecting.place.read)
    kept = await reader.fetch("SELECT note, reason FROM collected.forks")
    await reader.close()
    assert listed.exit_code == 1
    assert kept
    assert "two roots were signed for one size" in {row["reason"] for row in kept}
    assert 'collector_forks_total{gateway="gw-1.example"} 0.0' not in exposed
