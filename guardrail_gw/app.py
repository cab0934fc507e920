"""The composition root: nothing else constructs rooms.

`Gateway` brings the safeguards up in the order in which a request needs them, and listens only
when each has proved that it works; `close` goes the other way round.
"""

import asyncio
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Self, TypeVar

import structlog

from guardrail_gw.activation import Activation, policy_guard, shadow_of
from guardrail_gw.audit.arranged import (
    arranged_keepers,
    arranged_shipper,
    promised,
)
from guardrail_gw.audit.configured import audit_keys, opened_keyring
from guardrail_gw.audit.copies import Copies
from guardrail_gw.audit.log import AuditLog
from guardrail_gw.cache.arranged import arranged_cache
from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.chain import Chain
from guardrail_gw.checked import aged, archive_of, checked_deployments
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import Arrival, Journal
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Classifier, Clock
from guardrail_gw.detection.arranged import detection_settings
from guardrail_gw.detection.detectors import Detectors
from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.detection.seams import AcrossSegments
from guardrail_gw.dialects.every import (
    PROVIDERS,
    SURFACES,
    WITH_OPENED,
)
from guardrail_gw.documents import forget
from guardrail_gw.drain import Drain
from guardrail_gw.keys.secret_files import REDACTION_KEY, read_secret
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.observability.metrics import Metrics
from guardrail_gw.observability.news import arranged_news
from guardrail_gw.observability.telemetry.arranged import arranged_telemetry
from guardrail_gw.observability.telemetry.side_flow import SideFlow
from guardrail_gw.policy.condition import conditions_installed
from guardrail_gw.policy.source import PolicySource
from guardrail_gw.policy.vocabulary import Vocabulary, surrogates_installed
from guardrail_gw.redaction.placeholder import TokenKey
from guardrail_gw.redaction.redaction import Redaction, Remembering
from guardrail_gw.reporting import Reporting
from guardrail_gw.residency.arranged import arranged_residency
from guardrail_gw.rotation import Rotation, Source
from guardrail_gw.routing.accounts import Accounts
from guardrail_gw.routing.ahead import Ahead
from guardrail_gw.routing.arranged import arranged_accounts, bounds_of, routing_limits
from guardrail_gw.routing.dispatch import Routing
from guardrail_gw.routing.nearness import Nearness
from guardrail_gw.semantic.arranged import arranged_classifier
from guardrail_gw.server.access import KeyAccess
from guardrail_gw.server.application import Health
from guardrail_gw.server.arranged import (
    arranged_access,
    arranged_admin,
    arranged_probe,
    virtual_keys,
)
from guardrail_gw.server.chat import Load
from guardrail_gw.server.front import Behind, Route, arranged_address, arranged_front
from guardrail_gw.server.listener import Listener
from guardrail_gw.server.neighbours import Neighbours
from guardrail_gw.server.strangers import Strangers
from guardrail_gw.settings import Settings
from guardrail_gw.state.arranged import arranged
from guardrail_gw.upstreams.arranged import arranged_upstream, zone_of
from guardrail_gw.upstreams.credentials import secret

T = TypeVar("T")
_RENEW_DAYS = 30
_INLINE_BYTES = 256 << 10
_LAST_WORDS_S = 5.0
"""For a client that is told that its answer ends, and does not read."""
log = structlog.get_logger()


async def offload(function: Callable[[], T], *, size: int) -> T:
    """Run small work inline and large work in a thread, so that the loop goes on."""
    return function() if size <= _INLINE_BYTES else await asyncio.to_thread(function)


