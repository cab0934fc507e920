"""Detectors in processes of their own: what works, and that nothing passes when they do not."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from guardrail_gw.core.text import Entity
from guardrail_gw.detection.detectable import elsewhere
from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.errors import ConfigError, DetectionDown
from guardrail_gw.observability.clock import SystemClock
from tests.support.detectors import HOST, RULES_ONLY, found, running, segment

pytestmark = pytest.mark.e2e

SLOW = (
    "recognizers: [{name: Slow, supported_entity: SLOW, "
    "patterns: [{name: s, regex: '%s', score: 1}]}]"
)
STUCK = "a" * 4_000
"""Keeps the pattern below busy for longer than any test."""


@pytest.fixture
async def pool() -> AsyncIterator[DetectorPool]:
    """A pool with rules only, for tests that leave it as it was."""
    async with running() as started:
        yield started


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, ten seconds at most."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.01)


async def refused(call: Awaitable[object]) -> DetectionDown:
    """The refusal that a call ends with."""
    with pytest.raises(DetectionDown) as caught:
        await call
    return caught.value


def gone(pid: int) -> bool:
    """Whether a process has ended; a zombie has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split()[2] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture
def stuck(tmp_path: Path) -> DetectionSettings:
    """Settings under which STUCK keeps a detector busy."""
    path = tmp_path / "slow.yaml"
    path.write_text(SLOW % "(a+)+(a+)+(a+)+!", encoding="utf-8")
    return DetectionSettings(
        model=None, recognizers=(), recognizer_files=(path,), pattern_timeout_s=60, deadline_s=5
    )


async def test_texts_are_scanned_and_remembered() -> None:
    """Findings come back in order; a repeated text is not sent again, not even within one call."""
    async with running() as pool:
        texts = ["a@example.com", "nothing", "", "a@example.com", "x\ud800 b@example.com"]

        found = await pool.detect([segment(text) for text in texts])
        os.kill(pool.pids[0], signal.SIGSTOP)
        again = await pool.detect([segment(text) for text in texts])

    assert [len(each) for each in found] == [1, 0, 0, 1, 1]
    assert again == found


async def test_countries_are_asked_for_and_remembered_apart(pool: DetectorPool) -> None:
    """What was found for one set of countries is not the answer for another."""
    text = [segment("mine is 219-09-9999")]

    counts = [
        len((await pool.detect(text, countries=frozenset(countries)))[0])
        for countries in ((), ("US",), (), ("US",))
    ]

    assert counts == [0, 1, 0, 1]


async def test_many_segments_are_scanned() -> None:
    """More segments than fit one frame come back, each with its own findings."""
    async with running() as pool:
        results = await pool.detect([segment(f"u{i}@example.com") for i in range(2_000)])

    assert [len(each) for each in results] == [1] * 2_000


async def test_the_model_runs_in_another_process() -> None:
    """Names are found, and this process has no more of spaCy than it had."""
    code = (
        "import asyncio, sys\n"
        "from guardrail_gw.core.text import Segment\n"
        "from guardrail_gw.detection.pool import DetectorPool\n"
        "from guardrail_gw.detection.settings import DetectionSettings\n"
        "class Clock:\n"
        "    sleep = staticmethod(asyncio.sleep)\n"
        "async def main():\n"
        "    pool = DetectorPool(DetectionSettings(), Clock())\n"
        "    await pool.start()\n"
        "    found = await pool.detect([Segment(text='My name is Anna Schmidt.', place='')])\n"
        "    await pool.close()\n"
        "    loaded = {'spacy', 'presidio_analyzer', 'numpy'} & set(sys.modules)\n"
        "    print(found[0][0].entity, sorted(loaded))\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=subprocess.PIPE
    )

    out, _ = await process.communicate()

    assert out.decode().strip() == "PERSON []"


