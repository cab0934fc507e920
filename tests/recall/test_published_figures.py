"""compliance/detection-recall says what detection does today, and detection does no less."""

from dataclasses import replace

import pytest

from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.settings import DetectionSettings
from tests.support.corpus.cells import Count
from tests.support.corpus.noise import wilson
from tests.support.corpus.page import (
    PAGE,
    Figures,
    all_cells,
    dropped,
    figures,
    published,
    read,
    rendered,
)

SAMPLE = 4
"""Values of each kind, per country: the first ones of those that were published."""

pytestmark = pytest.mark.timeout(300)
"""The sample of everything takes ten seconds on a machine that does nothing else."""


@pytest.fixture(scope="module")
def today() -> Figures:
    """A small sample of everything that is published."""
    engine = load_engine(DetectionSettings()).engine
    return figures(engine, all_cells(engine), count=SAMPLE)


def test_no_figure_has_dropped(today: Figures) -> None:
    """A sample differs from what is published by no more than chance does."""
    assert dropped(read(published()), today) == []


def test_everything_that_is_found_is_published(today: Figures) -> None:
    """A new identifier or language without a published figure means: run `make compliance`."""
    before = read(published())

    assert {kind: set(each) for kind, each in today.items()} == {
        kind: set(each) for kind, each in before.items()
    }


def test_the_page_is_made_from_the_data() -> None:
    """Nobody writes a figure into the page by hand."""
    assert PAGE.read_text(encoding="utf-8") == rendered(published())


def test_a_drop_is_seen(today: Figures) -> None:
    """A kind that is suddenly missed in one language, or found in noise, is reported."""
    before = read(published())
    missed = {
        **today,
        "IBAN_CODE": {**today["IBAN_CODE"], "fr": Count(samples=12, found=0, covered=0)},
    }
    kind = next(kind for kind, each in before.items() if any(c.noise for c in each.values()))
    noisy = {
        **today,
        kind: {k: replace(c, noise=60, false=60) for k, c in today[kind].items()},
    }

    assert any(fault.startswith("IBAN_CODE fr: recall") for fault in dropped(before, missed))
    assert any(fault.startswith(f"{kind}: false") for fault in dropped(before, noisy))


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(0, 0, 0.0, 1.0), (60, 60, 0.9004, 1.0), (50, 100, 0.3753, 0.6247)],
)
def test_noise_is_wilsons_interval(hits: int, count: int, low: float, high: float) -> None:
    """The bounds are those of the score interval at 99 %, worked out by hand."""
    assert wilson(hits, count) == pytest.approx((low, high), abs=1e-4)
