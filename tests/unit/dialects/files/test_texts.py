"""Files that are no batch: pieces that are read, and what is said of those that are not."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.dialects.files import texts
from guardrail_gw.errors import BodyRefused

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(text=st.text(max_size=300), times=st.integers(1, 400))
def test_the_pieces_of_a_text_are_the_text(text: str, times: int) -> None:
    """However long it is, nothing is lost or added, and no piece is longer than is scanned."""
    content = (text * times).encode()

    pieces = texts.read(content, "txt")

    assert pieces.written({}) == content
    assert all(len(segment.text) <= 32 << 10 for segment in pieces.segments)


def test_a_piece_ends_where_a_paragraph_does() -> None:
    """So that no name stands in two."""
    paragraph = "word " * 5000

    pieces = texts.read("\n\n".join([paragraph] * 3).encode(), "md")

    assert [each.raw.endswith(b"\n\n") for each in pieces.all] == [True, True, False]


@given(values=st.lists(JSON.filter(lambda v: isinstance(v, dict | list)), min_size=1, max_size=4))
def test_every_text_of_json_is_read(values: list[Any]) -> None:
    """Also the keys; replaced, they are in their places, line by line."""
    content = b"\n".join(json.dumps(each).encode() for each in values)

    pieces = texts.read(content, "jsonl")

    new = {index: f"new {index}" for index in range(len(pieces.segments))}
    written = pieces.written(new).splitlines()
    assert [json.loads(each) for each in pieces.written({}).splitlines()] == values
    assert len(written) == len(values)
    assert sum(line.count(b"new ") for line in written) == len(new)


@pytest.mark.parametrize(
    ("content", "ending", "code"),
    [
        (b"\xff", "csv", "body.not_utf8"),
        (b"{", "json", "body.not_json"),
        (b'{}\n{"a": 1, "a": 2}', "jsonl", "body.duplicate_key"),
        (b"x", "", "body.wrong_type"),
        (b"x", "Anna Schmidt", "body.wrong_type"),
    ],
)
def test_what_is_not_what_it_says_is_refused(content: bytes, ending: str, code: str) -> None:
    """And the ending is not repeated."""
    with pytest.raises(BodyRefused) as refused:
        texts.read(content, ending)

    assert refused.value.code == code
    assert "Anna" not in refused.value.detail


def test_anything_else_is_an_attachment() -> None:
    """Nothing of it is a segment."""
    pieces = texts.read(b"%PDF-1.7", "pdf")

    assert pieces.segments == ()
    assert [each.media for each in pieces.attachments] == ["file"]


def test_bytes_in_a_text_are_attachments_too() -> None:
    """A data URL within a text, and a text that is nothing but base64."""
    pieces = texts.read(b"see data:image/png;base64,AAAA ", "txt")
    opaque = texts.read(b"A1b2" * 200, "txt")

    assert [each.media for each in pieces.attachments] == ["data_url"]
    assert [each.media for each in opaque.attachments] == ["base64"]
    assert opaque.segments == ()
