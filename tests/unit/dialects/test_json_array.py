import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.dialects.json_array import JsonArrayDecoder, JsonArrayWriter
from guardrail_gw.errors import UpstreamBroken

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=6), JSON, max_size=3), max_size=4)
CUTS = st.lists(st.integers(0, 400), max_size=8)


def read(raw: bytes, cuts: list[int]) -> tuple[list[Any], bool]:
    """The elements of an array cut at these places, and whether it is closed."""
    decoder = JsonArrayDecoder()
    edges = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    parts = [p for a, b in pairwise(edges) for p in decoder.feed(raw[a:b])]
    return [json.loads(p.data) for p in (*parts, *decoder.end())], decoder.closed


@given(objects=OBJECTS, indent=st.none() | st.integers(0, 2), ascii_=st.booleans(), cuts=CUTS)
def test_an_array_is_read_however_it_is_cut(
    objects: list[Any], indent: int | None, cuts: list[int], *, ascii_: bool
) -> None:
    """Also within an escape, a character of several bytes, or white space."""
    raw = json.dumps(objects, indent=indent, ensure_ascii=ascii_).encode() + b"\r\n"

    assert read(raw, cuts) == (objects, True)


@given(objects=OBJECTS, cut=st.integers(0, 400))
def test_an_array_that_breaks_off_is_not_closed(objects: list[Any], cut: int) -> None:
    """Whatever of it was read, it is a beginning."""
    raw = json.dumps(objects).encode()

    got, closed = read(raw[: min(cut, len(raw) - 1)], [])

    assert not closed
    assert got == objects[: len(got)]


@pytest.mark.parametrize(
    "raw",
    [b"{}", b"null", b"[1]", b'["{}"]', b"[{}{}]", b"[{},]", b"[,{}]", b"[{}]]", b"[]x", b"[[{}]]"],
)
def test_anything_else_is_no_answer(raw: bytes) -> None:
    """Nothing is guessed."""
    with pytest.raises(UpstreamBroken, match="not an array of objects"):
        read(raw, [])


def test_an_element_is_bounded() -> None:
    """Together with what has not come yet."""
    decoder = JsonArrayDecoder(max_element_bytes=10)
    decoder.feed(b'[{"a":1},{"b":')

    with pytest.raises(UpstreamBroken, match="larger"):
        decoder.feed(b'"' + b"x" * 10)


def test_an_element_is_utf_8() -> None:
    """What is not is no text."""
    with pytest.raises(UpstreamBroken, match="UTF-8"):
        read(b'[{"a":"\xff"}]', [])


@given(objects=OBJECTS, ends=st.sampled_from([b"\n\n", b"\r\n\r\n"]), data=st.data())
def test_events_become_elements(objects: list[Any], ends: bytes, data: st.DataObject) -> None:
    """However many come at once, the array is one, and is read as what was written."""
    events = [b"data: " + json.dumps(each, ensure_ascii=False).encode() + ends for each in objects]
    edges = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=3)))
    writer = JsonArrayWriter()

    pieces = [writer.feed(b"".join(events[a:b])) for a, b in pairwise([0, *edges, len(events)])]
    wire = b"".join(pieces) + writer.end()

    assert json.loads(wire) == objects
    assert read(wire, []) == (objects, True)
