import pytest

from guardrail_gw.redaction.names import Names

NAMES = Names(["Robin", "Robin Miller", "Mika", "+49 30 23125 123", "kim.adler07@example.org"])


def scanned(text: str, *, before: str = "", more: bool = False) -> list[tuple[int, int, str]]:
    """What is found in a text."""
    hits = NAMES.scan(text, 0, len(text), before=before, more=more)
    return [(n.start, n.end, n.name) for n in hits]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Robin Miller, Robin and Mika", ["Robin Miller", "Robin", "Mika"]),
        ("ROBIN MILLER robin miller", ["Robin Miller", "Robin Miller"]),
        ("Robin\nMiller Robin\u00a0Miller", ["Robin Miller", "Robin Miller"]),
        ("Robin Millers xRobin", ["Robin"]),
        ("a robin is a bird, ROBIN is shouted", ["Robin"]),
        ("Robin's Mika_1 (Mika)", ["Robin", "Mika", "Mika"]),
        ("KIM.ADLER07@EXAMPLE.ORG.", ["kim.adler07@example.org"]),
        ("call +49 30 23125 123, not +49 30 23125 1234", ["+49 30 23125 123"]),
        ("x+49 30 23125 123", ["+49 30 23125 123"]),
        ("Rob in Mill", []),
    ],
)
def test_the_longest_name_is_found_as_whole_words(text: str, names: list[str]) -> None:
    """Also in another case, where a single word is not a word of the language."""
    assert [name for _, _, name in scanned(text)] == names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Robin", [(0, 5, "")]),
        ("Robin Mil", [(0, 9, "")]),
        ("Robin Max", [(0, 5, "Robin")]),
        ("see Mika, Ro", [(4, 8, "Mika"), (10, 12, "")]),
        ("hello", []),
    ],
)
def test_what_may_go_on_is_not_decided(text: str, found: list[tuple[int, int, str]]) -> None:
    """While more is to come, the end of the text may be the beginning of a longer name."""
    assert scanned(text, more=True) == found


def test_a_letter_before_the_piece_counts() -> None:
    """A piece that begins within a word does not begin with a name."""
    assert scanned("Mika ", before="x") == []
    assert scanned("Mika ", before=" ") == [(0, 4, "Mika")]


def test_no_names_are_found_nowhere() -> None:
    """A tree without names holds nothing back."""
    assert list(Names([]).scan("Robin", 0, 5, before="", more=True)) == []


def test_a_name_is_not_shown() -> None:
    """The repr of what is found does not show it."""
    (hit,) = NAMES.scan("Mika", 0, 4, before="", more=False)

    assert "Mika" not in repr(hit)
