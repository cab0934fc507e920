"""A pod as processes: application, sidecar and provider in one network namespace.

The test is the kubelet: it starts them, swaps mounted folders as a kubelet does (a new folder, and
`..data` renamed onto it), and starts a sidecar anew that was killed.
"""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from guardrail_gw.keys.generate import init
from guardrail_gw.server.access import digest
from tests.pod.spaces import Spaces
from tests.support.serving import GATEWAY, config_by_rules, rules_only, serve, until_ready

SIDECAR, PROBE, PROVIDER = 8080, 8081, 9001
KEY: Final = "ggw-the-pods-own-key"
_WITHIN_S: Final = 90
_SHOW: Final = """
import http.client, sys
try:
    asked = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=5)
    asked.request("GET", sys.argv[2])
    print(asked.getresponse().read().decode())
except OSError:
    pass
"""


@dataclass(slots=True, kw_only=True)
class Process:
    """One of the pod's."""

    running: "subprocess.Popen[bytes]"
    log: Path

    async def ended(self, seconds: float = 60) -> int:
        """Its exit code; negative: the signal that ended it."""
        async with asyncio.timeout(seconds):
            while (code := self.running.poll()) is None:  # noqa: ASYNC110 - a process tells nobody
                await asyncio.sleep(0.02)
        return code

    def signal(self, number: int) -> None:
        """Unless it is gone already."""
        with suppress(ProcessLookupError):
            self.running.send_signal(number)


@dataclass(slots=True, kw_only=True)
class Pod:
    """A running pod."""

    folder: Path
    spaces: Spaces
    sidecar: Process
    provider: Process
    swaps: int = 0
    starts: int = 1
    processes: list[Process] = field(default_factory=list)

    @property
    def received(self) -> list[str]:
        """Bodies that the provider got."""
        record = self.folder / "received.jsonl"
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        return [json.loads(line)["body"] for line in lines]

    def app(
        self, name: str, connections: int, model: str = "assistant", requests: int = 0
    ) -> Process:
        """Start the application; what it is told is in `<name>.jsonl`."""
        words = [str(self.folder / f"{name}.jsonl"), str(SIDECAR), str(connections)]
        words += [str(self.folder / "app.key"), model, *([str(requests)] if requests else [])]
        return self._started(name, [sys.executable, "-m", "tests.pod.app", *words])

    def told(self, name: str) -> list[dict[str, Any]]:
        """What the application was told."""
        out = self.folder / f"{name}.jsonl"
        text = out.read_text(encoding="utf-8") if out.exists() else ""
        return [json.loads(line) for line in text.splitlines() if line.endswith("}")]

    async def until_told(self, name: str, requests: int) -> None:
        """Wait until the application was told of so many."""
        async with asyncio.timeout(_WITHIN_S):
            while len(self.told(name)) < requests:  # noqa: ASYNC110 - a process tells nobody
                await asyncio.sleep(0.02)

    def swap(self, mount: str, files: Mapping[str, str]) -> None:
        """Put new files in the place of those of a mounted folder, as a kubelet does."""
        self.swaps += 1
        mounted(self.folder / mount, files, self.swaps)

    async def logged(self, event: str, times: int) -> None:
        """Wait until the sidecar has said so this often, since it was started last."""
        async with asyncio.timeout(_WITHIN_S):
            while self._said().count(event) < times:  # noqa: ASYNC110 - ditto
                await asyncio.sleep(0.02)

    def _said(self) -> str:
        return self.sidecar.log.read_text(encoding="utf-8")

    async def restart(self) -> None:
        """Start the sidecar again, as a kubelet does."""
        self.starts += 1
        self.sidecar = await self._serve()

    def provide(self) -> None:
        """Start the provider again; what it received goes on in the same file."""
        self.provider = self._started(f"provider-{len(self.processes)}", _standin(self.folder))

    async def shown(self, path: str) -> Any:
        """What the probe port says, asked from within the pod; None while nobody answers."""
        command = self.spaces.inside([sys.executable, "-c", _SHOW, f"{PROBE}", path])
        asked = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        said, _ = await asked.communicate()
        return json.loads(said) if said else None

    async def _serve(self) -> Process:
        process = self._started(f"sidecar-{self.starts}", serve(self.folder / "gateway.yaml"))
        await until_ready(process.log, lambda: process.running.poll() is not None)
        return process

    def _started(self, name: str, command: list[str]) -> Process:
        process = start(self.spaces.inside(command), self.folder / f"{name}.log")
        self.processes.append(process)
        return process


