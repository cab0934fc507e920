"""Technical text stays usable: what is found in it that is most likely false."""

import functools

import pytest

from guardrail_gw.core.text import SegmentKind
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.settings import DetectionSettings
from tests.bench.false_positives import KINDS, files, measure

WORDS = 6_000
MOST = 2.0
"""False findings per 1,000 words."""


@functools.cache
def engine() -> Engine:
    """The engine as shipped."""
    return load_engine(DetectionSettings()).engine


@pytest.mark.parametrize("kind", KINDS)
def test_few_findings_in_technical_text_are_false(kind: str) -> None:
    """Under the default policy at most two per 1,000 words are."""
    if not files(kind):
        pytest.skip(f"no {kind} on this machine")

    got = measure(kind, engine(), words=WORDS, scan=SegmentKind.PROSE)

    assert got.words >= WORDS / 2
    assert got.rate <= MOST, got.doubtful


def test_reading_code_like_prose_finds_more() -> None:
    """The measure is not blind: with everything on, more is found in the same Python."""
    few, many = (
        measure("Python", engine(), words=WORDS, scan=scan)
        for scan in (SegmentKind.PROSE, SegmentKind.EVERYTHING)
    )

    assert many.rate > 2 * few.rate
