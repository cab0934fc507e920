"""The composition root: nothing else constructs rooms.

`Gateway` brings the safeguards up in the order in which a request needs them, and listens only
when each has proved that it works; `close` goes the other way round.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

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
from guardrail_gw.catalog.age import STALE_DAYS
from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.chain import Chain
from guardrail_gw.checked import archive_of, checked_deployments
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import Arrival, Journal
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Classifier, Clock
from guardrail_gw.detection.arranged import detection_settings
from guardrail_gw.detection.detectable import elsewhere
from guardrail_gw.detection.detectors import Detectors
from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.detection.seams import AcrossSegments
from guardrail_gw.dialects.every import (
    BY_NAME,
    DIALECTS,
    KEEPING,
    PROVIDERS,
    SURFACES,
    WITH_OPENED,
)
from guardrail_gw.keys.generate import REDACTION_KEY
from guardrail_gw.keys.secret_files import read_secret
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.observability.deployments import Wires
from guardrail_gw.observability.metrics import Metrics
from guardrail_gw.observability.news import arranged_news
from guardrail_gw.observability.state import State
from guardrail_gw.policy.condition import conditions_installed
from guardrail_gw.policy.source import PolicySource
from guardrail_gw.policy.vocabulary import Vocabulary, surrogates_installed
from guardrail_gw.redaction.placeholder import TokenKey
from guardrail_gw.redaction.redaction import Redaction, Remembering
from guardrail_gw.residency.arranged import arranged_residency
from guardrail_gw.routing.accounts import Accounts
from guardrail_gw.routing.ahead import Ahead
from guardrail_gw.routing.arranged import arranged_accounts, routing_limits, shown_routing
from guardrail_gw.routing.dispatch import Routing
from guardrail_gw.routing.nearness import Nearness
from guardrail_gw.semantic.arranged import arranged_classifier
from guardrail_gw.server.application import Health, application
from guardrail_gw.server.arranged import arranged_access, arranged_admin
from guardrail_gw.server.chat import Load, Stored, Surface, SurfaceParts
from guardrail_gw.server.intake import Intake
from guardrail_gw.server.listener import Address, Listener
from guardrail_gw.server.strangers import Strangers
from guardrail_gw.server.unserved import Unserved
from guardrail_gw.settings import Settings
from guardrail_gw.state.arranged import arranged
from guardrail_gw.upstreams.arranged import arranged_upstream, zone_of
from guardrail_gw.upstreams.credentials import secret

T = TypeVar("T")
_RENEW_DAYS = 30
_INLINE_BYTES = 256 << 10
log = structlog.get_logger()


async def offload(function: Callable[[], T], *, size: int) -> T:
    """Run small work inline and large work in a thread, so that the loop goes on."""
    return function() if size <= _INLINE_BYTES else await asyncio.to_thread(function)


class Gateway:
    """One running gateway; `async with Gateway(settings) as gateway` starts and stops it."""

    def __init__(
        self, settings: Settings, *, detectors: Detectors | None = None, clock: Clock | None = None
    ) -> None:
        self.settings = settings
        self.port = 0
        """Where it listens, once started."""
        self.metrics = Metrics()
        self._log = log.bind()  # one that is bound costs nothing at a level that is not shown
        self._clock = clock or SystemClock()
        self.detectors = detectors or DetectorPool(detection_settings(settings), self._clock)
        self.accounts: Accounts | None = None
        self._exit = AsyncExitStack()
        self._draining = False

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
        self._draining = True
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
            elsewhere=elsewhere(),
            durable=promised(self.settings),
        )
        policies = self.settings.resolve(config.policies)
        guard = await asyncio.to_thread(policy_guard, self.settings)
        self.policies = await asyncio.to_thread(PolicySource.load, policies, vocabulary, guard)
        await self._audit(stack)
        self.shadow = shadow_of(self.settings, vocabulary, deployments, self.metrics.shadowed)
        self.activation = Activation(
            policies=self.policies,
            audit=self.audit,
            counted=self.metrics.policy_changed,
            shadow=self.shadow,
        )
        await self.activation.begin()
        await self._listen(stack, await self._chain(stack, deployments))

    def _deployments(self, catalog: Catalog) -> Mapping[str, Deployment]:
        """Hold each to the catalog, and say which of its facts are old."""
        today = datetime.fromtimestamp(self._clock.now_us() / 1e6, tz=UTC).date()
        found = checked_deployments(self.settings, catalog)
        for config in self.settings.gateway.deployments:
            days = catalog.age_days(config, today)
            if days > STALE_DAYS:
                log.warning("catalog.stale", deployment=config.id, age_days=days)
        return found

    async def reload(self) -> None:
        """Load the policies anew; what was in force stays if they are not valid.

        Raises:
            ConfigError: what is wrong with them.
            AuditDown: the change cannot be recorded.
        """
        await self.activation.reload()

    async def _audit(self, stack: AsyncExitStack) -> None:
        config = self.settings.gateway.audit
        keys = await asyncio.to_thread(audit_keys, self.settings, self._clock.now_us())
        if (days := keys.days_left(self._clock.now_us())) < _RENEW_DAYS:
            log.warning("audit.recipients_expire", days=days)
        archiver = await asyncio.to_thread(archive_of, self.settings, self._clock, keys.signer)
        shipper = await asyncio.to_thread(arranged_shipper, self.settings, self._clock)
        self.copies = Copies(archiver=archiver, shipper=shipper)
        keepers = await asyncio.to_thread(arranged_keepers, self.settings, keys, shipper)
        directory = self.settings.resolve(config.directory)
        self.audit = AuditLog.open(directory, keys, self._clock, keepers=keepers)
        self.audit.keyring = await opened_keyring(stack, self.settings, keys, self._clock)
        self.audit.collector = shipper
        await self.copies.start(stack, patience_s=self.settings.gateway.limits.drain_s)
        stack.push_async_callback(self.audit.close)
        await self.audit.ready()

    async def _chain(
        self, stack: AsyncExitStack, deployments: Mapping[str, Deployment]
    ) -> Chain[Ahead]:
        config = self.settings.gateway
        self.nearness = nearness = Nearness(zone_of(self.settings))
        self.upstream = upstream = await asyncio.to_thread(
            arranged_upstream, self.settings, deployments, self._clock, nearness.took
        )
        await _started(stack, upstream.start, upstream.close)
        keys = self.settings.resolve(config.audit.keys)
        redaction_key = await asyncio.to_thread(read_secret, keys / REDACTION_KEY)
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

    async def _listen(self, stack: AsyncExitStack, chain: Chain[Ahead]) -> None:
        config = self.settings.gateway
        who = arranged_access(config.access)
        strangers = Strangers(chain=chain, clock=self._clock, counted=self.metrics.turned_away)
        await _started(stack, strangers.start, strangers.close)
        intake = Intake(
            max_bytes=config.limits.max_body_bytes, timeout_s=config.limits.read_timeout_s
        )
        self._load = Load(limit=config.limits.max_in_flight)
        recall = chain.redaction.recall
        shared = SurfaceParts(
            chain=chain,
            access=who,
            strangers=strangers,
            intake=intake,
            clock=self._clock,
            offload=offload,
            load=self._load,
            write_timeout_s=config.limits.write_timeout_s,
            tags=[each.tag(name) for name, each in config.tags.items()],
        )
        filing = SurfaceParts(
            **{**shared, "intake": replace(intake, max_bytes=config.limits.max_file_bytes)}
        )
        app = application(
            surfaces=[
                Surface(dialect=dialect, is_open=self._is_open, recall=recall, **shared)
                for dialect in WITH_OPENED.values()
            ],
            stored=[
                *(Stored(dialect=dialect, **shared) for dialect in DIALECTS),
                *(Stored(dialect=each, is_open=self._is_open, **filing) for each in KEEPING),
            ],
            models=[model.name for model in config.models],
            access=who,
            health=Health(ready=self.ready, generation=self._generation, metrics=self._exposition),
            defect=_defect,
            unserved=Unserved(
                forms=BY_NAME,
                chain=chain,
                access=who,
                strangers=strangers,
                clock=self._clock,
                load=self._load,
            ),
        )
        listener = Listener(app, self._address(), drain_s=config.limits.drain_s)
        await _started(stack, listener.start, listener.close)
        self.port = listener.port
        self.admin = arranged_admin(config.admin, self._routing_shown)
        if self.admin is not None:
            await _started(stack, self.admin.start, self.admin.close)
            log.info("gateway.admin", address=f"{self.admin.host}:{self.admin.port}")
        log.info("gateway.ready", address=f"{config.listen.host}:{self.port}")

    def _routing_shown(self) -> Mapping[str, Any]:
        now_s = self._clock.monotonic_s()
        connections = {name: asdict(sizes) for name, sizes in self.upstream.connections.items()}
        known = self.routing.healths
        return shown_routing(self.settings, known, now_s, self.nearness, connections)

    def _address(self) -> Address:
        listen = self.settings.gateway.listen
        tls = listen.tls
        return Address(
            host=listen.host,
            port=listen.port,
            certificate=self.settings.resolve(tls.certificate) if tls else None,
            private_key=self.settings.resolve(tls.private_key) if tls else None,
        )

    def _is_open(self, principal: Principal, surface: str) -> bool:
        """Whether the policy that is in force opens a surface; asked again of the request's own."""
        return surface in BY_NAME or self.policies.current.resolve(principal, surface).serves(
            surface
        )

    def ready(self) -> dict[str, bool]:
        """Each safeguard -> whether it can do its work now; all were proved at start."""
        return {
            "policy": bool(self.policies.current.documents),
            "detection": self.detectors.ready,
            "audit": self.audit.writable,
            "accepting": not self._draining,
        }

    def _generation(self) -> dict[str, str | int | bool]:
        """What is loaded, and whether what is counted is shared: a probe does not fail for that."""
        is_alone = self.accounts is not None and self.accounts.standing.is_alone
        return {**self.activation.generation(), "state": "local" if is_alone else "shared"}

    async def _exposition(self) -> bytes:
        return await self.metrics.exposition(
            State(
                in_flight=self._load.in_flight,
                unrecorded=self.audit.tally.unrecorded,
                audit_writable=self.audit.tally.problem is None,
                audit_space=self.audit.space,
                now_us=self._clock.now_us(),
                audit_collector=self.copies.shipped,
                audit_archive=self.copies.archived,
                detectors_alive=self.detectors.alive,
                policy_digest=self.policies.current.digest,
                policy_serial=self.policies.current.serial,
                policy_refused=self.activation.problem is not None,
                shadow_digest=self.shadow.digest if self.shadow else None,
                deployments=self.routing.healths,
                wires=Wires(
                    connections=self.upstream.connections,
                    connect_s=self.nearness.times,
                    look_ups=self.upstream.look_ups,
                ),
                now_s=self._clock.monotonic_s(),
                accounts=self.accounts.tally if self.accounts else None,
                answers=self.answers.tally if self.answers else None,
                standing=self.accounts.standing if self.accounts else None,
            )
        )

    def _ended(self, arrival: Arrival, journal: Journal) -> None:
        duration_us = self._clock.now_us() - arrival.received_us
        self.metrics.ended(arrival, journal, duration_s=duration_us / 1e6)
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
