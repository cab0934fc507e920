"""How often the program of a server is started."""

import pytest

from guardrail_gw.mcp.servers.pace import Pace
from guardrail_gw.mcp_errors import ServerFailed
from tests.support.routing_world import OwnClock


@pytest.mark.mcp_row(24)
async def test_a_program_is_not_started_without_end() -> None:
    """A few at once, then one a second, and whoever would wait too long is told when to come."""
    clock = OwnClock()
    pace = Pace("files", 2, clock)

    for _ in range(4):
        await pace.start()
    at_once = [*clock.slept]
    await pace.start()

    assert at_once == []
    assert clock.slept == [pytest.approx(1.0)]


async def test_whoever_would_wait_too_long_is_refused() -> None:
    """Starts that were asked for at once and have their turn later than five seconds from now."""
    clock = OwnClock()
    pace = Pace("files", 1, clock)
    pace._left = -5.0  # noqa: SLF001 - seven have been started within a second

    with pytest.raises(ServerFailed, match="too often") as refused:
        await pace.start()

    assert refused.value.wait_s == pytest.approx(6.0)
    assert clock.slept == []


async def test_one_that_keeps_ending_is_left_alone_longer_and_longer() -> None:
    """The first may be started again at once; each of the next has to wait twice as long."""
    clock = OwnClock()
    pace, waits = Pace("files", 64, clock), []

    for _ in range(4):
        pace.ended(0.1)
        try:
            await pace.start()
        except ServerFailed as refused:
            waits.append(refused.retry_after_s)

    assert waits == [pytest.approx(0.5), pytest.approx(1.0), pytest.approx(2.0)]
