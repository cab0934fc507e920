"""The MCP part of the composition root: servers, their chain, and the endpoint in front of them.

It is the gateway's own chain with another last step (docs/adr/0045): the same policies, detectors,
records and keys. `app.py` alone uses it.
"""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

from guardrail_gw.audit.configured import acts
from guardrail_gw.audit.log import AuditLog
from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.chain import Chain
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import Arrival, Journal
from guardrail_gw.core.ports import Clock, Detector, Offload
from guardrail_gw.errors import ConfigError
from guardrail_gw.mcp.acting import Acting, pins_path
from guardrail_gw.mcp.approvals import Approvals
from guardrail_gw.mcp.arranged import Around, Front, Seen, arranged_front
from guardrail_gw.mcp.calls import Calls
from guardrail_gw.mcp.coming import PROVIDER
from guardrail_gw.mcp.controlled import ToolControl
from guardrail_gw.mcp.front.elsewhere import Elsewhere
from guardrail_gw.mcp.front.endpoint import SURFACE
from guardrail_gw.mcp.governed import Governed, governed
from guardrail_gw.mcp.kept import KeptLists
from guardrail_gw.mcp.limits import ToolRates
from guardrail_gw.mcp.pin_file import PinFile
from guardrail_gw.mcp.ports import Server, WatchedServer
from guardrail_gw.mcp.prepared import Prepared
from guardrail_gw.mcp.servers.arranged import Surroundings, arranged_servers
from guardrail_gw.mcp.servers.wire import Connect
from guardrail_gw.mcp_servers import McpConfig, McpServerConfig
from guardrail_gw.observability.mcp_metrics import McpMetrics, McpState, ServerState
from guardrail_gw.policy.source import PolicySource
from guardrail_gw.redaction.placeholder import TokenKey
from guardrail_gw.redaction.results import spoken_in
from guardrail_gw.redaction.tool_redaction import ToolRedaction
from guardrail_gw.residency.residency import Residency
from guardrail_gw.routing.accounts import Accounts
from guardrail_gw.routing.breaker import Breaker
from guardrail_gw.server.front import Behind, surface_parts
from guardrail_gw.server.neighbours import Neighbours, Passing
from guardrail_gw.settings import Settings
from guardrail_gw.state.conversations import Conversations
from guardrail_gw.state.vault import Vault
from guardrail_gw.upstreams.servers import ServerHttp

