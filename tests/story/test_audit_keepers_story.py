"""A gateway whose log has a registry, an archive, and a disk with marks."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from guardrail_gw.audit.space import BALLAST
from guardrail_gw.cli.audit import command
from guardrail_gw.errors import ConfigError
from tests.support.world import world

AUDIT = {"directory": "audit", "keys": "keys/gateway", "public": "keys/audit-public"}


def audit(**more: Any) -> dict[str, Any]:
    """The part of gateway.yaml about the log."""
    return {**AUDIT, **more}


async def run(*arguments: object) -> tuple[int, str]:
    """A command, as an auditor runs it, away from the event loop."""
    told = await asyncio.to_thread(CliRunner().invoke, command, [str(a) for a in arguments])
    return told.exit_code, told.output


async def test_registry_and_archive_follow_the_log(tmp_path: Path) -> None:
    """When the gateway has ended, the archive is the whole log, and the registry says so."""
    more = audit(registry="elsewhere/registry", archive={"directory": "elsewhere/archive"})
    async with world(tmp_path, audit=more) as here:
        for _ in range(3):
            assert (await here.ask("hello"))[0] == 200
        exposed = (await here.get("/metrics"))[1]
        ballast = (tmp_path / "audit" / BALLAST).exists()

    public = ("--public", tmp_path / "keys" / "audit-public")
    registry = tmp_path / "elsewhere" / "registry"
    fetched = await run("fetch", "--config", tmp_path / "gateway.yaml", "--out", tmp_path / "out")
    verified = await run("verify", tmp_path / "out", "--registry", registry, *public)
    listed = await run("origins", registry, tmp_path / "audit", *public)
    missing = await run("origins", registry, *public, "--json")
    assert (fetched[0], verified[0], listed[0]) == (0, 0, 0), (fetched, verified, listed)
    assert (missing[0], '"missing"' in missing[1]) == (2, True)
    assert ballast
    assert not (tmp_path / "audit" / BALLAST).exists()
    assert "guardrail_gw_audit_space 0.0" in str(exposed)


async def test_a_disk_without_room_is_not_ready(tmp_path: Path) -> None:
    """With less free than the mark says a request is refused, nothing leaves, `/readyz` says so."""
    everything = 1 << 50
    more = audit(space={"warn_bytes": everything, "stop_bytes": everything, "ballast_bytes": 0})
    async with world(tmp_path, audit=more) as here:
        status, answer = await here.ask("hello")
        ready = (await here.get("/readyz"))[0]
        sent = here.sent

    assert (status, answer["error"]["code"]) == (503, "audit.full")
    assert ready == 503
    assert sent == []


@pytest.mark.parametrize("place", ["audit", "audit/deep", "."])
async def test_what_is_kept_elsewhere_is_elsewhere(tmp_path: Path, place: str) -> None:
    """A registry or archive that would be put back together with the log is an error at start."""
    for more in (audit(registry=place), audit(archive={"directory": place})):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        with pytest.raises(ConfigError, match="outside the log's folder"):
            async with world(folder, audit=more):
                pass
