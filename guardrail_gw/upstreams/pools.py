"""The connections to every deployment, apart from each other, and those that are kept warm."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Final

from aiohttp import hdrs
from yarl import URL

from guardrail_gw.upstreams.connections import Connections, Shared, Target
from guardrail_gw.upstreams.names import Names
from guardrail_gw.upstreams.pooling import Pooling, Sizes, Wiring
from guardrail_gw.upstreams.timeouts import Timeouts

_PATIENCE_S: Final = 60.0
"""The longest wait before somebody who could not be reached is tried again; it doubles up to it."""


class Pools:
    """Of one event loop; what one deployment does to its connections leaves the others alone."""

    def __init__(self, timeouts: Timeouts, wiring: Wiring) -> None:
        """Make it inside the event loop."""
        self._timeouts = timeouts
        self._wiring = wiring
        self.names = Names(wiring.names)
        self._shared = Shared(names=self.names)
        self.common = Connections(timeouts, Pooling(), self._shared)
        """To those who are no deployment: givers of tokens."""
        self._pools: dict[str, Connections] = {}
        self._warming: list[asyncio.Task[None]] = []

    def of(self, deployment: str) -> Connections:
        """The connections to a deployment."""
        pool = self._pools.get(deployment)
        if pool is None:
            connected = partial(self._wiring.connected, deployment)
            pooling = self._wiring.of(deployment)
            pool = Connections(self._timeouts, pooling, self._shared, connected)
            self._pools[deployment] = pool
        return pool

    @property
    def sizes(self) -> Mapping[str, Sizes]:
        """Deployment -> its connections; those to which there was one."""
        return {name: pool.sizes for name, pool in self._pools.items()}

    def warm(self) -> None:
        """Begin to keep connections warm; whoever asks for one meanwhile waits for nobody."""
        for name, base_url in self._wiring.base_urls.items():
            if self._wiring.of(name).kept_warm:
                keeping = self._kept_warm(name, Target(URL(base_url), {}, hdrs.METH_GET))
                task = asyncio.create_task(keeping)  # noqa: TID251 - ends in `close`
                self._warming.append(task)

    async def close(self) -> None:
        """Close every connection."""
        for task in self._warming:
            task.cancel()
        await asyncio.gather(*self._warming, return_exceptions=True)
        for pool in (self.common, *self._pools.values()):
            await pool.close()
        await self.names.close()

    async def _kept_warm(self, name: str, target: Target) -> None:
        """Look for ever; that nobody can be reached is no error, and counts for nothing."""
        pool, count = self.of(name), self._wiring.of(name).kept_warm
        wait_s = look_s = self._wiring.look_s
        while True:
            is_warm = await pool.warm(target, count, within_s=look_s)
            wait_s = look_s if is_warm else min(2.0 * wait_s, _PATIENCE_S)
            await asyncio.sleep(wait_s)