CONNECT: Final[Connect] = ServerHttp
"""How MCP servers are connected to over HTTP: as providers are."""
_FILES: Final = 1 << 30
"""Secrets are read from files, however small: not in the event loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """What both chains of the gateway have in common."""

    settings: Settings
    catalog: Catalog
    policies: PolicySource
    audit: AuditLog
    conversations: Conversations
    detector: Detector
    secret: bytes
    """The redaction key: the same value has the same placeholder on both sides."""
    clock: Clock
    offload: Offload
    ended: Callable[[Arrival, Journal], None]
    accounts: Accounts | None
    """What keeps rates; None: there are none."""
    metrics: McpMetrics
    neighbours: Neighbours | None = None
    """The other workers; None: there are none."""


class McpSide:
    """The running MCP side of a gateway."""

    def __init__(self, chain: Chain[Prepared], front: Front) -> None:
        self.chain = chain
        self.front = front

    @classmethod
    async def start(
        cls, stack: AsyncExitStack, config: McpConfig, rooms: Rooms, behind: Behind
    ) -> Self:
        """Start servers, then the endpoint; the stack ends them the other way round.

        Raises:
            ConfigError: a server's secret is missing, or it is in a country that nobody knows.
        """
        passing = _passing(rooms, behind)
        elsewhere = _elsewhere(rooms, passing)
        connected = await rooms.offload(
            lambda: _servers(config, rooms, elsewhere.mark), size=_FILES
        )
        for server in connected.values():
            stack.push_async_callback(server.close)
            await server.start()
        acting = await rooms.offload(lambda: Acting(acts(rooms.settings, rooms.clock)), size=_FILES)
        controlled = governed(
            config,
            connected,
            PinFile(pins_path(rooms.settings)),
            clock=rooms.clock,
            record=acting.pinned,
        )
        stack.push_async_callback(controlled.close)
        await controlled.start()
        servers: Mapping[str, Server] = {
            id_: KeptLists(server, controlled.catalogue) for id_, server in connected.items()
        }
        control = _control(config, rooms, controlled)
        chain = _chain(config, rooms, servers, control)
        shared = surface_parts(rooms.settings, behind)
        front = arranged_front(
            rooms.settings,
            config,
            servers,
            Around(
                chain=chain,
                access=shared["access"],
                strangers=shared["strangers"],
                intake=shared["intake"],
                load=shared["load"],
                clock=rooms.clock,
                offload=rooms.offload,
                tags=shared["tags"],
                defect=behind.defect,
                elsewhere=elsewhere,
            ),
            Seen(
                tools=controlled.tools,
                rules=lambda who: rooms.policies.current.resolve(who, SURFACE).tools,
                in_force=lambda who: rooms.policies.current.bearing(who, SURFACE),
            ),
        )
        stack.push_async_callback(front.door.close)
        await front.door.start()
        if passing is not None:
            stack.push_async_callback(passing.close)
            await passing.start(front.routes, behind.defect)
        rooms.metrics.state = partial(_state, front, control, connected)
        return cls(chain, front)


def _state(front: Front, control: ToolControl, servers: Mapping[str, WatchedServer]) -> McpState:
    """What is read when metrics are asked for."""
    busy = {name: server.busyness for name, server in servers.items()}
    return McpState(
        sessions=front.door.legacy.sessions.open,
        listeners=len(front.door.legacy.listeners.shares),
        waiting=control.approvals.held_here,
        servers={
            name: ServerState(calls=each.calls, parked=each.parked, is_open=each.is_open)
            for name, each in busy.items()
        },
    )


def _passing(rooms: Rooms, behind: Behind) -> Passing | None:
    if rooms.neighbours is None:
        return None
    return Passing(rooms.neighbours, behind.load, rooms.settings.gateway.limits.write_timeout_s)


def _elsewhere(rooms: Rooms, passing: Passing | None) -> Elsewhere:
    if rooms.neighbours is None:
        return Elsewhere()
    of = rooms.neighbours
    return Elsewhere(number=of.number, count=len(of.places), relay=passing)


def _servers(config: McpConfig, rooms: Rooms, mark: str) -> Mapping[str, WatchedServer]:
    around = Surroundings(
        clock=rooms.clock,
        secret=rooms.secret,
        breaker=Breaker,
        resolve=rooms.settings.resolve,
        connect=CONNECT,
        is_alone=_is_alone(rooms),
        mark=mark,
    )
    return arranged_servers(config, around)


def _is_alone(rooms: Rooms) -> bool:
    return rooms.settings.gateway.access.single_tenant is not None


def _control(config: McpConfig, rooms: Rooms, controlled: Governed) -> ToolControl:
    known = rooms.conversations
    return ToolControl(
        tools=controlled.tools,
        approvals=Approvals(
            *(known.store, known.key, rooms.clock, config.approvals), is_alone=_is_alone(rooms)
        ),
        max_bytes={each.id: each.max_result_bytes for each in config.servers},
        offload=rooms.offload,
    )


def _chain(
    config: McpConfig, rooms: Rooms, servers: Mapping[str, Server], control: ToolControl
) -> Chain[Prepared]:
    known = rooms.conversations
    vault = Vault(
        store=known.store,
        key=known.key,
        ttl_s=known.ttl_s,
        bounds=known.bounds,
        clock=rooms.clock,
    )
    redaction = ToolRedaction(
        rooms.detector, TokenKey(rooms.secret), offload=rooms.offload, keep=vault.keep
    )
    residency = Residency(routes=_routes(config, rooms.catalog), now_us=rooms.clock.now_us)
    calls = Calls(
        servers,
        control=control,
        clock=rooms.clock,
        originals=redaction.originals,
        own_uris=redaction.own_uris,
        placeholders=lambda texts, most: spoken_in([*texts], most),
        still_lawful=residency.still_lawful,
        vault=vault,
        limits=None if rooms.accounts is None else ToolRates(rooms.accounts),
    )
    return Chain(
        policies=rooms.policies,
        conversations=known,
        redaction=redaction,
        residency=residency,
        audit=rooms.audit,
        routing=calls,
        ended=rooms.ended,
    )


def _routes(config: McpConfig, catalog: Catalog) -> Mapping[str, tuple[Deployment, ...]]:
    return {each.id: (_deployment(each, catalog),) for each in config.servers}


def _deployment(config: McpServerConfig, catalog: Catalog) -> Deployment:
    """A server as residency sees it: one that says nothing of its countries is nowhere known."""
    try:
        inference = catalog.jurisdictions.countries(config.inference)
        storage = catalog.jurisdictions.countries(config.storage)
    except ConfigError as error:
        raise ConfigError(f"mcp.servers: {config.id}: {error}") from None
    return Deployment(
        id=config.id,
        provider=PROVIDER,
        model=config.id,
        base_url="",
        dialect="mcp",
        inference=inference,
        storage=storage,
        terms=tuple(config.contract.terms()) if config.contract is not None else (),
    )
