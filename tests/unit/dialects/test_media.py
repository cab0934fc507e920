import re
from base64 import b64encode, urlsafe_b64encode

import pytest
from hypothesis import example, given, strategies as st

from guardrail_gw.dialects.media import embedded, is_opaque, is_sealed

BLOB = "iVBORw0KGgo" * 30


@pytest.mark.parametrize(
    ("text", "media"),
    [
        ("hello", None),
        ("my data: see below", None),
        ("data:image/png;base64,iVBORw0KGgo=", "data_url"),
        ("DATA:text/plain,Anna", "data_url"),
        ("![x](data:image/png;base64,iVBORw0KGgo=)", "data_url"),
        (BLOB, "base64"),
        (BLOB[:200] + "\n" + BLOB[200:], "base64"),
        ("see " + BLOB, "base64"),
        ("word " * 200, None),
        ("a" * 255, None),
    ],
)
def test_what_a_string_carries(text: str, media: str | None) -> None:
    """Data URLs and long base64 are recognised, also within prose."""
    assert embedded(text) == media


@pytest.mark.parametrize(
    ("text", "opaque"),
    [
        ("data:image/png;base64,iVBORw0KGgo=", True),
        ("data:text/plain,Anna", False),
        ("see data:image/png;base64,iVBORw0KGgo=", False),
        (BLOB + "==", True),
        ("see " + BLOB, False),
    ],
)
def test_what_can_still_be_read_is_not_opaque(text: str, opaque: bool) -> None:  # noqa: FBT001 - a table
    """Text around or instead of an encoding is scanned as well."""
    assert is_opaque(text) is opaque


@pytest.mark.parametrize(
    ("raw", "sealed"),
    [
        (bytes(range(128, 256)), True),
        (b"\x12\x80" + bytes(range(200, 250)) + b"claude-sonnet-4-5-20250929" + bytes(9), True),
        (b"Anna Schmidt, born in Berlin on the first of May 1980, and so on.", False),
        (bytes(range(128, 200)) + b" Anna Schmidt was born in Berlin." + bytes(20), False),
        (b"x" * 90, False),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(128, 256)), False),
        (b"%PDF-1.7" + bytes(range(128, 256)), False),
        (bytes(range(128, 140)), False),
        (b"\x08\x01" + ("Anna Schmidt writes to her bank again " * 2).encode("utf-16-le"), False),
        (b"\x08\x01" + ("Anna Schmidt writes to her bank again " * 2).encode("utf-32-be"), False),
    ],
)
def test_what_nobody_can_read_is_sealed(raw: bytes, sealed: bool) -> None:  # noqa: FBT001 - a table
    """Random bytes are a seal; text, files and what is too short to tell are not."""
    for written in (b64encode(raw), urlsafe_b64encode(raw)):
        assert is_sealed(written.decode()) is sealed


@pytest.mark.parametrize("text", ["", "Anna Schmidt", "annaSchmidt" * 9, "ą" * 80, "=" * 80])
def test_what_is_no_base64_is_no_seal(text: str) -> None:
    """Neither words nor padding alone pass as sealed."""
    assert not is_sealed(text)


@given(
    before=st.integers(0, 600),
    length=st.integers(250, 262),
    after=st.text(alphabet="ab -\t.", max_size=300),
    mark=st.sampled_from([" ", ".", "\t", ""]),
)
@example(before=0, length=256, after="", mark="")
@example(before=254, length=256, after=" ", mark=" ")
def test_base64_is_found_wherever_it_begins(
    before: int, length: int, after: str, mark: str
) -> None:
    """256 characters of it in a row are base64, in prose or in a word of their own."""
    text = ("so it is " * 70)[:before] + mark + "x" * length + mark + after

    assert (embedded(text) == "base64") == (re.search(r"[A-Za-z0-9+/_-]{256}", text) is not None)
