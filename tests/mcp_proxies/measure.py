"""What a call of a tool costs through the gateway, beside a bare relay and FastMCP's proxy.

    make bench-mcp

`python -m tests.mcp_proxies.measure gateway` measures that target alone beside calls that go
directly, and no crowd; `… crowd` the crowd alone.

First calls of a tool that answers at once: directly, through a relay that does nothing, through the
gateway's connection to servers alone, through the whole gateway where it serves MCP, and through
FastMCP's proxy. Rounds alternate between them. Then 1,000 calls at once through a gateway to 20
servers, three of which are slow: what becomes of the others.
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from guardrail_gw.core.shipped import shipped
from guardrail_gw.keys.generate import init
from tests.bench.machine import module, stop
from tests.support.serving import serve

ROUNDS = 3
CASES = ((1, 400), (16, 3000))
"""Connections, calls."""
FEW = {"fastmcp": 50}
"""Of how many calls one is made, where they take long."""
FASTMCP = Path("build/mcp-proxies/bin/python")
Figures = dict[str, float]
CROWD = ("20", "3.0", "3", "20.0")
"""Servers, seconds that they take, slow ones, seconds that those take."""
CROWD_S = "9"
"""Seconds of a round, besides the time in which all of it begins."""
_CONFIG = """\
apiVersion: guardrail-gw/v1
kind: Gateway
listen: {{host: 127.0.0.1, port: {port}}}
access:
  single_tenant: {{tenant: bench, team: bench, user: bench}}
policies: policies
audit: {{directory: audit, keys: keys/gateway, public: keys/audit-public}}
limits: {{max_in_flight: 2000}}
models:
  - name: none
    deployments: [none]
deployments:
  - id: none
    provider: openai-compatible
    model: none
    base_url: http://127.0.0.1:9/v1
    inference: [DE]
    storage: [DE]
mcp:
  servers:
"""
_SERVER = "    - {{id: {id}, url: {url}, inference: [DE], storage: [DE]}}\n"


def main() -> None:
    """Measure and print."""
    console = Console(highlight=False)
    only = sys.argv[1:]
    if "crowd" not in only:
        console.print(table(measured_all(only)))
    if not only or "crowd" in only:
        with upstreams(*CROWD) as ports:
            urls = {
                f"s{number}": f"http://127.0.0.1:{each}/mcp" for number, each in enumerate(ports)
            }
            with gateway(urls) as port:
                show_crowd(console, figures("crowd", str(port), str(len(ports)), CROWD_S))
    console.print(f"load {os.getloadavg()[0]:.1f}")


def measured_all(only: Sequence[str]) -> dict[tuple[str, int], list[Figures]]:
    """The figures of all targets, or of some of them beside calls that go directly."""
    with ExitStack() as stack:
        (upstream,) = stack.enter_context(upstreams("1", "0", "0", "0"))
        url = f"http://127.0.0.1:{upstream}/mcp"
        targets = {"directly": (upstream, "/mcp")}
        for name, place in (("bare relay", "relay"), ("connection", "connection")):
            port = stack.enter_context(module(f"tests.mcp_proxies.{place}", url))
            targets[name] = (port, "/mcp")
        targets["gateway"] = (stack.enter_context(gateway({"echo": url})), "/mcp/echo")
        if FASTMCP.exists() and (not only or "fastmcp" in only):
            targets["fastmcp"] = (stack.enter_context(fastmcp(url)), "/mcp")
        kept = {name: at for name, at in targets.items() if not only or name in ("directly", *only)}
        return measured(kept)


def measured(targets: dict[str, tuple[int, str]]) -> dict[tuple[str, int], list[Figures]]:
    """The figures of each target and case, round by round."""
    found: dict[tuple[str, int], list[Figures]] = {}
    for _ in range(ROUNDS):
        for connections, calls in CASES:
            for name, (port, path) in targets.items():
                many = str(calls // FEW.get(name, 1))
                case = ("load", str(port), path, str(connections), many)
                found.setdefault((name, connections), []).append(figures(*case))
    return found


def table(found: dict[tuple[str, int], list[Figures]]) -> Table:
    """Medians of rounds; what is added to direct calls, and to those through a bare relay."""
    columns = ("calls", "at once", "p50 ms", "p99 ms", "a second", "p50 added ms", "to the relay's")
    shown = Table(*columns)
    for (name, connections), rounds in found.items():
        p50, p99, rps = (
            statistics.median(each[key] for each in rounds) for key in ("p50_us", "p99_us", "rps")
        )
        row = (name, str(connections), f"{p50 / 1e3:.2f}", f"{p99 / 1e3:.2f}", f"{rps:.0f}")
        beside = [found.get((other, connections)) for other in ("directly", "bare relay")]
        shown.add_row(*row, *(_added(p50, others) for others in beside))
    return shown


def _added(p50_us: float, others: Sequence[Figures] | None) -> str:
    """Milliseconds beyond the p50 of others; nothing where they were not measured."""
    if others is None:
        return ""
    return f"{(p50_us - statistics.median(each['p50_us'] for each in others)) / 1e3:.2f}"


def show_crowd(console: Console, found: Figures) -> None:
    """What became of the others."""
    for name in ("without", "with"):
        p50, p99 = (1e3 * found[f"{name}_{share}"] for share in (50, 99))
        console.print(f"1,000 at once, {name} three slow servers: p50 {p50:.0f}, p99 {p99:.0f} ms")
    console.print(f"p99 of the others: {found['ratio']:.2f} times")


def figures(name: str, *arguments: str) -> Figures:
    """What a program of ours prints."""
    command = [sys.executable, "-m", f"tests.mcp_proxies.{name}", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=900)
    found: Figures = json.loads(done.stdout)
    return found


@contextmanager
def upstreams(*arguments: str) -> Iterator[list[int]]:
    """Servers, until the block ends."""
    command = [sys.executable, "-m", "tests.mcp_proxies.upstream", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield [int(port) for port in process.stdout.readline().split()]
        finally:
            stop(process)


@contextmanager
def gateway(urls: Mapping[str, str]) -> Iterator[int]:
    """The whole gateway in front of servers, by their ids, with the default policy."""
    port = free_port()
    with TemporaryDirectory() as name:
        folder = Path(name)
        init(folder / "keys", name="guardrail-gw/bench")
        shutil.copytree(shipped("policies/default"), folder / "policies")
        config = folder / "gateway.yaml"
        servers = (_SERVER.format(id=id_, url=url) for id_, url in urls.items())
        config.write_text(_CONFIG.format(port=port) + "".join(servers), encoding="utf-8")
        with running([*serve(config), "--log-level", "warning"], port):
            yield port


@contextmanager
def fastmcp(url: str) -> Iterator[int]:
    """FastMCP's proxy in front of a server."""
    port = free_port()
    with running([str(FASTMCP), "tests/mcp_proxies/fastmcp_proxy.py", url, str(port)], port):
        yield port


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """A program that listens, until the block ends."""
    with subprocess.Popen(command, text=True, stderr=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + 60
            while time.monotonic() < end and process.poll() is None and not listens(port):
                time.sleep(0.1)
            time.sleep(2)
            yield
        finally:
            stop(process)


def listens(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
