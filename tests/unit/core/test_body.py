import json
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from guardrail_gw.core.body import (
    KEY,
    MAX_DEPTH,
    MAX_STRINGS,
    Path,
    Splice,
    entries,
    member_span,
    parse,
    pointer,
    quoted,
    rewrite,
    spans,
    splice,
    without,
)
from guardrail_gw.errors import BodyRefused

SPACED = b' {"a" : [ 1.50, -0e+00, {"b":"x"} ],\n "n":12345678901234567890123, "c":"\\u00e9"}\n'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=20,
)


def nested(depth: int) -> bytes:
    """Arrays within arrays."""
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "body.not_json"),
        (b"{", "body.not_json"),
        (b'{"a":1} x', "body.not_json"),
        (b'{"a":NaN}', "body.not_json"),
        (b'{"a":-Infinity}', "body.not_json"),
        (b'{"a":"\x01"}', "body.not_json"),
        (b'{"a":"\x00"}', "body.not_json"),
        (b"{'a':1}", "body.not_json"),
        (b"\xff", "body.not_utf8"),
        (b'{"a":"\xed\xa0\x80"}', "body.not_utf8"),
        (b"\xef\xbb\xbf{}", "body.not_utf8"),
        (b'{"a":1,"a":2}', "body.duplicate_key"),
        (b'{"x":[{"a":1,"\\u0061":2}]}', "body.duplicate_key"),
        (nested(MAX_DEPTH + 2), "body.too_deep"),
        (nested(200_000), "body.too_deep"),
        (b'{"a":"\\ud800"}', "body.lone_surrogate"),
        (b'{"\\uDC00":1}', "body.lone_surrogate"),
        (b'["\\ud83d\\n\\ude00"]', "body.lone_surrogate"),
        (b'["\\\\\\ud83d\\\\\\ude00"]', "body.lone_surrogate"),
        (b'["\\\\ud83d\\ude00"]', "body.lone_surrogate"),
        (b'["\\ud83d\\ud83d\\ude00"]', "body.lone_surrogate"),
        (b'["\\ude00\\ud83d"]', "body.lone_surrogate"),
        (b"[" + b'"s",' * MAX_STRINGS + b'"s"]', "body.too_many_segments"),
    ],
)
def test_what_cannot_be_read_for_sure_is_refused(raw: bytes, code: str) -> None:
    """Every malformed body is refused with its own code."""
    with pytest.raises(BodyRefused) as refusal:
        parse(raw)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    "raw",
    [
        nested(MAX_DEPTH),
        b'{"a":"\\ud83d\\ude00"}',
        b'{"a":"\\n\\ud83d\\ude00\\uD83D\\uDE00\\\\ud83d"}',
        b"[" + b'"s",' * (MAX_STRINGS - 1) + b'"s"]',
        b'"only a string"',
    ],
)
def test_what_is_just_within_the_bounds_is_read(raw: bytes) -> None:
    """The bounds themselves are allowed, and so is a proper surrogate pair."""
    assert parse(raw).raw == raw


def _spelt(texts: list[str]) -> str:
    return f'"{"".join(texts)}"'


def _object(members: list[tuple[str, str, str]]) -> str:
    return "{" + " ,".join(f"{name}{gap}:{gap}{value}" for name, gap, value in members) + "}"


