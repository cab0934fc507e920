"""The gateway's end of a detector, without a detector."""

import asyncio

import pytest

from guardrail_gw.detection.frames import frame
from guardrail_gw.detection.line import Found, Job, Line
from guardrail_gw.errors import DetectionDown


class Wire(asyncio.Transport):
    """Keeps what was written, and whether the line was cut."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.cut = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def abort(self) -> None:
        self.cut = True


def ready() -> tuple[Line, Wire, list[Line]]:
    """A line whose detector has said its first words, and those who were told that it is free."""
    freed: list[Line] = []
    line, wire = Line(freed.append), Wire()
    line.connection_made(wire)
    line.data_received(frame({"pid": 7}))
    return line, wire, freed


def job(seconds: float = 60.0) -> Job:
    """A job of one text of four characters."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Found] = loop.create_future()
    return Job(number=1, frame=b"asked", lengths=[4], deadline=loop.time() + seconds, answer=answer)


async def test_an_answer_in_any_cut_frees_the_line() -> None:
    """Byte by byte, the answer arrives, and the line can take the next job."""
    line, wire, freed = ready()
    asked = job()
    line.ask(asked)

    for byte in frame({"number": 1, "findings": [[[0, 4, "X", 1.0, "r"]]], "retire": False}):
        line.data_received(bytes([byte]))

    assert wire.written == b"asked"
    assert [finding.entity for finding in asked.answer.result()[0]] == ["X"]
    assert freed == [line, line]
    assert not wire.cut


async def test_the_deadline_refuses_and_cuts() -> None:
    """A detector that is late is not waited for, and its line is not used again."""
    line, wire, freed = ready()
    asked = job(seconds=0.01)
    line.ask(asked)

    with pytest.raises(DetectionDown) as caught:
        await asked.answer

    assert caught.value.code == "detection.timeout"
    assert wire.cut
    assert freed == [line]


@pytest.mark.parametrize(
    "said",
    [
        b"\xff\xff\xff\xff",
        b"\x7f\xff\xff\xff{",
        frame({"number": 1, "findings": [[]], "retire": False}) + b"\x00",
        frame({"number": 2, "findings": [[]], "retire": False}),
        frame({"pid": 7}),
    ],
)
async def test_other_words_refuse_and_cut(said: bytes) -> None:
    """Bytes that are no answer end the line at once, before any more are kept."""
    line, wire, freed = ready()
    asked = job()
    line.ask(asked)

    line.data_received(said)

    assert isinstance(asked.answer.exception(), DetectionDown)
    assert wire.cut
    assert freed == [line]


async def test_words_nobody_asked_for_cut() -> None:
    """An answer to nothing ends the line."""
    line, wire, _ = ready()

    line.data_received(frame({"number": 1, "findings": [[]], "retire": False}))

    assert line.pid.result() == 7
    assert wire.cut


async def test_a_line_takes_one_job_at_a_time() -> None:
    """A second job is refused, and the first one goes on."""
    line, wire, _ = ready()
    first, second = job(), job()
    line.ask(first)

    line.ask(second)

    assert isinstance(second.answer.exception(), DetectionDown)
    assert not first.answer.done()
    assert wire.written == b"asked"
    line.connection_lost(None)
    assert isinstance(first.answer.exception(), DetectionDown)


async def test_a_refusal_never_repeats_what_the_detector_said() -> None:
    """Garbage may hold the text; the error does not."""
    line, _, _ = ready()
    asked = job()
    line.ask(asked)

    line.data_received(frame({"number": 1, "findings": "canary-4711"}))

    assert "canary" not in repr(asked.answer.exception())
