"""Laws of lossless bodies."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.body import KEY, Path, parse, rewrite, spans
from guardrail_gw.errors import BodyRefused

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
STYLES = st.fixed_dictionaries(
    {"ensure_ascii": st.booleans(), "indent": st.sampled_from([None, 0, 2])}
)


def leaves(value: Any, path: Path = ()) -> list[tuple[Path, str]]:
    """Every string with its path."""
    if isinstance(value, str):
        return [(path, value)]
    if isinstance(value, dict):
        return [leaf for k, v in value.items() for leaf in leaves(v, (*path, k))]
    if isinstance(value, list):
        return [leaf for i, v in enumerate(value) for leaf in leaves(v, (*path, i))]
    return []


def replaced(value: Any, edits: dict[Path, str], path: Path = ()) -> Any:
    """The same edit on the parsed value."""
    if path in edits:
        return edits[path]
    if isinstance(value, dict):
        return {k: replaced(v, edits, (*path, k)) for k, v in value.items()}
    if isinstance(value, list):
        return [replaced(v, edits, (*path, i)) for i, v in enumerate(value)]
    return value


@given(value=VALUES, style=STYLES)
def test_no_edit_changes_nothing(value: Any, style: dict[str, Any]) -> None:
    """For every body b: rewrite(b, {}) == b."""
    raw = json.dumps(value, **style).encode()

    assert rewrite(parse(raw), {}) == raw


@given(value=VALUES, style=STYLES, data=st.data())
def test_an_edit_is_the_edit_of_the_value(
    value: Any,
    style: dict[str, Any],
    data: st.DataObject,
) -> None:
    """Splicing bytes does what setting the parsed value does, and leaves the rest's bytes."""
    raw = json.dumps(value, **style).encode()
    found = leaves(value)
    chosen = data.draw(st.lists(st.sampled_from(found), unique=True)) if found else []
    edits = {path: data.draw(TEXT) for path, _ in chosen}

    edited = rewrite(parse(raw), edits)

    assert json.loads(edited) == replaced(value, edits)
    same = dict(chosen)
    undone = rewrite(parse(edited), same)
    assert json.loads(undone) == value


@given(value=st.dictionaries(TEXT, VALUES, min_size=1, max_size=4), style=STYLES)
def test_a_key_is_found_where_it_stands(value: dict[str, Any], style: dict[str, Any]) -> None:
    """The span of a key decodes to the key, the span of a value to the value."""
    raw = json.dumps(value, **style).encode()
    keys: list[Path] = [(k, KEY) for k in value]

    found = spans(raw, {*keys, *((k,) for k in value)})

    assert [json.loads(raw[slice(*found[k])]) for k in keys] == list(value)
    assert [json.loads(raw[slice(*found[(k,)])]) for k in value] == list(value.values())


ESCAPES = st.lists(
    st.sampled_from(["\\ud83d", "\\uDE00", "\\\\", "\\n", "\\u0041", "ud83d", "ude00", "a", " "])
)


@given(pieces=ESCAPES)
def test_half_a_surrogate_pair_is_refused_and_no_whole_one(pieces: list[str]) -> None:
    """For every string: it is read if and only if it can be written as UTF-8."""
    raw = f'["{"".join(pieces)}"]'.encode()
    (text,) = json.loads(raw)

    if re.search("[\ud800-\udfff]", text) is None:
        assert parse(raw).value == [text]
    else:
        with pytest.raises(BodyRefused):
            parse(raw)
