"""Listening: sockets, TLS, and a server that says nothing about what it was sent."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from guardrail_gw.errors import ConfigError
from guardrail_gw.server.application import direct
from guardrail_gw.server.connection import Connection
from guardrail_gw.server.sockets import BACKLOG, removed, unix_socket

_SILENT = logging.getLogger("guardrail_gw.http")  # aiohttp would quote bad request lines here
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen: a port, a path, or a socket that was made by somebody else."""

    host: str = ""
    port: int = 0
    """0 lets the system choose."""
    certificate: Path | None = None
    private_key: Path | None = None
    unix: Path | None = None
    unix_mode: int = 0o660
    is_shared: bool = False
    """Whether other processes listen on the same port."""
    made: socket.socket | None = None
    """Listens already."""


class _Server(web.Server):
    connection: type[Connection]

    def __call__(self) -> web.RequestHandler:
        return self.connection(self, loop=self._loop, **self._kwargs)


class _Runner(web.AppRunner):
    """Serves through `Connection`, surfaces first; aiohttp has no setting for either."""

    def __init__(
        self,
        app: web.Application,
        connection: type[Connection],
        **settings: Any,  # noqa: ANN401 - aiohttp's
    ) -> None:
        super().__init__(app, **settings)
        self._connection = connection

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        server = _Server(
            direct(self.app, made.request_handler),
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
        )
        server.connection = self._connection
        server._kwargs = made._kwargs  # noqa: SLF001 - what the runner was given
        return server


class Listener:
    """A running server; `port` is the real one."""

    def __init__(
        self,
        app: web.Application,
        address: Address,
        *,
        drain_s: float,
        ending: Callable[[], Awaitable[None]] | None = None,
        connection: type[Connection] = Connection,
    ) -> None:
        """Nothing is bound yet.

        Args:
            app: what is served.
            address: where.
            drain_s: how long handlers get when it closes, once `ending` has returned.
            ending: awaited when it closes, when nobody new is let in and before handlers end.
            connection: what each connection is.
        """
        if ending is not None:
            app.on_shutdown.append(lambda _: ending())
        self._runner = _Runner(
            app,
            connection,
            access_log=None,
            logger=_SILENT,
            handler_cancellation=True,  # a client that leaves ends its exchange at once
            auto_decompress=False,  # intake.py decodes, within bounds
            keepalive_timeout=75.0,
            shutdown_timeout=drain_s,
        )
        self._address = address
        self._tls: ssl.SSLContext | None = None
        self._own: socket.socket | None = None
        self.host = address.host
        self.port = address.port

    @property
    def place(self) -> str:
        """Where it listens, for people."""
        unix = self._address.unix
        return f"unix:{unix}" if unix else f"{self.host}:{self.port}"

    async def start(self) -> None:
        """Bind and serve.

        Raises:
            OSError: the address cannot be bound.
            ConfigError: the path cannot be, or a certificate is none.
        """
        self._tls = tls_context(self._address)
        await self._runner.setup()
        if self._address.unix is not None and self._address.made is None:
            unix, mode = self._address.unix, self._address.unix_mode
            self._own = await asyncio.to_thread(unix_socket, unix, mode)
        site = self._site(self._address)
        await site.start()
        if self._address.unix is None:
            self.port = int(self._runner.addresses[0][1])

    def _site(self, at: Address) -> web.BaseSite:
        if (made := at.made or self._own) is not None:
            return web.SockSite(self._runner, made, backlog=BACKLOG)
        return web.TCPSite(
            self._runner,
            at.host,
            at.port,
            ssl_context=self._tls,
            backlog=BACKLOG,
            reuse_port=at.is_shared or None,
        )

    async def check(self) -> None:
        """Try the certificate that lies there now, apart from the one in use.

        Raises:
            ConfigError: it is none, or not the key's.
        """
        if self._tls is not None:  # a context that a load has failed in is half changed
            await asyncio.to_thread(tls_context, self._address)

    def renew(self) -> None:
        """Take it for connections from here on; it was checked a moment ago.

        Raises:
            ConfigError: it is not what it was then.
        """
        if self._tls is not None:
            _load(self._tls, self._address)

    async def close(self) -> None:
        """Stop accepting, let running exchanges finish within the drain limit, close."""
        if self._own is not None and self._address.unix is not None:
            await asyncio.to_thread(removed, self._address.unix, self._own)
        await self._runner.cleanup()


def tls_context(address: Address) -> ssl.SSLContext | None:
    """What connections are made by; None without a certificate.

    Raises:
        ConfigError: the certificate is none, or the key is not its.
    """
    if address.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load(context, address)
    return context


def _load(context: ssl.SSLContext, address: Address) -> None:
    certificate = str(address.certificate)
    try:
        context.load_cert_chain(certificate, address.private_key, password=_unasked)
    except ssl.SSLError as error:
        why = error.reason or "not PEM"
        raise ConfigError(f"listen.tls: {certificate} and its key: {why}") from None
    except OSError as error:
        raise ConfigError(f"listen.tls: {certificate} or its key: {error.strerror}") from None


def _unasked() -> str:
    """An encrypted key is refused; OpenSSL would ask for its passphrase at the terminal."""
    return ""