async def test_the_detectors_say_what_they_look_for_elsewhere_only() -> None:
    """The gateway, which has no rules, knows of them what is told without starting any."""
    async with running() as pool:
        told = pool.elsewhere

    assert told == elsewhere()
    assert told[Entity("US_SSN")] == {"US"}


async def test_a_request_survives_its_detector() -> None:
    """Kill -9 in the middle of a scan: the next detector does it, and the client waits a little."""
    async with running() as pool:
        (pid,) = pool.pids
        os.kill(pid, signal.SIGSTOP)
        asyncio.get_running_loop().call_later(0.3, os.kill, pid, signal.SIGKILL)

        served = await found(pool, "a@example.com")

        assert served == ["a@example.com"]
        assert pool.pids != (pid,)


async def test_a_text_that_ends_two_detectors_is_refused(stuck: DetectionSettings) -> None:
    """It does not go on to a third, and the next request is served."""
    async with running(stuck) as pool:
        ended: list[int] = []

        async def end_two() -> None:
            while len(ended) < 2:
                await until(lambda: pool.ready and pool.pids[0] not in ended)
                await asyncio.sleep(0.3)
                ended.append(pool.pids[0])
                os.kill(ended[-1], signal.SIGKILL)

        error, _ = await asyncio.gather(refused(pool.detect([segment(STUCK)])), end_two())
        served = await found(pool, "a@example.com")

    assert error.code == "detection.unavailable"
    assert error.retry_after_s
    assert served == ["a@example.com"]


async def test_an_idle_detector_that_dies_is_replaced() -> None:
    """Nobody notices a death between two requests."""
    async with running() as pool:
        (pid,) = pool.pids
        os.kill(pid, signal.SIGKILL)

        await until(lambda: pool.ready and pool.pids != (pid,))

        assert await found(pool, "b@example.com") == ["b@example.com"]


async def test_the_host_is_replaced_with_its_detectors() -> None:
    """When the parent is killed, its detectors end too, and all of them are started anew."""
    async with running() as pool:
        (child,), host = pool.pids, pool.host_pid
        assert host is not None

        os.kill(host, signal.SIGKILL)
        await until(lambda: pool.ready and pool.host_pid != host)

        assert await found(pool, "a@example.com") == ["a@example.com"]
        await until(lambda: gone(child))


async def test_a_stuck_detector_is_killed_at_the_deadline(stuck: DetectionSettings) -> None:
    """The request is refused as timed out; its detector is replaced and the next one served."""
    settings = replace(stuck, deadline_s=0.4)
    async with running(settings) as pool:
        (pid,) = pool.pids

        error = await refused(pool.detect([segment(STUCK)]))
        await until(lambda: pool.ready and pool.pids != (pid,))

        assert error.code == "detection.timeout"
        assert await found(pool, "a@example.com") == ["a@example.com"]
        await until(lambda: gone(pid))


ENDLESS = """
import sys
from guardrail_gw.core.text import Entity
from guardrail_gw.detection import host, load
from guardrail_gw.detection.rules.rule import Rule

def find(text):
    while "endless" in text:
        pass
    return ()

load.RULES += (Rule(name="endless", entities=frozenset({Entity("ENDLESS")}), find=find),)
host.main(int(sys.argv[1]))
"""


async def test_a_rule_that_never_ends_is_killed_at_the_deadline(tmp_path: Path) -> None:
    """A rule of our own has no clock of its own: the deadline ends its detector all the same."""
    script = tmp_path / "endless.py"
    script.write_text(ENDLESS, encoding="utf-8")
    settings = replace(RULES_ONLY, deadline_s=0.4)
    pool = DetectorPool(settings, SystemClock(), command=(sys.executable, str(script)))
    await pool.start()
    (pid,) = pool.pids

    error = await refused(pool.detect([segment("endless")]))
    await until(lambda: pool.ready and pool.pids != (pid,))
    served = await found(pool, "a@example.com")

    await pool.close()
    assert error.code == "detection.timeout"
    assert served == ["a@example.com"]


