"""Places of a text after values were put back in it."""

from hypothesis import given, strategies as st

from guardrail_gw.redaction.moves import Moves, in_bytes

PIECES = st.lists(
    st.tuples(st.text(max_size=4), st.text(min_size=1, max_size=6), st.text(max_size=6)),
    max_size=5,
)


@given(pieces=PIECES, last=st.text(max_size=4))
def test_a_place_is_where_its_text_is(pieces: list[tuple[str, str, str]], last: str) -> None:
    """Before a letter that stays, there is what was before it, with the values put back."""
    moves, was, now, places = Moves(in_bytes), "", "", list[tuple[int, int]]()
    for kept, token, value in [*pieces, (last, "", "")]:
        moves.keep(kept)
        places += [
            (len((was + kept[:n]).encode()), len((now + kept[:n]).encode()))
            for n in range(len(kept))
        ]
        was, now = was + kept + token, now + kept + value
        if token:
            moves.put(token, value)

    assert [(a, moves.place(a, is_end=False)) for a, _ in places] == places
    assert [(a, moves.place(a, is_end=True)) for a, _ in places] == places
    assert moves.place(len(was.encode()), is_end=True) == len(now.encode())


def test_a_place_within_a_placeholder_is_at_the_values_side() -> None:
    """A stretch that begins or ends within one holds the whole value."""
    moves = Moves(in_bytes)
    moves.keep("ab ")
    moves.put("NAME_1", "Zoë")
    moves.keep(" cd")

    assert [moves.place(n, is_end=False) for n in (3, 5, 9, 11)] == [3, 3, 7, 9]
    assert [moves.place(n, is_end=True) for n in (3, 5, 9, 11)] == [3, 7, 7, 9]


def test_a_text_in_which_nothing_was_put_back_stays() -> None:
    """Every place is where it was."""
    moves = Moves(in_bytes)
    moves.keep("äbc")

    assert [moves.place(n, is_end=True) for n in range(5)] == [0, 1, 2, 3, 4]


def test_characters_are_counted_where_the_dialect_counts_them() -> None:
    """A letter of two bytes is one."""
    moves = Moves(len)
    moves.keep("ä ")
    moves.put("PERSON_1", "Jörg")
    moves.keep(" x")

    assert [moves.place(n, is_end=n > 9) for n in (0, 2, 10, 11)] == [0, 2, 6, 7]
