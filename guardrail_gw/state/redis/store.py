"""Values in Redis or Valkey that outlive a request, for all gateways that share the server."""

from typing import Final

from guardrail_gw.core.ports import Share
from guardrail_gw.state.redis.server import RedisServer
from guardrail_gw.state.redis.shares import claim, parted, release, restore, written

_SWAP: Final = """
local there = redis.call('GET', KEYS[1])
if ARGV[1] == '0' then
  if there then return 0 end
elseif not there or string.sub(there, 2 + 64 * string.byte(there, 1)) ~= ARGV[2] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return 1
"""
"""KEYS: the value's. ARGV: whether there has to be one, which, the new one, milliseconds."""


class RedisStore:
    """Implements `core.ports.StateStore`; the server's own bound on memory is the bound."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def start(self) -> None:
        """Find out that the server is there and keeps what it is given."""
        await self._server.start()

    async def close(self) -> None:
        """Close the connections."""
        await self._server.close()

    async def get(self, name: str) -> bytes | None:
        """The value, if its time is not over."""
        (value,) = await self._server.values([_key(name)])
        there = value.encode() if isinstance(value, str) else value
        return None if there is None else parted(there)[1]

    async def put(
        self, name: str, value: bytes, *, ttl_s: float, shares: tuple[Share, ...] = ()
    ) -> None:
        """Set it; it is counted first, so that a share is never more than used up."""
        await claim(self._server, name, len(value), _ms(ttl_s), shares)
        said = written(value, shares)
        old = await self._server.run(
            lambda client: client.set(_key(name), said, px=_ms(ttl_s), get=True)
        )
        if isinstance(old, bytes):
            kept = {share.name for share in shares}
            await release(self._server, name, set(parted(old)[0]) - kept)

    async def swap(
        self,
        name: str,
        old: bytes | None,
        new: bytes,
        *,
        ttl_s: float,
        shares: tuple[Share, ...] = (),
    ) -> bool:
        """One script, which nothing interrupts; what was counted for nothing is taken back."""
        ttl_ms = _ms(ttl_s)
        claimed = await claim(self._server, name, len(new), ttl_ms, shares)
        words = ["0" if old is None else "1", old or b"", written(new, shares), ttl_ms]
        if await self._server.script(_SWAP, [_key(name)], words):
            return True
        await restore(self._server, name, ttl_ms, claimed)
        return False

    async def delete(self, name: str) -> bool:
        """Take it away, and what it took of its shares."""
        old = await self._server.run(lambda client: client.getdel(_key(name)))
        if not isinstance(old, bytes):
            return False
        await release(self._server, name, parted(old)[0])
        return True


def _key(name: str) -> str:
    return f"guardrail-gw:state:{name}"


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
