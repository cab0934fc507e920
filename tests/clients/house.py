"""The gateway and the stand-ins that clients are tried against, on loopback.

All of it is what runs in production: detector processes, policies, audit log. Each virtual model
has a deployment in every dialect, so that one name serves every client.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from guardrail_gw.app import Gateway
from guardrail_gw.core.shipped import shipped
from guardrail_gw.keys.generate import init
from guardrail_gw.server.access import digest
from guardrail_gw.settings import Settings
from guardrail_gw.standin.server import Received, StandIn
from tests.clients.scenarios import MODELS, REFUSED

_DIALECTS: Final = ("openai-compatible", "anthropic-compatible", "gemini-compatible")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A gateway that runs."""

    url: str
    """Without a path."""
    key: str = field(repr=False)
    providers: tuple[StandIn, ...]

    def seen(self) -> list[Received]:
        """What the providers got since this was last asked."""
        every = [request for provider in self.providers for request in provider.received]
        for provider in self.providers:
            provider.received.clear()
        return every


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    """Start it in an empty `folder`."""
    key = f"ggw-{secrets.token_hex(16)}"
    await asyncio.to_thread(init, folder / "keys", name="guardrail-gw/clients")
    async with StandIn() as eu, StandIn() as us:
        path = folder / "gateway.yaml"
        path.write_text(yaml.safe_dump(_configuration(key, eu=eu, us=us)), encoding="utf-8")
        async with Gateway(await asyncio.to_thread(Settings.load, path)) as gateway:
            url = f"http://127.0.0.1:{gateway.port}"
            yield House(url=url, key=key, providers=(eu, us))


def _configuration(key: str, *, eu: StandIn, us: StandIn) -> dict[str, Any]:
    deployments = list(_deployments(eu, us))
    return {
        "apiVersion": "guardrail-gw/v1",
        "kind": "Gateway",
        "listen": {"port": 0},
        "access": {
            "keys": [
                {"id": "app", "sha256": digest(key), "tenant": "acme", "team": "crm", "user": "app"}
            ]
        },
        "policies": str(shipped("policies/default")),
        "audit": {"directory": "audit", "keys": "keys/gateway", "public": "keys/audit-public"},
        "models": [
            {"name": name, "deployments": [f"{name}-{n}" for n, _ in enumerate(_DIALECTS)]}
            for name in MODELS
        ],
        "deployments": deployments,
    }


def _deployments(eu: StandIn, us: StandIn) -> Iterator[dict[str, Any]]:
    for name, told in MODELS.items():
        place, country = (us, "US") if name == REFUSED else (eu, "DE")
        for number, provider in enumerate(_DIALECTS):
            yield {
                "id": f"{name}-{number}",
                "provider": provider,
                "model": told,
                "base_url": place.base_url,
                "inference": [country],
                "storage": [country],
            }
