"""`make soak-mixed` for some seconds, and that its judge is no fool."""

import asyncio
import os
from collections import Counter
from pathlib import Path

import pytest

from tests.soak.mixed import READINGS, Reading, Soaked, counted, judged, soaked
from tests.soak.surfaces import DEPLOYED, KINDS, Way
from tests.support.world import world


@pytest.mark.e2e
@pytest.mark.allow_blocking
@pytest.mark.skipif("CI" in os.environ, reason="`make soak-mixed` takes its time")
async def test_counts_are_equal_for_some_seconds(tmp_path: Path) -> None:
    """All surfaces, whole and streamed: each request is received once and on record once."""
    run = await soaked(tmp_path, 6, texts=300)

    told = [each for each in run.problems if "memory" not in each and "p99" not in each]
    assert told == []  # those two need more than seconds, and a machine of their own
    assert run.came["ok"] == run.came.total() > 2 * len(KINDS)
    assert {kind.path.split("/")[-1] for kind in KINDS} >= {"messages", "responses", "embeddings"}
    assert [kind.path for kind in run.kinds[-3:]] == ["/mcp/desk", "/mcp", "/mcp/desk"]
    assert run.asked[Way.TOOLS] > 6
    assert len(run.readings) == READINGS
    assert len(DEPLOYED) == 6


async def test_no_task_is_left_of_requests(tmp_path: Path) -> None:
    """After each round as many run as before it."""
    async with world(tmp_path) as here:

        async def after(requests: int) -> int:
            for number in range(requests):
                await here.ask(f"may person{number}@example.org?", stream=number % 2 == 0)
            await asyncio.sleep(0.1)
            return len(asyncio.all_tasks())

        counts = [await after(10) for _ in range(4)]

        assert max(counts[1:]) <= counts[0]


def steady(**more: float) -> list[Reading]:
    """An hour in which nothing happens, but for what is said to grow, in each reading."""
    return [
        Reading(
            at_s=180.0 * n,
            memory_kb={"gateway": 100_000 + more.get("memory", 0) * n},
            threads=round(9 + more.get("threads", 0) * n),
            p99_ms=20 + more.get("p99", 0) * n,
            requests=100,
            work_ms=2 + more.get("work", 0) * n,
        )
        for n in range(1, READINGS + 1)
    ]


@pytest.mark.parametrize(
    ("what", "each", "is_told"),
    [
        ("memory", 40, False),
        ("memory", 100, True),
        ("files", 8, False),
        ("files", 9, True),
        ("threads", 2, True),
        ("p99", 0.5, False),
        ("p99", 9, True),
    ],
)
def test_what_grows_is_told(what: str, each: float, is_told: object) -> None:
    """One percent in an hour, eight descriptors or threads, half as much again of p99."""
    resting = [50, 50 + round(each if what == "files" else 0)]
    run = Soaked(readings=steady(**{what: each}), resting=resting, came=Counter(ok=100))

    assert bool(list(judged(run))) is is_told


@pytest.mark.parametrize(
    ("work", "may_slow", "is_told"),
    [(0, True, True), (0.01, True, True), (0.1, True, False), (0.1, False, True)],
)
def test_a_slower_machine_says_nothing_of_the_gateway(
    work: float, is_told: object, *, may_slow: bool
) -> None:
    """Where that is allowed for, and only if the same work took it longer; it is said, too."""
    run = Soaked(readings=steady(p99=9, work=work), resting=[50, 50], came=Counter(ok=100))

    assert bool(list(judged(run, may_slow=may_slow))) is is_told
    assert bool(run.notes) is not is_told


async def test_a_count_that_differs_is_told(tmp_path: Path) -> None:
    """One request more that the provider received."""
    async with world(tmp_path) as here:
        for _ in range(3):
            await here.ask("hello")

    def told(received: int) -> list[str]:
        came = {Way.MODELS: received}
        return list(counted(tmp_path, tmp_path / "audit", came, {Way.MODELS: 3}))

    assert await asyncio.to_thread(told, 3) == []
    assert await asyncio.to_thread(told, 4) == [
        "models: 3 asked, 3 intents, 3 outcomes, 3 attempts, 4 received"
    ]
