"""What a first request waits for: cold and warm connections, TLS sessions of its own and taken up.

    python -m tests.bench.connections [--quick] [--json build/bench-connections.json]

The host is another process on loopback that speaks TLS 1.3 or 1.2 under a certificate that one
authority issued (P-256), once directly and once behind a relay that holds every piece for 10 ms
each way. TCP's own round trip is not held up, so that a real way of 20 ms costs one more of them.
Times by the clock are the least and the median of all rounds; processor time is this process's own.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import uvloop
from rich.console import Console
from rich.table import Table
from yarl import URL

from guardrail_gw.upstreams.connections import Connections, Shared, Target
from guardrail_gw.upstreams.names import NameBounds, Names
from guardrail_gw.upstreams.pooling import Pooling
from guardrail_gw.upstreams.sessions import ResumingContext
from guardrail_gw.upstreams.timeouts import Timeouts
from tests.support.certificates import Authority, Files
from tests.support.listening import Listening

_PATIENT: Final = Timeouts(connect_s=10.0, first_byte_s=30.0, idle_s=30.0)
_HELD_S: Final = 0.010
_VERSIONS: Final = {"1.3": ssl.TLSVersion.TLSv1_3, "1.2": ssl.TLSVersion.TLSv1_2}
Relayed = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Row = dict[str, str | float]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, default=Path("build/bench-connections.json"))
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        files = authority.issue("localhost", "127.0.0.1")
        rows = list(_rows(str(authority.certificate), files, 20 if options.quick else 200))
    load = os.getloadavg()[0]
    table = Table(title=f"a first request over TLS, load {load:.1f}", title_justify="left")
    for column in ("TLS", "way", "connection", "least ms", "median ms", "processor ms"):
        table.add_column(column)
    for row in rows:
        table.add_row(*(v if isinstance(v, str) else f"{v:.2f}" for v in row.values()))
    Console().print(table)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({"load": load, "rows": rows}, indent=1), encoding="utf-8")


def _rows(authority: str, files: Files, rounds: int) -> Iterator[Row]:
    for name, version in _VERSIONS.items():
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        host = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(files, int(version), theirs), daemon=True
        )
        host.start()
        direct, relayed = ours.recv()
        try:
            for way, port in (("loopback", direct), ("20 ms", relayed)):
                count = rounds if way == "loopback" else rounds // 4
                for kind in ("cold", "cold, session taken up", "warm"):
                    took, cpu = uvloop.run(_measured(kind, port, authority, count))
                    yield {
                        "tls": name,
                        "way": way,
                        "connection": kind,
                        "least": 1e3 * min(took),
                        "median": 1e3 * median(took),
                        "cpu": 1e3 * cpu / count,
                    }
        finally:
            host.kill()
            host.join()


async def _measured(kind: str, port: int, authority: str, count: int) -> tuple[list[float], float]:
    """How long each first request took, and the processor time of all with their connections."""
    names = Names(NameBounds())
    context = await asyncio.to_thread(ResumingContext.made, authority)
    target = Target(URL(f"https://localhost:{port}/v1/chat"), {"Content-Type": "application/json"})
    shared = Shared(names=names, context=context)
    took, cpu_s = list[float](), 0.0
    for number in range(count + 1):
        if "session" not in kind:
            shared = Shared(names=names, context=await asyncio.to_thread(context.made, authority))
        began_cpu = time.process_time()
        connections = Connections(_PATIENT, Pooling(), shared)
        if kind == "warm":
            await connections.warm(target, 1, 0.0)
        began = time.perf_counter()
        answer = await connections.post(target, b"x" * 600)
        await answer.content.read()
        if number:  # the first one looks the name up, and has no session to take up
            took.append(time.perf_counter() - began)
            cpu_s += time.process_time() - began_cpu
        answer.close()
        await connections.close()
    await names.close()
    return took, cpu_s


def _serve(files: Files, version: int, ports: Connection) -> None:
    """Answer until killed."""

    async def main() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.certificate, files.private_key)
        context.minimum_version = context.maximum_version = ssl.TLSVersion(version)
        async with Listening(context=context) as host:
            relay = await asyncio.start_server(_relaying(host.port), "127.0.0.1", 0)
            ports.send((host.port, relay.sockets[0].getsockname()[1]))
            await asyncio.Event().wait()

    uvloop.run(main())


def _relaying(port: int) -> Relayed:
    async def relayed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        with suppress(ConnectionError):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_held(reader, back))
                tasks.create_task(_held(there, writer))

    return relayed


async def _held(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass each piece on a while after it came."""
    loop = asyncio.get_running_loop()
    while piece := await source.read(1 << 16):
        loop.call_later(_HELD_S, sink.write, piece)
    loop.call_later(_HELD_S, sink.close)


if __name__ == "__main__":
    main()
