"""Values with something between their characters or groups."""

import pytest

from guardrail_gw.detection.normalise.spaced import joined


def read(text: str) -> str | None:
    """The second reading, if there is one."""
    layer = joined(text)
    return None if layer is None else layer.text


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("D E 8 9 3 7 0 4", "DE893704"),
        ("to a n n a @ b . d e now", "to anna@b.de now"),
        ("4.1.1.1.1.1.1.1.1.1.1.1", "411111111111"),
        ("4111.1111.1111.1111", "4111111111111111"),
        ("4111  1111  1111  1111", "4111111111111111"),
        ("4111\n1111\n1111\n1111", "4111111111111111"),
        ("DE89/3704/0044/0532/0130/00.", "DE89370400440532013000."),
        ("4, 1, 1, 1, 1, 1, 1, 1, 1, 1", "4111111111"),
    ],
)
def test_it_is_joined(written: str, seen: str) -> None:
    """Single characters and even groups are joined, and nothing around them."""
    assert read(written) == seen


@pytest.mark.parametrize(
    "text",
    [
        "a plain sentence with 12 words",
        "a b c d e f",
        "1.5, 2.25, 3.125, 4.75, 5.5, 6.25",
        "2026-03-12 and 12:30",
        "192.168.10.200",
        "see 4.1.2 and 4.1.3",
    ],
)
def test_it_is_left_alone(text: str) -> None:
    """Words, uneven numbers, dates and addresses have no second reading."""
    assert read(text) is None
