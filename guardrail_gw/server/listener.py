"""Listening: sockets, TLS, and a server that says nothing about what it was sent."""

import logging
import ssl
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from guardrail_gw.server.application import direct
from guardrail_gw.server.connection import Connection

_SILENT = logging.getLogger("guardrail_gw.http")  # aiohttp would quote bad request lines here
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen."""

    host: str
    port: int
    """0 lets the system choose."""
    certificate: Path | None = None
    private_key: Path | None = None


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)


class _Runner(web.AppRunner):
    """Serves through `Connection`, surfaces first; aiohttp has no setting for either."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        server = _Server(
            direct(self.app, made.request_handler),
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
        )
        server._kwargs = made._kwargs  # noqa: SLF001 - what the runner was given
        return server


class Listener:
    """A running server; `port` is the real one."""

    def __init__(self, app: web.Application, address: Address, *, drain_s: float) -> None:
        self._runner = _Runner(
            app,
            access_log=None,
            logger=_SILENT,
            handler_cancellation=True,  # a client that leaves ends its exchange at once
            auto_decompress=False,  # intake.py decodes, within bounds
            keepalive_timeout=75.0,
            shutdown_timeout=drain_s,
        )
        self._address = address
        self.host = address.host
        self.port = address.port

    async def start(self) -> None:
        """Bind and serve.

        Raises:
            OSError: the address cannot be bound.
        """
        await self._runner.setup()
        site = web.TCPSite(
            self._runner,
            self._address.host,
            self._address.port,
            ssl_context=_tls(self._address),
            backlog=1024,
        )
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Stop accepting, let running exchanges finish within the drain limit, close."""
        await self._runner.cleanup()


def _tls(address: Address) -> ssl.SSLContext | None:
    if address.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(address.certificate, address.private_key)
    return context