async def test_a_pattern_out_of_time_refuses_the_request(stuck: DetectionSettings) -> None:
    """A recognizer's pattern that takes too long never means clean."""
    settings = replace(stuck, pattern_timeout_s=0.1)
    async with running(settings) as pool:
        (pid,) = pool.pids

        error = await refused(pool.detect([segment(STUCK)]))

        assert error.code == "detection.timeout"
        assert pool.pids == (pid,)


@pytest.mark.parametrize(("requests", "size"), [(1, 1 << 20), (9, 4_010)])
async def test_what_could_only_wait_is_refused(
    stuck: DetectionSettings, requests: int, size: int
) -> None:
    """A full queue, by requests or by size, refuses at once."""
    settings = replace(stuck, deadline_s=1, max_queue=requests, max_bytes=size)
    async with running(settings) as pool, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(refused(pool.detect([segment(STUCK)])))
        await asyncio.sleep(0.1)

        error = await refused(pool.detect([segment("a@example.com " * 2)]))

        assert "wait" in error.detail
        assert not first.done()


async def test_a_large_detector_is_replaced() -> None:
    """Above its memory limit a detector answers once more and is replaced."""
    settings = DetectionSettings(model=None, recognizers=(), memory_limit_mb=1)
    async with running(settings) as pool:
        (pid,) = pool.pids

        served = await found(pool, "a@example.com")
        await until(lambda: pool.ready and pool.pids != (pid,))

        assert served == ["a@example.com"]


async def test_a_cancelled_request_leaves_the_detector_usable() -> None:
    """A client that goes away takes nothing with it."""
    async with running() as pool:
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                await pool.detect([segment("gone@example.com")])

        assert await found(pool, "a@example.com") == ["a@example.com"]


async def test_what_no_detector_has_taken_waits(stuck: DetectionSettings) -> None:
    """One is at the first text, two wait; who leaves does not wait any more."""
    async with running(replace(stuck, deadline_s=60)) as pool, asyncio.TaskGroup() as tasks:
        calls = [tasks.create_task(pool.detect([segment(f"{STUCK}{n}")])) for n in range(3)]

        await until(lambda: pool.waiting == 2)
        for call in calls:
            call.cancel()
        await until(lambda: pool.waiting == 0)


async def test_several_detectors_share_the_work() -> None:
    """Two detectors are forked; with one stopped the other serves."""
    settings = DetectionSettings(model=None, recognizers=(), detectors=2, deadline_s=2)
    async with running(settings) as pool:
        await until(lambda: len(pool.pids) == 2)
        os.kill(pool.pids[0], signal.SIGSTOP)

        results = await asyncio.gather(
            *(pool.detect([segment(f"u{i}@example.com")]) for i in range(4)), return_exceptions=True
        )

    assert sum(isinstance(result, list) for result in results) >= 3


async def test_closing_ends_every_process() -> None:
    """After close nothing runs, and a request is refused."""
    async with running() as pool:
        pids = (*pool.pids, pool.host_pid or 0)

    await until(lambda: all(map(gone, pids)))
    assert not pool.alive
    assert (await refused(pool.detect([segment("a@example.com")]))).code == "detection.unavailable"


async def test_nothing_runs_on_when_the_gateway_is_killed(tmp_path: Path) -> None:
    """Kill -9 of the gateway ends the host and the detectors, also one in the middle of a scan."""
    (tmp_path / "slow.yaml").write_text(SLOW % "(a+)+(a+)+(a+)+!", encoding="utf-8")
    code = (
        "import asyncio, pathlib\n"
        "from guardrail_gw.core.text import Segment\n"
        "from guardrail_gw.detection.pool import DetectorPool\n"
        "from guardrail_gw.detection.settings import DetectionSettings\n"
        "class Clock:\n"
        "    sleep = staticmethod(asyncio.sleep)\n"
        "async def main():\n"
        "    pool = DetectorPool(DetectionSettings(model=None, recognizers=(),\n"
        "        pattern_timeout_s=60, recognizer_files=(pathlib.Path('slow.yaml'),)), Clock())\n"
        "    await pool.start()\n"
        "    print(pool.host_pid, *pool.pids, flush=True)\n"
        "    await pool.detect([Segment(text='a' * 4000, place='')])\n"
        "asyncio.run(main())\n"
    )
    gateway = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=subprocess.PIPE, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    assert gateway.stdout is not None
    pids = [int(pid) for pid in (await gateway.stdout.readline()).split()]
    await asyncio.sleep(0.2)

    gateway.kill()
    await gateway.wait()

    assert len(pids) == 2
    await until(lambda: all(map(gone, pids)))


