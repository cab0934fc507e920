"""A detector looks for names while rules run here: what is asked of it, what its failing means."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from guardrail_gw.core.text import Entity, SegmentKind
from guardrail_gw.detection import beside
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.detection.rules.rule import Rule
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.errors import DetectionDown
from guardrail_gw.observability.clock import SystemClock
from tests.support.detectors import HOST, running, segment

pytestmark = pytest.mark.e2e

BEHAVES = (
    HOST
    + """\
    if os.fork():
        line.close()
        continue
    def send(document):
        body = json.dumps(document).encode()
        line.sendall(len(body).to_bytes(4, "big") + body)
    send({"pid": os.getpid()})
    while asked := line.recv(1 << 20):
        request = json.loads(asked[4:])
        with open(sys.argv[0] + ".asked", "ab") as file:
            file.write(json.dumps(request).encode() + b"\\n")
        number, texts = request["number"], request["texts"]
        ANSWER
    os._exit(0)
"""
)
NAMES = 'send({"number": number, "findings": [[] for _ in texts], "retire": False})'
SHIPPED = DetectionSettings()
ADDRESS = "write to a@example.com"
LONG = "word " * (beside.LONGEST // 5) + ADDRESS


@asynccontextmanager
async def imitated(
    folder: Path, answer: str = NAMES, settings: DetectionSettings = SHIPPED
) -> AsyncIterator[DetectorPool]:
    """A pool whose host answers as is written here, and notes what it is asked."""
    script = folder / "host.py"
    script.write_text(BEHAVES.replace("ANSWER", answer), encoding="utf-8")
    command = (sys.executable, str(script))
    pool = DetectorPool(settings, SystemClock(), command=command)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, ten seconds at most."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.01)


def asked_for_names(folder: Path) -> list[bool]:
    """Of each request to the host, whether it was for names alone."""
    lines = (folder / "host.py.asked").read_bytes().splitlines()
    return [orjson.loads(line)["names"] for line in lines]


async def refused(pool: DetectorPool) -> DetectionDown:
    """The refusal of a text in which rules find something."""
    with pytest.raises(DetectionDown) as caught:
        await pool.detect([segment(ADDRESS)])
    return caught.value


TEXTS = (
    "My name is Anna Schmidt, write to anna.schmidt@example.com or call +49 30 901820.",
    "Dr. Paul Keller lives in 10115 Berlin, Hauptstraße 5; Keller was born on 12.03.1980.",
    '{"customer": "Claire Moreau", "iban": "DE89 3704 0044 0532 0130 00"}',
    "An\u200bna Schm\u200bidt, anna\uff20example.com",
    "```python\nclass Anna:\n    mail = 'anna@example.com'\n```\nask Sophie Weber",
    "p l a i n",
)


async def test_findings_are_those_of_one_process() -> None:
    """Names of the shipped model and rules, apart and together, on texts of every kind."""
    engine = await asyncio.to_thread(lambda: load_engine(SHIPPED).engine)
    segments = [segment(text, kind) for text in TEXTS for kind in SegmentKind]

    async with running(SHIPPED) as pool:
        apart = [list((await pool.detect([each]))[0]) for each in segments]

    together = [engine.scan([(each.text, each.kind)])[0] for each in segments]
    assert apart == together
    assert sum(map(len, apart)) > len(segments)


async def test_a_short_text_is_read_here(tmp_path: Path) -> None:
    """The detector is asked for names alone, and what rules find is found."""
    async with imitated(tmp_path) as pool:
        (found,) = await pool.detect([segment(ADDRESS)])

    assert [each.entity for each in found] == ["EMAIL_ADDRESS"]
    assert asked_for_names(tmp_path) == [True]


async def test_a_long_text_is_not(tmp_path: Path) -> None:
    """It goes to a detector whole, and so does the same text beside short ones."""
    async with imitated(tmp_path) as pool:
        await pool.detect([segment(LONG)])
        await pool.detect([segment("word"), segment(f"{LONG}.")])

    assert asked_for_names(tmp_path) == [False, False]


@pytest.mark.parametrize("detectors", [1, 2])
async def test_one_request_at_a_time_is_read_here(tmp_path: Path, detectors: int) -> None:
    """Those that come while another one's texts are scanned go to detectors whole."""
    async with imitated(tmp_path, settings=replace(SHIPPED, detectors=detectors)) as pool:
        await until(lambda: len(pool.pids) == detectors)
        await asyncio.gather(*(pool.detect([segment(f"{ADDRESS} {i}")]) for i in range(4)))
        await pool.detect([segment(f"{ADDRESS} again")])

    asked = asked_for_names(tmp_path)
    assert sorted(asked[:-1]) == [False, False, False, True]
    assert asked[-1]


