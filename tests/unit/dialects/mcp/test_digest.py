"""The digest of arguments."""

from hashlib import sha256
from typing import Any, Final

import pytest
import rfc8785
from hypothesis import example, given, strategies as st

from guardrail_gw.dialects.mcp.digest import digest

TEXT: Final = st.text(st.characters(exclude_categories=["Cs"]))
SAFE: Final = st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
ONE: Final = (
    st.none() | st.booleans() | SAFE | TEXT | st.floats(allow_nan=False, allow_infinity=False)
)
JSON: Final = st.recursive(ONE, lambda of: st.lists(of) | st.dictionaries(TEXT, of))


@given(JSON)
@example({"\U0001f600": 1, "\uffff": 2})  # sorted by UTF-16 one way, by UTF-8 the other
@example({"b": '\x00\x1f\x7f\u2028\u20ac"\\/', "a": [True, None, -0, 1e21, 0.1]})
@example({"n": 2**53 - 1, "m": -(2**53) + 1})
def test_it_is_of_the_canonical_form(value: Any) -> None:
    """Whichever writer is taken, it is RFC 8785."""
    assert digest(value) == sha256(rfc8785.dumps(value)).hexdigest()


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**64, 10**400])
def test_a_number_beyond_it_has_a_digest_of_its_own(number: int) -> None:
    """The form that FORMAT.md says for them, wherever in a value they stand."""
    text = f'{{"a":[{number}],"b":"x"}}'

    assert digest({"b": "x", "a": [number]}) == sha256(text.encode()).hexdigest()
