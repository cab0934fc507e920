import pytest

from guardrail_gw.redaction.joined import BORDER, Joined


@pytest.mark.parametrize("texts", [["ab", "", "c"], [""], [f"a{BORDER}b", "c"], []])
def test_each_place_is_that_of_its_text(texts: list[str]) -> None:
    """Whatever stands in the texts, every character of each is where it was."""
    joined = Joined(texts)

    found: list[list[str]] = [[] for _ in texts]
    at = 0
    for text in texts:
        for offset, char in enumerate(text):
            index, place = joined.place(at + offset)
            assert (joined.text[at + offset], texts[index][place]) == (char, char)
            found[index].append(char)
        at += len(text) + 1

    assert ["".join(chars) for chars in found] == texts
