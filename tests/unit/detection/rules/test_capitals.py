"""Words in capitals within a sentence."""

import pytest

from guardrail_gw.detection.rules.capitals import SCORE, find


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("we use Quill Direct for that", "Quill Direct"),
        ("sold by Thornby and Sons today", "Thornby and Sons"),
        ("made by EliteQuills, they say", "EliteQuills"),
        ("made by EliteQuills.", "EliteQuills"),
    ],
)
def test_rows_and_inner_capitals_are_told(text: str, name: str) -> None:
    """With a low score."""
    (found,) = find(text)

    assert (text[found.start : found.end], found.score) == (name, SCORE)


@pytest.mark.parametrize(
    "text", ["Quill Direct", "We met. Then Quill", "call fooBar()", "x.fooBar is", "one Quill here"]
)
def test_the_beginning_of_a_sentence_and_code_are_not(text: str) -> None:
    """Nor is a single word in capitals."""
    assert not list(find(text))
