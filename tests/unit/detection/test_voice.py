"""The voice of a detector process: one line on a descriptor of its own."""

import os

import pytest

from guardrail_gw.detection.voice import Voice


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
