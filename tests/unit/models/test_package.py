"""Packaging: how far the recognizer leans towards names."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from models.recipe.package import lean

MODEL = Path(__file__).resolve().parents[3] / "models" / "guardrail_xx_ner"

TEXT = "Please send the report to the office before the end of the week"


@pytest.fixture
def nlp() -> Language:
    """The shipped pipeline, anew for every test."""
    return spacy.load(MODEL)


def test_leaning_far_marks_everything(nlp: Language) -> None:
    """When one label is far more likely, every word is part of a name with it."""
    lean(nlp, {"PERSON": 1000.0})

    found = nlp(TEXT).ents

    assert sum(map(len, found)) == len(TEXT.split())
    assert {entity.label_ for entity in found} == {"PERSON"}


def test_leaning_away_marks_nothing(nlp: Language) -> None:
    """A negative lean works against a label: what was found with it is not found any more."""
    text = "My name is Anna Schmidt"
    before = [entity.label_ for entity in nlp(text).ents]

    lean(nlp, {"PERSON": -1000.0})

    assert before == ["PERSON"]
    assert "PERSON" not in [entity.label_ for entity in nlp(text).ents]