SPELT = st.lists(
    st.sampled_from(
        ("a", "b", "\\u0061", '\\"', "\\u0022", "\\\\", "\\n", ":", ",", "{", "\\/", "é")
    ),
    max_size=3,
).map(_spelt)
"""A string in one of the ways in which it can be written."""
NUMBERS = ("0", "-0", "-0.0", "1.50", "1E5", "1e400", "9" * 18, "9" * 19, "1" + "0" * 30)
WRITTEN = st.recursive(
    st.sampled_from(("null", "true", *NUMBERS)) | SPELT,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda each: f"[{' , '.join(each)}]")
        | st.lists(st.tuples(SPELT, st.sampled_from(("", " ", "\n")), inner), max_size=3).map(
            _object
        )
    ),
    max_leaves=12,
)
"""A body, in which members may stand twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise KeyError
    return members


@given(WRITTEN)
@example('{"a":1,"a" :2}')
@example('{"a":"\\u0022","a":"b"}')
@example('{"b":{"a":1,"\\u0061":"\\u0022"}}')
@example('{"a":1,"a":"\\u0022\\u0022"}')  # as many marks as are written again
@example("[18446744073709551616]")
def test_a_body_is_read_as_python_reads_it_or_refused(written: str) -> None:
    """However it is spelt, each value is the same, and a name that stands twice is found."""
    try:
        expected = json.loads(written, object_pairs_hook=_once)
    except KeyError:
        with pytest.raises(BodyRefused) as refusal:
            parse(written.encode())
        assert refusal.value.code == "body.duplicate_key"
        return

    assert repr(parse(written.encode()).value) == repr(expected)


def test_a_refusal_shows_known_names_only() -> None:
    """The place of a mistake is a pointer in which free-form keys are hidden."""
    raw = b'{"messages":[{"Anna Schmidt":{"k":1,"k":2}}]}'

    with pytest.raises(BodyRefused) as refusal:
        parse(raw, names={"messages"})

    assert "/messages/0/*" in refusal.value.detail
    assert "Anna" not in repr(refusal.value) + refusal.value.detail
    assert refusal.value.__cause__ is None


def test_without_edits_not_a_byte_changes() -> None:
    """White space, number lexemes and escapes stay as they came."""
    assert rewrite(parse(SPACED), {}) == SPACED


@pytest.mark.parametrize(
    ("path", "text", "old", "new"),
    [
        (("a", 2, "b"), 'é"\n', b'"x"', '"é\\"\\n"'.encode()),
        (("c",), "", b'"\\u00e9"', b'""'),
        (("n",), "ID_1", b"12345678901234567890123", b'"ID_1"'),
        (("a", 2, "b", KEY), "k", b'"b"', b'"k"'),
        (("a", KEY), "k", b'"a"', b'"k"'),
    ],
)
def test_an_edit_touches_its_own_token_only(path: Path, text: str, old: bytes, new: bytes) -> None:
    """A string, a number or a key is replaced and every other byte stays."""
    assert rewrite(parse(SPACED), {path: text}) == SPACED.replace(old, new)


def test_spans_cover_containers() -> None:
    """An object's span reaches from its opening to its closing brace."""
    found = spans(SPACED, {("a", 2), ("a",)})

    assert SPACED[slice(*found[("a", 2)])] == b'{"b":"x"}'
    assert SPACED[slice(*found[("a",)])].startswith(b"[ 1.50")


def leaves(value: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    """Every value and every key, with its path."""
    steps: Any = value.items() if isinstance(value, dict) else ()
    steps = enumerate(value) if isinstance(value, list) else steps
    below = [leaf for step, inner in steps for leaf in leaves(inner, (*path, step))]
    names = [((*path, k, KEY), k) for k in value] if isinstance(value, dict) else []
    return [(path, value), *names, *below]


@given(value=JSON, indent=st.sampled_from([None, 1]), data=st.data())
def test_what_is_wanted_is_found_where_it_stands(
    value: Any, indent: int | None, data: st.DataObject
) -> None:
    """The bytes at a span are the JSON of what the path leads to; nothing else is found."""
    raw = json.dumps(value, indent=indent).encode()
    wanted = data.draw(st.lists(st.sampled_from(leaves(value)), max_size=5))

    found = spans(raw, {path for path, _ in wanted} | {("no", "such", 9)})

    assert {path: json.loads(raw[slice(*span)]) for path, span in found.items()} == dict(wanted)


@pytest.mark.parametrize("inside", ["[%b]", '{"a":%b}'])
def test_depth_is_counted_beside_much_that_is_shallow(inside: str) -> None:
    """Many small objects do not hide a deep one, and do not make a body deep."""
    shallow = b",".join([b'{"a":[1]}'] * MAX_DEPTH)
    deep = b"1"
    for _ in range(MAX_DEPTH):
        deep = inside.encode() % deep

    assert parse(b"[" + shallow + b"]").raw

    with pytest.raises(BodyRefused) as refusal:
        parse(b"[%b,%b]" % (shallow, deep))

    assert refusal.value.code == "body.too_deep"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"model" : "m\\"x","k":1}',
        b'{"x":{"model":"no"},"model":"m\\"x"}',
        b'{"x":"model","model":"m\\"x"}',
        b'{"x":"model","mod\\u0065l":"m\\"x"}',
        b'{"x":{"model":"no"},"mod\\u0065l":"m\\"x"}',
    ],
)
def test_the_quick_way_finds_the_top_level_member(raw: bytes) -> None:
    """A namesake further in, in a string or behind an escape is not mistaken for it."""
    start, end = member_span(parse(raw), "model")

    assert raw[start:end] == b'"m\\"x"'


def test_splices_apply_in_any_order() -> None:
    """Insertions and replacements may be given unsorted, for a part of the bytes too."""
    pieces = [Splice(4, 5, b"E"), Splice(1, 1, b"-"), Splice(1, 2, b"B")]

    assert splice(b"abcdef", pieces) == b"a-BcdEf"
    assert splice(b"abcdef", pieces, start=1, stop=5) == b"-BcdE"


