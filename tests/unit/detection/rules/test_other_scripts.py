"""Which texts have letters beyond the Latin alphabet."""

import pytest

from guardrail_gw.detection.rules.other_scripts import has_other_script


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", False),
        ("Größe, déjà vu", False),
        ("Łódź, \u201cquoted\u201d \u2026 \U0001f600", False),
        ("\u20ac 5", False),
        ("Анна", True),
        ("x \u03bf", True),
        ("نوال", True),
        ("김", True),
        ("林", True),
        ("さ", True),
    ],
)
def test_other_scripts_are_told_from_latin(text: str, expected: bool) -> None:  # noqa: FBT001 - what is asked
    """Signs, emoji and Latin letters with marks are of no other script."""
    assert has_other_script(text) is expected
