"""What the project promises of texts that people annotated, by the scorer of all engines."""

import pytest

from guardrail_gw.core.text import SegmentKind
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.settings import DetectionSettings
from tests.bench.detection_quality import figures
from tests.support.gold import jurisdictions, marked, sets
from tests.support.stock import Scored

NEWS = ("europeana.de", "europeana.fr", "europeana.nl", "wikigold.en")
DEFAULT, EVERYTHING = 0.5, 0.0

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(not [*sets()], reason="the annotated texts are not part of a checkout"),
]


@pytest.fixture(scope="module")
def engine() -> Engine:
    """What ships, with its model."""
    return load_engine(DetectionSettings()).engine


def found_in(engine: Engine, name: str, least: float) -> dict[str, float]:
    """The figures of one set, of findings from this score on."""
    documents = marked(dict(sets())[name])
    found: list[list[Scored]] = [
        [
            (each.start, each.end, each.entity, each.score)
            for each in engine.scan([(document.text, SegmentKind.PROSE)], jurisdictions(name))[0]
        ]
        for document in documents
    ]
    return figures(documents, found, least)


@pytest.mark.parametrize("name", NEWS)
def test_news_stay_readable(engine: Engine, name: str) -> None:
    """Five findings in 1,000 words at most are false, persons apart."""
    assert found_in(engine, name, DEFAULT)["fp_others"] <= 5


def test_what_imitates_prompts_is_found(engine: Engine) -> None:
    """F2 of 0.90 at least by exact type; of its characters 4 % leak at most."""
    found = found_in(engine, "presidio-synth-v2.en", DEFAULT)

    assert found["f2"] >= 0.90
    assert found["leak_rate"] <= 0.04


def test_real_prompts_leak_less(engine: Engine) -> None:
    """By 30 % at least less than what stock Presidio's analyzer lets pass, which is 0.264."""
    assert found_in(engine, "pupa.mul", EVERYTHING)["leak_rate"] <= 0.7 * 0.264
