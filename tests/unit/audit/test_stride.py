"""Reading many records at once says what reading them one by one says."""

from pathlib import Path
from random import Random  # noqa: TID251 - with a seed
from zlib import crc32

import pytest

from guardrail_gw.audit.frame import framed, frames
from guardrail_gw.audit.ledger import Limits
from guardrail_gw.audit.record import parse
from guardrail_gw.audit.report import LogFiles, Report
from guardrail_gw.audit.segments import segment_name
from guardrail_gw.audit.stride import Stride
from guardrail_gw.audit.verify import verify
from tests.support.audit_world import (
    SteadyClock,
    World,
    files,
    full,
    intent,
    pair,
    redacted_content,
    world,
)

SEGMENT = segment_name(0)
SILENCE_US = 120_000_000


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A log with contents of both levels, policies, silence and an open intent."""
    made, clock = world(tmp_path_factory.mktemp("logged")), SteadyClock()
    ledger = made.ledger(clock, Limits(epoch_records=40, checkpoint_records=8))
    ledger.open()
    for number in range(12):
        ledger.append([pair(number, full(b"said")), pair(number, redacted_content(b"PERSON_1"))])
        clock.pass_s(200 if number == 7 else 1)
        ledger.tend()
    for seconds in (200, -50):  # silence without a heartbeat, and a clock that goes back
        clock.pass_s(seconds)
        ledger.append([pair()])
    ledger.append([[intent(99)]])
    ledger.close()
    return made


def _both(
    found: dict[str, bytes], made: World, monkeypatch: pytest.MonkeyPatch
) -> tuple[Report, Report]:
    """What verification says with strides, and record by record."""
    log = LogFiles(names=tuple(sorted(found)), read=found.__getitem__)
    quick = verify(log, made.public)
    with monkeypatch.context() as slowed:
        slowed.setattr(Stride, "take", lambda *_: 0)
        return quick, verify(log, made.public)


def _header(made: World) -> tuple[bytes, dict[str, object], int]:
    data = files(made.log)[SEGMENT]
    first = next(frames(data))
    return data, parse(first.leaf), first.end


def test_all_ordinary_records_are_taken(logged: World) -> None:
    """From the epoch's record on, one stride reaches the last record before a long silence."""
    data, header, start = _header(logged)
    stride = Stride(header, {}, SILENCE_US)
    stored = list(frames(data))

    taken = stride.take(data, 1000, (start, 1, int(str(header["ts"]))))

    assert taken == 32
    assert stride.end == stored[32].end
    assert parse(stored[33].leaf)["ts"] - stride.ts > SILENCE_US


def test_a_stride_stops_where_it_is_told(logged: World) -> None:
    """It takes no record behind the checkpoint it is to stop at."""
    data, header, start = _header(logged)
    stride = Stride(header, {}, SILENCE_US)

    assert stride.take(data, 8, (start, 1, int(str(header["ts"])))) == 7
    assert stride.size == 8


def test_an_untouched_log(logged: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts, notes, open intents and root are the same."""
    quick, slow = _both(files(logged.log), logged, monkeypatch)

    assert quick == slow
    assert sum("without a record" in note for note in quick.notes) == 2
    assert any("the clock went back" in note for note in quick.notes)
    assert len(quick.unpaired) == 1


def test_altered_bytes(logged: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever bit is flipped, with the checksum mended or not, both say the same of it."""
    found, chance = files(logged.log), Random(5)  # noqa: S311 - with a seed
    stored = list(frames(found[SEGMENT]))
    for frame in chance.choices(stored, k=60):
        altered = bytearray(found[SEGMENT])
        altered[chance.randrange(frame.at, frame.end)] ^= 1 << chance.randrange(8)
        if chance.random() < 0.7:
            crc = crc32(bytes(altered[frame.at + 8 : frame.end]))
            altered[frame.at + 4 : frame.at + 8] = crc.to_bytes(4, "big")

        quick, slow = _both(found | {SEGMENT: bytes(altered)}, logged, monkeypatch)

        assert quick == slow


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"seq":5,', b'"seq":05,'),
        (b'"seq":5,', b'"seq": 5,'),
        (b'"seq":5,', b'"seq":4,'),
        (b'"suite":1', b'"suite":2'),
        (b'"v":', b'"u":1,"v":'),
        (b'"dec":"allowed"', b'"dec":"Allowed"'),
        (b'"dec":"allowed"', b'"dec":""'),
        (b'"kind":"intent"', b'"kind":"outcome"'),
        (b'"cl":"full",', b""),
        (b'"ci":1,', b""),
        (b'"epoch":0', b'"epoch":00'),
        (b"log.example/", b"log_example/"),
        (b'"ts":', b'"ts":-'),
        (b'"ts":', b'"ts":9'),
        (b'"ts":', b'"ts":1'),
        (b'"salt":"', b'"salt":"0'),
        (b'"xm":"', b'"xm":"A'),
        (b"{", b"{ "),
        (b"}", b"}\n"),
        (b"}", b"}}"),
    ],
)
def test_other_spellings(
    logged: World, monkeypatch: pytest.MonkeyPatch, old: bytes, new: bytes
) -> None:
    """A leaf in any other form is not taken in a stride, and is said of it what the long way says.

    Its frame and checksum are those of the new bytes.
    """
    found = files(logged.log)
    stored = list(frames(found[SEGMENT]))
    parts = [found[SEGMENT][f.at : f.end] for f in stored]
    one = stored[5]
    assert old in one.leaf
    parts[5] = framed(one.leaf.replace(old, new, 1), one.meta, one.content)

    quick, slow = _both(found | {SEGMENT: b"".join(parts)}, logged, monkeypatch)

    assert quick == slow
    assert quick.findings


def test_an_outcome_is_taken_once(logged: World, tmp_path: Path) -> None:
    """A second answer to an intent is left to the long way, with every count as before."""
    data, header, start = _header(logged)
    stride = Stride(header, {}, SILENCE_US)
    stored = list(frames(data))
    twice = data[: stored[3].at] + data[stored[2].at : stored[2].end]

    taken = stride.take(twice, 1000, (start, 1, int(str(header["ts"]))))

    assert (taken, stride.outcomes, stride.intents) == (2, 1, {})
