"""Overlapping findings become their union."""

from itertools import pairwise

from hypothesis import given, strategies as st

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.merge import DOUBTFUL, NER, merge


def found(start: int, end: int, entity: str = "X", score: float = 0.8, by: str = "rule") -> Finding:
    """A finding."""
    return Finding(start=start, end=end, entity=Entity(entity), score=score, recognizer=by)


SPANS = st.tuples(st.integers(0, 49), st.integers(1, 12)).map(
    lambda s: (s[0], min(50, s[0] + s[1]))
)
FINDINGS = st.lists(
    st.builds(
        lambda span, entity, score, by: found(span[0], span[1], entity, score=score, by=by),
        SPANS,
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from([0.2, 0.5, 0.9]),
        st.sampled_from([NER, "rule", "address", "person"]),
    )
)


@given(findings=FINDINGS)
def test_nothing_found_is_lost(findings: list[Finding]) -> None:
    """Every character that any finding covers is covered, by findings sorted and apart."""
    merged = merge("a" * 50, findings)

    covered = {i for finding in merged for i in range(finding.start, finding.end)}
    assert covered >= {i for finding in findings for i in range(finding.start, finding.end)}
    assert all(left.end <= right.start for left, right in pairwise(merged))


@given(findings=FINDINGS)
def test_merging_twice_changes_nothing(findings: list[Finding]) -> None:
    """What is merged stays as it is."""
    once = merge("a" * 50, findings)

    assert merge("a" * 50, once) == once


@given(findings=FINDINGS, data=st.data())
def test_order_does_not_matter(findings: list[Finding], data: st.DataObject) -> None:
    """The order of detectors decides neither spans nor names nor scores."""
    other = data.draw(st.permutations(findings))

    def outline(merged: list[Finding]) -> list[tuple[int, int, float]]:
        return [(finding.start, finding.end, finding.score) for finding in merged]

    assert outline(merge("a" * 50, findings)) == outline(merge("a" * 50, other))


def test_the_best_score_names_the_cluster() -> None:
    """Three overlapping findings become one, with the best one's name."""
    text = "x" * 30

    merged = merge(text, [found(0, 10, "A", 0.5), found(8, 20, "B", 0.9), found(19, 25, "C", 0.3)])

    assert merged == [found(0, 25, "B", 0.9)]


def test_a_rule_names_what_the_model_takes_for_a_date() -> None:
    """A telephone number is one although the model scores its own label higher."""
    merged = merge(
        "+49 30 901820", [found(0, 13, "PHONE_NUMBER", 0.6), found(0, 13, "DATE_TIME", 0.9, by=NER)]
    )

    assert [finding.entity for finding in merged] == ["PHONE_NUMBER"]


def test_neighbouring_names_become_one() -> None:
    """Two names with a space between are one; two telephone numbers are two."""
    text = "Anna Schmidt\nBob"

    names = merge(
        text,
        [
            found(0, 4, "P", by=NER),
            found(5, 12, "P", by=NER),
            found(13, 16, "P", by=NER),
        ],
    )
    numbers = merge(text, [found(0, 4, "N"), found(5, 12, "N")])

    assert [(f.start, f.end) for f in names] == [(0, 12), (13, 16)]
    assert len(numbers) == 2


def test_a_person_is_joined_through_initials_and_hyphens() -> None:
    """Initials, hyphens and a point after an initial divide no name; a sentence's end does."""
    for text, cut in (("John F. Kennedy", 8), ("J. Smith", 3), ("Anne-Marie", 5)):
        first = len(text[:cut].split()[0].rstrip(".-"))
        merged = merge(
            text,
            [found(0, first, "PERSON", by=NER), found(cut, len(text), "PERSON", by=NER)],
        )
        assert [(f.start, f.end) for f in merged] == [(0, len(text))]

    ended = merge(
        "I saw John. Mary left",
        [found(6, 10, "PERSON", by=NER), found(12, 16, "PERSON", by=NER)],
    )

    assert len(ended) == 2