def test_a_pointer_hides_what_it_must() -> None:
    """Names that are not known show as a star; indices are shown."""
    assert pointer(("a", 0, "secret", KEY), {"a"}) == "/a/0/*"


@pytest.mark.parametrize("value", ["", 'a"\\/\b\n', "é😀", "\u2028"])
def test_a_quoted_string_reads_back(value: Any) -> None:
    """Encoding one string loses nothing."""
    assert json.loads(quoted(value)) == value


def test_constants_that_json_has_not_are_read_where_they_are_asked_for() -> None:
    """As nothing; around them every value is found and edited as ever."""
    raw = b'{"a": NaN, "n": 4.1e15, "b": [-Infinity, "x"], "c":Infinity}'

    document = parse(raw, has_constants=True)

    assert document.value == {"a": None, "n": 4.1e15, "b": [None, "x"], "c": None}
    assert rewrite(document, {("n",): "N", ("b", 1): "X"}) == raw.replace(
        b"4.1e15", b'"N"'
    ).replace(b'"x"', b'"X"')


def test_a_name_that_stands_twice_beside_a_constant_is_refused() -> None:
    """A lenient reader sees one of the two, and nobody knows which."""
    with pytest.raises(BodyRefused) as refused:
        parse(b'{"a":NaN,"a":1}', has_constants=True)

    assert refused.value.code == "body.duplicate_key"


@given(data=st.data(), entries=st.lists(st.one_of(st.integers(), st.text(), st.lists(st.none()))))
def test_entries_that_are_taken_out_leave_the_others(
    data: st.DataObject, entries: list[Any]
) -> None:
    """Of two arrays, one within the other, the rest is what a reader expects, byte for byte."""
    gone = data.draw(st.sets(st.sampled_from(range(len(entries))))) if entries else set()
    space = data.draw(st.sampled_from(["", " ", "\n  "]))
    outer = [1, entries, {"n": 2}]
    raw = json.dumps({"a": outer, "x": 1.50}, indent=space or None).encode()
    paths: list[Path] = [("a", 1, index) for index in gone] + [("a", 0)]

    left = without(raw, paths)

    kept = [entry for index, entry in enumerate(entries) if index not in gone]
    assert json.loads(left) == {"a": [kept, {"n": 2}], "x": 1.5}
    assert without(raw, []) == raw


def test_bytes_around_an_entry_stay() -> None:
    """Numbers keep their lexemes; the comma goes with the entry."""
    raw = b'{"a": [1e2 , 2.50,3 , 4]}'

    assert without(raw, [("a", 0)]) == b'{"a": [2.50,3 , 4]}'
    assert without(raw, [("a", 1), ("a", 2)]) == b'{"a": [1e2 , 4]}'
    assert without(raw, [("a", 3)]) == b'{"a": [1e2 , 2.50,3]}'
    assert without(raw, [("a", index) for index in range(4)]) == b'{"a": []}'


class Place(int):
    """A place in an array that counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        """Count, and compare."""
        Place.compared += 1
        return int(self) == other

    __hash__ = int.__hash__


def test_many_entries_go_as_quickly_as_few() -> None:
    """Each is compared a few times, however many stand before it and go as well."""
    many = 500
    raw = json.dumps([*range(many), "kept"]).encode()

    left = without(raw, [(Place(index),) for index in range(many)])

    assert left == b'["kept"]'
    assert Place.compared < 20 * many


@given(
    turns=st.lists(JSON, max_size=4),
    before=st.dictionaries(st.text(max_size=4), JSON, max_size=3),
    behind=st.dictionaries(st.text(max_size=4), JSON, max_size=3),
    indent=st.sampled_from([None, 1]),
    escaped=st.booleans(),
)
def test_entries_stand_where_spans_says(
    turns: list[Any],
    before: dict[str, Any],
    behind: dict[str, Any],
    indent: int | None,
    *,
    escaped: bool,
) -> None:
    """The quick way finds the entries of a top-level array where the thorough one does."""
    members = {**before, "turns": turns, **{k: v for k, v in behind.items() if k != "turns"}}
    raw = json.dumps(members, indent=indent, ensure_ascii=escaped).encode()

    stand, end = entries(raw, "turns")

    found = spans(raw, {("turns",), *(("turns", at) for at in range(len(turns)))})
    assert stand == [found["turns", at] for at in range(len(turns))]
    assert end == found[("turns",)][1] - 1
