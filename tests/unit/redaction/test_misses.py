import pytest

from guardrail_gw.redaction.misses import Misses

WORDS = ("PERSON_", "EMAIL_ADDRESS_")


def counted(*pieces: str) -> int:
    """How many texts count in what is left of an answer."""
    misses = Misses(heads=WORDS, suffixes={"7K2QX9MD"})
    for piece in pieces:
        misses.feed(piece)
    misses.end()
    return misses.seen


@pytest.mark.parametrize(
    "text",
    [
        "PERSON_00000AAA",
        "person_00000aaa",
        "Person 1A2B3C4D",
        "EMAIL-ADDRESS-0000000A",
        "FOREIGN_00000AAA",
        "PERSONNE_7K2QX9MD",
        "7K2QX9MD",
        "the code (7k2qx9md).",
        "PERSON__7K2QX9MD",
        "PERSON*7K2QX9MD*",
        "PERSON\u200b_7K2QX9MD",
        "PERSON_7K2QX9M",
        "PERSON_7K2QX9MDX",
        "PERSON_7K2Q",
    ],
)
def test_what_was_a_placeholder_counts_once(text: str) -> None:
    """Not issued, translated, bare, cut, grown or decorated: one miss each, however it arrives."""
    assert counted(text) == counted(*text) == counted(f"x {text}, ", "and") == 1


@pytest.mark.parametrize(
    "text",
    [
        "PERSON answered",
        "person 15th",
        "in PERSON_2024",
        "A1B2C3D4",
        "sha256:9f86d081884c7d659a2feaa0c55ad015",
        "server_20240101",
        "PERSON_",
        "",
    ],
)
def test_ordinary_text_does_not_count(text: str) -> None:
    """Words, dates, digests and codes are nobody's placeholder."""
    assert counted(text) == 0


def test_a_long_text_is_counted_as_it_comes() -> None:
    """Nothing is counted twice or lost at the borders of what is kept, and little is kept."""
    misses = Misses(heads=WORDS, suffixes=())
    text = "PERSON_00000AAA, " * 3000

    for at in range(0, len(text), 7):
        misses.feed(text[at : at + 7])
    kept = len(misses._text)  # noqa: SLF001 - the bound is the point
    misses.end()

    assert misses.seen == 3000
    assert kept < 5000


def test_a_counter_shows_nothing() -> None:
    """The repr holds no text of the answer."""
    misses = Misses(heads=WORDS, suffixes={"7K2QX9MD"})

    misses.feed("Anna")

    assert "Anna" not in repr(misses)
    assert "7K2QX9MD" not in repr(misses)
