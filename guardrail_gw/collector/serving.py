"""A collector, running: its composition, started and stopped in order."""

import asyncio
import logging
import ssl
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import structlog
from aiohttp import web

from guardrail_gw.collector.app import Desk, Watch
from guardrail_gw.collector.intake import Cosigner, Intake
from guardrail_gw.collector.metrics import CollectorMetrics
from guardrail_gw.collector.settings import CollectorSettings
from guardrail_gw.collector.store import Store
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.private import load_signer
from guardrail_gw.keys.secret_files import read_secret

_DRAIN_S = 5.0
_SILENT = logging.getLogger("guardrail_gw.collector")  # aiohttp would quote bad request lines here
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False
log = structlog.get_logger()


class Collector:
    """One collector; `async with Collector(settings, clock) as collector` starts and stops it."""

    def __init__(self, settings: CollectorSettings, clock: Clock) -> None:
        """Nothing is opened yet."""
        self.settings = settings
        self.port = 0
        """Where gateways connect, once started."""
        self.watch_port = 0
        self.metrics = CollectorMetrics()
        self._clock = clock
        self._exit = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start: key, database, listeners.

        Raises:
            ConfigError: a file is wrong, or the database's role may do too much.
            DatabaseDownError: the database cannot be reached.
            OSError: an address cannot be bound.
        """
        async with AsyncExitStack() as stack:
            await self._start(stack)
            self._exit = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop: finish the parcels that are being taken, then let go of the database."""
        await self._exit.aclose()
        log.info("collector.stopped")

    async def _start(self, stack: AsyncExitStack) -> None:
        settings, config = self.settings, self.settings.config
        key = await asyncio.to_thread(load_signer, settings.resolve(config.key))
        dsn = await asyncio.to_thread(read_secret, settings.resolve(config.database))
        context = await asyncio.to_thread(_tls, settings)
        store = await Store.open(dsn.decode("utf-8", "replace").strip())
        stack.push_async_callback(store.close)
        for each in config.gateways:
            self.metrics.known(each.certificate)
        intake = Intake(store, Cosigner(name=config.name, key=key), self._clock)
        desk = Desk(settings, store, intake, self._clock, self.metrics)
        listen, watch = config.listen, config.watch
        self.port = await _listen(stack, desk.application(), (listen.host, listen.port), context)
        if watch is not None:
            app = Watch(store, self.metrics).application()
            self.watch_port = await _listen(stack, app, (watch.host, watch.port), None)
        log.info("collector.ready", address=f"{listen.host}:{self.port}")


async def _listen(
    stack: AsyncExitStack,
    app: web.Application,
    address: tuple[str, int],
    context: ssl.SSLContext | None,
) -> int:
    runner = web.AppRunner(app, access_log=None, logger=_SILENT, shutdown_timeout=_DRAIN_S)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, *address, ssl_context=context)
    await site.start()
    return int(runner.addresses[0][1])


def _tls(settings: CollectorSettings) -> ssl.SSLContext:
    """Nobody gets further than the handshake without a certificate of the named authorities."""
    tls = settings.config.listen.tls
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_cert_chain(
            settings.resolve(tls.certificate), settings.resolve(tls.private_key)
        )
        context.load_verify_locations(settings.resolve(tls.clients))
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"{settings.path}: listen.tls: a certificate or key cannot be read"
            f" ({error.strerror or 'not in PEM form, or they do not belong together'})"
        ) from None
    return context
