"""Whoever waits is told when it is time, and nobody else."""

import asyncio

from guardrail_gw.mcp.front.silence import Silence


class Waiting:
    """Notes when it is told."""

    def __init__(self) -> None:
        """Not told yet."""
        self.told_s = list[float]()

    def kept_waiting(self) -> None:
        """Note it."""
        self.told_s.append(asyncio.get_running_loop().time())


async def test_each_is_told_once_after_its_own_time() -> None:
    """One that came later is told later, by the same timer; one that ended is not told."""
    loop, silence = asyncio.get_running_loop(), Silence(0.05)
    first, ended, second = Waiting(), Waiting(), Waiting()

    began_s = loop.time()
    silence.begin(first)
    silence.begin(ended)
    await asyncio.sleep(0.03)
    silence.begin(second)
    second_s = loop.time()
    silence.end(ended)
    await asyncio.sleep(0.2)

    assert ended.told_s == []
    assert [len(each.told_s) for each in (first, second)] == [1, 1]
    assert first.told_s[0] >= began_s + 0.05
    assert second.told_s[0] >= second_s + 0.04
    assert first.told_s < second.told_s


async def test_the_timer_is_set_anew_for_whoever_comes_after_it_fired() -> None:
    """A silence that begins when nobody waited any more is told of, too."""
    silence = Silence(0.02)
    for _ in range(2):
        who = Waiting()
        silence.begin(who)
        await asyncio.sleep(0.1)

        assert len(who.told_s) == 1
