"""The collector's two listeners: gateways come with a certificate, probes without.

    GET  /v1/standing?origin=...           how far a log was accepted
    POST /v1/parcels?origin=...&start=n    records and checkpoints (audit/parcel.py); the answer is
                                           the collector's cosignature over the last of them
    GET  /healthz /readyz /metrics         on the other listener, if there is one

A client is who its certificate says, and may send the logs of the origin keys that the collector's
list has beside that name, and no others.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
from aiohttp import web

from guardrail_gw.audit.continuation import ContradictionError
from guardrail_gw.audit.record import RecordError
from guardrail_gw.collector.database import DatabaseDownError
from guardrail_gw.collector.intake import Acknowledged, Intake, OutOfStepError, Sender
from guardrail_gw.collector.metrics import CollectorMetrics
from guardrail_gw.collector.settings import CollectorSettings
from guardrail_gw.collector.store import Store
from guardrail_gw.core.ports import Clock

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_MAX_ORIGIN = 200
_MAX_SIZE = 2**53
log = structlog.get_logger()


class BrokenOffError(RecordError):
    """The gateway, or the way to it, was gone in the middle of a parcel."""


class RefusedError(Exception):
    """A request that is answered with a code."""

    def __init__(self, status: int, code: str, message: str, size: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.size = size

    def response(self) -> web.Response:
        """The answer."""
        said: dict[str, object] = {"code": self.code, "message": str(self)}
        if self.size is not None:
            said["size"] = self.size
        return web.json_response({"error": said}, status=self.status)


class Desk:
    """What gateways ask of a collector."""

    def __init__(
        self,
        settings: CollectorSettings,
        store: Store,
        intake: Intake,
        clock: Clock,
        metrics: CollectorMetrics,
    ) -> None:
        self._settings = settings
        self._store = store
        self._intake = intake
        self._clock = clock
        self._metrics = metrics

    def application(self) -> web.Application:
        """The routes for gateways."""
        app = web.Application()
        app.router.add_get("/v1/standing", _answering(self.standing))
        app.router.add_post("/v1/parcels", _answering(self.parcel))
        return app

    async def standing(self, request: web.Request) -> web.Response:
        """How far a log was accepted."""
        sender = self._sender(request)
        try:
            stood = await self._store.stood(sender.origin)
        except DatabaseDownError as down:
            raise _unavailable(down) from None
        said = {"size": stood.standing.size, "cosignature": stood.cosignature}
        return web.json_response(said)

    async def parcel(self, request: web.Request) -> web.Response:
        """Take records; the answer acknowledges them."""
        sender = self._sender(request)
        result = "refused"
        try:
            taken = await self._taken(sender, _start(request), self._pieces(request))
            result = "accepted"
        except RefusedError as refused:
            result = refused.code.partition(".")[2]
            raise
        finally:
            self._metrics.parcels.labels(sender.gateway, result).inc()
        self._metrics.records.labels(sender.gateway).inc(taken.records)
        self._metrics.accepted.labels(sender.gateway).set(self._clock.now_us() / 1e6)
        return web.json_response({"size": taken.size, "cosignature": taken.cosignature})

    async def _taken(
        self, sender: Sender, start: int, pieces: AsyncIterator[bytes]
    ) -> Acknowledged:
        try:
            return await self._intake.take(sender, start, pieces)
        except OutOfStepError as behind:
            raise RefusedError(409, "collector.out_of_step", str(behind), behind.size) from None
        except ContradictionError as found:
            self._metrics.forks.labels(sender.gateway).inc()
            raise RefusedError(409, "collector.forked", str(found)) from None
        except BrokenOffError as error:
            raise RefusedError(400, "collector.broken_off", str(error)) from None
        except RecordError as error:
            log.warning("collector.refused", gateway=sender.gateway, problem=str(error))
            raise RefusedError(422, "collector.refused", str(error)) from None
        except DatabaseDownError as down:
            raise _unavailable(down) from None

    def _sender(self, request: web.Request) -> Sender:
        """Who asks about which log; raises RefusedError when it is not theirs."""
        origin = request.query.get("origin", "")
        known = None
        if 0 < len(origin) <= _MAX_ORIGIN:
            known = self._settings.key_of(_names(request), origin)
        if known is None:
            log.warning("collector.turned_away", address=request.remote or "")
            raise RefusedError(
                403, "collector.unknown_log", "the certificate's name may not send this log"
            )
        return Sender(gateway=known[0], origin=origin, key=known[1])

    async def _pieces(self, request: web.Request) -> AsyncIterator[bytes]:
        silence_s = self._settings.config.read_timeout_s
        try:
            while True:
                async with asyncio.timeout(silence_s):
                    piece = await request.content.readany()
                if not piece:
                    return
                yield piece
        except (OSError, TimeoutError, web.RequestPayloadError):
            raise BrokenOffError("the parcel broke off") from None


class Watch:
    """What probes and Prometheus ask."""

    def __init__(self, store: Store, metrics: CollectorMetrics) -> None:
        self._store = store
        self._metrics = metrics

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application()
        app.router.add_get("/healthz", self._alive)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._exposed)
        return app

    async def _alive(self, _: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _ready(self, _: web.Request) -> web.Response:
        try:
            await self._store.ask()
        except DatabaseDownError:
            return web.Response(text="the database does not answer\n", status=503)
        return web.Response(text="ready\n")

    async def _exposed(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics.exposition(), content_type="text/plain")


def _answering(handler: Handler) -> Handler:
    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except RefusedError as refused:
            return refused.response()
        except Exception as error:
            # Nobody foresaw it; its text could hold anything.
            log.error("gateway.defect", exception=type(error).__name__)  # noqa: TRY400 - ditto
            raise

    return answered


def _unavailable(down: DatabaseDownError) -> RefusedError:
    log.error("collector.database", problem=str(down))
    return RefusedError(503, "collector.unavailable", str(down))


def _start(request: web.Request) -> int:
    text = request.query.get("start", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_MAX_SIZE))):
        raise RefusedError(422, "collector.refused", "start is not the index of a record")
    return int(text)


def _names(request: web.Request) -> frozenset[str]:
    """The DNS names in the certificate that the client has proved to be its own."""
    transport = request.transport
    certificate = transport.get_extra_info("peercert") if transport is not None else None
    names = (certificate or {}).get("subjectAltName", ())
    return frozenset(str(name).lower() for kind, name in names if kind == "DNS")
