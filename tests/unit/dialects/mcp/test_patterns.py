"""Which patterns of a server's schema are tried."""

import re
import time

import pytest
from hypothesis import given, settings, strategies as st

from guardrail_gw.dialects.mcp.patterns import MAX_TEXT, is_quick
from guardrail_gw.dialects.mcp.schemas import UnusableSchemaError, broken


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|aa)+$",
        "(a*)*b",
        "([a-z]+)*$",
        ".*.*.*x",
        "(?:x|y|xy)*z",
        r"(.+)\1",
        "a{1,99}b{1,99}c{1,99}",
    ],
)
def test_what_may_take_for_ever_is_not_tried(pattern: str) -> None:
    """A repeat within a repeat, several open ones, and going back to what was found."""
    assert not is_quick(pattern, "a")


@pytest.mark.parametrize(
    "pattern", ["^[A-Z]{2}\\d+$", "^(draft|final)$", "(?:ab)+c", "^\\S+@\\S+$", "[", "x" * 501]
)
def test_what_ends_soon_is_tried(pattern: str) -> None:
    """The usual ones; a pattern that is none, or is very long, is not."""
    assert is_quick(pattern, "a") is (pattern not in {"[", "x" * 501})


@settings(deadline=None, max_examples=50)
@given(text=st.text(st.sampled_from("a@b."), min_size=1000, max_size=MAX_TEXT))
def test_what_is_tried_takes_no_time(text: str) -> None:
    """Two open repeats on the longest text are the worst."""
    began = time.perf_counter()

    re.search(r"^\S+@\S+$", text)

    assert is_quick(r"^\S+@\S+$", text)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"pattern": "(a+)+$"}}},
        {"patternProperties": {"(a+)+$": {}}, "additionalProperties": False},
        {"$ref": "https://example.com/x"},
        {"type": "nonsense"},
        {"description": "x" * 300_000},
    ],
)
def test_a_schema_that_cannot_be_judged_says_so(schema: dict[str, object]) -> None:
    """It is never asked for elsewhere, nor tried for long."""
    with pytest.raises(UnusableSchemaError):
        broken(schema, {"a": "a" * 30 + "!"})


def test_what_is_wrong_is_told_by_its_place() -> None:
    """Also within what one of several schemas asks for."""
    schema = {
        "properties": {
            "a": {"anyOf": [{"type": "integer"}, {"properties": {"b": {"type": "null"}}}]},
            "c": {"format": "email"},
        }
    }

    assert set(broken(schema, {"a": {"b": 1}, "c": "x"})) == {("a",), ("a", "b"), ("c",)}
    assert broken(schema, {"a": 1, "c": "a@b.example"}) == []
