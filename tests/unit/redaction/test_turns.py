from dataclasses import replace

from hypothesis import given, strategies as st

from guardrail_gw.core.text import Entity
from guardrail_gw.redaction.turns import KEPT_MARKS, Contents, Mark, Opened, Part, joined, thinned

NAMES = st.text(max_size=8)
VALUES = st.dictionaries(
    NAMES, st.tuples(st.sampled_from([Entity("PERSON"), Entity("URL")]), NAMES), max_size=5
)

CLAIMED = ("v0", "v1", "same", "V0", "V1", "SAME")
NOBODY = Entity("NRP")


def _part(number: int) -> Part:
    value = f"v{number}"
    return Part(
        entities={Entity("PERSON"): 1},
        rules=frozenset({f"r{number}"}),
        claims={value: Entity("PERSON"), "same": Entity(f"E{number}")},
        spread=(value.upper(), "SAME"),
    )


def _mark(length: int) -> Mark:
    return Mark(length=length, out=length, rows=())


@given(values=VALUES, before=st.binary(max_size=20), after=st.binary(max_size=20), model=NAMES)
def test_what_is_packed_comes_back(
    values: dict[str, tuple[Entity, str]], before: bytes, after: bytes, model: str
) -> None:
    """Whatever was written comes back as it was."""
    claims = {value: entity for value, (entity, _) in values.items()}
    part = Part(
        entities={Entity("URL"): 2},
        rules=frozenset({"a", "b"}),
        claims=claims,
        spread=tuple(values),
    )
    contents = Contents(values=values, parts=(part, _empty()), before=before, after=after)

    opened = Opened(contents.packed(model))
    again = opened.contents()

    assert opened.model == model
    assert again == contents
    assert list(again.values) == list(values)
    assert list(again.parts[0].claims) == list(claims)


@given(values=VALUES, before=st.binary(max_size=20), after=st.binary(max_size=20))
def test_the_sum_of_what_is_packed_is_read_alone(
    values: dict[str, tuple[Entity, str]], before: bytes, after: bytes
) -> None:
    """What leaves, what is put back and what is on record is there without any stretch's own."""
    distinct = {value: (entity, f"{at}") for at, (value, (entity, _)) in enumerate(values.items())}
    contents = Contents(values=distinct, parts=(_part(0), _part(1)), before=before, after=after)
    contents = replace(contents, values={**distinct, **dict.fromkeys(CLAIMED, (NOBODY, "x"))})

    opened = Opened(contents.packed("m"))
    whole = opened.whole()

    assert whole.originals == {token: value for value, (_, token) in contents.values.items()}
    assert whole.kinds == {token: entity for entity, token in contents.values.values()}
    assert (whole.entities, whole.rules) == ({"PERSON": 2}, ("r0", "r1"))
    assert (whole.before, whole.after) == (before, after)
    assert repr(opened) == "Opened()"


def _empty() -> Part:
    return Part(entities={}, rules=frozenset(), claims={})


def test_the_first_to_find_a_value_says_what_it_is() -> None:
    """Stretches that are joined count together; the first claim of a value holds."""
    whole = joined([_part(0), _part(1)])

    assert whole.entities == {"PERSON": 2}
    assert whole.rules == {"r0", "r1"}
    assert list(whole.claims.items()) == [("v0", "PERSON"), ("same", "E0"), ("v1", "PERSON")]
    assert whole.spread == ("V0", "SAME", "V1")


def test_the_last_marks_are_kept() -> None:
    """What lies before the first that is kept is one stretch, and so is what the last leaves."""
    count = KEPT_MARKS + 3
    marks = [_mark(at) if at != count - 1 else None for at in range(count)]

    kept, parts = thinned(marks, [_part(at) for at in range(count + 2)])

    assert [mark.length for mark in kept] == list(range(2, count - 1))
    assert len(parts) == KEPT_MARKS + 2
    assert parts[0].entities == {"PERSON": 3}
    assert parts[-2].rules == {f"r{count - 1}", f"r{count}"}
    assert parts[-1] == _part(count + 1)
