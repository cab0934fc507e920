"""Leaves: one canonical form, nothing else is read."""

from hashlib import sha256
from typing import Any

import orjson
import pytest
from hypothesis import given, strategies as st

from guardrail_gw.audit.record import (
    MAX_LEAF,
    RecordError,
    UnknownFormatError,
    canonical,
    finished,
    head_of,
    parse,
    parse_json,
)

_HEAD: dict[str, Any] = {
    "dec": "allowed",
    "epoch": 0,
    "kind": "intent",
    "origin": "log.example/1",
    "salt": "00" * 16,
    "seq": 1,
    "suite": 1,
    "ts": 1_795_000_000_000_000,
    "v": 1,
}
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def _leaf(**changes: Any) -> bytes:
    return finished(canonical(_HEAD | changes), content=None, meta=b"m", wrap=None)


def test_a_leaf_commits_to_its_sections() -> None:
    """The finished leaf is canonical, holds the hash of the ciphertext, and gives its head back."""
    leaf = _leaf()

    assert parse(leaf)["xm"] == sha256(b"m").hexdigest()
    assert head_of(leaf) == canonical(_HEAD)


def test_head_of_content() -> None:
    """The head is the leaf without either hash."""
    head = canonical(_HEAD | {"ci": 0, "cl": "full"})

    leaf = finished(head, content=b"c", meta=b"m", wrap=None)

    assert parse(leaf)["xc"] == sha256(b"c").hexdigest()
    assert head_of(leaf) == head


@pytest.mark.parametrize(
    "change",
    [
        {"seq": -1},
        {"seq": True},
        {"seq": "1"},
        {"ts": 2**53 + 1},
        {"salt": "00"},
        {"dec": "Erika Mustermann"},
        {"note": 1},
        {"origin": "two words"},
        {"cl": "full"},
        {"kind": "outcome"},
    ],
)
def test_other_shapes_are_refused(change: dict[str, Any]) -> None:
    """A field that is missing, unknown, or of another shape is refused."""
    with pytest.raises(RecordError):
        parse(_leaf(**change))


@pytest.mark.parametrize("change", [{"v": 3}, {"suite": 9}, {"kind": "later"}])
def test_other_versions_are_told_apart(change: dict[str, Any]) -> None:
    """A version, suite or kind of a later release is not called damage."""
    with pytest.raises(UnknownFormatError):
        parse(_leaf(**change))


@pytest.mark.parametrize(
    "raw",
    [
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b'{"a":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":1e3}',
        b'{"a":-0}',
        b'{"a":9007199254740993}',
        b'{"a":"\\u0041"}',
        b"[1]",
        b'"a"',
        b"",
        b'{"a":1}\n',
        b'{"a":NaN}',
        b"\xff",
    ],
)
def test_only_the_canonical_form_is_read(raw: bytes) -> None:
    """Any other spelling of a value is refused, so that two parsers cannot differ."""
    with pytest.raises(RecordError):
        parse_json(raw)


@given(value=st.dictionaries(st.text(), _PLAIN, max_size=4))
def test_what_is_written_is_read(value: dict[str, Any]) -> None:
    """Every restricted value survives, and its bytes are those of a second encoding."""
    raw = canonical(value)

    assert parse_json(raw) == value
    assert canonical(orjson.loads(raw)) == raw


@given(raw=st.binary(max_size=200))
def test_bytes_raise_nothing_else(raw: bytes) -> None:
    """Arbitrary bytes raise RecordError and no other exception."""
    with pytest.raises(RecordError):
        parse(raw)


def test_a_leaf_is_small() -> None:
    """A leaf of 4 KiB is refused when written."""
    with pytest.raises(RecordError):
        finished(canonical(_HEAD | {"dec": "a" * MAX_LEAF}), content=None, meta=None, wrap=None)


def test_a_failure_does_not_quote() -> None:
    """What cannot be encoded is not quoted by the error."""
    with pytest.raises(RecordError) as caught:
        canonical({"a": "Erika\ud800"})

    assert "Erika" not in str(caught.value)
    assert caught.value.__cause__ is None


_ROW: dict[str, Any] = {"sid": "0a" * 16, "kc": "0b" * 32, "ci": 0, "cl": "full"}


def _row_leaf(wrap: bytes | None, content: bytes | None = b"c", **changes: Any) -> bytes:
    kept = {name: value for name, value in (_HEAD | changes).items() if value is not None}
    return finished(canonical(kept), content=content, meta=b"m", wrap=wrap)


def test_content_under_a_row() -> None:
    """The first content of a row brings its sealed key; the next names the row alone."""
    first = _row_leaf(b"w", v=2, **_ROW)
    second = _row_leaf(None, v=2, **_ROW | {"kc": None, "ci": 1})

    assert parse(first)["xw"] == sha256(b"w").hexdigest()
    assert parse(second)["sid"] == _ROW["sid"]
    assert head_of(first) == canonical(_HEAD | {"v": 2} | _ROW)


@pytest.mark.parametrize(
    ("wrap", "content", "changes"),
    [
        (b"w", b"c", {"kc": None}),
        (None, b"c", {}),
        (b"w", b"c", {"sid": None}),
        (b"w", b"c", {"sid": None, "kc": None}),
        (None, None, {"kc": None, "ci": None, "cl": None}),
        (b"w", b"c", {"sid": "0A" * 16}),
        (b"w", b"c", {"v": 1}),
    ],
)
def test_fields_of_a_row_come_together(
    wrap: bytes | None, content: bytes | None, changes: dict[str, Any]
) -> None:
    """A key without commitment, or a row without content, is refused, and any in version 1."""
    with pytest.raises(RecordError):
        parse(_row_leaf(wrap, content, **{"v": 2} | _ROW | changes))


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "erasure", "basis": "art17", "sids": ["0a" * 16]},
        {"kind": "hold", "hold": "0a" * 16},
        {"kind": "release", "hold": "0a" * 16},
        {"kind": "prune", "lv": "full", "until": 1, "count": 2},
        {"kind": "reset"},
        {"kind": "approval", "act": "pinned", "digest": "0a" * 32},
    ],
)
def test_acts_belong_to_version_2(said: dict[str, Any]) -> None:
    """An act is read in version 2 by either suite, unknown to version 1, and names nobody."""
    without = {"dec": None, **said}

    for suite in (1, 2):
        assert parse(_row_leaf(None, None, v=2, suite=suite, **without))["kind"] == said["kind"]
    with pytest.raises(UnknownFormatError):
        parse(_row_leaf(None, None, v=1, **without))
    with pytest.raises(RecordError):
        parse(_row_leaf(None, None, v=2, **without, user="erika"))


@pytest.mark.parametrize(
    ("version", "suite"), [(1, 2), (2, 3), (3, 1), (0, 1), ("two", 1), (2, "one")]
)
def test_pairs_of_version_and_suite(version: object, suite: object) -> None:
    """What no release writes is not called damage, but is not read."""
    with pytest.raises(UnknownFormatError):
        parse(_leaf(v=version, suite=suite))
