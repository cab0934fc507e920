"""Deadlines on the event loop's own clock."""

import asyncio

import pytest

from guardrail_gw.deadline import Deadlines

NEVER_S = 60.0


async def test_who_is_late_is_told_in_the_order_of_the_deadlines() -> None:
    """Each of several tasks ends when it is due, whichever began first."""
    deadlines, told = Deadlines(), list[float]()

    async def late(seconds: float) -> None:
        with pytest.raises(TimeoutError), deadlines.within(seconds):
            await asyncio.sleep(NEVER_S)
        told.append(seconds)

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        for seconds in (0.06, 0.12, 0.03, 0.0):
            tasks.create_task(late(seconds))

    assert told == [0.0, 0.03, 0.06, 0.12]


async def test_who_is_in_time_is_left_alone() -> None:
    """Neither what is done within the deadline nor what comes after it is ended."""
    deadlines = Deadlines()

    with deadlines.within(0.03):
        done = await asyncio.sleep(0, "in time")
    after = await asyncio.sleep(0.08, "later")

    assert (done, after) == ("in time", "later")


async def test_an_error_within_is_not_hidden() -> None:
    """What went wrong before the deadline is what is told."""
    deadlines = Deadlines()

    with pytest.raises(KeyError), deadlines.within(NEVER_S):
        raise KeyError


@pytest.mark.parametrize("is_due", [True, False])
async def test_a_cancellation_by_others_stays_one(*, is_due: bool) -> None:
    """A client that leaves in the very moment of the deadline has left all the same."""
    deadlines = Deadlines()
    deadline = deadlines.within(NEVER_S)

    async def waits() -> None:
        with deadline:
            await asyncio.sleep(NEVER_S)

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(waits())
        await asyncio.sleep(0)
        task.cancel()
        if is_due:
            deadline.expire()

    assert task.cancelled()


async def test_a_deadline_bounds_a_task() -> None:
    """Where nothing can be cancelled it is refused at once."""
    deadlines, refused = Deadlines(), asyncio.get_running_loop().create_future()

    def outside() -> None:
        try:
            with deadlines.within(1):
                pass
        except RuntimeError as error:
            refused.set_result(str(error))

    asyncio.get_running_loop().call_soon(outside)

    assert await refused == "a deadline bounds a task"
