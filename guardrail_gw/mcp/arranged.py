"""The MCP endpoint's front, from the configuration."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from aiohttp import hdrs
from aiohttp.typedefs import Handler

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Clock, Offload
from guardrail_gw.core.tags import Tag
from guardrail_gw.mcp.all_servers import AllServers
from guardrail_gw.mcp.front.admission import Admission, Alone, KeysOnly
from guardrail_gw.mcp.front.door import Door
from guardrail_gw.mcp.front.elsewhere import Elsewhere
from guardrail_gw.mcp.front.endpoint import Endpoint, Single
from guardrail_gw.mcp.front.identities import Claim, Identities
from guardrail_gw.mcp.front.key_sets import KeySets
from guardrail_gw.mcp.front.legacy import LegacyFront
from guardrail_gw.mcp.front.listeners import InForce, Listeners
from guardrail_gw.mcp.front.modern import ModernFront
from guardrail_gw.mcp.front.nowhere import Nowhere
from guardrail_gw.mcp.front.oauth import WELL_KNOWN, Oauth
from guardrail_gw.mcp.front.pages import Pages, is_loopback
from guardrail_gw.mcp.front.replay import Kept
from guardrail_gw.mcp.front.schemas import Schemas
from guardrail_gw.mcp.front.session_calls import SessionCalls
from guardrail_gw.mcp.front.sessions import Session, Sessions
from guardrail_gw.mcp.front.tasks import Tasks
from guardrail_gw.mcp.hiding import Hiding
from guardrail_gw.mcp.own import OwnEndpoint
from guardrail_gw.mcp.ports import Server
from guardrail_gw.mcp.shares import Shares, part
from guardrail_gw.mcp.tools import Tools
from guardrail_gw.mcp.words import ChainWords
from guardrail_gw.mcp_servers import ClaimConfig, Denied, McpConfig, OauthConfig, SignedWith
from guardrail_gw.policy.tools import ToolRules
from guardrail_gw.server.access import Access, SingleTenant
from guardrail_gw.server.chat import Load
from guardrail_gw.server.exchanges import Exchanges
from guardrail_gw.server.intake import Intake
from guardrail_gw.server.strangers import Strangers
from guardrail_gw.settings import Settings

KEPT_BYTES: Final = 64 << 20
"""Of what was sent on streams, for all sessions together."""
_USUAL: Final = (SignedWith.RS256, SignedWith.PS256, SignedWith.ES256, SignedWith.EDDSA)

Route = tuple[str, str, Handler]
"""A method, a path and who answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the front takes from the gateway."""

    chain: Exchanges
    access: Access
    strangers: Strangers
    intake: Intake
    load: Load
    clock: Clock
    offload: Offload
    tags: Sequence[Tag]
    defect: Callable[[BaseException], None]
    elsewhere: Elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What clients see of servers: names, lists, and what the policy lets them use."""

    tools: Tools
    rules: Callable[[Principal], ToolRules]
    in_force: InForce


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The endpoint's paths."""

    door: Door
    oauth: Oauth | None

    @property
    def routes(self) -> Sequence[Route]:
        """Those of the protocol, and of what it says about who may ask."""
        found: list[Route] = [
            (hdrs.METH_POST, f"/mcp/{name}" if name else "/mcp", partial(self.door.at, name))
            for name in self.door.endpoints
        ]
        found += [("*", path, self.door.handle) for path in ("/mcp", "/mcp/{server}")]
        if self.oauth is not None:
            every = ("", "/mcp", "/mcp/{server}")
            found += [("GET", WELL_KNOWN + path, self.oauth.describe) for path in every]
        return found


