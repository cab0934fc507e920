"""Tokens by parts are the tokens that spaCy makes of the whole text."""

from functools import cache
from typing import Any

import pytest
import spacy
from hypothesis import given, settings, strategies as st
from spacy.attrs import ORTH
from spacy.language import Language

from guardrail_gw.detection.tokens import LONGEST, Tokenizer, tokens_of

ATTRIBUTES = ("NORM", "PREFIX", "SUFFIX", "SHAPE")
BLANK = spacy.blank("xx")
ENGLISH = spacy.blank("en")
TEXTS = st.lists(
    st.sampled_from(
        [
            *(
                "Anna",
                "don't",
                "U.S.",
                "a.b@c.de",
                "(12.03.2026)",
                ":)",
                ":(",
                ")",
                ":",
                "l'\u00e9t\u00e9",
                "\u0130",
                "\U0001f600",
            ),
            *("https://x.example/a?b=c", "-", "...", "x" * (LONGEST + 1), "1,5%", "can't."),
            *(
                " ",
                " ",
                " ",
                "  ",
                "   ",
                "\n",
                "\n ",
                " \n",
                "\t",
                "\u00a0",
                "\u2003",
                "\x1c",
                "\r\n",
            ),
        ]
    ),
    max_size=25,
).map("".join)


@cache
def forgetful(nlp: Language) -> Tokenizer:
    """One that remembers five parts."""
    return Tokenizer(nlp, ATTRIBUTES, remembered=5)


def whole(nlp: Language, text: str) -> object:
    """What spaCy makes of the text at once."""
    return [*zip(*tokens_of(nlp.make_doc(text), [*ATTRIBUTES, "IS_SPACE"]), strict=True)]


@settings(max_examples=300)
@given(text=TEXTS)
@pytest.mark.parametrize("nlp", [BLANK, ENGLISH], ids=["xx", "en"])
def test_parts_have_the_tokens_of_the_whole(nlp: Language, text: str) -> None:
    """For any text, also the second time and with little remembered, nothing differs."""
    tokens = forgetful(nlp)

    first, again = ([*zip(*tokens(text), strict=True)] for _ in range(2))

    assert first == again == whole(nlp, text)


@pytest.mark.parametrize(
    "text", ["(12.03.2026) :)Anna", ") :)x", "so: (see", "a :) :( b", "x : ) y"]
)
def test_exceptions_are_seen_across_white_space(text: str) -> None:
    """What spaCy takes for an exception although white space stands in it stays together."""
    for nlp in (BLANK, ENGLISH):
        found = [*zip(*Tokenizer(nlp, ATTRIBUTES)(text), strict=True)]

        assert found == whole(nlp, text)


def test_exceptions_with_white_space_are_seen() -> None:
    """Where an exception to the rules holds a space, texts are not cut into parts."""
    nlp = spacy.blank("xx")
    cutter: Any = nlp.tokenizer
    cutter.add_special_case("New York", [{ORTH: "New York"}])

    assert [*zip(*Tokenizer(nlp, ATTRIBUTES)("in New York"), strict=True)] == whole(
        nlp, "in New York"
    )
    assert len(whole(nlp, "in New York")) == 2  # type: ignore[arg-type]  # a list


def test_what_is_remembered_is_bounded() -> None:
    """Neither more parts than asked for nor long ones are kept."""
    tokens = Tokenizer(BLANK, ATTRIBUTES, remembered=10)

    for number in range(100):
        tokens(f"word{number} {'y' * LONGEST}{number}")

        assert len(tokens._known) <= 10  # noqa: SLF001 - memory is not seen from outside
        assert not any(len(part) > LONGEST for part in tokens._known)  # noqa: SLF001 - ditto
