"""A load generator for one MCP endpoint: kept-alive connections, one call at a time on each.

    python -m tests.mcp_proxies.load PORT PATH CONNECTIONS CALLS

Prints one JSON object: calls per second and microseconds (p50, p99). Anything but a result ends it.
"""

import asyncio
import json
import sys
import time

import uvloop

from tests.bench.load import Client

PREFIX = "io.modelcontextprotocol/"
META = {
    PREFIX + "protocolVersion": "2026-07-28",
    PREFIX + "clientCapabilities": {},
    PREFIX + "clientInfo": {"name": "load", "version": "1"},
}
TEXT = "Please look up the opening hours of the library in the town hall on a Monday in March."


def request(port: int, path: str, number: int) -> bytes:
    """One call as it goes over the wire."""
    params = {"name": "echo", "arguments": {"text": TEXT}, "_meta": META}
    message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
    body = json.dumps(message).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        "Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n"
        f"Mcp-Method: tools/call\r\nMcp-Name: echo\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def run(port: int, path: str, connections: int, calls: int) -> dict[str, float]:
    """Make all calls over that many connections and sum up."""
    queue, times = iter(range(1, calls + 1)), list[float]()

    async def worker() -> None:
        _, client = await asyncio.get_running_loop().create_connection(Client, "127.0.0.1", port)
        for number in queue:
            times.append((await client.ask(request(port, path, number)))[1])

    start = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(connections):
            tasks.create_task(worker())
    took = time.perf_counter() - start
    times.sort()
    return {
        "rps": len(times) / took,
        "p50_us": 1e6 * times[len(times) // 2],
        "p99_us": 1e6 * times[len(times) * 99 // 100],
    }


if __name__ == "__main__":
    port, path, connections, calls = sys.argv[1:]
    print(json.dumps(uvloop.run(run(int(port), path, int(connections), int(calls)))))
