"""Numbers that do not fit into 64 bits are seen in what may hold them."""

import re

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.long_numbers import has_long_number

PIECES = st.lists(
    st.one_of(st.sampled_from([b" ", b",", b"-", b".", b"e", "٣".encode()]), st.binary(max_size=3))
    | st.integers(0, 10**40).map(lambda number: str(number).encode()),
    max_size=12,
).map(b"".join)


@given(raw=PIECES)
def test_nineteen_digits_in_a_row_are_many(raw: bytes) -> None:
    """A text may hold a long number where 19 digits follow each other, and nowhere else."""
    found = has_long_number(raw)

    assert found == (re.search(rb"[0-9]{19}", raw) is not None)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**64, 10**30])
def test_what_does_not_fit_is_long(number: int) -> None:
    """Whole numbers beyond 64 bits are long, and those of a time in nanoseconds are not (yet)."""
    assert has_long_number(b'{"n":%d}' % number)
    assert not has_long_number(b'{"n":%d}' % (10**18 - 1))
