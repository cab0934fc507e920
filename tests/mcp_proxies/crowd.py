"""1,000 calls at once through a gateway to 20 servers, with three slow ones among them and without.

    python -m tests.mcp_proxies.crowd PORT SERVERS SECONDS

The gateway serves them as `s0`, `s1` and so on; the last three are slow. Each call has a connection
of its own. Prints one JSON object: seconds (p50, p99) that calls of the other 17 took, without and
with, how many of them there were, and how many times as long the p99 is; medians of rounds.
Anything but a result ends it.
"""

import asyncio
import json
import statistics
import sys
import time

import uvloop

from tests.bench.load import Client
from tests.mcp_proxies.load import request

EACH = 50
"""Calls at once at each server."""
ROUNDS = 5
SPREAD_S = 3.0
"""As long as a call takes that is not slow: nobody begins at the same moment."""
SLOW = 3


async def crowd(port: int, servers: int, seconds: float) -> list[list[float]]:
    """How long the calls of each took, with as many at once at each of them."""
    times: list[list[float]] = [[] for _ in range(servers)]
    end = time.monotonic() + seconds
    loop = asyncio.get_running_loop()

    async def worker(number: int, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        transport, client = await loop.create_connection(Client, "127.0.0.1", port)
        asked = request(port, f"/mcp/s{number}", 1)
        while time.monotonic() < end:
            _, took_s = await client.ask(asked)
            times[number].append(took_s)
        transport.close()

    async with asyncio.TaskGroup() as tasks:
        for number in range(servers):
            for one in range(EACH):
                tasks.create_task(worker(number, SPREAD_S * one / EACH))
    return times


async def known(port: int, servers: int) -> None:
    """Have every server called once: the gateway knows their tools then."""
    loop = asyncio.get_running_loop()

    async def once(number: int) -> None:
        transport, client = await loop.create_connection(Client, "127.0.0.1", port)
        await client.ask(request(port, f"/mcp/s{number}", 1))
        transport.close()

    async with asyncio.TaskGroup() as tasks:
        for number in range(servers):
            tasks.create_task(once(number))


async def main(port: int, servers: int, seconds: float) -> dict[str, float]:
    """Without and with them, in turn."""
    found: dict[str, list[float]] = {}
    await known(port, servers)
    for _ in range(ROUNDS):
        for name, asked in (("without", servers - SLOW), ("with", servers)):
            times = await crowd(port, asked, SPREAD_S + seconds)
            every = sorted(took for each in times[: servers - SLOW] for took in each)
            found.setdefault(f"{name}_calls", []).append(len(every))
            for share in (50, 99):
                found.setdefault(f"{name}_{share}", []).append(every[len(every) * share // 100])
    pairs = zip(found["with_99"], found["without_99"], strict=True)
    found["ratio"] = [with_ / without for with_, without in pairs]
    return {name: statistics.median(rounds) for name, rounds in found.items()}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))))
