"""How much of a server each may have: counted beside the values, one share at a time.

A share's keys have its name between braces, so that a cluster keeps them together; a value lies
elsewhere, and says itself in which shares it counts. What is over its time is taken back when
somebody counts in the same share.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from guardrail_gw.core.ports import Share
from guardrail_gw.state.redis.server import RedisServer
from guardrail_gw.state.shares import used_up

NAME_BYTES: Final = 64
"""Of a share's name, hexadecimal digits; shorter ones are filled up."""
_CLAIM: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('DECRBY', KEYS[3], redis.call('HGET', KEYS[2], name) or 0)
  redis.call('HDEL', KEYS[2], name)
  redis.call('ZREM', KEYS[1], name)
end
local old = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0)
local used = tonumber(redis.call('GET', KEYS[3]) or 0) - old + tonumber(ARGV[2])
if used > tonumber(ARGV[4]) then return -1 end
redis.call('SET', KEYS[3], used)
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
return old
"""
"""KEYS: when values are over, their sizes, and the sum. ARGV: a value's name, size, milliseconds,
and the bound. Returns what the value counted before; -1 where there is no room."""
_RELEASE: Final = """
local size = redis.call('HGET', KEYS[2], ARGV[1])
if size then
  redis.call('DECRBY', KEYS[3], size)
  redis.call('HDEL', KEYS[2], ARGV[1])
  redis.call('ZREM', KEYS[1], ARGV[1])
end
return 1
"""
_ANY: Final = 1 << 52


async def claim(
    server: RedisServer, name: str, size: int, ttl_ms: int, shares: Sequence[Share]
) -> dict[str, int]:
    """Count a value in its shares; share -> what it counted there before.

    Raises:
        StateFull: one of them is used up; then it counts as before.
    """
    claimed = dict[str, int]()
    for share in shares:
        words: list[str | int | bytes] = [name, size, ttl_ms, share.max_bytes]
        old = int(await server.script(_CLAIM, _keys(share.name), words))
        if old < 0:
            await restore(server, name, ttl_ms, claimed)
            raise used_up(share)
        claimed[share.name] = old
    return claimed


async def restore(server: RedisServer, name: str, ttl_ms: int, claimed: dict[str, int]) -> None:
    """Count a value as it did before it was claimed."""
    for share, old in claimed.items():
        if old:
            await server.script(_CLAIM, _keys(share), [name, old, ttl_ms, _ANY])
        else:
            await release(server, name, [share])


async def release(server: RedisServer, name: str, shares: Iterable[str]) -> None:
    """Give back what a value took."""
    for share in shares:
        await server.script(_RELEASE, _keys(share), [name])


def written(value: bytes, shares: Sequence[Share]) -> bytes:
    """A value that says in which shares it counts."""
    names = b"".join(share.name.encode().ljust(NAME_BYTES) for share in shares)
    return bytes((len(shares),)) + names + value


def parted(written: bytes) -> tuple[tuple[str, ...], bytes]:
    """The names of the shares, and the value."""
    edge = 1 + written[0] * NAME_BYTES
    names = (written[at : at + NAME_BYTES] for at in range(1, edge, NAME_BYTES))
    return tuple(name.decode().rstrip() for name in names), written[edge:]


def _keys(share: str) -> list[str]:
    return [f"guardrail-gw:share:{{{share}}}:{what}" for what in ("until", "sizes", "used")]
