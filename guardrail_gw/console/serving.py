"""A console, listening on loopback."""

import logging
import secrets
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from guardrail_gw.console.session import Door

Pages = Callable[[str], web.Application]
_HOST = "127.0.0.1"
_SILENT = logging.getLogger("guardrail_gw.console")  # aiohttp would quote addresses here
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class Serving:
    """A running console; use it as an async context manager."""

    def __init__(self, pages: Pages, door: Door, *, port: int = 0) -> None:
        """Nothing listens yet.

        Args:
            pages: makes the application; told the name of its cookie.
            door: the application's.
            port: 0 lets the system choose.
        """
        self._pages = pages
        self._door = door
        self.port = port
        self._runner: web.AppRunner | None = None

    @property
    def link(self) -> str:
        """The address that lets one browser in, once."""
        return f"http://{_HOST}:{self.port}/enter/{self._door.token}"

    async def __aenter__(self) -> Self:
        """Listen; raises OSError when the port is taken."""
        # A cookie knows no port: each console has one of its own name.
        cookie = f"guardrail-console-{secrets.token_hex(4)}"
        self._runner = web.AppRunner(
            self._pages(cookie), access_log=None, logger=_SILENT, shutdown_timeout=1.0
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, _HOST, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
