"""A gateway on loopback in front of MCP servers, as it is run: real rooms, a real log, sockets.

python -m tests.support.mcp_gateway URL [--redacting]     prints its port, and runs until killed
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from guardrail_gw.app import Gateway
from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.detection.detectable import elsewhere
from guardrail_gw.detection.detectors import Detectors
from guardrail_gw.keys.generate import init
from guardrail_gw.policy.entities import ENTITIES
from guardrail_gw.server.access import digest
from guardrail_gw.settings import Settings
from tests.support.once_loaded import KnownSettings
from tests.support.policies import policy_text, write_policies
from tests.support.world import KEY, InlineDetectors

AUDIT_ONLY: Final = """\
pii: {default: {action: ignore}}
attachments: allow
tools: {trust: ["*"], results: originals, changed: allow, poisoning: ignore}"""
"""Nothing is replaced or refused; everything is on record."""
REDACTING: Final = """\
pii: {default: {action: token}}
attachments: allow
tools: {results: tokens, changed: allow}"""
ALONE: Final = {"single_tenant": {"tenant": "acme", "team": "crm", "user": "one"}}
KEYED: Final = {
    "keys": [{"id": "k1", "sha256": digest(KEY), "tenant": "acme", "team": "crm", "user": "ci"}]
}


class Blind:
    """Detectors that find nothing, and need no time to begin: where the policy replaces nothing."""

    entities: Final = frozenset(Entity(name) for name in ENTITIES)
    elsewhere: Final = elsewhere()
    ready = alive = True
    digest = "blind"
    pids: tuple[int, ...] = ()
    waiting = 0

    async def start(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to end."""

    async def detect(
        self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
    ) -> Sequence[tuple[Finding, ...]]:
        """Nothing in any of them."""
        del countries
        return [() for _ in segments]


@dataclass(slots=True, kw_only=True)
class McpGateway:
    """A running one."""

    gateway: Gateway
    folder: Path

    def url(self, server: str = "one") -> str:
        """The address of one server's endpoint; of all servers' where it is empty."""
        base = f"http://127.0.0.1:{self.gateway.port}/mcp"
        return f"{base}/{server}" if server else base


def configuration(
    servers: Sequence[Mapping[str, Any]],
    access: Mapping[str, Any],
    model_url: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A gateway.yaml, with a model `none` where one has an address."""
    return {
        "apiVersion": "guardrail-gw/v1",
        "kind": "Gateway",
        "listen": {"host": "127.0.0.1", "port": 0},
        "access": dict(access),
        "policies": "policies",
        "audit": {"directory": "audit", "keys": "keys/gateway", "public": "keys/audit-public"},
        "mcp": {"servers": [dict(each) for each in servers], **more},
        **({} if model_url is None else _models(model_url)),
    }


def _models(url: str) -> dict[str, Any]:
    deployment = {
        "id": "none",
        "provider": "openai-compatible",
        "model": "none",
        "base_url": url,
        "inference": ["DE"],
        "storage": ["DE"],
    }
    models = [{"name": "none", "deployments": ["none"]}]
    return {"models": models, "deployments": [deployment]}


@asynccontextmanager
async def mcp_gateway(
    folder: Path,
    *servers: Mapping[str, Any],
    spec: str = AUDIT_ONLY,
    access: Mapping[str, Any] = ALONE,
    detectors: Detectors | None = None,
    **more: Any,
) -> AsyncIterator[McpGateway]:
    """Start one in this folder; `more` goes into `mcp`."""
    settings = await asyncio.to_thread(
        _written, folder, configuration(servers, access, **more), spec
    )
    async with Gateway(settings, detectors=detectors or InlineDetectors()) as gateway:
        yield McpGateway(gateway=gateway, folder=folder)


def _written(folder: Path, config: Mapping[str, Any], spec: str) -> Settings:
    if not (folder / "keys").exists():
        init(folder / "keys", name="guardrail-gw/test")
    (folder / "policies").mkdir(exist_ok=True)
    write_policies(folder / "policies", base=policy_text("base", spec))
    path = folder / "gateway.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")
    return KnownSettings.load(path)


async def _run(url: str, speaks: str, spec: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        server = {"id": "one", "url": url, "speaks": speaks, "inference": ["DE"], "storage": ["DE"]}
        async with mcp_gateway(Path(name), server, spec=spec) as at:
            sys.stdout.write(f"{at.gateway.port}\n")
            sys.stdout.flush()
            await asyncio.Event().wait()


def main() -> None:
    """Run one until somebody ends it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--redacting", action="store_true")
    parser.add_argument("--speaks", default="auto")
    said = parser.parse_args()
    asyncio.run(_run(said.url, said.speaks, REDACTING if said.redacting else AUDIT_ONLY))


if __name__ == "__main__":
    main()
