"""What a stream costs in memory as long as it is open and nothing happens in it."""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.gateway import start_gateway
from tests.bench.machine import module, resident_kb

_SETTLED_S = 0.5
_WARM = 20
_WITHIN_S = 60


def measured(count: int) -> dict[str, float]:
    """Kilobytes (1e3 bytes) per stream, of so many: resident in the worker, and held by Python."""
    with module("tests.bench.streamer", "16", "-1") as port:
        upstream = f"http://127.0.0.1:{port}/v1"
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with start_gateway(folder, upstream) as gateway:
                _warm(gateway.port)
                before = resident_kb(gateway.pid)
                with _open(gateway.port, count):
                    after = resident_kb(gateway.pid)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            said = folder / "held"
            run = ("tests.bench.traced", str(said))
            with start_gateway(folder, upstream, run=run) as gateway:
                _warm(gateway.port)
                held = _held_kb(gateway.pid, said)
                with _open(gateway.port, count):
                    then = _held_kb(gateway.pid, said)
    return {
        "streams": count,
        "rss_kb": (after["rss"] - before["rss"]) / count,
        "pss_kb": (after["pss"] - before["pss"]) / count,
        "python_kb": (then - held) / count,
    }


def _warm(port: int) -> None:
    with _open(port, _WARM):
        pass


@contextmanager
def _open(port: int, count: int) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.bench.audience", str(port), str(count), "hold"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        if not process.stdout.readline():
            raise RuntimeError("the streams did not begin")
        time.sleep(_SETTLED_S)
        yield
        process.stdin.close()
        process.wait(timeout=_WITHIN_S)
    time.sleep(_SETTLED_S)


def _held_kb(pid: int, said: Path) -> float:
    said.unlink(missing_ok=True)
    subprocess.run(["/bin/kill", f"-{signal.SIGUSR1.value}", str(pid)], check=True)
    end = time.monotonic() + _WITHIN_S
    while not said.exists():
        if time.monotonic() > end:
            raise RuntimeError("the gateway did not say what it holds")
        time.sleep(0.05)
    return int(said.read_text(encoding="ascii")) / 1e3