async def test_what_is_configured_must_load() -> None:
    """A wrong recognizer, a missing model or an entity without detector stops the start."""
    for settings in (
        DetectionSettings(model=None, recognizers=("NoSuchRecognizer",)),
        DetectionSettings(model=Path("/nonexistent"), recognizers=()),
        DetectionSettings(model=None, recognizers=(), require={Entity("PERSON"): frozenset()}),
    ):
        pool = DetectorPool(settings, SystemClock())
        with pytest.raises(ConfigError):
            await pool.start()
        assert not pool.alive


BEHAVES = (
    HOST
    + """\
    def send(body):
        line.sendall(len(body).to_bytes(4, "big") + body)
    send(b'{"pid": 1}')
    if not line.recv(1 << 20):
        continue
    ANSWER
    line.close()
"""
)
GARBAGE = {
    "no json": "send(b'\\\\xff\\\\xff')".replace("\\\\", "\\"),
    "another number": 'send(b\'{"number": 99, "findings": [[]], "retire": false}\')',
    "too few": 'send(b\'{"number": 1, "findings": [], "retire": false}\')',
    "out of range": (
        'send(b\'{"number":1,"findings":[[[0,999,"PERSON",0.9,"x"]]],"retire":false}\')'
    ),
    "too long": 'line.sendall(b"\\xff" * 64)',
    "cut off": 'line.sendall(b"\\x00\\x00\\x00\\x10{")',
    "two answers": 'b = b\'{"number":1,"findings":[[]],"retire":false}\'; '
    'f = len(b).to_bytes(4, "big") + b; line.sendall(f + f)',
    "nothing": "pass",
}


@pytest.mark.parametrize("answer", GARBAGE.values(), ids=GARBAGE)
async def test_an_answer_that_is_none_refuses_the_request(tmp_path: Path, answer: str) -> None:
    """Whatever a broken detector sends, the text does not count as scanned."""
    script = tmp_path / "host.py"
    script.write_text(BEHAVES.replace("ANSWER", answer), encoding="utf-8")
    pool = DetectorPool(RULES_ONLY, SystemClock(), command=(sys.executable, str(script)))
    await pool.start()

    error = await refused(pool.detect([segment("Anna")]))

    await pool.close()
    assert error.code == "detection.unavailable"
    assert "Anna" not in repr(error)


async def test_a_host_that_dies_at_once_is_reported(tmp_path: Path) -> None:
    """A host that cannot even start is a configuration error, not an endless wait."""
    pool = DetectorPool(RULES_ONLY, SystemClock(), command=(sys.executable, "-c", "pass"))

    with pytest.raises(ConfigError, match="did not start"):
        await pool.start()


async def test_text_never_reaches_standard_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A recognizer that fails with the text in hand tells nobody what it held."""
    (tmp_path / "slow.yaml").write_text(SLOW % "(c+)+(c+)+(c+)+!", encoding="utf-8")
    files = (tmp_path / "slow.yaml",)
    settings = replace(RULES_ONLY, recognizer_files=files, pattern_timeout_s=0.05)
    canary = "canary-4711 " + "c" * 4_000
    async with running(settings) as pool:
        error = await refused(pool.detect([segment(canary)]))

    captured = capfd.readouterr()
    assert "canary-4711" not in captured.out + captured.err + repr(error) + str(error.facts)
