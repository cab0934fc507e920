"""Values with something between their characters or groups."""

import time

import pytest

from guardrail_gw.detection.normalise.spaced import joined
from guardrail_gw.detection.rules.window import Whole


def read(text: str) -> str | None:
    """The second reading, if there is one."""
    layer = joined(Whole(text))
    return None if layer is None else layer.text


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("D E 8 9 3 7 0 4", "DE893704"),
        ("to a n n a @ b . d e now", "to anna@b.de now"),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "4111111111111111"),
        ("call 0 1 0 1 0 1 0 1.", "call 01010101."),
        ("(a b @ c . d e)", "(ab@c.de)"),
        ('call "0 3 0 9 0 1 8 2"!', 'call "03090182"!'),
        ("a b word 0 3 0 9 0 1 8 2", "a b word 03090182"),
        ("4.1.1.1.1.1.1.1.1.1.1.1", "411111111111"),
        ("4111.1111.1111.1111", "4111111111111111"),
        ("4111  1111  1111  1111", "4111111111111111"),
        ("4111\n1111\n1111\n1111", "4111111111111111"),
        ("DE89/3704/0044/0532/0130/00.", "DE89370400440532013000."),
        ("4, 1, 1, 1, 1, 1, 1, 1, 1, 1", "4111111111"),
        ("see ab12-cd34-ef56-7890-1234", "see ab12cd34ef5678901234"),
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
        "(a b c d e f)",
        "a b c word d e f g",
        "1.5, 2.25, 3.125, 4.75, 5.5, 6.25",
        "2026-03-12 and 12:30",
        "192.168.10.200",
        "see 4.1.2 and 4.1.3",
    ],
)
def test_it_is_left_alone(text: str) -> None:
    """Words, uneven numbers, dates and addresses have no second reading."""
    assert read(text) is None


VALUES = (
    "a b @ c . d e",
    "0 3 0 9 0 1 8 2",
    "D E 8 9 3 7 0 4 0 0",
    "4.1.1.1.1.1.1.1.1.1.1.1",
    "4111  1111  1111  1111",
    "AB12-CD34-EF56-7890-1234",
    "1a-2b-3c-4d-5e-6f-7g-8h-9i-0j",
    "ab12-cd34-ef56-7890-1234",
    "AB-CD-1234-5678-90-12",
    "12.03.2026",
)
AROUND = (
    "see {} now",
    "({})",
    "[{}],",
    "mail “<{}>”",
    "Rechnung: {}.",
    "caf\u00e9 {} und f\u00fcr",
    "{}\tHELLO",
    "7 days, {} and 12 more",
    "a1 {}\r\nb2",
    "ABCDE {} ABCD",
)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("around", AROUND)
def test_words_around_a_value_change_nothing(value: str, around: str) -> None:
    """What is joined by itself is joined among words, and what is not is not."""
    alone = read(value)

    assert read(around.format(value)) == (alone and around.format(alone))


def test_a_long_row_takes_no_longer_than_its_length() -> None:
    """Letters, capitals or signs without end are looked through once."""
    for unit in ("a", "A", "A1", "-", "1-", "AB ", "1 "):
        begins = time.process_time()

        read("1 " + unit * 50_000 + "1234567890 " * 10)

        assert time.process_time() - begins < 5
