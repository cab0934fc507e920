"""Every address and every right in docs/state-servers.md, against real servers."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from guardrail_gw.core.counting import BudgetClaim, Denied, RateClaim, Reservation, SlotClaim
from guardrail_gw.errors import StateDown
from guardrail_gw.keys.register_postgres import postgres_register
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.state.redis.address import RedisAddress
from guardrail_gw.state.redis.counters import RedisCounters
from guardrail_gw.state.redis.server import RedisServer
from guardrail_gw.state.redis.store import RedisStore
from tests.house.sources import ROOT
from tests.support.certificates import Authority
from tests.support.redis import Engine, free_port, redis, sentinel
from tests.support.tls_relay import tls_before

pytestmark = pytest.mark.allow_blocking
TEXT: Final = (ROOT / "docs" / "state-servers.md").read_text(encoding="utf-8")
ADDRESSES: Final = dict(re.findall(r"^\| ([^|]+) \| `([^`]*://[^`]*)` \|$", TEXT, re.MULTILINE))
USER: Final = re.search(r"ACL SETUSER (gateway on .*)", TEXT)
IN_A_CLUSTER: Final = re.search(r"In a cluster add `([^`]*)`", TEXT)
_HOST: Final = re.compile(r"@[a-z0-9.]+\.internal:[0-9]+(,[a-z0-9.]+:[0-9]+)*")


def rights(more: str = "") -> list[str]:
    """The user of the page, as a server is told of it."""
    assert USER is not None
    return ["--user", *USER[1].split(), *more.split()]


def at(name: str, port: int) -> str:
    """An address of the page, at a port of this machine."""
    return _HOST.sub(f"@127.0.0.1:{port}", ADDRESSES[name])


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One server with the user of the page, and nothing more allowed to it."""
    with redis(*rights()) as made:
        yield made


async def used(url: str) -> None:
    """Do everything that a gateway does there: counters of all kinds, and values."""
    server = RedisServer(RedisAddress.read(url), SystemClock(), timeout_s=5)
    counters, store = RedisCounters(server), RedisStore(server)
    await counters.start()
    claims = (
        BudgetClaim(name="b", amount=3, limit=10, ttl_s=60),
        RateClaim(name="r", amount=1, limit=10, period_s=60),
        SlotClaim(name="s", limit=5),
    )
    held = Reservation(id=url[-12:], home="acme", claims=claims, lease_s=60)
    try:
        assert not isinstance(await counters.reserve(held), Denied)
        await counters.renew([held])
        assert await counters.settle(held, {"b": 1}) is not None
        await store.put("n", b"value", ttl_s=60)
        assert await store.get("n") == b"value"
        assert await store.swap("n", b"value", b"other", ttl_s=60)
        assert await store.delete("n")
    finally:
        await counters.close()


async def test_one_server_is_used_by_its_address_with_no_more_than_its_rights(
    engine: Engine,
) -> None:
    """The user of the page may do what a gateway does, and nothing else."""
    await used(at("one server", engine.port))

    server = RedisServer(RedisAddress.read(at("one server", engine.port)), SystemClock())
    await server.start()
    with pytest.raises(StateDown):
        await server.run(lambda client: client.flushall())
    await server.close()


async def test_one_server_is_used_over_tls(engine: Engine, tmp_path: Path) -> None:
    """By the authority that the address names, and not without it."""
    authority = Authority(tmp_path)
    files = authority.issue("valkey.internal", "127.0.0.1")
    with tls_before(engine.port, files) as port:
        url = at("one server, TLS", port)
        assert "/etc/guardrail/ca.pem" in url

        await used(url.replace("/etc/guardrail/ca.pem", str(authority.certificate)))
        with pytest.raises(StateDown):
            await used(url.partition("?")[0])


async def test_behind_sentinel_the_address_is_a_list(engine: Engine) -> None:
    """Of three that are named one has to be there."""
    with sentinel("main", engine) as watching:
        await used(at("Sentinel", watching.port))


async def test_a_cluster_is_used_by_one_of_its_nodes() -> None:
    """With the rights that the page adds."""
    assert IN_A_CLUSTER is not None
    arguments = ("--cluster-enabled", "yes", "--cluster-port", f"{free_port()}")
    with redis(*arguments, *rights(IN_A_CLUSTER[1])) as node:
        plain = RedisServer(RedisAddress.read(node.url), SystemClock(), timeout_s=5)
        await plain.start()
        await plain.run(lambda client: client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383))
        for _ in range(200):  # it takes a moment until it is one
            told = await plain.run(lambda client: client.execute_command("CLUSTER INFO"))
            if re.search(r"cluster_state\W+ok", str(told)):
                break
            await asyncio.sleep(0.05)
        await plain.close()

        await used(at("a cluster", node.port))


async def test_the_register_is_used_by_its_address(postgres_address: str) -> None:
    """User, password and database are read as they stand there."""
    port = int(postgres_address.rpartition(":")[2].partition("/")[0])
    url = at("one server of PostgreSQL", port).replace("/guardrail", "/postgres")

    register = await postgres_register(url)
    try:
        assert list(await register.holds()) == []
    finally:
        await register.close()
