"""Catalogue, pins and tools put together, for a gateway and for the commands that look at one."""

import asyncio
from collections.abc import Mapping
from typing import Final

from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import AuditDown
from guardrail_gw.mcp.aggregate.kinds import Kind
from guardrail_gw.mcp.aggregate.paging import Lack, Listing
from guardrail_gw.mcp.catalogue import Catalogue, Offering
from guardrail_gw.mcp.control.pins import Pin, ToolSet, tool_set
from guardrail_gw.mcp.pin_file import PinFile
from guardrail_gw.mcp.pinned import Pinned, Record
from guardrail_gw.mcp.ports import Server
from guardrail_gw.mcp.tools import Tools
from guardrail_gw.mcp_errors import ServerFailed
from guardrail_gw.mcp_servers import McpConfig

LOOK_S: Final = 2.0
"""Between one look at the file of pins and the next."""


class Governed:
    """All servers, as their clients may see them."""

    kinds = Kind

    def __init__(self, catalogue: Catalogue, pinned: Pinned, tools: Tools, clock: Clock) -> None:
        self.catalogue = catalogue
        self.pinned = pinned
        self.tools = tools
        self._clock = clock
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read the pins, listen to the servers, and look at the pins again and again."""
        await self.pinned.look()
        await self.catalogue.start()
        self._looking = asyncio.create_task(self._look())  # noqa: TID251 - `close` awaits it

    async def close(self) -> None:
        """Stop all of it; the servers are closed by whoever made them."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await self.catalogue.close()

    async def offered(self, server: str) -> ToolSet:
        """What a server offers now, as it would be pinned.

        Raises:
            UpstreamFault: it does not answer.
        """
        listing = await self.catalogue.listing(server, Kind.TOOLS)
        if isinstance(listing, Lack) or {Lack.TIMEOUT, Lack.FAILED} & {*listing.lacks}:
            raise ServerFailed(f"server {server!r} does not say which tools it has")
        return await offered(self.catalogue, server, listing)

    async def _look(self) -> None:
        while True:
            await self._clock.sleep(LOOK_S)
            if await self.pinned.look():
                self.catalogue.tell_all()


def governed(
    config: McpConfig,
    servers: Mapping[str, Server],
    file: PinFile,
    *,
    clock: Clock,
    record: Record | None,
) -> Governed:
    """Put together what is governed.

    Args:
        config: what the operator wrote.
        servers: id -> the server; one for each that is configured.
        file: of the pins.
        clock: for how long lists are kept, and when pins were made.
        record: has a pin on record before it counts; None: nothing is pinned by looking at it.
    """
    when = {each.id: each.pin for each in config.servers} if record else {}
    pinned = Pinned(file, when=when, clock=clock, record=record or _unrecorded)

    async def changed(server: str, listing: Listing) -> None:
        if listing.kind is Kind.TOOLS:
            await pinned.first(server, await offered(catalogue, server, listing))

    offerings = [
        Offering(server=servers[each.id], list_s=each.timeouts.list_s) for each in config.servers
    ]
    catalogue = Catalogue(offerings, clock=clock, keep_s=config.lists_s, changed=changed)
    return Governed(catalogue, pinned, Tools(catalogue, pinned, config.aggregate), clock)


async def offered(catalogue: Catalogue, server: str, listing: Listing) -> ToolSet:
    """The tools of a list together with the instructions."""
    described = await catalogue.described(server)
    return tool_set(listing.entries, described.instructions)


async def _unrecorded(server: str, pin: Pin) -> None:
    """Nobody pins where nothing is recorded."""
    raise AuditDown(f"no pin of {server} ({pin.by}) can be recorded here")
