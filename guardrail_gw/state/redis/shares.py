"""How much of a server each may have: counted beside the values, one share at a time.

A share's keys have its name between braces, so that a cluster keeps them together; a value lies
elsewhere, and says itself in which shares it counts, and under which mark. Every value that was
written has a mark of its own, and whoever takes one away gives back what that one took: however
many write at once, what is counted is what is there. What is over its time is taken back when
somebody counts in the same share.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from guardrail_gw.core.ports import Share
from guardrail_gw.state.redis.server import RedisServer
from guardrail_gw.state.shares import used_up

NAME_BYTES: Final = 64
"""Of a share's name, hexadecimal digits; shorter ones are filled up."""
MARK_BYTES: Final = 16
MARKED: Final = 128
"""Added to the number of shares where a mark stands behind it."""
_CLAIM: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('DECRBY', KEYS[3], redis.call('HGET', KEYS[2], name) or 0)
  redis.call('HDEL', KEYS[2], name)
  redis.call('ZREM', KEYS[1], name)
end
local used = tonumber(redis.call('GET', KEYS[3]) or 0) + tonumber(ARGV[3])
local instead = tonumber(redis.call('HGET', KEYS[2], ARGV[2]) or 0)
if used - instead > tonumber(ARGV[5]) then return 0 end
redis.call('SET', KEYS[3], used)
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[4]), ARGV[1])
return 1
"""
"""KEYS: when values are over, their sizes, and the sum. ARGV: under what a value counts, and that
whose place it is to take; its size, milliseconds, and the bound. Returns whether there is room."""
_RELEASE: Final = """
local size = redis.call('HGET', KEYS[2], ARGV[1])
if size then
  redis.call('DECRBY', KEYS[3], size)
  redis.call('HDEL', KEYS[2], ARGV[1])
  redis.call('ZREM', KEYS[1], ARGV[1])
end
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one value took of its shares."""

    shares: tuple[str, ...] = ()
    entry: str = ""
    """Under which it counts in each of them."""


def marked(name: str, shares: Sequence[Share]) -> tuple[Held, bytes]:
    """What a value that is about to be written will take, and what it is written behind."""
    if not shares:
        return Held(), bytes((0,))
    mark = secrets.token_hex(MARK_BYTES // 2)
    names = b"".join(share.name.encode().ljust(NAME_BYTES) for share in shares)
    held = Held(shares=tuple(share.name for share in shares), entry=f"{name}:{mark}")
    return held, bytes((MARKED + len(shares),)) + mark.encode() + names


def parted(name: str, written: bytes) -> tuple[Held, bytes]:
    """What a value took, and the value; those of earlier versions count under their names."""
    is_marked = written[0] >= MARKED
    start = 1 + (MARK_BYTES if is_marked else 0)
    edge = start + written[0] % MARKED * NAME_BYTES
    names = (written[at : at + NAME_BYTES] for at in range(start, edge, NAME_BYTES))
    shares = tuple(each.decode().rstrip() for each in names)
    entry = f"{name}:{written[1:start].decode()}" if is_marked else name
    return Held(shares=shares, entry=entry), written[edge:]


async def claim(  # noqa: PLR0913 - a value and its place
    server: RedisServer,
    held: Held,
    shares: Sequence[Share],
    *,
    size: int,
    ttl_ms: int,
    instead: Held,
) -> None:
    """Count a value in its shares before it is there, beside that whose place it takes.

    Args:
        server: where they are counted.
        held: of the value.
        shares: with their bounds.
        size: bytes.
        ttl_ms: how long it counts, unless it is given back.
        instead: what is there and will go; it does not count against the bound.

    Raises:
        StateFull: one of them is used up; then nothing counts that did not before.
    """
    claimed = list[str]()
    for share in shares:
        words: list[str | int | bytes] = [held.entry, instead.entry, size, ttl_ms, share.max_bytes]
        if not int(await server.script(_CLAIM, _keys(share.name), words)):
            await _give_back(server, held.entry, claimed)
            raise used_up(share)
        claimed.append(share.name)


async def release(server: RedisServer, held: Held) -> None:
    """Give back what a value took."""
    await _give_back(server, held.entry, held.shares)


async def _give_back(server: RedisServer, entry: str, shares: Iterable[str]) -> None:
    for share in shares:
        await server.script(_RELEASE, _keys(share), [entry])


def _keys(share: str) -> list[str]:
    return [f"guardrail-gw:share:{{{share}}}:{what}" for what in ("until", "sizes", "used")]
