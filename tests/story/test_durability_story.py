"""Policies that wait for the collector: what happens when it, or its database, is not there."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml

from guardrail_gw.audit.standing import origin_of
from guardrail_gw.core.shipped import shipped
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.audit_keys import load_public
from guardrail_gw.keys.generate import init
from tests.support.collecting import Place, Site, place, site
from tests.support.postgres import Server, server
from tests.support.world import World, world

pytestmark = pytest.mark.allow_blocking  # the driver reads its password files as it connects
AUDIT = {"directory": "audit", "keys": "keys/gateway", "public": "keys/audit-public"}
DOWN = (503, "audit.collector_unavailable")


@pytest.fixture
def database() -> Any:
    """A server of the test's own, to be paused and killed."""
    with server() as started:
        yield started


@pytest.fixture
async def collecting(tmp_path: Path, shared_place: Place) -> Site:
    """A collector that knows the gateway that will be in the test's folder."""
    return await known(tmp_path, shared_place)


async def known(folder: Path, where: Place) -> Site:
    """Keys for a gateway, and a collector that has them in its list."""
    await asyncio.to_thread(init, folder / "keys", name="guardrail-gw/test")
    public = await asyncio.to_thread(load_public, folder / "keys" / "audit-public")
    return await site(folder / "collector", where, public.origin)


def asking(folder: Path, durability: str | None) -> Path:
    """The default policies, asking for that durability."""
    out = folder / "policies"
    out.mkdir()
    for path in shipped("policies/default").glob("*.yaml"):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        if document["kind"] == "Policy" and durability is not None:
            document["spec"].setdefault("audit", {})["durability"] = durability
        (out / path.name).write_text(yaml.safe_dump(document), encoding="utf-8")
    return out


def audit(collecting: Site, **more: Any) -> dict[str, Any]:
    """The part of gateway.yaml about the log, with little patience."""
    waits = {"deadline_s": 1.0, "timeout_s": 2.0}
    return {**AUDIT, "collector": collecting.gateway_config(**waits), **more}


async def asked(here: World) -> tuple[int, str | None]:
    """Status and code of one request."""
    status, answer = await here.ask("hello, I am Erika Mustermann")
    return status, answer["error"]["code"] if status != 200 else None


async def served_again(here: World) -> None:
    """Wait until a request is answered."""
    async with asyncio.timeout(30):
        while (await asked(here))[0] != 200:  # noqa: ASYNC110 - seen from outside only
            await asyncio.sleep(0.1)


async def intents(collecting: Site) -> int:
    """How many intents of the gateway's log the collector has."""
    log = await asyncio.to_thread(origin_of, collecting.folder.parent / "audit")
    reader = await asyncpg.connect(collecting.place.read)
    leaves = await reader.fetch("SELECT leaf FROM collected.records WHERE origin = $1", log)
    await reader.close()
    return sum(b'"kind":"intent"' in row[0] for row in leaves)


@pytest.mark.parametrize("durability", ["remote", "both"])
async def test_the_collector_has_it_before_anything_leaves(
    tmp_path: Path, collecting: Site, durability: str
) -> None:
    """Each request that a provider has seen was with the collector when its answer came."""
    policies = await asyncio.to_thread(asking, tmp_path, durability)
    async with (
        collecting.running(),
        world(tmp_path, policies=policies, audit=audit(collecting)) as here,
    ):
        for number in range(1, 4):
            assert await asked(here) == (200, None)
            assert await intents(collecting) >= number
            assert len(here.sent) == number
        together = await asyncio.gather(*(asked(here) for _ in range(20)))

    assert together == [(200, None)] * 20


async def test_without_the_collector_nothing_leaves(tmp_path: Path, collecting: Site) -> None:
    """While it is down, requests are refused with a code and are on record; then it goes on."""
    policies = await asyncio.to_thread(asking, tmp_path, "remote")
    async with collecting.running():
        pass
    async with world(tmp_path, policies=policies, audit=audit(collecting)) as here:
        down = [await asked(here) for _ in range(3)]
        sent, ok = list(here.sent), await here.metric("guardrail_gw_audit_collector_ok")
        kinds = here.pairs()
        async with collecting.running():
            await served_again(here)
            back = await here.metric("guardrail_gw_audit_collector_ok")

    assert down == [DOWN] * 3
    assert sent == []
    assert (ok, back) == (0, 1)
    assert list(kinds.values()) == [["intent", "outcome"]] * 3


async def test_a_local_policy_does_not_wait(tmp_path: Path, collecting: Site) -> None:
    """Without the word, requests pass while the collector is down, and their records follow."""
    async with collecting.running():
        pass
    async with world(tmp_path, audit=audit(collecting)) as here:
        assert await asked(here) == (200, None)
        await here.until("guardrail_gw_audit_collector_lag_records", bool)
        late_s = await here.metric("guardrail_gw_audit_collector_lag_seconds")
        async with collecting.running():
            await here.until("guardrail_gw_audit_collector_lag_records", lambda lag: not lag)
            assert await intents(collecting) == 1

    assert late_s > 0


async def test_a_database_that_stands_still(tmp_path: Path, database: Server) -> None:
    """While PostgreSQL answers nothing nothing leaves; when it does again, all is as before."""
    collecting = await known(tmp_path, await place(database.address))
    policies = await asyncio.to_thread(asking, tmp_path, "both")
    async with (
        collecting.running(),
        world(tmp_path, policies=policies, audit=audit(collecting)) as here,
    ):
        assert await asked(here) == (200, None)
        database.pause()
        try:
            paused = await asyncio.gather(*(asked(here) for _ in range(3)))
            sent = len(here.sent)
        finally:
            database.go_on()
        await served_again(here)

    assert paused == [DOWN] * 3
    assert sent == 1


async def test_a_database_that_dies(tmp_path: Path, database: Server) -> None:
    """Killed under load and started again, it has every record that was acknowledged."""
    collecting = await known(tmp_path, await place(database.address))
    policies = await asyncio.to_thread(asking, tmp_path, "remote")
    async with (
        collecting.running(),
        world(tmp_path, policies=policies, audit=audit(collecting)) as here,
    ):
        load = asyncio.gather(*(asked(here) for _ in range(30)))
        await asyncio.sleep(0.2)
        await asyncio.to_thread(database.kill)
        answers = await load
        sent = len(here.sent)
        await asyncio.to_thread(database.start)
        await served_again(here)
        kept = await intents(collecting)

    assert {status for status, _ in answers} <= {200, 503}
    assert sent == answers.count((200, None))
    assert kept >= sent + 1


async def test_what_cannot_be_kept_is_refused_at_the_start(tmp_path: Path) -> None:
    """Without a collector, a policy that asks for it is told with file, line and field."""
    policies = await asyncio.to_thread(asking, tmp_path, "remote")

    with pytest.raises(ConfigError, match=r"policy\.yaml:\d+.*audit\.durability.*audit\.collector"):
        async with world(tmp_path / "gw", policies=policies):
            pass


async def test_a_folder_that_does_not_last(tmp_path: Path, collecting: Site) -> None:
    """With `lasting: false` a policy that says nothing is refused, `remote` is obeyed."""
    goes = audit(collecting, lasting=False)
    with pytest.raises(ConfigError, match=r"`local` needs a log that lasts"):
        async with world(tmp_path, audit=goes):
            pass
    policies = await asyncio.to_thread(asking, tmp_path, "remote")
    async with collecting.running():
        goes = audit(collecting, lasting=False)
        async with world(tmp_path, policies=policies, audit=goes) as here:
            assert await asked(here) == (200, None)
