"""A whole gateway with detector processes, a provider, and clients that note what they see."""

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import aiohttp

from guardrail_gw.app import Gateway
from guardrail_gw.audit.review import Opened, show, verify_directory
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.core.ports import Clock
from guardrail_gw.detection.arranged import detection_settings
from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.detection.process import COMMAND
from guardrail_gw.keys.audit_keys import load_recipient
from guardrail_gw.keys.generate import init
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.server.access import digest
from guardrail_gw.settings import Settings
from guardrail_gw.standin.server import StandIn
from tests.support.fleet import by_rules
from tests.support.world import KEY

SERVED: Final = "answered"
LOST: Final = "no answer"
_TIMEOUT_S: Final = 30
_TENANTS: Final = 400
_AUDIT: Final = "  audit: {detail: redacted}\n"
_UNSURE: Final = frozenset({"connect", "stale", "cancelled", "timeout"})
"""Results of attempts of which the provider may have seen nothing."""


@dataclass(slots=True, kw_only=True)
class Place:
    """A running gateway and what was seen of it."""

    folder: Path
    gateway: Gateway
    detectors: DetectorPool
    eu: StandIn
    client: aiohttp.ClientSession
    asked: int = 0
    as_strangers: bool = False
    """Each request is of a tenant that never asked before."""
    answered: int = 0
    wrong: list[str] = field(default_factory=list)
    """Answers that are not what was asked for."""

    async def ask(self) -> str:
        """One request with personal data; `answered`, a code, or `no answer`."""
        self.asked += 1
        text = f"Question {self.asked}: may person{self.asked}@example.org have it?"
        body = {"model": "assistant", "messages": [{"role": "user", "content": text}]}
        url = f"http://127.0.0.1:{self.gateway.port}/v1/chat/completions"
        try:
            tenant = self.asked if self.as_strangers else 0
            headers = {"Authorization": f"Bearer {KEY}-{tenant}"}
            async with self.client.post(url, json=body, headers=headers) as response:
                answer = json.loads(await response.read())
        except (aiohttp.ClientError, TimeoutError):
            return LOST
        if response.status != 200:
            return f"{response.status} `{answer['error']['code']}`"
        self.answered += 1
        if answer["choices"][0]["message"]["content"] != text:
            self.wrong.append(text)
        return SERVED

    async def ask_many(self, requests: int, at_once: int = 4) -> Counter[str]:
        """So many requests, and how they ended."""
        numbers, told = iter(range(requests)), Counter[str]()

        async def on() -> None:
            for _ in numbers:
                told[await self.ask()] += 1

        async with asyncio.TaskGroup() as tasks:
            for _ in range(at_once):
                tasks.create_task(on())
        return told

    async def recovered_s(self, patience_s: float = 60) -> float:
        """Seconds until a request is answered again, and the next one, too."""
        begun_s, good = time.monotonic(), 0
        async with asyncio.timeout(patience_s):
            while good < 2:
                good = good + 1 if await self.ask() == SERVED else 0
                if not good:
                    await asyncio.sleep(0.05)
        return time.monotonic() - begun_s

    async def until(self, metric: str, value: float, patience_s: float = 60) -> None:
        """Wait until a metric without labels is so."""
        url, wanted = f"http://127.0.0.1:{self.gateway.port}/metrics", f"{metric} {float(value)}"
        async with asyncio.timeout(patience_s):
            while True:
                async with self.client.get(url) as response:
                    if wanted in (await response.text()).splitlines():
                        return
                await asyncio.sleep(0.05)

    async def ready(self) -> dict[str, Any]:
        """What `/readyz` says."""
        async with self.client.get(f"http://127.0.0.1:{self.gateway.port}/readyz") as response:
            told: dict[str, Any] = await response.json()
            return told


