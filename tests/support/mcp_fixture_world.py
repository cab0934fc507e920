"""What the test server remembers: sessions, who watches what, and whom it tells of changes."""

from dataclasses import dataclass, field
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.streamable_http import EventCallback, EventMessage, EventStore
from mcp.server.subscriptions import InMemorySubscriptionBus
from mcp.shared.subscriptions import (
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
    ToolsListChanged,
)


@dataclass(slots=True, kw_only=True)
class World:
    """One server's memory."""

    bus: InMemorySubscriptionBus
    levels: dict[str, str] = field(default_factory=dict)
    watched: dict[str, dict[str, ServerSession]] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    """What `remember` was told, by session: to see whether sessions are shared."""
    calls: int = 0
    """How many tools were called."""

    def session(self, ctx: ServerRequestContext[Any, Any]) -> str:
        """The session's name; over stdio there is one, in the modern era none."""
        headers = getattr(ctx.request, "headers", None)
        return headers.get("mcp-session-id", "none") if headers is not None else "stdio"

    async def tell(self, ctx: ServerRequestContext[Any, Any], event: ServerEvent) -> None:
        """Tell subscribers of the modern era, and the session of the legacy era that asked."""
        await self.bus.publish(event)
        if isinstance(event, ToolsListChanged):
            await ctx.session.send_tool_list_changed()
        elif isinstance(event, PromptsListChanged):
            await ctx.session.send_prompt_list_changed()
        elif isinstance(event, ResourcesListChanged):
            await ctx.session.send_resource_list_changed()
        elif isinstance(event, ResourceUpdated):
            for session in self.watched.get(event.uri, {}).values():
                await session.send_resource_updated(event.uri)


class Kept(EventStore):
    """What was sent, in the legacy era, so that a stream can go on where it ended."""

    def __init__(self) -> None:
        self._events: list[tuple[str, types.JSONRPCMessage | None]] = []

    async def store_event(self, stream_id: str, message: types.JSONRPCMessage | None) -> str:
        """Keep one; its id is its place."""
        self._events.append((stream_id, message))
        return str(len(self._events))

    async def replay_events_after(
        self, last_event_id: str, send_callback: EventCallback
    ) -> str | None:
        """Send those of the same stream that came later."""
        at = int(last_event_id)
        if not 0 < at <= len(self._events):
            return None
        stream = self._events[at - 1][0]
        for place, (of, message) in enumerate(self._events[at:], at + 1):
            if of == stream and message is not None:
                await send_callback(EventMessage(message, str(place)))
        return stream


def lacks(ctx: ServerRequestContext[Any, Any], capability: types.ClientCapabilities) -> bool:
    """Whether the client did not declare it."""
    return not ctx.session.check_client_capability(capability)
