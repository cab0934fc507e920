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
    modules = {{name: module for name, module in sys.modules.items() if module is not None}}
    absent = modules["guardrail_gw.core.spared"].Absent

    def stands_in(value):
        its_own = getattr(value, "__dict__", {{}}).get("__getattr__")
        return (isinstance(value, type) and issubclass(value, absent)) or (
            getattr(its_own, "__module__", "") == "guardrail_gw.core.spared"
        )

    holding = [n for n, m in modules.items() if any(map(stands_in, list(vars(m).values())))]
    place = os.path.join({folder!r}, str(os.getpid()))
    with open(place + ".part", "w") as file:
        json.dump([list(modules), holding], file)
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
    holding: frozenset[str]
    """Modules of either that were given a stand-in (core/spared.py)."""


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
            gateway, held = _told(folder, process.pid)
            host, too = _told(folder, _children(process.pid)[0])
            yield Imported(gateway=gateway, host=host, holding=held | too)
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
        *("guardrail_gw.audit.archive", "guardrail_gw.audit.shipper", "guardrail_gw.audit.store"),
        *("guardrail_gw.detection.beside", "guardrail_gw.detection.presidio"),
        *("guardrail_gw.dialects.continuation.reader", "guardrail_gw.dialects.mcp.dialect"),
        *("guardrail_gw.doctor", "guardrail_gw.mcp_app", "guardrail_gw.policy.shadow"),
        *(
            "guardrail_gw.routing.enduring",
            "guardrail_gw.state.redis",
            "guardrail_gw.semantic.classifier",
        ),
        *("guardrail_gw.supervision.supervisor", "guardrail_gw.detection.second_look"),
    ],
)
def test_what_is_not_configured_is_in_no_process(imported: Imported, name: str) -> None:
    """Extras, the model's libraries, and whatever serves another configuration."""
    assert name not in imported.gateway | imported.host


@pytest.mark.parametrize(
    "name",
    [
        *("argparse", "difflib", "http.client", "http.server", "importlib.metadata", "pydoc"),
        *("rich", "socketserver", "urllib.request", "wsgiref.simple_server", "zipfile", "zoneinfo"),
    ],
)
def test_what_only_libraries_ask_for_is_in_no_process(imported: Imported, name: str) -> None:
    """Nobody here uses it (core/spared.py)."""
    assert name not in imported.gateway | imported.host


@pytest.mark.parametrize("name", ["click", "importlib.resources", "ssl", "tempfile"])
def test_the_host_has_nothing_that_only_others_need(imported: Imported, name: str) -> None:
    """It reads texts, and speaks with nobody but gateways."""
    assert name not in imported.host


def test_only_known_libraries_were_given_stand_ins(imported: Imported) -> None:
    """None of our own modules, and no library of which nobody looked what it does with them."""
    assert imported.holding - {"guardrail_gw.core.spared"} == {
        *("aiohttp.helpers", "aiohttp.web", "prometheus_client", "prometheus_client.exposition"),
        *("pydantic._internal._generate_schema", "pydantic._internal._validators"),
        *("stdnum.util",),
    }


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _told(folder: Path, pid: int) -> tuple[frozenset[str], frozenset[str]]:
    os.kill(pid, signal.SIGUSR2)
    _until((folder / str(pid)).exists)
    imported, holding = json.loads((folder / str(pid)).read_text())
    return frozenset(imported), frozenset(holding)


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + _WITHIN_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)
