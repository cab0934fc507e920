"""Forms: read strictly, and written so that whoever reads them reads the same."""

from contextlib import suppress
from time import process_time

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.dialects.opened.multipart import (
    MAX_FIELDS,
    MAX_HEAD_BYTES,
    Field,
    boundary_of,
    fields,
    written,
)
from guardrail_gw.errors import BodyRefused

NAMES = st.from_regex(r"[a-z_]{1,20}(\[\])?", fullmatch=True)
FIELDS = st.builds(
    Field,
    name=NAMES,
    value=st.binary(max_size=200),
    filename=st.none() | st.from_regex(r"[a-z]{0,8}\.wav", fullmatch=True),
)
GOOD = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'


@given(parts=st.lists(FIELDS, min_size=1, max_size=5), content=st.binary())
def test_a_form_is_read_as_it_was_written(parts: list[Field], content: bytes) -> None:
    """Whatever is in it: lines, dashes, no text at all."""
    assert fields(written(parts, boundary_of(content))) == parts


@given(raw=st.binary(max_size=300))
def test_any_bytes_are_a_form_or_refused(raw: bytes) -> None:
    """Nothing but our own refusal."""
    for each in (raw, b"--b\r\n" + raw, GOOD[:-9] + raw + GOOD[-9:]):
        with suppress(BodyRefused):
            assert fields(each)


def test_clients_write_forms_in_more_than_one_way() -> None:
    """With a file's name in two spellings, a length, and no line at the end."""
    raw = (
        b"--b\r\nContent-Type: audio/wav\r\nContent-Length: 1\r\n"
        b'content-disposition: form-data;name="file"; filename="a b.wav"; filename*=UTF-8\'\'a\r\n'
        b"\r\n\x00\r\n--b--"
    )

    assert fields(raw) == [Field(name="file", value=b"\x00", filename="a b.wav")]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"hello\r\n" + GOOD,
        GOOD[:-4],
        GOOD + b"more",
        GOOD.replace(b"--b\r\n", b"--" + b"b" * 71 + b"\r\n"),
        GOOD.replace(b"form-data", b"attachment"),
        GOOD.replace(b' name="a"', b""),
        GOOD.replace(b'"a"', b'"a\\"b"'),
        GOOD.replace(b'"a"', b"\xff"),
        GOOD.replace(b"\r\n\r\n1", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n1"),
        GOOD.replace(b"\r\n\r\n1", b"\r\nno header\r\n\r\n1"),
        GOOD.replace(b"\r\n\r\n1", b'\r\nContent-Disposition: form-data; name="c"\r\n\r\n1'),
        GOOD.replace(b"\r\n\r\n1", b"\r\n1"),
        GOOD.replace(b"--b\r\n", b"--b \r\n", 1),
        GOOD[:-7] * (MAX_FIELDS + 1) + GOOD,
        GOOD.replace(b"\r\n\r\n1", b"\r\nContent-Type: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n1"),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(raw: bytes) -> None:
    """Nothing is repaired."""
    with pytest.raises(BodyRefused) as refused:
        fields(raw)

    assert refused.value.code == "body.malformed"


def test_headers_are_not_searched_for_long() -> None:
    """4 MiB of them took 3 s, in which nobody else had a turn."""
    begun_s = process_time()

    with pytest.raises(BodyRefused):
        fields(b"--b\r\n\r\n" + b"a" * (4 << 20) + b"\r\n--b--\r\n")

    assert process_time() - begun_s < 0.5


def test_a_repr_shows_no_content() -> None:
    """Neither of a value nor of a file's name."""
    assert repr(Field(name="file", value=b"canary", filename="canary.wav")) == "Field(name='file')"
