"""A name found once is found wherever the text repeats it."""

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.merge import NER, merge
from guardrail_gw.detection.repeats import Repeats
from guardrail_gw.detection.rules.window import Whole


def name(text: str, value: str, entity: str = "PERSON", by: str = NER) -> Finding:
    """The first place of `value` in `text` as a finding."""
    start = text.index(value)
    return Finding(
        start=start, end=start + len(value), entity=Entity(entity), score=0.85, recognizer=by
    )


def values(text: str, *names: Finding) -> list[str]:
    """What `Repeats` adds to `names`, as words of the text."""
    taken = sorted((finding.start, finding.end) for finding in names)
    return [text[found.start : found.end] for found in Repeats(text).of(names, taken)]


FIRM = "Blue Bird Ltd sells. A Blue car. Blue Bird Ltd"

REPEATED = [
    ("Anna Schmidt came. Anna Schmidt left.", "Anna Schmidt", "PERSON", ["Anna Schmidt"]),
    ("Anna Schmidt came. Ms Schmidt left.", "Anna Schmidt", "PERSON", ["Schmidt"]),
    ("Anna Schmidt came. Anna's bag stayed.", "Anna Schmidt", "PERSON", ["Anna"]),
    ("Jean-Luc Petit; jean@x, Petit_Jean", "Jean-Luc Petit", "PERSON", ["Petit", "Jean"]),
    ("Lyon is big. I love Lyon!", "Lyon", "LOCATION", ["Lyon"]),
    (FIRM, "Blue Bird Ltd", "ORGANIZATION", ["Blue Bird Ltd"]),
]


@pytest.mark.parametrize(("text", "value", "entity", "again"), REPEATED)
def test_what_is_repeated(text: str, value: str, entity: str, again: list[str]) -> None:
    """Whole names repeat; of a person each part does, of a firm it does not."""
    added = values(text, name(text, value, entity))

    assert added == again


def test_a_place_is_not_found_within_a_longer_word() -> None:
    """`Warschau-Wiener` is no place; a person's name counts there, for surnames are joined so."""
    text = "Warschau, Warschau-Wiener and Anna Berg, Frau Berg-Quandt"
    place, person = name(text, "Warschau", "LOCATION"), name(text, "Anna Berg")

    assert values(text, place, person) == ["Berg"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Anna Schmidt and schmidt iron", "Anna Schmidt"),
        ("Anna von Muster and a walk von here", "Anna von Muster"),
        ("Anna Schmidt, Schmidtke, Annas, Anna2", "Anna Schmidt"),
        ("Bo Li said Li and Bo", "Bo Li"),
        ("Quandt-Sohn left. A Sohn came.", "Quandt-Sohn"),
    ],
)
def test_what_is_not_repeated(text: str, value: str) -> None:
    """Words in another case, longer words and words of two letters are no repeats."""
    assert values(text, name(text, value)) == []


def test_a_line_break_divides_names() -> None:
    """The words of a name do not stand together across a line break."""
    text = "New York is big.\nNew\nYork"

    assert values(text, name(text, "New York", "LOCATION")) == []


def test_other_entities_are_not_repeated() -> None:
    """Dates, addresses and nationalities are not searched for."""
    text = "Monday or Monday"

    assert values(text, name(text, "Monday", "DATE_TIME")) == []


def test_a_firm_of_one_word_is_not_repeated() -> None:
    """One capitalised word that was taken for a firm is not found again elsewhere."""
    text = "Apple sells. Apple pie."

    assert values(text, name(text, "Apple", "ORGANIZATION")) == []


def test_only_statistical_findings_repeat() -> None:
    """What a rule found is not searched for: the rule has read the whole text already."""
    text = "Anna wrote. Anna called."

    assert merge(text, [name(text, "Anna", by="rule")]) == [name(text, "Anna", by="rule")]


def test_placeholders_stay_opaque() -> None:
    """A repeat never reaches into a placeholder."""
    text = "Person PERSON_7K2QX9MD and Person"

    merged = merge(text, [name(text, "Person")])

    assert [(found.start, found.end) for found in merged] == [(0, 6), (27, 33)]


WORDS = st.lists(st.sampled_from(["Anna", "Schmidt", "saw", "Lyon", "J.", "\n", "-"]), min_size=1)


@given(words=WORDS, picks=st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=4))
def test_merging_with_repeats_keeps_its_laws(
    words: list[str], picks: list[tuple[int, bool]]
) -> None:
    """Sorted, apart, nothing lost, and merging again changes nothing."""
    text = " ".join(words)
    names = [
        name(text, words[index % len(words)], "PERSON" if person else "LOCATION")
        for index, person in picks
    ]

    merged = merge(text, names)

    assert all(left.end <= right.start for left, right in pairwise(merged))
    assert all(any(m.start <= n.start and n.end <= m.end for m in merged) for n in names)
    assert merge(text, merged) == merged


@given(
    text=st.lists(
        st.sampled_from(
            ["Anna", "Berg", "anna", "McBerg", "Anna_Berg", "\u00d6z", "1", " ", ", ", "-"]
        )
    ).map("".join)
)
def test_known_capitals_change_nothing(text: str) -> None:
    """Words that the rules have found already give the same as a look for them."""
    first = name(f"{text} Anna Berg", "Anna Berg")
    whole = Whole(f"{text} Anna Berg")
    taken = [(first.start, first.end)]

    known = Repeats(whole.text, whole.capitals).of([first], taken)

    assert known == Repeats(whole.text).of([first], taken)
