"""What the project promises of generated values: every country's own formats, found."""

import string
from collections.abc import Iterator
from dataclasses import replace
from random import Random  # noqa: TID251 - a seeded one is meant
from typing import Any

import pytest

from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.settings import DetectionSettings
from tests.support.corpus.cells import Cell, Sample, in_country, measured, national
from tests.support.corpus.page import SEED
from tests.support.corpus.sentences import LANGUAGES
from tests.support.corpus.values import COUNTRIES

COUNT, FEW, NOISE = 100, 10, 400
"""Enough to tell one string in twenty from one in twenty-three, which is what a letter checks."""
RULES_ONLY = load_engine(DetectionSettings(model=None)).engine
OWN_FORMATS = [
    pytest.param(cell, id=f"{country}-{language}-{cell.kind}")
    for country, languages in COUNTRIES.items()
    for language in languages
    for cell in in_country(country, language)
]
IDENTIFIERS = [pytest.param(cell, id=cell.kind) for cell in national(RULES_ONLY)]


def cell_of(parameter: Any) -> Cell:
    """The cell of a parameter."""
    cell: Cell = parameter.values[0]
    return cell


def bare_digits(dice: Random) -> Iterator[Sample]:
    """Rows of 6 to 13 digits in a sentence that names nothing."""
    carrier = LANGUAGES["en"].neutral
    start = carrier.index("{}")
    while True:
        value = "".join(dice.choice(string.digits) for _ in range(dice.randrange(6, 14)))
        yield Sample(text=carrier.replace("{}", value), start=start, end=start + len(value))


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The rules alone: no model may be needed for what has a format."""
    return RULES_ONLY


@pytest.mark.parametrize("cell", OWN_FORMATS)
def test_every_countrys_own_formats_are_found(engine: Engine, cell: Cell) -> None:
    """E-mail, telephone, IBAN and card: recall of at least 0.99 in each of 27 countries."""
    count = measured(engine, cell, count=COUNT, seed=SEED + 1)

    assert count.recall >= 0.99


@pytest.mark.parametrize("cell", IDENTIFIERS)
def test_a_national_identifier_is_found_beside_its_name(engine: Engine, cell: Cell) -> None:
    """Beside the word that names it, 0.98 at least are found, whatever they are then called."""
    count = measured(engine, cell, count=COUNT, seed=SEED + 1)

    assert count.coverage >= 0.98


@pytest.mark.parametrize("cell", [i for i in IDENTIFIERS if cell_of(i).has_check])
def test_a_random_value_of_its_shape_is_no_identifier(engine: Engine, cell: Cell) -> None:
    """Against as many random values of its shape: precision of at least 0.95."""
    count = measured(engine, cell, count=FEW, seed=SEED + 1, noise=NOISE)

    assert count.precision is not None
    assert count.precision >= 0.95


@pytest.mark.parametrize("cell", [i for i in IDENTIFIERS if not cell_of(i).has_check])
def test_random_digits_are_no_identifier(engine: Engine, cell: Cell) -> None:
    """What only its shape tells is not taken for found in as many bare digits."""
    count = measured(engine, replace(cell, noise=bare_digits), count=FEW, seed=SEED + 1)

    assert count.precision is not None
    assert count.precision >= 0.95
