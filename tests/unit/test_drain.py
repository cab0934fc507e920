"""How a gateway ends."""

import asyncio

import pytest

from guardrail_gw.drain import Drain
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.server.chat import Load
from guardrail_gw.serving import LimitsConfig


@pytest.mark.parametrize("what", ["in_flight", "passed_on"])
async def test_whoever_waits_for_an_answer_gets_it(what: str) -> None:
    """Also where another worker gives it."""
    load = Load(limit=10)
    setattr(load, what, 1)
    drain = Drain(LimitsConfig(drain_s=20), SystemClock())

    ending = asyncio.ensure_future(drain.end(load))
    done, _ = await asyncio.wait({ending}, timeout=0.3)
    assert not done
    setattr(load, what, 0)

    await asyncio.wait_for(ending, 5)
    assert load.is_over
