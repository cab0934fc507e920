"""A whole gateway on loopback with stand-in providers: what the story tests are told in.

Everything is real (sockets, files, fsync, keys, policies) but one seam: the detector is the real
engine within the test's process, so that a story need not wait for processes to start.
"""

import asyncio
import functools
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from yarl import URL

from guardrail_gw.app import Gateway
from guardrail_gw.audit.review import Opened, show, verify_directory
from guardrail_gw.audit.verify import Report
from guardrail_gw.core.ports import Clock
from guardrail_gw.core.shipped import shipped
from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.detection.detectable import elsewhere
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.errors import DetectionDown
from guardrail_gw.keys.audit_keys import load_recipient
from guardrail_gw.keys.generate import init
from guardrail_gw.server.access import digest
from guardrail_gw.standin.server import StandIn
from tests.support.once_loaded import KnownSettings

T = TypeVar("T")
KEY = "ggw-a-key-for-tests-only"


@functools.cache
def real_engine() -> Engine:
    """The engine as shipped, loaded once per test process."""
    return load_engine(DetectionSettings()).engine


@dataclass(slots=True)
class InlineDetectors:
    """The real engine behind the detector port, without processes."""

    broken: bool = False
    largest: int = 0
    """Characters that were to be scanned at once."""
    pids: tuple[int, ...] = ()
    waiting: int = 0
    """What it says of both; nothing waits here."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def entities(self) -> frozenset[Entity]:
        return real_engine().entities

    @property
    def elsewhere(self) -> Mapping[Entity, frozenset[str]]:
        return elsewhere()

    @property
    def ready(self) -> bool:
        return not self.broken

    @property
    def alive(self) -> bool:
        return True

    @property
    def digest(self) -> str:
        return "in process"

    async def start(self) -> None:
        await asyncio.to_thread(real_engine)

    async def close(self) -> None:
        return None

    async def detect(
        self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
    ) -> list[tuple[Finding, ...]]:
        if self.broken:
            raise DetectionDown("the detectors are down")
        texts = [(s.text, s.kind) for s in segments]
        self.largest = max(self.largest, sum(len(text) for text, _ in texts))
        async with self.lock:
            found = await asyncio.to_thread(real_engine().scan, texts, countries)
        return [tuple(each) for each in found]


@dataclass(slots=True, kw_only=True)
class World:
    """A running gateway, its providers, and its folder."""

    folder: Path
    gateway: Gateway
    client: aiohttp.ClientSession
    detectors: InlineDetectors
    us: StandIn
    eu: StandIn
    eu2: StandIn
    answers: list[bytes] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        """Where clients connect."""
        return f"http://127.0.0.1:{self.gateway.port}"

    @property
    def sent(self) -> list[bytes]:
        """Every body that any provider received."""
        return [r.body for provider in (self.us, self.eu, self.eu2) for r in provider.received]

    async def post(
        self, body: Any, *, key: str | None = KEY, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """POST a chat completion; bytes are sent as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        url = f"{self.base_url}/v1/chat/completions"
        async with self.client.post(url, data=io.BytesIO(data), headers=sent) as response:
            answer = await response.read()
            self.answers.append(answer)
            return response.status, answer

    async def post_messages(
        self,
        body: Any,
        *,
        path: str = "/v1/messages",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """POST in the Messages dialect; bytes are sent as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", "x-api-key": KEY, **(headers or {})}
        async with self.client.post(
            f"{self.base_url}{path}", data=io.BytesIO(data), headers=sent
        ) as response:
            answer = await response.read()
            self.answers.append(answer)
            return response.status, answer

    async def post_gemini(
        self,
        body: Any,
        *,
        path: str = "/v1beta/models/gemini:generateContent",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """POST in the Gemini dialect; bytes are sent as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {"x-goog-api-key": KEY})}
        url = URL(f"{self.base_url}{path}", encoded=True)
        async with self.client.post(url, data=io.BytesIO(data), headers=sent) as response:
            answer = await response.read()
            self.answers.append(answer)
            return response.status, answer

    async def post_responses(
        self, body: Any, *, path: str = "/v1/responses", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """POST in the Responses dialect; bytes are sent as they are."""
        bearer = {"Authorization": f"Bearer {KEY}"}
        return await self.post_messages(body, path=path, headers={**bearer, **(headers or {})})

    async def ask(self, text: str, *, model: str = "assistant", **more: Any) -> tuple[int, Any]:
        """Ask with one user message; a stream comes back as the list of its events."""
        status, answer = await self.post(
            {"model": model, "messages": [{"role": "user", "content": text}], **more}
        )
        if more.get("stream") and status == 200:
            return status, events(answer)
        return status, json.loads(answer)

    async def get(self, path: str) -> tuple[int, bytes]:
        """GET a path."""
        async with self.client.get(f"{self.base_url}{path}") as response:
            return response.status, await response.read()

    async def metric(self, name: str) -> float:
        """The value of a metric without labels."""
        text = (await self.get("/metrics"))[1].decode()
        return float(next(x for x in text.splitlines() if x.startswith(f"{name} ")).split()[1])

    async def until(self, name: str, wanted: Callable[[float], bool]) -> None:
        """Wait until a metric is so."""
        async with asyncio.timeout(30):
            while not wanted(await self.metric(name)):  # noqa: ASYNC110 - seen from outside only
                await asyncio.sleep(0.1)

    def records(self, *names: str) -> list[Opened]:
        """The audit log, opened with the auditor's key (or the keys of `names`)."""
        folder = self.folder

        def opened() -> list[Opened]:
            paths = [folder / "keys" / "auditors" / f"{n}.key" for n in names or ("auditor",)]
            return list(show(folder / "audit", [load_recipient(path) for path in paths]))

        return _aside(opened)

    def verified(self) -> Report:
        """The audit log, verified with public material only."""
        log, public = self.folder / "audit", self.folder / "keys" / "audit-public"
        return _aside(lambda: verify_directory(log, public))

    def pairs(self) -> dict[str, list[str]]:
        """Request id -> the kinds of its records, in order."""
        kinds: dict[str, list[str]] = {}
        for record in self.records():
            if record.meta and "request" in record.meta:
                kinds.setdefault(record.meta["request"], []).append(record.kind)
        return kinds


def _aside(function: Callable[[], T]) -> T:
    """Run what an auditor does in a thread: it reads files, and this is the loop's thread."""
    with ThreadPoolExecutor(max_workers=1) as aside:
        return aside.submit(function).result()


def events(answer: bytes) -> list[Any]:
    """The events of a stream: parsed JSON, and `[DONE]` as it is."""
    data = [line[6:] for line in answer.decode().splitlines() if line.startswith("data: ")]
    return [each if each == "[DONE]" else json.loads(each) for each in data]


def streamed_text(answer: list[Any], choice: int = 0) -> str:
    """The content of one choice of a stream."""
    return "".join(
        (c.get("delta") or {}).get("content") or ""  # Azure has chunks without
        for event in answer
        if event != "[DONE]"
        for c in event.get("choices", ())
        if c["index"] == choice
    )


SLOW = "echo?delay_ms=400"
"""Reads what it is to answer when others have had their turn."""
ALONE: Mapping[str, Mapping[str, str]] = {
    "responses": {"provider": "openai-compatible", "dialect": "openai_responses"},
    "ollama": {"provider": "ollama"},
}
"""Names of models whose deployments speak one of the OpenAI dialects and not the other."""


def configuration(
    providers: Mapping[str, StandIn], *, policies: Path, **more: Any
) -> dict[str, Any]:
    """A gateway.yaml: model `assistant` on all providers, the US one cheapest; one model each."""
    countries = {"us": "US", "eu": "DE", "eu2": "FR"}
    prices = {"us": "0.1", "eu": "0.5", "eu2": "0.6"}
    models = (
        "echo",
        "echo?chars=3",
        "echo?bytes=5",
        "mirror",
        "tool",
        "tool?calls=2",
        "cut?after=2",
        "stall?after=2",
    )
    deployments = [
        {
            "id": f"{name}-{number}",
            "provider": "openai-compatible",
            "model": model,
            "base_url": provider.base_url,
            "inference": [countries[name]],
            "storage": [countries[name]],
            "price": {"input": prices[name], "output": prices[name]},
            "unit_price": {"image": "0.04", "million_characters": "15"},
        }
        for name, provider in providers.items()
        for number, model in enumerate(models)
    ]
    routes = [
        {
            "name": "assistant" if not number else model,
            "deployments": [f"{name}-{number}" for name in providers],
        }
        for number, model in enumerate(models)
    ]
    routes.append({"name": "american", "deployments": ["us-0"]})
    for number, model in enumerate(("echo", *models[1:], "think", "think?chars=3")):
        deployments += [
            {
                "id": f"{name}-m{number}",
                "provider": "anthropic-compatible",
                "model": model,
                "base_url": provider.base_url,
                "inference": [countries[name]],
                "storage": [countries[name]],
            }
            for name, provider in providers.items()
        ]
        routes.append(
            {
                "name": f"claude {model}" if number else "claude",
                "deployments": [f"{name}-m{number}" for name in providers],
            }
        )
    for number, model in enumerate(("echo", *models[1:], "think", "think?chars=3")):
        deployments += [
            {
                "id": f"{name}-g{number}",
                "provider": "gemini-compatible",
                "model": model,
                "base_url": provider.base_url,
                "inference": [countries[name]],
                "storage": [countries[name]],
            }
            for name, provider in providers.items()
        ]
        routes.append(
            {
                "name": f"gemini {model}" if number else "gemini",
                "deployments": [f"{name}-g{number}" for name in providers],
            }
        )
    for name, more_ in ALONE.items():
        for number, model in enumerate(("echo", *models[1:], "think", "think?chars=3", SLOW)):
            deployments += [
                {
                    "id": f"{at}-{name}{number}",
                    "model": model,
                    "base_url": provider.base_url,
                    "inference": [countries[at]],
                    "storage": [countries[at]],
                    **more_,
                }
                for at, provider in providers.items()
            ]
            routes.append(
                {
                    "name": f"{name} {model}" if number else name,
                    "deployments": [f"{at}-{name}{number}" for at in providers],
                }
            )
    return {
        "apiVersion": "guardrail-gw/v1",
        "kind": "Gateway",
        "listen": {"host": "127.0.0.1", "port": 0},
        "access": {
            "keys": [
                {"id": "k1", "sha256": digest(KEY), "tenant": "acme", "team": "crm", "user": "ci"}
            ]
        },
        "policies": str(policies),
        "audit": {"directory": "audit", "keys": "keys/gateway", "public": "keys/audit-public"},
        "models": routes,
        "deployments": deployments,
        **more,
    }


@asynccontextmanager
async def world(  # noqa: PLR0913 - what a test may say, each by name
    folder: Path,
    *,
    policies: Path | None = None,
    detectors: InlineDetectors | None = None,
    contracts: Mapping[str, Any] | None = None,
    known: Mapping[str, Mapping[str, Any]] | None = None,
    clock: Clock | None = None,
    **more: Any,
) -> AsyncIterator[World]:
    """Start everything in `folder`; `more` goes into gateway.yaml, `contracts` to deployments.

    `known` has more fields of deployments, by their ids.

    A gateway that was in this folder before goes on with its keys and its log.
    """
    if not (folder / "keys").exists():
        await asyncio.to_thread(init, folder / "keys", name="guardrail-gw/test")
    async with StandIn() as us, StandIn() as eu, StandIn() as eu2:
        providers = {"us": us, "eu": eu, "eu2": eu2}
        if policies is None:
            policies = await asyncio.to_thread(shipped, "policies/default")
        config = configuration(providers, policies=policies, **more)
        for deployment in config["deployments"]:
            deployment["contract"] = (contracts or {}).get(deployment["id"])
            deployment.update((known or {}).get(deployment["id"], {}))
        path = folder / "gateway.yaml"
        # JSON is YAML; written as the latter, hundreds of deployments take a third of a second.
        path.write_text(json.dumps(config), encoding="utf-8")
        settings = await asyncio.to_thread(KnownSettings.load, path)
        detectors = detectors or InlineDetectors()
        async with (
            Gateway(settings, detectors=detectors, clock=clock) as gateway,
            aiohttp.ClientSession() as client,
        ):
            yield World(
                folder=folder,
                gateway=gateway,
                client=client,
                detectors=detectors,
                us=us,
                eu=eu,
                eu2=eu2,
            )
