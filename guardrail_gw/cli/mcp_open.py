"""Servers as the commands open them: those of a gateway.yaml, or a gateway that runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import click

from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.secret_files import REDACTION_KEY, read_secret
from guardrail_gw.mcp.acting import pins_path
from guardrail_gw.mcp.governed import Governed, governed
from guardrail_gw.mcp.pin_file import PinFile
from guardrail_gw.mcp.ports import Server
from guardrail_gw.mcp.servers.arranged import Surroundings, arranged_servers
from guardrail_gw.mcp_app import CONNECT
from guardrail_gw.mcp_servers import McpConfig, McpServerConfig
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.settings import Settings

T = TypeVar("T")
CONFIG: Final = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The gateway's gateway.yaml.",
)
SERVERS: Final = click.option("--server", "only", multiple=True, help="Only this one; repeatable.")
URL: Final = click.option(
    "--url", help="The running gateway: http://127.0.0.1:8080.", metavar="URL"
)
KEY_FILE: Final = click.option(
    "--key-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The file that holds the caller's key.",
)
_GATEWAY: Final = "gateway"
_PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Servers, and what governs them."""

    settings: Settings
    config: McpConfig
    governed: Governed

    @property
    def servers(self) -> tuple[str, ...]:
        """Ids, in the order of the configuration."""
        return self.governed.catalogue.servers


class _Willing:
    """A breaker that never leaves a server alone: a person asks once."""

    def blocked_s(self, now: float) -> float:
        """Now."""
        del now
        return 0.0

    def enter(self) -> int:
        """Any."""
        return 0

    def succeeded(self, ticket: int, now: float) -> None:
        """Good."""

    def failed(self, ticket: int, now: float) -> None:
        """The person sees it."""

    def abandoned(self, ticket: int) -> None:
        """So be it."""


def loaded(path: Path) -> tuple[Settings, McpConfig]:
    """A gateway.yaml with MCP servers.

    Raises:
        ConfigError: it has none, or is not valid.
    """
    settings = Settings.load(path)
    if settings.gateway.mcp is None:
        raise ConfigError(f"{path}: mcp is missing; there are no MCP servers")
    return settings, settings.gateway.mcp


def run(path: Path, only: Iterable[str], work: Callable[[Opened], Awaitable[T]]) -> T:
    """Do something with servers of a gateway.yaml: those named, or all.

    Raises:
        ConfigError: a named one is not there; or as `loaded`.
    """
    settings, config = loaded(path)
    wanted = [*only]
    known = {each.id for each in config.servers}
    if unknown := sorted({*wanted} - known):
        raise ConfigError(f"{path}: mcp.servers: no server {unknown[0]!r}")
    chosen = tuple(_patient(each) for each in config.servers if not wanted or each.id in wanted)
    narrowed = config.model_copy(update={"servers": chosen})

    async def opened() -> T:
        async with _connected(narrowed, settings) as (servers, clock):
            made = governed(
                narrowed, servers, PinFile(pins_path(settings)), clock=clock, record=None
            )
            try:
                await made.pinned.look()
                return await work(Opened(settings=settings, config=narrowed, governed=made))
            finally:
                await made.close()

    return asyncio.run(opened())


def _patient(config: McpServerConfig) -> McpServerConfig:
    """A server that a person waits for: its program has to start first."""
    timeouts = config.timeouts
    longer = {name: max(getattr(timeouts, name), _PATIENCE_S) for name in ("connect_s", "list_s")}
    return config.model_copy(update={"timeouts": timeouts.model_copy(update=longer)})


def at_gateway(
    url: str, server: str | None, key_file: Path | None, work: Callable[[Server], Awaitable[T]]
) -> T:
    """Do something at a running gateway, as a client of its endpoint of all servers, or of one.

    Raises:
        ConfigError: the file holds no key, or the address is none.
    """
    key = None if key_file is None else read_secret(key_file).decode("utf-8", "replace").strip()
    headers: dict[str, str | SecretConfig] = {}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    where = f"{url.rstrip('/')}/mcp" + (f"/{server}" if server else "")
    try:
        there = McpServerConfig(id=_GATEWAY, url=where, headers=headers)
    except ValueError:
        said = "an address like http://127.0.0.1:8080"
        raise click.BadParameter(said, param_hint="--url") from None

    async def opened() -> T:
        async with _connected(McpConfig(servers=(there,)), None) as (servers, _):
            return await work(servers[_GATEWAY])

    return asyncio.run(opened())


@asynccontextmanager
async def _connected(
    config: McpConfig, settings: Settings | None
) -> AsyncIterator[tuple[dict[str, Server], SystemClock]]:
    clock = SystemClock()
    secret = b"\0" * 32  # nothing is sealed by who only asks
    if settings is not None:
        keys = settings.resolve(settings.gateway.audit.keys)
        secret = await asyncio.to_thread(read_secret, keys / REDACTION_KEY)
    around = Surroundings(
        clock=clock,
        secret=secret,
        breaker=_Willing,
        resolve=settings.resolve if settings else Path,
        connect=CONNECT,
    )
    made = await asyncio.to_thread(arranged_servers, config, around)
    async with AsyncExitStack() as stack:
        for server in made.values():
            stack.push_async_callback(server.close)
            await server.start()
        yield {**made}, clock
