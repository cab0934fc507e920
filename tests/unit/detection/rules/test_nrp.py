"""Groups of people, and the languages and names that look like them."""

import pytest

from guardrail_gw.detection.rules.nrp import find


@pytest.mark.parametrize(
    "text",
    [
        "documentation in English, German and French",
        "translate it into Dutch",
        "reverse Polish notation",
        "the French version, a Swedish keyboard",
        "British Airways and the Norwegian Refugee Council",
        "french quotes and swiss cheese",
        "Dawn French",
        "traduit en polonais",
    ],
)
def test_a_language_or_a_part_of_a_name_is_no_group(text: str) -> None:
    """Nothing is found in them."""
    assert list(find(text)) == []


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("The Norwegian arrived", "Norwegian"),
        ("a Swiss-born writer of Jewish faith", "Jewish"),
        ("une ressortissante britannique", "britannique"),
        ("dos ciudadanas polacas", "polacas"),
    ],
)
def test_a_group_is_found(text: str, group: str) -> None:
    """As adjective and noun, with its endings."""
    assert [text[found.start : found.end] for found in find(text)] == [group]
