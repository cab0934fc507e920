"""What a sidecar with rules alone has in memory: each process what it uses, and no more."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from guardrail_gw.cli.demo_folder import prepare
from tests.support.policies import without_names

pytestmark = [pytest.mark.e2e, pytest.mark.allow_blocking]

ROOT = Path(__file__).resolve().parents[2]
_TELLS = """
import os, signal

def tell(*_):
    import json, sys
    place = os.path.join({folder!r}, str(os.getpid()))
    with open(place + ".part", "w") as file:
        json.dump([name for name, module in sys.modules.items() if module is not None], file)
    os.rename(place + ".part", place)

signal.signal(signal.SIGUSR2, tell)
"""
"""Python runs it first in each process (`site`): at a signal a process says what it imported."""
_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What each process of a gateway that is ready had imported."""

    gateway: frozenset[str]
    host: frozenset[str]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """Of `guardrail-gw serve` without a model."""
    folder = tmp_path_factory.mktemp("lean")
    (folder / "sitecustomize.py").write_text(_TELLS.format(folder=str(folder)))
    path = prepare(folder / "home", us="http://127.0.0.1:9", eu="http://127.0.0.1:9", port=0)
    path.write_text(path.read_text() + "detection: {model: null}\n")
    without_names(path)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))}
    command = [sys.executable, "-m", "guardrail_gw", "serve", "--config", str(path)]
    log = folder / "gateway.log"
    with log.open("wb") as told, subprocess.Popen(command, stderr=told, env=environment) as process:
        try:
            _until(lambda: b"gateway.ready" in log.read_bytes())
            host = _children(process.pid)[0]
            yield Imported(gateway=_told(folder, process.pid), host=_told(folder, host))
        finally:
            process.terminate()


def test_rules_are_in_the_detectors_processes_alone(imported: Imported) -> None:
    """The gateway, which reads no text with them, has none; their host has all."""
    rules = {"guardrail_gw.detection.rules.every", "phonenumbers", "stdnum"}

    assert not rules & imported.gateway
    assert rules <= imported.host


@pytest.mark.parametrize(
    "name", ["aiohttp", "asyncio", "cryptography", "guardrail_gw.app", "pydantic", "yaml"]
)
def test_the_host_has_nothing_of_the_gateway(imported: Imported, name: str) -> None:
    """It was forked before the gateway began to load what it needs itself."""
    assert name not in imported.host
    assert name in imported.gateway


@pytest.mark.parametrize(
    "name",
    [
        *("faker", "numpy", "opentelemetry", "presidio_analyzer", "redis", "spacy", "thinc"),
        *("asyncpg", "boto3", "cel_expr_python", "jsonschema", "mcp_types", "onnxruntime"),
        *("guardrail_gw.mcp_app", "guardrail_gw.detection.presidio", "rich"),
    ],
)
def test_what_is_not_configured_is_in_no_process(imported: Imported, name: str) -> None:
    """Extras, the model's libraries, and whatever serves another configuration."""
    assert name not in imported.gateway | imported.host


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _told(folder: Path, pid: int) -> frozenset[str]:
    os.kill(pid, signal.SIGUSR2)
    _until((folder / str(pid)).exists)
    return frozenset(json.loads((folder / str(pid)).read_text()))


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + _WITHIN_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)
