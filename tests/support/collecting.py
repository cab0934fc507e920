"""A real collector on loopback: PostgreSQL with its roles, certificates, keys, and its address."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import yaml

from guardrail_gw.collector.database import migrate
from guardrail_gw.collector.serving import Collector
from guardrail_gw.collector.settings import CollectorSettings
from guardrail_gw.keys.signer import make_signer
from guardrail_gw.keys.vkey import COSIGNS, Verifier
from guardrail_gw.observability.clock import SystemClock
from tests.support.certificates import Authority, Files
from tests.support.ports import lasting_ports

GATEWAY = "gw-1.example"
COSIGNER = "collector.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A database of one test, and who may do what there."""

    owner: str
    collect: str
    read: str


async def place(address: str) -> Place:
    """Make a database with the tables, and two roles that log in."""
    name, word = f"t_{secrets.token_hex(6)}", secrets.token_hex(8)
    admin = await asyncpg.connect(address)
    await admin.execute(f"CREATE DATABASE {name}")
    owner = _with(address, database=name)
    await migrate(owner)
    for role in ("collect", "read"):
        login = f"LOGIN PASSWORD '{word}' IN ROLE guardrail_{role}"
        await admin.execute(f"CREATE ROLE {name}_{role} {login}")
    await admin.close()
    return Place(
        owner=owner,
        collect=_with(address, database=name, user=f"{name}_collect:{word}"),
        read=_with(address, database=name, user=f"{name}_read:{word}"),
    )


def _with(address: str, *, database: str, user: str | None = None) -> str:
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    who = user or parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{who}@{host}", path=f"/{database}"))


@dataclass(slots=True, kw_only=True)
class Site:
    """The files of a collector and of the gateways that it knows."""

    folder: Path
    place: Place
    authority: Authority
    server: Files
    gateway: Files
    key: Verifier
    config: dict[str, Any]
    port: int
    """Which nobody takes while it does not run."""

    @property
    def settings(self) -> CollectorSettings:
        path = self.folder / "collector.yaml"
        path.write_text(yaml.safe_dump(self.config), encoding="utf-8")
        return CollectorSettings.load(path)

    def gateway_config(self, **more: Any) -> dict[str, Any]:
        """`audit.collector` of gateway.yaml."""
        return {
            "url": f"https://127.0.0.1:{self.port}",
            "key": self.key.vkey(),
            "authority": str(self.authority.certificate),
            "certificate": str(self.gateway.certificate),
            "private_key": str(self.gateway.private_key),
            **more,
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Collector]:
        """The collector, at the same port each time."""
        self.config["listen"]["port"] = self.port
        settings = await asyncio.to_thread(lambda: self.settings)
        async with Collector(settings, SystemClock()) as collector:
            yield collector


async def site(folder: Path, where: Place, *origins: Verifier) -> Site:
    """Make everything that a collector needs besides its database, but do not start it."""
    return await asyncio.to_thread(_site, folder, where, origins)


def _site(folder: Path, where: Place, origins: tuple[Verifier, ...]) -> Site:
    folder.mkdir(parents=True, exist_ok=True)
    authority = Authority(folder)
    made = make_signer(COSIGNER, folder / "collector.key")
    for name, dsn in (("collect", where.collect), ("read", where.read), ("owner", where.owner)):
        path = folder / f"{name}.dsn"
        path.write_text(f"{dsn}\n", encoding="utf-8")
        path.chmod(0o600)
    server = authority.issue("collector.example", "127.0.0.1")
    config = {
        "apiVersion": "guardrail-gw/v1",
        "kind": "Collector",
        "name": COSIGNER,
        "key": "collector.key",
        "database": "collect.dsn",
        "listen": {
            "tls": {
                "certificate": str(server.certificate),
                "private_key": str(server.private_key),
                "clients": str(authority.certificate),
            },
        },
        "watch": {"port": 0},
        "gateways": [{"certificate": GATEWAY, "origin": key.vkey()} for key in origins],
    }
    return Site(
        folder=folder,
        place=where,
        authority=authority,
        server=server,
        gateway=authority.issue(GATEWAY),
        key=Verifier(name=made.name, public=made.public, kind=COSIGNS),
        config=config,
        port=lasting_ports(1)[0],
    )