@asynccontextmanager
async def place(
    folder: Path,
    *,
    clock: Clock | None = None,
    command: Sequence[str] = COMMAND,
    host: str = "127.0.0.1",
    policy: str = "",
    **more: Any,
) -> AsyncIterator[Place]:
    """Start everything in `folder`.

    Args:
        folder: of its files.
        clock: another than the machine's.
        command: another host of detectors.
        host: names the provider.
        policy: lines at the end of the policy; `audit` in place of its own.
        more: goes into gateway.yaml.
    """
    clock = clock or SystemClock()
    if not (folder / "keys").exists():
        await asyncio.to_thread(init, folder / "keys", name="guardrail-gw/failures")
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    async with StandIn() as eu:
        config = configuration(folder, eu.base_url.replace("127.0.0.1", host), more)
        file = folder / "policies" / "policy.yaml"
        text = file.read_text(encoding="utf-8")
        if "  audit:" in policy:
            text = text.replace(_AUDIT, "")
        file.write_text(text + policy, encoding="utf-8")
        path = folder / "gateway.yaml"
        await asyncio.to_thread(path.write_text, json.dumps(config), encoding="utf-8")
        settings = await asyncio.to_thread(Settings.load, path)
        pool = DetectorPool(detection_settings(settings), clock, command=command)
        async with (
            Gateway(settings, detectors=pool, clock=clock) as gateway,
            aiohttp.ClientSession(timeout=timeout) as client,
        ):
            yield Place(folder=folder, gateway=gateway, detectors=pool, eu=eu, client=client)


def configuration(folder: Path, base_url: str, more: Mapping[str, Any]) -> dict[str, Any]:
    """One lawful deployment, a budget, short patience."""
    keys = [
        {
            "id": f"k{n}",
            "sha256": digest(f"{KEY}-{n}"),
            "tenant": f"t{n}",
            "team": "crm",
            "user": "ci",
        }
        for n in range(_TENANTS)
    ]
    rules = by_rules(folder)
    policy = folder / "policies" / "policy.yaml"
    detail = policy.read_text(encoding="utf-8").replace("  audit: {detail: metadata}\n", _AUDIT)
    policy.write_text(detail, encoding="utf-8")
    return {
        **rules,
        "access": {"keys": keys},
        "policy_watch_s": 0.2,
        "limits": {"drain_s": 5},
        "routing": {
            "connect_timeout_s": 1,
            "first_byte_timeout_s": 2,
            "idle_timeout_s": 2,
            "deadline_s": 6,
        },
        "models": [{"name": "assistant", "deployments": ["eu"]}],
        "deployments": [
            {
                "id": "eu",
                "provider": "openai-compatible",
                "model": "echo",
                "base_url": base_url,
                "inference": ["DE"],
                "storage": ["DE"],
                "price": {"input": "0.5", "output": "0.5"},
            }
        ],
        "budgets": [{"id": "all", "usd": 1000}],
        "rates": [{"id": "key", "per": ["key"], "requests_per_minute": 1_000_000}],
        **more,
        "detection": {**cast("dict[str, Any]", rules["detection"]), **more.get("detection", {})},
        "audit": {**cast("dict[str, Any]", rules["audit"]), **more.get("audit", {})},
    }


def opened(folder: Path) -> list[Opened]:
    """The log, with the auditor's key."""
    key = load_recipient(folder / "keys" / "auditors" / "auditor.key")
    return list(show(folder / "audit", [key]))


def lost(there: Place) -> list[str]:
    """What is not as it has to be, once the gateway has stopped; nothing if nothing was lost."""
    found = list(there.wrong)
    report = verify_directory(there.folder / "audit", there.folder / "keys" / "audit-public")
    if report.verdict is not Verdict.OK:
        found.append(f"the log is {report.verdict.value}")
    if report.unpaired:
        found.append(f"{len(report.unpaired)} intents have no outcome")
    sent, unsure = Counter[str](), Counter[str]()
    records = opened(there.folder)
    for record in records:
        for attempt in (record.meta or {}).get("attempts") or ():
            into = unsure if attempt["result"] in _UNSURE else sent
            into[attempt["sent_sha256"]] += 1
    seen = Counter(hashlib.sha256(each.body).hexdigest() for each in there.eu.received)
    if missing := seen - sent - unsure:
        found.append(f"the provider saw {missing.total()} requests that are not on record")
    if never := sent - seen:
        found.append(f"{never.total()} attempts are on record that the provider never saw")
    good = sum((r.meta or {}).get("ending") == "ok" for r in records if r.kind == "outcome")
    if good < there.answered:
        found.append(f"{there.answered} were answered, {good} outcomes say so")
    return found


def recorded(there: Place) -> Counter[str]:
    """How outcomes ended: `ok`, or ending and code."""
    told = Counter[str]()
    for record in opened(there.folder):
        if record.kind == "outcome" and record.meta is not None:
            code = record.meta.get("code")
            ending = str(record.meta.get("ending"))
            told[f"{ending} `{code}`" if code else ending] += 1
    return told
