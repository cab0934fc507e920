"""The voice of a detector process: one line on a descriptor of its own."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.detection.voice import Voice
from guardrail_gw.errors import DetectionDown
from guardrail_gw.observability.clock import SystemClock
from tests.support.detectors import RULES_ONLY, found, segment

LOUD = """
import os
from presidio_analyzer import EntityRecognizer

class Gone(BaseException):
    pass

class Loud(EntityRecognizer):
    def __init__(self):
        super().__init__(supported_entities=["LOUD"])

    def load(self):
        pass

    def analyze(self, text, entities, nlp_artifacts=None):
        for output in (1, 2):
            os.write(output, text.encode())
        print(text, flush=True)
        if "leave" in text:
            raise Gone(text)
        return []
"""
STARTED = """
import sys
sys.path.insert(0, FOLDER)
from guardrail_gw.detection.host import main
main(int(sys.argv[1]))
"""


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("ValueError", "detector: ValueError\n"),
        ("two\nlines\x1b[31m", "detector: two lines [31m\n"),
        ("lone \ud800", "detector: lone  \n"),
        ("x" * 999, f"detector: {'x' * 200}\n"),
    ],
)
def test_a_name_is_one_bounded_line(name: str, line: str) -> None:
    """Line breaks and control characters are blanks, and what is too long is cut."""
    reader, writer = os.pipe()

    Voice(writer).say(name)

    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as heard:
        assert heard.read() == line


@pytest.mark.e2e
async def test_what_a_library_writes_to_the_descriptors_goes_nowhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Text written past Python's own streams is lost; the name of what ended a detector is told."""
    (tmp_path / "loud.py").write_text(LOUD, encoding="utf-8")
    script = tmp_path / "start.py"
    script.write_text(STARTED.replace("FOLDER", repr(str(tmp_path))), encoding="utf-8")
    settings = replace(RULES_ONLY, recognizers=("loud:Loud",))
    pool = DetectorPool(settings, SystemClock(), command=(sys.executable, "-P", str(script)))
    await pool.start()

    findings = await found(pool, "canary-4711 a@example.com")
    with pytest.raises(DetectionDown) as caught:
        await pool.detect([segment("canary-4712, leave")])
    await pool.close()

    captured = capfd.readouterr()
    assert findings == ["a@example.com"]
    assert caught.value.code == "detection.unavailable"
    assert "canary" not in captured.out + captured.err
    assert "detector: Gone" in captured.err.splitlines()
