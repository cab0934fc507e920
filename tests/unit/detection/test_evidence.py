"""What makes a doubtful finding sure."""

import pytest

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.evidence import SCORE, settled


def doubt(text: str, value: str, entity: str = "PERSON") -> Finding:
    """The first place of `value` as a doubtful finding."""
    start = text.index(value)
    return Finding(
        start=start,
        end=start + len(value),
        entity=Entity(entity),
        score=0.3,
        recognizer="ner-doubtful",
    )


@pytest.mark.parametrize(
    ("text", "entity", "score"),
    [
        ("Quilla told us", "PERSON", SCORE),
        ("we went with Quilla there", "PERSON", SCORE),
        ("painted by Quilla", "PERSON", SCORE),
        ("Quilla is open", "PERSON", 0.3),
        ("standby Quilla", "PERSON", 0.3),
        ("Quilla toldo", "PERSON", 0.3),
        ("Quilla told us", "ORGANIZATION", 0.3),
    ],
)
def test_company_makes_a_person(text: str, entity: str, score: float) -> None:
    """Verbs of people behind, and prepositions before, speak for persons and for nothing else."""
    (found,) = settled(text, [doubt(text, "Quilla", entity)], ())

    assert (found.score, found.entity) == (score, entity)


def test_a_small_word_stays_doubtful() -> None:
    """Without a capital a verb says too little: `who told us`."""
    (found,) = settled("somebody told us", [doubt("somebody told us", "somebody")], ())

    assert found.score == 0.3


def test_a_sure_name_elsewhere_makes_the_same_word_one() -> None:
    """With the entity and the score that it has there."""
    text = "Dear Quilla. Quilla opens"
    sure = Finding(start=5, end=11, entity=Entity("PERSON"), score=0.75, recognizer="person")

    (found,) = settled(text, [doubt(text[:5] + "      " + text[11:], "Quilla", "LOCATION")], [sure])

    assert (found.entity, found.score) == ("PERSON", 0.75)
