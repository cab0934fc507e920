"""Exchanges that are ended because the gateway stops, and those that end for other reasons."""

import asyncio

import pytest

from guardrail_gw.errors import Stopping
from guardrail_gw.server.stops import Stops


async def running(stops: Stops, begun: asyncio.Event, told: list[str]) -> None:
    """An exchange that would take for ever."""
    async with stops.exchange():
        try:
            begun.set()
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            told.append("left")
            raise


async def test_what_the_gateway_ends_is_a_refusal() -> None:
    """Within, it is a cancellation like any other; outside, it says why; the task goes on."""
    stops, begun, told = Stops(), asyncio.Event(), list[str]()

    async def exchange() -> str:
        try:
            await running(stops, begun, told)
        except Stopping as refusal:
            await asyncio.sleep(0)  # it can still tell its client
            return refusal.code
        return "ended"

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(exchange())
        await begun.wait()
        stops.end()
        stops.end()

    assert (task.result(), told) == ("server.stopping", ["left"])
    assert not stops.under_way


async def test_a_client_that_leaves_is_none_of_it() -> None:
    """A cancellation by anybody else stays one, also if both come together."""
    stops, begun, told = Stops(), asyncio.Event(), list[str]()
    task = asyncio.get_running_loop().create_task(running(stops, begun, told))
    await begun.wait()
    task.cancel()
    stops.end()

    with pytest.raises(asyncio.CancelledError):
        await task

    assert told == ["left"]


async def test_an_exchange_that_has_ended_is_not_ended_again() -> None:
    """Nobody is under way any more, so nothing is cancelled."""
    stops = Stops()
    async with stops.exchange() as exchange:
        pass
    exchange.end()
    stops.end()

    await asyncio.sleep(0)