@pytest.mark.parametrize(
    "settings",
    [
        DetectionSettings(model=None),
        DetectionSettings(recognizers=("UsSsnRecognizer",)),
        DetectionSettings(recognizer_files=(Path("recognizers.yaml"),)),
    ],
    ids=["rules only", "recognizers", "files"],
)
async def test_recognizers_of_others_run_in_detectors_alone(
    tmp_path: Path, settings: DetectionSettings
) -> None:
    """With them all rules stay there, and so they do where there are no names to wait for."""
    async with imitated(tmp_path, settings=settings) as pool:
        await pool.detect([segment(ADDRESS)])

    assert asked_for_names(tmp_path) == [False]


FAULTS = {
    "it dies": "break",
    "no names": 'send({"number": number, "findings": [], "retire": False})',
    "another's names": 'send({"number": number + 1, "findings": [[]], "retire": False})',
    "names outside": (
        'send({"number": number, "findings": [[[0, 99, "PERSON", 0.9, "ner"]]], "retire": False})'
    ),
    "it fails": 'send({"number": number, "error": "ValueError"})',
}


@pytest.mark.parametrize("answer", FAULTS.values(), ids=FAULTS)
async def test_what_rules_found_is_no_answer(tmp_path: Path, answer: str) -> None:
    """Without names the request is refused, and the next one with the same text as well."""
    async with imitated(tmp_path, answer) as pool:
        errors = [await refused(pool), await refused(pool)]

    assert {error.code for error in errors} == {"detection.unavailable"}
    assert asked_for_names(tmp_path)[0]


async def test_names_that_are_late_are_not_waited_for(tmp_path: Path) -> None:
    """Rules are done at once; the deadline refuses all the same."""
    settings = replace(SHIPPED, deadline_s=0.3)
    async with imitated(tmp_path, "line.recv(1)", settings) as pool:
        error = await refused(pool)

    assert error.code == "detection.timeout"


async def test_a_detector_that_is_killed_refuses_what_rules_have_read(tmp_path: Path) -> None:
    """Two are, each once it has the text: what rules found is no answer; the third one serves."""
    slow = tmp_path / "host.py.slow"
    slow.touch()
    behaves = f'time.sleep(60 * os.path.exists("{slow}"))\n        {NAMES}'

    async with imitated(tmp_path, behaves) as pool:

        async def kill_two() -> None:
            for number in (1, 2):
                await until(lambda number=number: _asked(tmp_path) == number)  # type: ignore[misc]  # bound now
                os.kill(pool.pids[0], signal.SIGKILL)

        error, _ = await asyncio.gather(refused(pool), kill_two())
        slow.unlink()
        await until(lambda: bool(pool.pids))  # until then, texts wait for a detector whole
        (found,) = await pool.detect([segment(ADDRESS)])

    assert error.code == "detection.unavailable"
    assert [each.entity for each in found] == ["EMAIL_ADDRESS"]
    assert len(asked_for_names(tmp_path)) == 3


def _asked(folder: Path) -> int:
    """How often the host's detectors were."""
    return len(asked_for_names(folder)) if (folder / "host.py.asked").exists() else 0


async def test_a_rule_that_fails_here_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the name of its error alone, as in a detector; what it read is not told."""

    def find(text: str) -> list[object]:
        raise ValueError(text)

    failing = Rule(name="failing", entities=frozenset({Entity("X")}), find=find)  # type: ignore[arg-type]  # finds nothing
    monkeypatch.setattr(beside, "RULES", (failing,))

    async with imitated(tmp_path) as pool:
        error = await refused(pool)

    assert error.code == "detection.unavailable"
    assert error.detail == "the rules failed: ValueError"
    assert error.__cause__ is None
    assert error.__suppress_context__
