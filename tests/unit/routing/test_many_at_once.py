"""Requests that are under way together when a deployment fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random  # noqa: TID251 - seeded, so that a failure repeats
from typing import Any, cast

from guardrail_gw.core.ports import Dialect, UpstreamResponse
from guardrail_gw.routing.dispatch import Routing
from guardrail_gw.routing.search import RoutingLimits
from tests.support.routing_world import (
    GOOD,
    TIMEOUT,
    LetterDialect,
    OwnClock,
    Providers,
    deployment,
    recorded,
)


class Late(Providers):
    """All who ask at the same time are under way before the first of them is told."""

    @asynccontextmanager
    async def send(self, *args: Any, **more: Any) -> AsyncIterator[UpstreamResponse]:
        for _ in range(20):
            await asyncio.sleep(0)
        async with super().send(*args, **more) as response:
            yield response


async def test_many_that_miss_at_once_all_get_to_one_that_is_well() -> None:
    """They were sent before a breaker could open, and are more than the retry budget holds."""
    clock = OwnClock()
    routing = Routing(
        upstream=Late(clock, {"a": [TIMEOUT], "b": [GOOD]}),
        dialects={"letters": cast("Dialect", LetterDialect())},
        clock=clock,
        still_lawful=lambda placed, d: d in placed.lawful,
        limits=RoutingLimits(),
        jitter=Random(1),  # noqa: S311 - repeatable
    )
    lawful = [deployment("a", "1"), deployment("b", "2")]

    async def ask() -> str:
        async with routing.dispatch(recorded(lawful, stream=True)) as reply:
            return reply.deployment.id

    assert await asyncio.gather(*(ask() for _ in range(300))) == ["b"] * 300
