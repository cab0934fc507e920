"""What one who listens asks for, and hears.

Source: Model Context Protocol 2026-07-28, basic/patterns/subscriptions.
"""

from collections.abc import AsyncGenerator
from typing import Any, Final

from guardrail_gw.mcp.ports import Message, Peer
from guardrail_gw.mcp.servers import modern
from guardrail_gw.mcp.servers.inbox import Inbox
from guardrail_gw.mcp.servers.link import Exchange
from guardrail_gw.mcp.servers.messages import Kind, kind
from guardrail_gw.mcp_errors import ServerFailed

_UPDATED: Final = "notifications/resources/updated"
_FILTERS: Final = {
    "notifications/tools/list_changed": "toolsListChanged",
    "notifications/prompts/list_changed": "promptsListChanged",
    "notifications/resources/list_changed": "resourcesListChanged",
}
Names = frozenset[str]


def listening(peer: Peer, revision: str, kinds: Names, resources: Names) -> dict[str, Any]:
    """The params of `subscriptions/listen`."""
    chosen: dict[str, Any] = {_FILTERS[each]: True for each in sorted(kinds) if each in _FILTERS}
    if resources:
        chosen["resourceSubscriptions"] = sorted(resources)
    return {"_meta": modern.envelope(peer, revision), "notifications": chosen}


async def subscribed(
    exchange: Exchange, kinds: Names, resources: Names
) -> AsyncGenerator[Message, None]:
    """What is wanted of a subscription of the modern era; ServerFailed at its end."""
    while True:
        message = await exchange.next()
        if kind(message) is Kind.RESPONSE:
            raise ServerFailed("the server ended what it says unasked")
        if _is_wanted(message, kinds, resources):
            yield modern.without_subscription(message)


async def overheard(inbox: Inbox, kinds: Names, resources: Names) -> AsyncGenerator[Message, None]:
    """What is wanted of all that a session says; ServerFailed at its end."""
    while True:
        message = await inbox.next()
        if _is_wanted(message, kinds, resources):
            yield message


def _is_wanted(message: Message, kinds: Names, resources: Names) -> bool:
    method = message.get("method")
    if method == _UPDATED:
        return message.get("params", {}).get("uri") in resources
    return method in kinds
