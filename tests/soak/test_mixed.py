"""`make soak-mixed` for some seconds, and that its judge is no fool."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench.machine import resident_kb
from tests.soak.judge import Reading, Soaked, counted, judged
from tests.soak.mixed import READINGS, soaked
from tests.soak.surfaces import DEPLOYED, KINDS, Way
from tests.support.world import world


@pytest.mark.e2e
@pytest.mark.allow_blocking
@pytest.mark.skipif("CI" in os.environ, reason="`make soak-mixed` takes its time")
async def test_counts_are_equal_for_some_seconds(tmp_path: Path) -> None:
    """All surfaces, whole and streamed: each request is received once and on record once."""
    run = await soaked(tmp_path, 6, texts=300)

    of_time = ("memory", "p99", "processor")
    told = [each for each in run.problems if not any(what in each for what in of_time)]
    assert told == []  # those need more than seconds, and a machine of their own
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
            memory_kb={"gateway": 100_000 + more.get("shared", 0) * n},
            held_kb={"gateway": 120_000 + more.get("memory", 0) * n},
            threads=round(9 + more.get("threads", 0) * n),
            p99_ms=20 + more.get("p99", 0) * n,
            requests=100,
            bare_ms=5 + more.get("bare", 0) * n,
            processor_ms=4 + more.get("processor", 0) * n,
            work_ms=2 + more.get("work", 0) * n,
        )
        for n in range(1, READINGS + 1)
    ]


@pytest.mark.parametrize(
    ("what", "each", "is_told"),
    [
        ("memory", 40, False),
        ("memory", 100, True),
        ("shared", 500, False),
        ("files", 8, False),
        ("files", 9, True),
        ("threads", 2, True),
        ("p99", 0.5, False),
        ("p99", 9, True),
        ("processor", 0.1, False),
        ("processor", 1, True),
    ],
)
def test_what_grows_is_told(what: str, each: float, is_told: object) -> None:
    """One percent in an hour, eight descriptors or threads, half as much again of p99.

    Of processor time as well; not that others let go of what they shared.
    """
    resting = [50, 50 + round(each if what == "files" else 0)]
    run = Soaked(readings=steady(**{what: each}), resting=resting, came=Counter(ok=100))

    assert bool(list(judged(run))) is is_told


@pytest.mark.parametrize(
    ("grows", "beside_others", "is_told"),
    [
        ({"p99": 9}, True, True),
        ({"p99": 9, "bare": 2}, True, False),
        ({"p99": 9, "bare": 2}, False, True),
        ({"p99": 9, "work": 1}, True, False),
        ({"p99": 9, "work": 1}, False, True),
        ({"p99": 90, "bare": 0.2}, True, True),
        ({"processor": 1}, True, True),
        ({"processor": 1}, False, True),
        ({"processor": 1, "work": 1}, False, False),
        ({"processor": 1, "bare": 2}, True, True),
    ],
)
def test_a_slower_machine_says_nothing_of_the_gateway(
    grows: dict[str, float], is_told: object, *, beside_others: bool
) -> None:
    """As far as a bare proxy's p99 grows, where that is allowed for; it is said, too.

    Processor time may grow as far as that of work which is always the same.
    """
    run = Soaked(readings=steady(**grows), resting=[50, 50], came=Counter(ok=100))

    assert bool(list(judged(run, beside_others=beside_others))) is is_told
    assert bool(run.notes) is ("p99" in grows and not is_told)


@pytest.mark.parametrize(("times", "is_told"), [(2.9, False), (3.6, True)])
def test_others_excuse_no_more_than_twice_as_much(times: float, is_told: object) -> None:
    """A gateway that takes more of the machine slows down what stands beside it, too."""
    readings = steady()
    for each in readings[-5:]:
        each.p99_ms, each.bare_ms = 20 * times, 5 * 10
    run = Soaked(readings=readings, resting=[50, 50], came=Counter(ok=100))

    assert bool(list(judged(run, beside_others=True))) is is_told


def test_who_shares_a_file_makes_no_difference(tmp_path: Path) -> None:
    """Two processes map 4 MB of one file: the first's share is half of it, and it holds it all."""
    path = tmp_path / "shared"
    path.write_bytes(bytes(4_000_000))

    with mapped(path) as first:
        alone = resident_kb(first)
        with mapped(path):
            beside = resident_kb(first)

    assert alone["pss"] - beside["pss"] > 1_900
    assert abs(alone["held"] - beside["held"]) < 200
    assert alone["held"] > 4_000


@contextmanager
def mapped(path: Path) -> Iterator[int]:
    """A process that has the file in its memory, until the block ends."""
    code = (
        "import mmap, sys; file = open(sys.argv[1], 'rb')\n"
        "memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)\n"
        "print(len(memory[:]), flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "4000000\n"
        yield process.pid
        process.communicate()


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
