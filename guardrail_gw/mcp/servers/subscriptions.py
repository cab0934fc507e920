"""The resources whose changes a server of the legacy era was asked to tell, for all who listen."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from guardrail_gw.errors import UpstreamFault
from guardrail_gw.mcp.servers.link import LinkGone

Ask = Callable[[str, dict[str, Any]], Awaitable[object]]
"""Takes a method and its parameters; raises UpstreamFault where the server does not take it."""


class Subscriptions:
    """Each resource is asked for once, and until the last one who listens has gone."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._wanted: dict[str, int] = {}

    async def add(self, uris: frozenset[str]) -> None:
        """One more wants these, and drops all of them in the end, whatever comes of it.

        Raises:
            UpstreamFault: the server does not take one.
        """
        new = sorted(uris - self._wanted.keys())
        for uri in uris:
            self._wanted[uri] = self._wanted.get(uri, 0) + 1
        for uri in new:
            await self._ask("resources/subscribe", {"uri": uri})

    async def drop(self, uris: frozenset[str]) -> None:
        """One fewer does; a server that is gone need not be told."""
        for uri in uris & self._wanted.keys():
            self._wanted[uri] -= 1
            if self._wanted[uri] == 0:
                del self._wanted[uri]
                with contextlib.suppress(UpstreamFault, LinkGone):
                    await self._ask("resources/unsubscribe", {"uri": uri})