class Gateway:
    """One running gateway; `async with Gateway(settings) as gateway` starts and stops it."""

    def __init__(
        self,
        settings: Settings,
        *,
        detectors: Detectors | None = None,
        clock: Clock | None = None,
        listening: socket.socket | None = None,
        neighbours: Neighbours | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            settings: what the operator wrote.
            detectors: others than processes of its own.
            clock: another than the machine's.
            listening: a socket that clients reach already, in place of one of its own.
            neighbours: the other workers; None: there are none.
        """
        self.settings = settings
        self.port = 0
        """Where it listens, once started."""
        self.metrics = Metrics()
        self._log = log.bind()  # one that is bound costs nothing at a level that is not shown
        self._clock = clock or SystemClock()
        self.detectors = detectors or DetectorPool(detection_settings(settings), self._clock)
        self.accounts: Accounts | None = None
        self.drain = Drain(settings.gateway.limits, self._clock)
        self._listening, self._neighbours = listening, neighbours
        self.telemetry: SideFlow | None = None
        self._exit = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start: detectors, policies, audit log, routing, and only then the listener.

        Raises:
            ConfigError: a file is wrong; says file, line, field and what to do.
            SafeguardDown: a safeguard does not do its work.
        """
        async with AsyncExitStack() as stack:
            await self._start(stack)
            self._exit = stack.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Stop: no new requests, finish the running ones, last records, detectors."""
        self.drain.begin()
        log.info("gateway.stopping")
        await self._exit.aclose()
        log.info("gateway.stopped")

    async def _start(self, stack: AsyncExitStack) -> None:
        config = self.settings.gateway
        log.info("gateway.starting", path=str(self.settings.path))
        catalog = await asyncio.to_thread(self.settings.catalog)
        deployments = await asyncio.to_thread(self._deployments, catalog)
        await _started(stack, self.detectors.start, self.detectors.close)
        vocabulary = Vocabulary(
            detectable=self.detectors.entities,
            jurisdictions=catalog.jurisdictions.members,
            surfaces=SURFACES,
            surrogates=await asyncio.to_thread(surrogates_installed),
            conditions=await asyncio.to_thread(conditions_installed),
            elsewhere=self.detectors.elsewhere,
            durable=promised(self.settings),
        )
        policies = self.settings.resolve(config.policies)
        guard = await asyncio.to_thread(policy_guard, self.settings)
        self.policies = await asyncio.to_thread(PolicySource.load, policies, vocabulary, guard)
        forget()
        await self._audit(stack)
        self.shadow = shadow_of(self.settings, vocabulary, deployments, self.metrics.shadowed)
        self.activation = Activation(
            policies=self.policies,
            audit=self.audit,
            counted=self.metrics.policy_changed,
            shadow=self.shadow,
        )
        await self.activation.begin()
        await self._tell(stack, deployments)
        await self._listen(stack, await self._chain(stack, deployments), catalog)

    async def _tell(self, stack: AsyncExitStack, deployments: Mapping[str, Deployment]) -> None:
        """Have exchanges told of to the receiver of telemetry, if there is one."""
        self.telemetry = telemetry = await asyncio.to_thread(
            arranged_telemetry,
            *(self.settings, deployments, lambda: self.policies.current, self._clock, self._reveal),
        )
        if telemetry is not None:
            await _started(stack, telemetry.start, telemetry.close)

    def _deployments(self, catalog: Catalog) -> Mapping[str, Deployment]:
        """Hold each to the catalog, and say which of its facts are old."""
        found = checked_deployments(self.settings, catalog)
        for name, days in aged(self.settings, catalog, self._clock.now_us()):
            log.warning("catalog.stale", deployment=name, age_days=days)
        return found

    async def reload(self) -> None:
        """Load the policies anew; what was in force stays if they are not valid.

        Raises:
            ConfigError: what is wrong with them.
            AuditDown: the change cannot be recorded.
        """
        await self.activation.reload()

    async def refresh(self) -> None:
        """Load policies and keys anew; what is wrong with them is in the log."""
        await self.activation.refresh()
        await self.rotation.refresh()

    async def watch(self) -> None:
        """Do so whenever they change; until cancelled."""
        config = self.settings.gateway
        async with asyncio.TaskGroup() as tasks:
            if config.policy_watch_s:
                tasks.create_task(self.activation.watch(config.policy_watch_s))
            if config.secrets_watch_s:
                tasks.create_task(self.rotation.watch(config.secrets_watch_s))

    async def _audit(self, stack: AsyncExitStack) -> None:
        folder = self.settings.resolve(self.settings.gateway.audit.keys)
        keys = await asyncio.to_thread(audit_keys, self.settings, self._clock.now_us())
        if (days := keys.days_left(self._clock.now_us())) < _RENEW_DAYS:
            log.warning("audit.recipients_expire", days=days)
        archiver = await asyncio.to_thread(archive_of, self.settings, self._clock, keys.signer)
        shipper = await asyncio.to_thread(arranged_shipper, self.settings, self._clock)
        self.copies = Copies(archiver=archiver, shipper=shipper)
        keepers = await asyncio.to_thread(arranged_keepers, self.settings, keys, shipper)
        self.audit = AuditLog.open(self.settings.log_directory, keys, self._clock, keepers=keepers)
        await self._held(await asyncio.to_thread(read_secret, folder / REDACTION_KEY))
        self.audit.keyring = await opened_keyring(stack, self.settings, keys, self._clock)
        self.audit.collector = shipper
        await self.copies.start(stack, patience_s=self.settings.gateway.limits.drain_s)
        stack.push_async_callback(self.audit.close)
        await self.audit.ready()

    async def _held(self, redaction_key: bytes) -> None:
        """Read clients' keys and providers', which may change while it runs."""
        self.rotation = await Rotation.begin(
            self.settings, self.audit, redaction_key, self.metrics.secrets_changed
        )
        self.audit.configured = {"config": self.settings.digest, "secrets": self.rotation.digest}

    async def _chain(
        self, stack: AsyncExitStack, deployments: Mapping[str, Deployment]
    ) -> Chain[Ahead]:
        config = self.settings.gateway
        self.nearness = nearness = Nearness(zone_of(self.settings))
        self.upstream = upstream = arranged_upstream(
            self.settings, deployments, self._clock, nearness.took, self.rotation.held.credentials
        )
        self.rotation.taken.append(lambda held: upstream.renew(held.credentials))
        await _started(stack, upstream.start, upstream.close)
        redaction_key = self.rotation.secret
        residency = arranged_residency(self.settings, deployments, self._clock.now_us)
        self.routing = Routing(
            upstream=upstream,
            dialects=PROVIDERS,
            clock=self._clock,
            still_lawful=residency.still_lawful,
            limits=routing_limits(config.routing),
            jitter=secrets.SystemRandom(),
            rankings={model.name: model.ranking() for model in config.models},
            accounts=await self._accounts(stack, redaction_key),
            ways={model.name: model.way() for model in config.models},
            classifier=await self._classifier(stack),
            nearness=nearness,
            bounds=bounds_of(config.routing),
        )
        conversations = await asyncio.to_thread(
            arranged, self.settings, self._clock, redaction_key, offload, self._reveal
        )
        stack.push_async_callback(conversations.store.close)
        self.redaction = Redaction(
            AcrossSegments(detector=self.detectors),
            TokenKey(redaction_key),
            WITH_OPENED.values(),
            offload=offload,
            remembering=Remembering(detected_by=lambda: self.detectors.digest),
        )
        self.answers = arranged_cache(config.cache, self._clock, residency.still_lawful)
        if self.answers is not None:
            stack.callback(self.answers.close)
        return Chain(
            policies=self.policies,
            conversations=conversations,
            redaction=self.redaction,
            residency=residency,
            audit=self.audit,
            routing=self.routing,
            cache=self.answers,
            shadow=self.shadow,
            stoppable=self.drain.stops.exchange,
            ended=self._ended,
        )

    async def _classifier(self, stack: AsyncExitStack) -> Classifier | None:
        classifier = await asyncio.to_thread(arranged_classifier, self.settings, self._clock)
        if classifier is not None:
            await _started(stack, classifier.start, classifier.close)
        return classifier

    async def _accounts(self, stack: AsyncExitStack, redaction_key: bytes) -> Accounts | None:
        news = await asyncio.to_thread(
            arranged_news, self.settings, self.metrics, self._clock, self._reveal
        )
        await _started(stack, news.start, news.close)
        self.accounts = accounts = await asyncio.to_thread(
            arranged_accounts,
            *(self.settings, self._clock, redaction_key, self._reveal, news.budget_reached),
        )
        if accounts is not None:
            await _started(stack, accounts.start, accounts.close)
        return accounts

    def _reveal(self, name: str, place: SecretConfig) -> str:
        return secret(name, place, self.settings.resolve).value

    async def _listen(self, stack: AsyncExitStack, chain: Chain[Ahead], catalog: Catalog) -> None:
        config = self.settings.gateway
        who = arranged_access(config.access, self.rotation.held.keys)
        if isinstance(who, KeyAccess):
            keyed = who
            self.rotation.taken.append(lambda held: keyed.renew(virtual_keys(held.keys)))
        strangers = Strangers(chain=chain, clock=self._clock, counted=self.metrics.turned_away)
        await _started(stack, strangers.start, strangers.close)
        self._load = Load(limit=config.limits.max_in_flight)
        self.reporting = self._reporting()
        health = Health(
            ready=self.reporting.checks,
            generation=self.reporting.generation,
            metrics=self.reporting.exposition,
        )
        behind = Behind(
            chain=chain,
            access=who,
            strangers=strangers,
            clock=self._clock,
            offload=offload,
            load=self._load,
            recall=chain.redaction.recall,
            is_open=self._is_open,
            health=health,
            defect=_defect,
        )
        app = arranged_front(self.settings, behind, await self._mcp(stack, chain, behind, catalog))
        await self._look(stack)
        listener = Listener(
            app,
            arranged_address(self.settings, self._listening),
            drain_s=_LAST_WORDS_S,
            ending=lambda: self.drain.end(self._load),
        )
        await _started(stack, listener.start, listener.close)
        self.drain.is_open = True
        self.port = listener.port
        self.rotation.sources.append(Source(check=listener.check, renew=listener.renew))
        log.info("gateway.ready", address=listener.place)

    async def _look(self, stack: AsyncExitStack) -> None:
        """Listen for operators first: they see how it ends, too."""
        config = self.settings.gateway
        self.admin = arranged_admin(config.admin, self.reporting.routing_shown)
        if config.probe is not None and self.settings.worker is None:
            self.admin = arranged_probe(config.probe, self.reporting)
        if self.admin is not None:
            await _started(stack, self.admin.start, self.admin.close)
            log.info("gateway.admin", address=self.admin.place)

    async def _mcp(
        self, stack: AsyncExitStack, chain: Chain[Ahead], behind: Behind, catalog: Catalog
    ) -> Sequence[Route]:
        """Start the MCP side, if the configuration has one; its paths."""
        config = self.settings.gateway.mcp
        if config is None:
            return ()
        from guardrail_gw.mcp_app import McpSide, Rooms  # noqa: PLC0415 - takes a second

        rooms = Rooms(
            settings=self.settings,
            catalog=catalog,
            policies=self.policies,
            audit=self.audit,
            conversations=chain.conversations,
            detector=AcrossSegments(detector=self.detectors),
            secret=self.rotation.secret,
            clock=self._clock,
            offload=offload,
            ended=self._ended,
            accounts=self.accounts,
            metrics=self.metrics.mcp,
            neighbours=self._neighbours,
        )
        return (await McpSide.start(stack, config, rooms, behind)).front.routes

    def _reporting(self) -> Reporting:
        return Reporting(
            settings=self.settings,
            clock=self._clock,
            metrics=self.metrics,
            load=self._load,
            detectors=self.detectors,
            policies=self.policies,
            activation=self.activation,
            rotation=self.rotation,
            shadow=self.shadow,
            audit=self.audit,
            copies=self.copies,
            routing_room=self.routing,
            upstream=self.upstream,
            nearness=self.nearness,
            accounts=self.accounts,
            answers=self.answers,
            telemetry=self.telemetry,
            accepting=lambda: self.drain.accepting,
        )

    def _is_open(self, principal: Principal, surface: str) -> bool:
        """Whether the policy that is in force opens a surface; asked again of the request's own."""
        return self.policies.current.resolve(principal, surface).serves(surface)

    def _ended(self, arrival: Arrival, journal: Journal) -> None:
        duration_us = self._clock.now_us() - arrival.received_us
        self.metrics.ended(arrival, journal, duration_s=duration_us / 1e6)
        if self.telemetry is not None:
            self.telemetry.ended(arrival, journal)
        self._log.debug(
            "exchange.ended",
            request_id=arrival.id,
            ending=str(journal.ending),
            code=journal.code,
            status=journal.status,
            deployment=journal.deployment,
            attempts=len(journal.attempts),
            duration_ms=duration_us // 1000,
        )


async def _started(
    stack: AsyncExitStack,
    start: Callable[[], Awaitable[None]],
    close: Callable[[], Awaitable[None]],
) -> None:
    stack.push_async_callback(close)
    await start()


def _defect(error: BaseException) -> None:
    """Name the type of what nobody foresaw; its text could hold anything."""
    log.error("gateway.defect", exception=type(error).__name__)
