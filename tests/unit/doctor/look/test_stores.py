"""Real stores: a file, Valkey, PostgreSQL; there, frozen, gone."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from guardrail_gw.cli.demo_folder import prepare
from guardrail_gw.doctor.check import Check, Verdict
from guardrail_gw.doctor.look.stores import looked_at
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.settings import Settings
from tests.support.redis import redis

pytestmark = pytest.mark.allow_blocking


async def looked(folder: Path, **more: Any) -> dict[str, Check]:
    """Check -> what it says, of the demo's configuration with other lines."""
    path = prepare(folder, us="http://127.0.0.1:9", eu="http://127.0.0.1:9", port=0)
    config = yaml.safe_load(path.read_text())
    audit = {**config["audit"], **more.pop("audit", {})}
    path.write_text(yaml.safe_dump({**config, "audit": audit, **more}))
    return {c.name: c for c in await looked_at(Settings.load(path), SystemClock())}


async def test_files_that_can_be_made_are_fine_and_are_not_made(tmp_path: Path) -> None:
    """A look changes nothing."""
    found = await looked(tmp_path)

    assert {c.verdict for c in found.values()} == {Verdict.OK}
    assert not list(tmp_path.rglob("*.sqlite3"))
    assert not list(tmp_path.rglob("*.db"))


async def test_a_link_in_the_place_of_a_file_fails(tmp_path: Path) -> None:
    """The gateway would refuse it."""
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / "state.sqlite3").symlink_to(tmp_path / "elsewhere")

    assert (await looked(tmp_path))["state"].verdict is Verdict.FAIL


async def test_a_server_is_asked_and_its_silence_is_told(tmp_path: Path) -> None:
    """Up, frozen, gone; also where rates would go on without it."""
    with redis() as engine:
        (tmp_path / "url").write_text(engine.url)
        (tmp_path / "url").chmod(0o600)
        state = {"store": "redis", "redis": {"url": {"file": "url"}}, "on_state_failure": "local"}
        there = (await looked(tmp_path, state=state))["state"]
        engine.pause()
        frozen = (await looked(tmp_path, state=state))["state"]
        engine.go_on()
        engine.kill()
        gone = (await looked(tmp_path, state=state))["state"]
        engine.restart()

    assert there.said.startswith("Redis answers in ")
    assert (frozen.verdict, gone.verdict) == (Verdict.FAIL, Verdict.FAIL)
    assert engine.url not in f"{there}{frozen}{gone}"


async def test_a_register_in_postgres_is_asked(tmp_path: Path, postgres_address: str) -> None:
    """There, and at a port where nobody is."""
    (tmp_path / "dsn").write_text(postgres_address)
    (tmp_path / "wrong").write_text("postgresql://gateway@127.0.0.1:9/postgres")
    for each in ("dsn", "wrong"):
        (tmp_path / each).chmod(0o600)

    there = await looked(tmp_path, audit={"key_register": {"postgres": "dsn"}})
    gone = await looked(tmp_path, audit={"key_register": {"postgres": "wrong"}})

    assert there["register"].said.startswith("PostgreSQL answers in ")
    assert gone["register"].verdict is Verdict.FAIL


async def test_memory_is_a_warning(tmp_path: Path) -> None:
    """It forgets."""
    assert (await looked(tmp_path, state={"store": "memory"}))["state"].verdict is Verdict.WARN