def test_placeholders_are_opaque() -> None:
    """A placeholder is never found and never cut; what stands beside it stays found."""
    text = "Dear PERSON_7K2QX9MD Schmidt and LITERAL_7K2QX9MD"

    merged = merge(text, [found(5, 28), found(33, 49)])

    assert [text[f.start : f.end] for f in merged] == [" Schmidt"]


def test_what_only_resembles_a_placeholder_stays_found() -> None:
    """A suffix of digits alone, or of another length, does not hide a value."""
    for text in ("ID_12345678", "IBAN_DE8937040", "xPERSON_7K2QX9MD"):
        assert merge(text, [found(0, len(text))])


def test_a_model_does_not_glue_the_parts_of_an_address() -> None:
    """A model's finding over several parts adds only what no part covers."""
    text = "Lange Gasse 5\n1080 Wien\nnear the Town Hall"
    parts = [
        found(0, 13, "ADDRESS", by="address"),
        found(14, 18, "ADDRESS", by="address"),
        found(19, 23, "LOCATION", by="address"),
    ]

    merged = merge(text, [*parts, found(6, 42, "ORGANIZATION", by=NER)])

    assert [(f.entity, text[f.start : f.end]) for f in merged[:3]] == [
        ("ADDRESS", "Lange Gasse 5"),
        ("ADDRESS", "1080"),
        ("LOCATION", "Wien"),
    ]
    assert [(f.entity, f.end) for f in merged[3:]] == [("ORGANIZATION", 42)]


def test_the_word_between_two_names_is_no_finding() -> None:
    """What is left of a longer finding counts where it says something."""
    text = "Quill and Thornby of Wobb Ltd"
    names = [found(0, 5), found(10, 17), found(21, 29)]

    merged = merge(text, [*names, found(0, 29, "ORGANIZATION", by="organization")])
    with_more = merge(text, [*names[:2], found(0, 29, "ORGANIZATION", by="organization")])

    assert [text[f.start : f.end] for f in merged] == ["Quill", "Thornby", "Wobb Ltd"]
    assert [text[f.start : f.end] for f in with_more] == ["Quill", "Thornby", "of Wobb Ltd"]


def test_a_model_still_adds_to_a_single_part() -> None:
    """Over one part only, the union counts as everywhere."""
    merged = merge(
        "12 Long Road North", [found(0, 12, "ADDRESS", by="address"), found(3, 18, by=NER)]
    )

    assert [(f.start, f.end) for f in merged] == [(0, 18)]


def test_a_rule_that_goes_by_capitals_does_not_glue_what_others_tell_apart() -> None:
    """Over two findings it adds only what neither covers; over one it is their union."""
    text = "Anna Berg Royal Free Hospital Leeds"
    names = [found(0, 9, "PERSON", by=NER), found(20, 29, "ORGANIZATION", by=NER)]

    over_two = merge(text, [*names, found(5, 35, "ORGANIZATION", by="organization")])
    over_one = merge(text, [names[1], found(10, 35, "ORGANIZATION", by="organization")])

    assert [(f.start, f.end) for f in over_two[:1]] == [(0, 9)]
    assert {i for f in over_two for i in range(f.start, f.end)} >= set(range(10, 19))
    assert [(f.start, f.end) for f in over_one] == [(10, 35)]


def test_what_is_doubtful_stands_where_nothing_else_does() -> None:
    """A doubtful finding that touches another is dropped, not joined; one apart stays."""
    sure = found(0, 4, "PERSON", by=NER)
    beside = found(3, 9, "ORGANIZATION", score=0.3, by=DOUBTFUL)
    apart = found(12, 16, "ORGANIZATION", score=0.3, by=DOUBTFUL)

    merged = merge("Anna Brown, Acme.", [sure, beside, apart])

    assert merged == [sure, apart]


