"""Values in Redis or Valkey that outlive a request, for all gateways that share the server."""

from typing import Final

from guardrail_gw.state.redis.server import RedisServer

_SWAP: Final = """
local there = redis.call('GET', KEYS[1])
if ARGV[1] == '0' then
  if there then return 0 end
elseif there ~= ARGV[2] then
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
        return value.encode() if isinstance(value, str) else value

    async def put(self, name: str, value: bytes, *, ttl_s: float) -> None:
        """Set it."""
        await self._server.run(lambda client: client.set(_key(name), value, px=_ms(ttl_s)))

    async def swap(self, name: str, old: bytes | None, new: bytes, *, ttl_s: float) -> bool:
        """One script, which nothing interrupts."""
        words = ["0" if old is None else "1", old or b"", new, _ms(ttl_s)]
        return bool(await self._server.script(_SWAP, [_key(name)], words))

    async def delete(self, name: str) -> bool:
        """Take it away."""
        return bool(await self._server.run(lambda client: client.delete(_key(name))))


def _key(name: str) -> str:
    return f"guardrail-gw:state:{name}"


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