def arranged_front(
    settings: Settings,
    config: McpConfig,
    servers: Mapping[str, Server],
    around: Around,
    seen: Seen,
) -> Front:
    """The front.

    Args:
        settings: what the operator wrote.
        config: its part on MCP.
        servers: by their ids.
        around: what else it needs.
        seen: what clients see of them.
    """
    singles: dict[str, Endpoint] = {
        name: OwnEndpoint(inner=_single(server, config, around, seen), rules=seen.rules)
        for name, server in servers.items()
    }
    nowhere = Nowhere(
        chain=around.chain,
        words=ChainWords.of(config),
        clock=around.clock,
        offload=around.offload,
    )
    every = AllServers(singles=singles, tools=seen.tools, rules=seen.rules, refuse=nowhere)
    endpoints: dict[str, Endpoint] = {**singles, every.name: every}
    if config.denied is Denied.UNKNOWN:
        endpoints = {name: Hiding(each) for name, each in endpoints.items()}
    tasks = Tasks(around.defect)
    oauth = None if config.oauth is None else _oauth(settings, config, config.oauth, around)

    async def ended(session: Session) -> None:
        await endpoints[session.endpoint].left(session.id)

    sessions = Sessions(
        clock=around.clock,
        shares=_shares(around, config.max_sessions, config.max_sessions_per_key, "MCP sessions"),
        idle_s=config.session_idle_s,
        kept=Kept(KEPT_BYTES),
        ended=ended,
        mark=around.elsewhere.mark,
    )
    admission = _admission(around.access) if oauth is None else oauth
    most, each = config.max_listeners, config.max_listeners_per_key
    listeners = Listeners(
        tasks=tasks,
        clock=around.clock,
        admission=admission,
        in_force=seen.in_force,
        shares=_shares(around, most, each, "streams that listen"),
    )
    door = Door(
        endpoints=endpoints,
        admission=admission,
        pages=_pages(settings, config),
        strangers=around.strangers,
        chain=around.chain,
        intake=around.intake,
        clock=around.clock,
        tasks=tasks,
        modern=ModernFront(schemas=Schemas(clock=around.clock), listeners=listeners),
        legacy=LegacyFront(
            sessions=sessions,
            calls=SessionCalls(tasks=tasks, in_force=seen.in_force),
            listeners=listeners,
        ),
        elsewhere=around.elsewhere,
        write_timeout_s=settings.gateway.limits.write_timeout_s,
        tags=around.tags,
    )
    return Front(door=door, oauth=oauth)


def _single(server: Server, config: McpConfig, around: Around, seen: Seen) -> Single:
    return Single(
        server=server,
        chain=around.chain,
        words=ChainWords.of(config, seen.tools.noted),
        clock=around.clock,
        load=around.load,
        offload=around.offload,
    )


def _shares(around: Around, most: int, each: int | None, what: str) -> Shares:
    is_alone = isinstance(around.access, SingleTenant)
    return Shares(most=most, each=part(most, each, is_alone=is_alone), what=what)


def _admission(access: Access) -> Admission:
    if isinstance(access, SingleTenant):
        return Alone(only=access.only)
    return KeysOnly(access=access)


def _pages(settings: Settings, config: McpConfig) -> Pages:
    """By which names the gateway is reached: by those it was told, and on loopback."""
    single = settings.gateway.access.single_tenant
    listen = settings.gateway.listen.host
    hosts = {listen, *(single.hosts if single is not None else ())}
    origins = {*config.origins, *(single.origins if single is not None else ())}
    if config.public_url is not None:
        origins.add(config.public_url)
        hosts.add(_host(config.public_url))
    is_known = config.public_url is not None or listen == "localhost" or is_loopback(listen)
    return Pages(
        hosts=frozenset(hosts),
        origins=frozenset(origins),
        any_host=single is None and not is_known,
    )


def _host(url: str) -> str:
    place = url.partition("://")[2]
    return place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]


def _oauth(settings: Settings, config: McpConfig, oauth: OauthConfig, around: Around) -> Oauth:
    keys = oauth.keys
    has_keys = settings.gateway.access.single_tenant is None
    return Oauth(
        access=around.access if has_keys else None,
        clock=around.clock,
        public_url=config.public_url or "",
        issuer=oauth.issuer,
        audiences=frozenset(oauth.audiences),
        algorithms=frozenset(str(each) for each in oauth.algorithms or _USUAL),
        leeway_s=oauth.leeway_s,
        scopes=oauth.scopes,
        key_sets=KeySets(
            clock=around.clock,
            file=None if keys.file is None else settings.resolve(keys.file),
            url=keys.url,
            refresh_s=keys.refresh_s,
        ),
        identities=Identities(
            tenant=_claim(oauth.tenant),
            team=_claim(oauth.team),
            user=_claim(oauth.user or ClaimConfig(claim="sub")),
        ),
    )


def _claim(config: ClaimConfig) -> Claim:
    path = tuple(config.claim.split(".")) if config.claim is not None else ()
    return Claim(path=path, values=config.values, fixed=config.fixed)
