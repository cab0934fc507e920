"""The connection to Redis or Valkey: one server, behind Sentinel, or a cluster.

redis-py's defaults wait for seconds and try again by themselves; a request cannot wait that long
(measured: 3.5 s until a closed port is noticed, over 20 s for a server that hangs). Here every call
has one short chance, and once a call has failed others fail at once for a moment.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import ConfigError, StateDown
from guardrail_gw.state.redis.address import RedisAddress

if TYPE_CHECKING:
    from redis.asyncio import Redis, RedisCluster

T = TypeVar("T")
TIMEOUT_S: Final = 0.25
"""To connect, and for each answer."""
_PAUSE_S: Final = 0.25
_CONNECTIONS: Final = 32
"""At most, to one server; who finds none free waits for one."""
_KEEPS: Final = "noeviction"


class RedisServer:
    """Runs commands; every failure is a StateDown."""

    def __init__(
        self, address: RedisAddress, clock: Clock, *, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._address = address
        self._clock = clock
        self._timeout_s = timeout_s
        self._clients: list[Redis | RedisCluster] = []
        """The one that is asked, then those that ask Sentinel for it."""
        self._down_until_s = 0.0
        self._digests: dict[str, str] = {}

    async def start(self) -> None:
        """Find out that it is there, and that it throws nothing away when it is full.

        Raises:
            StateDown: it does not answer.
            ConfigError: the extra is missing, or it evicts keys.
        """
        if self._clients:
            return
        self._clients = await asyncio.to_thread(_connected, self._address, self._timeout_s)
        try:
            await self._hold_to_keeping()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the connections; twice is no fault."""
        clients, self._clients = self._clients, []
        for client in clients:
            await client.aclose()

    async def script(
        self, source: str, keys: Sequence[str], words: Sequence[str | int | bytes]
    ) -> Any:  # noqa: ANN401 - what it returns
        """Run a Lua script by its digest, which all servers from Redis 2.6 on know."""
        from redis.exceptions import NoScriptError  # noqa: PLC0415 - an extra

        digest = self._digests.get(source)
        if digest is None:  # how Redis names scripts; no safeguard rests on it
            made = hashlib.sha1(source.encode(), usedforsecurity=False)
            digest = self._digests[source] = made.hexdigest()

        async def run(client: "Redis | RedisCluster") -> Any:  # noqa: ANN401 - ditto
            try:
                return await client.evalsha(digest, len(keys), *keys, *words)
            except NoScriptError:  # it was started anew
                return await client.eval(source, len(keys), *keys, *words)

        return await self.run(run)

    async def values(self, keys: Sequence[str]) -> list[bytes | str | None]:
        """What several keys hold, in their order."""
        return await self.run(lambda client: client.mget(keys))

    async def run(self, work: "Callable[[Redis | RedisCluster], Awaitable[T]]") -> T:
        """Do the work, once.

        Raises:
            StateDown: it was not done, or nobody knows whether it was.
        """
        from redis.exceptions import RedisError  # noqa: PLC0415 - an extra

        if not self._clients or self._clock.monotonic_s() < self._down_until_s:
            raise StateDown("Redis does not answer")
        try:
            return await work(self._clients[0])
        except (RedisError, OSError, TimeoutError):
            self._down_until_s = self._clock.monotonic_s() + _PAUSE_S
            raise StateDown("Redis does not answer, or cannot do what it was asked") from None

    async def _hold_to_keeping(self) -> None:
        told = await self.run(lambda client: client.info("memory"))
        nodes = told.values() if all(isinstance(each, dict) for each in told.values()) else [told]
        for node in nodes:
            policy = node.get("maxmemory_policy", _KEEPS)
            if policy != _KEEPS:
                raise ConfigError(
                    f"state.redis: the server's maxmemory-policy is {policy}, so that it throws"
                    " budgets away when it is full; set it to noeviction"
                )


def _connected(address: RedisAddress, timeout_s: float) -> "list[Redis | RedisCluster]":
    try:
        from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster  # noqa: PLC0415 - an extra
        from redis.asyncio.retry import Retry  # noqa: PLC0415 - an extra
        from redis.asyncio.sentinel import Sentinel  # noqa: PLC0415 - an extra
        from redis.backoff import NoBackoff  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigError(
            "state.store: redis needs the extra: pip install 'guardrail-gw[redis]'"
        ) from None
    once = Retry(NoBackoff(), 0)
    patience: dict[str, Any] = {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "retry": once,
        "driver_info": None,  # else every new connection looks its version up on the disk
    }
    if address.is_cluster:
        return [RedisCluster.from_url(address.url, max_connections=_CONNECTIONS, **patience)]
    if address.sentinels:
        own = patience | address.sentinel_login
        watched = Sentinel(address.sentinels, sentinel_kwargs=own)  # type: ignore[no-untyped-call] # untyped there
        master = watched.master_for(address.service, **patience, **address.login)
        return [master, *watched.sentinels]
    pool = BlockingConnectionPool.from_url(
        address.url, max_connections=_CONNECTIONS, timeout=timeout_s, **patience
    )
    return [Redis.from_pool(pool)]
