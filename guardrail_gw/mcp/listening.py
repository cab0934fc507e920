"""What all servers say unasked, on one stream: changes of lists and of resources."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, Final

from guardrail_gw.errors import Refusal
from guardrail_gw.mcp.aggregate.kinds import Kind
from guardrail_gw.mcp.aggregate.uris import inward
from guardrail_gw.mcp.front.endpoint import Endpoint, Posted
from guardrail_gw.mcp.ports import Ask, Message
from guardrail_gw.mcp.tools import Tools
from guardrail_gw.policy.tools import ToolRules

_WAITING: Final = 256
"""Notifications that a client has not read; further changes of lists are one of them already."""
_WANTED: Final = {
    "toolsListChanged": (Kind.TOOLS,),
    "promptsListChanged": (Kind.PROMPTS,),
    "resourcesListChanged": (Kind.RESOURCES, Kind.TEMPLATES),
}


@asynccontextmanager
async def listening(
    singles: Mapping[str, Endpoint], tools: Tools, rules: ToolRules, ask: Ask, posted: Posted
) -> AsyncIterator[AsyncGenerator[Message, None]]:
    """Open the stream.

    Args:
        singles: server -> its own endpoint.
        tools: whose catalogue hears of changes, and who names things.
        rules: of the caller's policy.
        ask: with what is wanted, in names of the endpoint of all servers.
        posted: what else came with it.
    """
    told: asyncio.Queue[Message] = asyncio.Queue(_WAITING)
    wanted = ask.params.get("notifications")
    wanted = wanted if isinstance(wanted, Mapping) else {}
    kinds = {kind for name, each in _WANTED.items() if wanted.get(name) is True for kind in each}

    def changed(server: str, kind: Kind) -> None:
        if kind in kinds and rules.uses(server):
            with suppress(asyncio.QueueFull):
                told.put_nowait({"method": kind.changed, "params": {}})

    pumps = [
        _pump(singles[server], tools, each, posted, told)
        for server, each in _by_server(singles, ask, wanted).items()
        if rules.uses(server)
    ]
    forget = tools.catalogue.hear(changed)
    try:
        async with _beside(pumps), aclosing(_said(told)) as messages:
            yield messages
    finally:
        forget()


@asynccontextmanager
async def _beside(pumps: Iterable[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run these beside the body; a refusal that ends it is raised as it is, and in no group."""
    over: Refusal | None = None
    async with asyncio.TaskGroup() as tasks:
        begun = [tasks.create_task(pump) for pump in pumps]
        try:
            yield
        except Refusal as refusal:
            over = refusal
        finally:
            for each in begun:
                each.cancel()
    if over is not None:
        raise over


def _by_server(
    singles: Mapping[str, Endpoint], ask: Ask, wanted: Mapping[str, Any]
) -> dict[str, Ask]:
    """What is asked of each server: those of its resources that are wanted."""
    uris = wanted.get("resourceSubscriptions")
    found: dict[str, list[str]] = {}
    for uri in uris if isinstance(uris, list) else ():
        at = inward(uri, singles) if isinstance(uri, str) else None
        if at is not None:
            found.setdefault(at.server, []).append(at.uri)
    return {
        server: replace(ask, params={"notifications": {"resourceSubscriptions": own}})
        for server, own in found.items()
    }


async def _pump(
    single: Endpoint, tools: Tools, ask: Ask, posted: Posted, told: "asyncio.Queue[Message]"
) -> None:
    """Pass on what one server says; one that cannot be listened to says nothing."""
    telling = tools.telling(single.name)
    with suppress(Refusal):
        async with single.call(ask, posted) as running:
            async for message in running.messages:
                if "method" in message:
                    await told.put(telling.notification(message))


async def _said(told: "asyncio.Queue[Message]") -> AsyncGenerator[Message, None]:
    while True:
        yield await told.get()