@asynccontextmanager
async def pod(folder: Path, spaces: Spaces, **more: Any) -> AsyncIterator[Pod]:
    """Start provider and sidecar; stop whatever is left in the end; `more` goes into its file."""
    await asyncio.to_thread(init, folder / "keys", name="guardrail-gw/pod")
    mounted(folder / "policies", {"policy.yaml": policy()}, 0)
    mounted(folder / "clients", {"keys.yaml": keys(KEY)}, 0)
    (folder / "app.key").write_text(KEY, encoding="utf-8")
    (folder / "gateway.yaml").write_text(json.dumps(configuration() | more), encoding="utf-8")
    provider = start(spaces.inside(_standin(folder)), folder / "provider.log")
    here = Pod(folder=folder, spaces=spaces, sidecar=provider, provider=provider)
    here.processes.append(provider)
    try:
        here.sidecar = await here._serve()  # noqa: SLF001 - its own
        yield here
    finally:
        for process in reversed(here.processes):
            process.signal(signal.SIGTERM)
        for process in here.processes:
            try:
                await process.ended(30)
            except TimeoutError:
                process.signal(signal.SIGKILL)
                await process.ended(10)


def _standin(folder: Path) -> list[str]:
    record = str(folder / "received.jsonl")
    return [*GATEWAY, "standin", "--port", f"{PROVIDER}", "--record", record]


def start(command: list[str], log: Path) -> Process:
    """Start a process whose standard error is in a file."""
    with log.open("wb") as stderr:
        running: subprocess.Popen[bytes] = subprocess.Popen(
            command,
            stderr=stderr,
            stdout=subprocess.DEVNULL,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
    return Process(running=running, log=log)


def mounted(folder: Path, files: Mapping[str, str], number: int) -> None:
    """What a kubelet makes of a ConfigMap or Secret: links into `..data`, swapped as a whole."""
    folder.mkdir(exist_ok=True)
    fresh = folder / f"..{time.time_ns()}.{number}"
    fresh.mkdir()
    for name, text in files.items():
        (fresh / name).write_text(text, encoding="utf-8")
        (fresh / name).chmod(0o600)
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")
    data, new = folder / "..data", folder / "..data_tmp"
    old = data.resolve() if data.is_symlink() else None
    new.symlink_to(fresh.name)
    new.rename(data)
    if old is not None:
        shutil.rmtree(old)


def policy(action: str = "token") -> str:
    """One of two that differ in the action for a kind that nobody sends."""
    return rules_only("PHONE_NUMBER", action)


def keys(*every: str) -> str:
    """A file of clients' keys: all of them are the same caller's."""
    digests = ", ".join(digest(each) for each in every)
    who = "id: app, tenant: acme, team: crm, user: app"
    return f"keys:\n  - {{{who}, sha256: [{digests}]}}\n"


def configuration() -> dict[str, Any]:
    """A rules-only sidecar with a budget and one lawful provider."""
    deployment = {
        "provider": "openai-compatible",
        "base_url": f"http://127.0.0.1:{PROVIDER}/v1",
        "inference": ["DE"],
        "storage": ["DE"],
        "price": {"input": "0.5", "output": "0.5"},
    }
    return config_by_rules(SIDECAR) | {
        "access": {"keys_file": "clients/keys.yaml"},
        "limits": {"drain_s": 30},
        "policy_watch_s": 0.2,
        "secrets_watch_s": 0.2,
        "models": [
            {"name": "assistant", "deployments": ["whole"]},
            {"name": "dripping", "deployments": ["drips"]},
            {"name": "slow", "deployments": ["dawdles"]},
        ],
        "deployments": [
            {"id": "whole", "model": "echo", **deployment},
            {"id": "drips", "model": "echo?gap_ms=60&chars=3", **deployment},
            {"id": "dawdles", "model": "echo?gap_ms=900&chars=3", **deployment},
        ],
        "budgets": [{"id": "all", "usd": 1000}],
    }
