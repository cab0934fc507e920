"""Parts are cut as spaCy cuts them, or not at all."""

from functools import cache

import pytest
import spacy
from hypothesis import given, settings, strategies as st
from spacy.language import Language

from guardrail_gw.core.shipped import shipped
from guardrail_gw.detection.cutting import Cutter
from guardrail_gw.detection.pipeline import load_pipeline
from guardrail_gw.detection.tokens import tokens_of

ATTRIBUTES = ("NORM", "PREFIX", "SUFFIX", "SHAPE")
NAMES = ("shipped", "en", "de", "fr")


@cache
def language(name: str) -> Language:
    """One of them; French alone takes a second to load."""
    if name == "shipped":
        return load_pipeline(shipped("models/guardrail_xx_ner"), ())
    return spacy.blank(name)


@cache
def cutter(name: str) -> Cutter:
    """What cuts as it does."""
    return Cutter(language(name), ATTRIBUTES)


PIECES = (
    *(
        "Anna",
        "don't",
        "U.S.",
        "a.b@c.de",
        "(",
        ")",
        ":",
        ":)",
        "...",
        "-",
        "--",
        "'",
        '"',
        "#",
        "%",
    ),
    *("https://x.example/a?b=c", "10.0.0.1", "1,5", "+49", "l'", "İ", "ß", "😀", "東京", "/", "_"),
    *("C++", "8)", "o.O", "km", "3", "B", "z.", "»", "“", "€", "PERSON", "x" * 40, "\u200b"),
)
PARTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)


def by_spacy(nlp: Language, part: str) -> list[tuple[str, bytes]]:
    """What spaCy makes of the part."""
    doc = nlp.make_doc(part)
    return list(
        zip([t.text for t in doc], tokens_of(doc, [*ATTRIBUTES, "IS_SPACE"]).names, strict=True)
    )


@settings(max_examples=400)
@given(part=PARTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_part_is_cut_as_spacy_cuts_it(name: str, part: str) -> None:
    """For any part, the tokens and their attributes are the same, or it is left to spaCy."""
    tokens = cutter(name)(part)

    assert tokens is None or tokens == by_spacy(language(name), part)


@pytest.mark.parametrize(
    "part",
    [
        "Schmidt",
        "anna.schmidt4711@example.com,",
        "DE89370400440532013000",
        "(+49)",
        "4711:",
        "it's",
    ],
)
def test_what_holds_no_exception_is_cut(part: str) -> None:
    """Names, addresses and numbers need no document."""
    assert cutter("shipped")(part) == by_spacy(language("shipped"), part)


@pytest.mark.parametrize("part", [":)", "(:)", "Anna:)", "C++", "(C++)", "a.", "don't"])
def test_what_may_hold_an_exception_is_left_to_spacy(part: str) -> None:
    """An exception's tokens have attributes of their own, wherever it stands."""
    assert cutter("en")(part) is None


def test_an_exception_that_is_one_word_for_the_tokenizer_is_left_to_spacy() -> None:
    """French has such: what is never cut is an exception all the same."""
    assert cutter("fr")("Est-ce") is None
