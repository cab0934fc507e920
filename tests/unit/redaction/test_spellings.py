import re

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.redaction.spellings import Spellings, Squeezed, clue, likely

IBAN = "DE89 3704 0044 0532 0130 00"
PHONE = "+49 30 1234567"
VALUES = ["Anna Schmidt", "May", "Anna", "a@b.example", IBAN, PHONE]
SPELLINGS = Spellings([*VALUES, "张伟"])
SPACED = Spellings(VALUES)
"""All in scripts that set words apart, so that texts are looked at cheaply first."""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ANNA SCHMIDT, anna \n schmidt.", ["ANNA SCHMIDT", "anna \n schmidt"]),
        ("may I? May. MAY", ["May"]),
        ("anna ANNA Anna Annabel ANNAS", ["ANNA", "Anna"]),
        ("A@B.Example xa@b.example", ["A@B.Example"]),
        ("DE89370400440532013000", ["DE89370400440532013000"]),
        ("(de89-3704-0044-0532-0130-00)", ["de89-3704-0044-0532-0130-00"]),
        ("DE893704004405320130001 xDE89370400440532013000", []),
        ("tel.: (49) 301234567!", ["49) 301234567"]),
        ("4930 123 45 67 and 4930 123 45 678", ["4930 123 45 67"]),
        ("İ Straße ANNA   SCHMIDT", ["ANNA   SCHMIDT"]),
        ("我是张伟吗", ["张伟"]),
        ("", []),
    ],
)
def test_usual_spellings_are_found(text: str, found: list[str]) -> None:
    """Case, white space and separators, as whole words; places are those of the text as it is."""
    assert [text[h.start : h.end] for h in SPELLINGS.hits(text)] == found
    assert SPELLINGS.within(text) == bool(found)
    spaced = [h for h in found if h != "张伟"]
    assert [text[h.start : h.end] for h in SPACED.hits(text)] == spaced


def test_a_hit_names_the_known_value() -> None:
    """A spelling is treated as the value is; among values the very same one comes first."""
    hits = list(Spellings(["ANNA", "Anna", IBAN]).hits(f"Anna ANNA {IBAN.replace(' ', '')}"))

    assert [h.value for h in hits] == ["Anna", "ANNA", IBAN]


@pytest.mark.parametrize("number", ["٠٣٠ ٩٠١٨٢٠١٢", "०३० ९०१८२०१२", PHONE])
def test_a_number_has_other_separators_in_any_digits(number: str) -> None:
    """Digits of Arabic and of Devanagari are digits, beside those of others as well."""
    other = number.replace(" ", "-")

    assert Spellings([number]).within(f"({other})")
    assert Spellings([IBAN, number]).within(f"({other})")


def test_digits_of_other_scripts_are_digits() -> None:
    """A number is the same with other separators in whatever digits it is written."""
    value = "\u0663\u0664\u0665-\u0666\u0667\u0668\u0669"
    text = f"to {value.replace('-', ' / ')}"

    assert [hit.start for hit in Spellings([value]).hits(text)] == [3]
    assert [index for index, _ in Spellings([value]).hits_among(["", text])] == [1]


@pytest.mark.parametrize("longer", ["Anna ", "aNNa,", "Anna\0"])
def test_what_is_spelt_otherwise_hides_no_value(longer: str) -> None:
    """Where a longer value is not meant, since it is spelt otherwise, a shorter one counts."""
    text = "to Anna\n, Anna, Anna\t"

    hits = list(Spellings(["Anna", longer]).hits(text))

    assert [hit.start for hit in hits] == [3, 10, 16]


@pytest.mark.parametrize("text", ["", "a  b", "  a   b  c ", "abc"])
def test_squeezing_knows_the_way_back(text: str) -> None:
    """Each character that is left is where it was."""
    squeezed = Squeezed(text, re.compile(r"(?<=\s)\s+"))

    places = [squeezed.origin(i, i + 1)[0] for i in range(len(squeezed.text))]

    assert "".join(text[p] for p in places) == squeezed.text


def test_the_last_of_many_values_is_found_too() -> None:
    """However many values there are, each is found with other separators."""
    values = [f"DE{number:02d}{number * 7919:018d}" for number in range(40)]
    spellings = Spellings(values)

    for value in values:
        spaced = " ".join(value[at : at + 4] for at in range(0, len(value), 4))
        assert spellings.within(f"it is {spaced}, he said")


PIECES = st.lists(
    st.sampled_from(
        [
            *("Anna", "anna", "ANNA", "Schmidt", "May", "may", "MAY", "a@b.example", IBAN, PHONE),
            *(
                "DE89370400440532013000",
                "4930-123-45-67",
                "张伟",
                "İ",
                "\u017f",
                "Σ",
                "ς",
                "x\0y",
                "\0",
            ),
            *(" ", " ", "  ", "\n", "\t\u00a0", ".", "_", "-", "1", "é"),
        ]
    ),
    max_size=8,
).map("".join)


@given(values=st.sets(PIECES.filter(bool), max_size=24), texts=st.lists(PIECES, max_size=6))
def test_many_texts_are_read_as_each_is(values: set[str], texts: list[str]) -> None:
    """Looking through texts as one finds in each what looking through it alone does."""
    spellings = Spellings(sorted(values))

    found = list(spellings.hits_among(texts))

    assert found == [
        (index, hit) for index, text in enumerate(texts) for hit in spellings.hits(text)
    ]
    assert {index for index, _ in found} == {i for i, t in enumerate(texts) if spellings.within(t)}


@given(values=st.sets(PIECES.filter(bool), max_size=24), texts=st.lists(PIECES, max_size=6))
def test_a_clue_leaves_no_value_out(values: set[str], texts: list[str]) -> None:
    """All that is found in texts is found among the values whose clues say that it may be."""
    known = sorted(values)
    clues = {value: clue(value) for value in known[::2]} or {"other": ("other", "")}

    sought = likely(known, clues, texts)

    found = list(Spellings(sought).hits_among(texts))
    assert found == list(Spellings(known).hits_among(texts))
    assert list(sought) == [value for value in known if value in sought]


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ("Anna Schmidt", "Anna alone", False),
        ("Anna Schmidt", "a SCHMIDT", True),
        (IBAN, "DE88-3704-0044-0532-0130-00", False),
        (IBAN, "de89370400440532013000", True),
        ("\u0663\u0664\u0665-\u0666\u0667\u0668\u0669", "nothing", True),
        ("\u5f20\u4f1f", "nothing", True),
        ("@!", "nothing", True),
    ],
)
def test_a_clue_is_a_word_or_digits(value: str, text: str, *, expected: bool) -> None:
    """A value is looked for where its longest word or its digits stand; without both, anywhere."""
    assert (value in likely([value], {value: clue(value)}, [text])) == expected


def test_no_value_stands_across_two_texts() -> None:
    """Not even one that holds the character that is between texts."""
    values = Spellings(["x\0y", "x y", "\0"])

    assert list(values.hits_among(["x", "y"])) == []
    assert [index for index, _ in values.hits_among(["x", "y", "x\0y"])] == [2]


def test_many_values_in_many_texts_are_all_found() -> None:
    """However many there are, and however they are spelt."""
    values = [f"DE{number:02d}{number * 7919:018d}" for number in range(80)]
    texts = [f"it is {value[:9]} {value[9:]}, he said" for value in values]

    found = list(Spellings(values).hits_among(texts))

    assert [hit.value for _, hit in found] == values