def test_what_is_doubtful_does_not_keep_a_name_from_being_repeated() -> None:
    """A sure name is found again where a doubtful one of another kind stands."""
    text = "Quill left. Then Quill came."
    sure = found(0, 5, "PERSON", by=NER)
    doubtful = found(17, 22, "LOCATION", score=0.3, by=DOUBTFUL)

    merged = merge(text, [sure, doubtful])

    assert [(f.start, f.end, f.entity) for f in merged] == [(0, 5, "PERSON"), (17, 22, "PERSON")]


def test_a_listed_name_yields_to_what_reaches_beyond_it() -> None:
    """A forename within the name of a firm is a part of it."""
    firm = found(0, 15, "ORGANIZATION", score=0.6, by=NER)
    listed = found(0, 5, "PERSON", score=0.55, by="listed_person")

    assert merge("Clara Bakery Ltd", [firm, listed]) == [firm]


def test_a_listed_name_tells_what_the_model_took_for_something_else() -> None:
    """Where both find the same words, the list names them."""
    guessed = found(0, 5, "LOCATION", score=0.75, by=NER)
    listed = found(0, 5, "PERSON", score=0.55, by="listed_person")

    assert merge("Clara left", [guessed, listed]) == [listed]


def test_a_listed_name_is_looked_for_again() -> None:
    """The surname that a list found behind a forename is found where it stands alone."""
    listed = found(0, 12, "PERSON", score=0.55, by="listed_person")

    merged = merge("Clara Quills spoke. Then Quills left.", [listed])

    assert [(f.start, f.end) for f in merged] == [(0, 12), (25, 31)]


def test_a_person_is_cut_off_the_address_behind() -> None:
    """Whose address it is stays a person, without the signs between; the rest is the address's."""
    text = "Bisson, boulevard Thiers 14"
    person = found(0, 17, "PERSON", score=0.85, by=NER)
    address = found(8, 27, "ADDRESS", score=0.6, by="address")

    merged = merge(text, [person, address])

    assert [(f.entity, text[f.start : f.end]) for f in merged] == [
        ("PERSON", "Bisson"),
        ("ADDRESS", "boulevard Thiers 14"),
    ]


def test_a_name_behind_a_form_of_address_is_looked_for_again() -> None:
    """What `Mr.` makes a name is one where it stands alone."""
    by_title = found(4, 10, "PERSON", score=0.75, by="person")

    merged = merge("Mr. Thorne called. Then Thorne left.", [by_title])

    assert [(f.start, f.end) for f in merged] == [(4, 10), (24, 30)]


def test_what_is_doubtful_becomes_sure_by_what_it_does() -> None:
    """A verb of people behind a doubtful person raises its score above the usual threshold."""
    doubtful = found(0, 6, "PERSON", score=0.3, by=DOUBTFUL)

    (alone,) = merge("Timota falls.", [doubtful])
    (doing,) = merge("Timota lives in a tower.", [doubtful])

    assert alone == doubtful
    assert (doing.score, doing.entity, doing.recognizer) == (0.55, "PERSON", DOUBTFUL)


def test_an_address_of_a_page_goes_on_through_its_escapes() -> None:
    """The copy that rules read ends it at what `%20` stands for; what is behind belongs to it."""
    text = "see https://example.com/my%20file.pdf now"
    seen = found(4, 26, "URL", score=0.4, by="url")

    (merged,) = merge(text, [seen])

    assert text[merged.start : merged.end] == "https://example.com/my%20file.pdf"


def test_rows_of_capitals_yield_to_whatever_else_is_found() -> None:
    """They are doubtful like what the network finds by leaning."""
    sure = found(0, 4, "PERSON", by=NER)
    row = found(3, 9, "ORGANIZATION", score=0.3, by="capitals")

    assert merge("Anna Brown, Acme.", [sure, row]) == [sure]
