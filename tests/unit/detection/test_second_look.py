"""A second look at what the network finds in German texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from guardrail_gw.core.shipped import shipped
from guardrail_gw.detection.merge import DOUBTFUL_SCORE
from guardrail_gw.detection.ner import SpacyNames
from guardrail_gw.detection.second_look import (
    DENSE,
    FILE,
    HASHED,
    SecondLook,
    candidates,
    features,
    shape,
)
from guardrail_gw.errors import ConfigError

MODEL = shipped("models/guardrail_xx_ner")
LIST = (
    "Verstorbene der vergangenen Woche. Huber Anna, Seidenwinderin, 41 J., Ottakring, Lindengasse "
    "12, Wassersucht. Gruber Karl, Drechslergehilfe, 63 J., Wieden, Gumpelgasse 3, Nervenfieber. "
    "Moser Franz, Pfründner, 70 J., zuletzt in Salzburg und in Innsbruck wohnhaft, Lungenlähmung. "
)


@dataclass(frozen=True)
class Text:
    """A text whose tokens are apart by blanks, and of each how sure the network was."""

    text: str
    margins: Sequence[float]

    @property
    def places(self) -> list[tuple[int, int]]:
        """Where they stand."""
        ends = np.cumsum([len(word) + 1 for word in self.text.split(" ")])
        return [(int(end) - len(word) - 1, int(end) - 1) for word, end in self._words(ends)]

    def margin(self, token: int) -> float:
        """Of one."""
        return self.margins[token]

    def _words(self, ends: np.ndarray) -> list[tuple[str, int]]:
        return list(zip(self.text.split(" "), ends.tolist(), strict=True))


def look(**margins: float) -> SecondLook:
    """One that goes by the network's own preference alone, times so much."""
    weights = {label: np.zeros(DENSE + HASHED, dtype=np.float32) for label in margins}
    for label, by in margins.items():
        weights[label][1] = by
    return SecondLook(weights)


def test_what_is_likely_counts_and_the_rest_is_doubtful() -> None:
    """Of what the network found, and of what it would find by leaning; other labels stay."""
    text = Text("a b c d e", [8.0, 0.5, 4.0, -0.5, 0.0])
    sure = [(0, 1, "LOCATION"), (1, 2, "LOCATION"), (4, 5, "PERSON")]
    leaning = [(2, 3, "LOCATION"), (3, 4, "LOCATION")]

    counts, doubtful = look(LOCATION=2.0).graded(text, sure, leaning)

    assert sorted(counts) == [(0, 1, "LOCATION"), (2, 3, "LOCATION"), (4, 5, "PERSON")]
    assert sorted(doubtful) == [(1, 2, "LOCATION"), (3, 4, "LOCATION")]


def test_nothing_is_lost() -> None:
    """Whatever was found, at once or by leaning, counts or is doubtful, once."""
    text = Text("a b c d", [1.0, -1.0, 3.0, 0.0])
    sure, leaning = [(0, 2, "LOCATION")], [(1, 3, "LOCATION"), (3, 4, "PERSON")]

    counts, doubtful = look(LOCATION=1.0).graded(text, sure, leaning)

    assert sorted([*counts, *doubtful]) == sorted([*sure, *leaning])


def test_candidates_lie_apart_from_what_is_sure() -> None:
    """What overlaps it is another reading of the same words."""
    sure = [(2, 4, "LOCATION")]

    found = list(candidates(sure, [(0, 2, "X"), (3, 5, "X"), (4, 5, "X")]))

    assert found == [(0, 2, "X"), (4, 5, "X")]


def test_features_are_of_the_finding_and_its_neighbours() -> None:
    """Not of what stands farther away, and always of the same number of weights."""
    near = features("nach Wien gereist", 5, 9, 1.0)

    assert near == features("nach Wien gereist", 5, 9, 1.0)
    assert near != features("aus Wien gereist", 4, 8, 1.0)
    assert near == features("Er ist " + "x" * 40 + " nach Wien gereist", 53, 57, 1.0)
    assert all(0 <= at < DENSE + HASHED for at in near.weights)


def test_a_shape_tells_kinds_of_characters() -> None:
    """The same in a row once."""
    assert [shape(word) for word in ("Bad-Ischl", "XII.", "3a")] == ["Aa-Aa", "A.", "0a"]


def test_a_model_without_the_file_gets_none(tmp_path: Path) -> None:
    """What the network finds stays as it is."""
    assert SecondLook.of(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04"])
def test_a_broken_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    """Not a model without doubts."""
    (tmp_path / FILE).write_bytes(content)

    with pytest.raises(ConfigError):
        SecondLook.of(tmp_path)


def test_weights_of_another_size_are_an_error(tmp_path: Path) -> None:
    """They belong to other features."""
    np.savez(tmp_path / FILE, LOCATION=np.zeros(7, dtype=np.float16))

    with pytest.raises(ConfigError):
        SecondLook.of(tmp_path)


def test_trades_and_illnesses_are_no_places() -> None:
    """The shipped model tells them with the low score, and the towns of the same text at once."""
    before = _sure(SpacyNames(MODEL, stern={}))
    now = _sure(SpacyNames(MODEL))

    assert {"Salzburg", "Innsbruck", "Ottakring"} <= now
    assert {"Wassersucht", "Lungenlähmung"} <= before - now


def test_texts_in_other_languages_are_read_as_before() -> None:
    """However unsure the network is of them."""
    text = (
        "Anna Novak moved from Ottakring to Portland and works at the Harbour Line Trading Office."
    )

    one, other = SpacyNames(MODEL), SpacyNames(MODEL, stern={})

    assert one.find([text]) == other.find([text])


def _sure(names: SpacyNames) -> set[str]:
    """Places and organizations that count where a policy says nothing."""
    return {
        LIST[f.start : f.end]
        for f in names.find([LIST])[0]
        if f.score > DOUBTFUL_SCORE and f.entity in ("LOCATION", "ORGANIZATION")
    }
