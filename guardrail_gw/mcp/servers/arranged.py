"""The servers as the configuration has them."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import ConfigError
from guardrail_gw.mcp.ports import Era, WatchedServer
from guardrail_gw.mcp.rest.document import Document
from guardrail_gw.mcp.rest.operations import operations
from guardrail_gw.mcp.rest.server import Api, RestServer
from guardrail_gw.mcp.servers.gate import Breaker, Gate
from guardrail_gw.mcp.servers.http import HttpTransport
from guardrail_gw.mcp.servers.limits import Limits, Waits
from guardrail_gw.mcp.servers.link import Transport
from guardrail_gw.mcp.servers.program import Command
from guardrail_gw.mcp.servers.sealed import Seal
from guardrail_gw.mcp.servers.server import ConnectedServer, Parts
from guardrail_gw.mcp.servers.stdio import Processes, StdioTransport
from guardrail_gw.mcp.servers.wire import RESERVED, Connect
from guardrail_gw.mcp.shares import part
from guardrail_gw.mcp_servers import (
    McpConfig,
    McpServerConfig,
    OpenApiConfig,
    ProcessConfig,
    Speaks,
)
from guardrail_gw.state.seal import StateKey

_ERAS = {Speaks.AUTO: None, Speaks.LEGACY: Era.LEGACY, Speaks.MODERN: Era.MODERN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the composition root gives."""

    clock: Clock
    secret: bytes
    """The gateway's redaction key, of which the seal's is derived."""
    breaker: Callable[[], Breaker]
    """Makes one for each server."""
    resolve: Callable[[str], Path]
    """Where a path of the configuration is."""
    connect: Connect
    """Makes connections to a server over HTTP."""
    is_alone: bool = False
    """One tenant asks, who need leave room to nobody."""
    mark: str = ""
    """What is put behind names of what this process keeps, where several serve."""


def arranged_servers(config: McpConfig, around: Surroundings) -> dict[str, WatchedServer]:
    """A connection to each server, by its id; they are to be started.

    Blocks: secrets and documents are read.

    Raises:
        ConfigError: a secret is missing, a header is not the operator's to say, or a document
            describes no such operation.
    """
    seal = Seal(StateKey(around.secret), around.clock, around.mark)
    return {each.id: _server(each, config, seal, around) for each in config.servers}


def _server(
    config: McpServerConfig, of: McpConfig, seal: Seal, around: Surroundings
) -> WatchedServer:
    limits = limits_of(config, of, is_alone=around.is_alone)
    if config.openapi is not None:
        return _api(config, config.openapi, limits, around)
    parts = Parts(clock=around.clock, seal=seal, breaker=around.breaker())
    return ConnectedServer(config.id, _transport(config, limits, around), limits, parts)


def _api(
    config: McpServerConfig, openapi: OpenApiConfig, limits: Limits, around: Surroundings
) -> RestServer:
    document = Document.read(around.resolve(openapi.document))
    headers = _headers(config, around)
    info = document.member(document.root.get("info", {}), "info")
    api = Api(
        name=config.id,
        url=config.url or "",
        headers=headers,
        operations=operations(document, openapi.operations, frozenset(map(str.lower, headers))),
        title=str(info.get("title", config.id)),
        version=str(info.get("version", "")),
    )
    return RestServer(api, limits, Gate(config.id, limits, around.breaker(), around.clock))


def limits_of(config: McpServerConfig, of: McpConfig, *, is_alone: bool = False) -> Limits:
    """What one server may take; `is_alone`: one tenant asks."""
    timeouts = config.timeouts
    return Limits(
        connect_s=timeouts.connect_s,
        idle_s=timeouts.idle_s,
        total_s=timeouts.total_s,
        concurrent=config.concurrent,
        parked_each=part(config.concurrent, is_alone=is_alone),
        max_result_bytes=config.max_result_bytes,
        session_idle_s=of.session_idle_s,
        sessions=of.max_sessions,
        tools={
            name: Waits(
                idle_s=each.idle_s or timeouts.idle_s, total_s=each.total_s or timeouts.total_s
            )
            for name, each in timeouts.tools.items()
        },
    )


def _transport(config: McpServerConfig, limits: Limits, around: Surroundings) -> Transport:
    speaks = _ERAS[config.speaks]
    if config.process is not None:
        process = config.process
        many = Processes(most=process.processes, idle_s=process.idle_s)
        command = _command(config.id, process, around)
        return StdioTransport(config.id, (command, many), limits, speaks, around.clock)
    where = (config.url or "", _headers(config, around))
    return HttpTransport(config.id, where, limits, speaks, (around.clock, around.connect))


def _headers(config: McpServerConfig, around: Surroundings) -> dict[str, str]:
    for name in config.headers:
        if name.lower() in RESERVED or name.lower().startswith("mcp-"):
            raise ConfigError(f"mcp.servers: {config.id}: the gateway itself writes {name}")
    named = f"mcp.servers: {config.id}: headers"
    return {name: _said(said, named, around) for name, said in config.headers.items()}


def _command(name: str, config: ProcessConfig, around: Surroundings) -> Command:
    named = f"mcp.servers: {name}: env"
    return Command(
        words=config.command,
        environment={key: _said(said, named, around) for key, said in config.env.items()},
        directory=None if config.directory is None else around.resolve(config.directory),
    )


def _said(said: str | SecretConfig, named: str, around: Surroundings) -> str:
    """What stands there, or in the file or variable that is named there."""
    if isinstance(said, str):
        return said
    if said.env is not None:
        value = os.environ.get(said.env)
        if not value:
            raise ConfigError(f"{named}: the environment variable {said.env} is not set")
        return value
    path = around.resolve(said.file or "")
    try:
        value = path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{named}: {path} cannot be read") from None
    if not value or not value.isprintable():
        raise ConfigError(f"{named}: {path} holds nothing that can be sent")
    return value
