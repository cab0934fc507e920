"""The gateway under test: its folder, its process, the time until it is ready."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from guardrail_gw.core.shipped import shipped
from guardrail_gw.keys.generate import init
from tests.bench.machine import stop

_READY_WITHIN_S = 60
_CONFIG = """\
apiVersion: guardrail-gw/v1
kind: Gateway
listen: {{host: 127.0.0.1, port: {port}}}
access:
  single_tenant: {{tenant: bench, team: bench, user: bench}}
policies: policies
audit: {{directory: audit, keys: keys/gateway, public: keys/audit-public}}
models:
  - name: bench
    deployments: [upstream]
deployments:
  - id: upstream
    provider: {provider}
    model: bench
    base_url: {upstream}
    inference: [DE]
    storage: [DE]
    price: {{input: "0.10", output: "0.40"}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A gateway that is ready."""

    port: int
    pid: int
    ready_s: float
    """From starting the process to the first 200 of /readyz."""


@contextmanager
def start_gateway(
    folder: Path,
    upstream: str,
    *,
    provider: str = "openai-compatible",
    run: Sequence[str] = ("guardrail_gw",),
) -> Iterator[Running]:
    """Serve from a fresh folder, in front of `upstream`, until the block ends.

    Args:
        folder: empty.
        upstream: base URL of the provider.
        provider: what the catalog calls it.
        run: the module that serves, with arguments that come first.
    """
    port = free_port()
    init(folder / "keys", name="guardrail-gw/bench")
    shutil.copytree(shipped("policies/default"), folder / "policies")
    config = folder / "gateway.yaml"
    config.write_text(
        _CONFIG.format(port=port, upstream=upstream, provider=provider), encoding="utf-8"
    )
    command = [sys.executable, "-m", *run, "serve", "--config", str(config)]
    start = time.perf_counter()
    with subprocess.Popen([*command, "--log-level", "warning"], text=True) as process:
        try:
            _wait(process, f"http://127.0.0.1:{port}/readyz")
            yield Running(port=port, pid=process.pid, ready_s=time.perf_counter() - start)
        finally:
            stop(process)


def _wait(process: subprocess.Popen[str], url: str) -> None:
    end = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own loopback address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise RuntimeError("the gateway did not become ready")


def free_port() -> int:
    """One that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
