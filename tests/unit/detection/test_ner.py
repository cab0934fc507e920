"""Named-entity recognition with the shipped pipeline."""

from pathlib import Path

import pytest

from guardrail_gw.core.shipped import shipped
from guardrail_gw.detection.ner import SpacyNames, trimmed
from guardrail_gw.errors import ConfigError


@pytest.fixture(scope="module")
def names() -> SpacyNames:
    """The shipped pipeline."""
    return SpacyNames(shipped("models/guardrail_xx_ner"))


def test_names_and_places_are_found(names: SpacyNames) -> None:
    """A name and a place are found, each by its Presidio name."""
    text = "My name is Anna Schmidt and I live in Berlin."

    (found,) = names.find([text])

    assert {(text[f.start : f.end], f.entity) for f in found} == {
        ("Anna Schmidt", "PERSON"),
        ("Berlin", "LOCATION"),
    }


def test_a_long_text_is_read_whole(names: SpacyNames) -> None:
    """Names behind the first piece are found, at their place in the whole text."""
    text = "The weather was fine that day. " * 400 + "My name is Anna Schmidt."

    (found,) = names.find([text])

    assert "Anna Schmidt" in {text[f.start : f.end] for f in found}


def test_the_vocabulary_does_not_grow(names: SpacyNames) -> None:
    """Words seen in one call are forgotten after it."""
    names.find(["warm"])
    before = len(names._nlp.vocab.strings)  # noqa: SLF001 - the growth is inside spaCy

    names.find([f"Unheard{i} word{i}" for i in range(50)])

    assert len(names._nlp.vocab.strings) == before  # noqa: SLF001 - ditto


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("Anna's", "Anna"),
        ("Anna\u2019s", "Anna"),
        ('"Anna",', "Anna"),
        (" Anna. ", "Anna"),
        ("(Anna)", "Anna"),
        ("...", ""),
    ],
)
def test_spans_are_trimmed(text: str, span: str) -> None:
    """Quotes, punctuation and a possessive ending are no part of a name."""
    start, end = trimmed(text, 0, len(text))

    assert text[start:end] == span


def test_a_folder_without_a_pipeline_is_refused(tmp_path: Path) -> None:
    """Anything but a spaCy pipeline with a recognizer of names stops the start."""
    with pytest.raises(ConfigError):
        SpacyNames(tmp_path)
