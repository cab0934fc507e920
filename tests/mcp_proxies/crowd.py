"""1,000 calls at once over 20 servers, with three slow ones among them and without.

    python -m tests.mcp_proxies.crowd SECONDS PORT... (the last three are slow)

Prints one JSON object: seconds (p50, p99) that calls of the other 17 took, without and with, and
how many times as long the p99 is; medians of rounds.
"""

import asyncio
import json
import statistics
import sys
import time

import uvloop

from guardrail_gw.mcp.servers.limits import Limits
from guardrail_gw.mcp.servers.server import ConnectedServer
from tests.support.mcp_connected import call_tool, over_http, peer

EACH = 50
ROUNDS = 5
SPREAD_S = 3.0
"""As long as a call takes that is not slow: nobody begins at the same moment."""
SLOW = 3
LIMITS = Limits(concurrent=64, connect_s=30, idle_s=60)


async def crowd(servers: list[ConnectedServer], seconds: float) -> list[list[float]]:
    """How long the calls of each took, with so many at once at each of them."""
    times: list[list[float]] = [[] for _ in servers]
    end = time.monotonic() + seconds

    async def worker(number: int, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        while time.monotonic() < end:
            start = time.perf_counter()
            await call_tool(servers[number], peer(), "echo", {"text": "hello"})
            times[number].append(time.perf_counter() - start)

    async with asyncio.TaskGroup() as tasks:
        for number in range(len(servers)):
            for one in range(EACH):
                tasks.create_task(worker(number, SPREAD_S * one / EACH))
    return times


async def main(seconds: float, ports: list[int]) -> dict[str, float]:
    """Without and with them, in turn."""
    servers = [over_http(f"http://127.0.0.1:{port}/mcp", LIMITS) for port in ports]
    for server in servers:
        await server.start()
        await call_tool(server, peer(), "echo", {"text": "hello"})
    found: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, some in (("without", servers[:-SLOW]), ("with", servers)):
            times = await crowd(some, seconds)
            every = sorted(took for each in times[: len(servers) - SLOW] for took in each)
            for share in (50, 99):
                found.setdefault(f"{name}_{share}", []).append(every[len(every) * share // 100])
    for server in servers:
        await server.close()
    pairs = zip(found["with_99"], found["without_99"], strict=True)
    found["ratio"] = [with_ / without for with_, without in pairs]
    return {name: statistics.median(rounds) for name, rounds in found.items()}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(float(sys.argv[1]), [int(each) for each in sys.argv[2:]]))))
