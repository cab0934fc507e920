"""Values in Redis or Valkey that outlive a request, for all gateways that share the server."""

from typing import Final

from guardrail_gw.core.ports import Share
from guardrail_gw.state.redis.server import RedisServer
from guardrail_gw.state.redis.shares import (
    MARK_BYTES,
    MARKED,
    NAME_BYTES,
    Held,
    claim,
    marked,
    parted,
    release,
)

_SWAP: Final = f"""
local there = redis.call('GET', KEYS[1])
local head = ''
if ARGV[1] == '0' then
  if there then return 0 end
else
  if not there then return 0 end
  local first = string.byte(there, 1)
  local edge = 1 + {NAME_BYTES} * (first % {MARKED})
  if first >= {MARKED} then edge = edge + {MARK_BYTES} end
  if string.sub(there, edge + 1) ~= ARGV[2] then return 0 end
  head = string.sub(there, 1, edge)
end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return head
"""
"""KEYS: the value's. ARGV: whether there has to be one, which, the new one, milliseconds. Returns
0, or what stood before the value that was there."""
_HEAD_BYTES: Final = 1 + MARK_BYTES + 127 * NAME_BYTES


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
        return None if there is None else parted(name, there)[1]

    async def put(
        self, name: str, value: bytes, *, ttl_s: float, shares: tuple[Share, ...] = ()
    ) -> None:
        """Set it; it is counted first, so that a share is never more than used up."""
        _, head = await self._counted(name, value, _ms(ttl_s), shares)
        old = await self._server.run(
            lambda client: client.set(_key(name), head + value, px=_ms(ttl_s), get=True)
        )
        if isinstance(old, bytes):
            await release(self._server, parted(name, old)[0])

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
        held, head = await self._counted(name, new, ttl_ms, shares)
        words = ["0" if old is None else "1", old or b"", head + new, ttl_ms]
        said = await self._server.script(_SWAP, [_key(name)], words)
        if said == 0:
            await release(self._server, held)
            return False
        if isinstance(said, bytes) and said:
            await release(self._server, parted(name, said)[0])
        return True

    async def delete(self, name: str) -> bool:
        """Take it away, and what it took of its shares."""
        old = await self._server.run(lambda client: client.getdel(_key(name)))
        if not isinstance(old, bytes):
            return False
        await release(self._server, parted(name, old)[0])
        return True

    async def _counted(
        self, name: str, value: bytes, ttl_ms: int, shares: tuple[Share, ...]
    ) -> tuple[Held, bytes]:
        """Count a value before it is there; what it took, and what it is written behind."""
        held, head = marked(name, shares)
        if shares:
            there = await self._server.run(
                lambda client: client.getrange(_key(name), 0, _HEAD_BYTES - 1)
            )
            instead = parted(name, there)[0] if isinstance(there, bytes) and there else Held()
            await claim(self._server, held, shares, size=len(value), ttl_ms=ttl_ms, instead=instead)
        return held, head


def _key(name: str) -> str:
    return f"guardrail-gw:state:{name}"


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
