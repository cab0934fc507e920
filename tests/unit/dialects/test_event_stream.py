"""Binary messages with checksums, in bytes cut anywhere."""

import base64
import struct
import zlib
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.dialects.event_stream import (
    MAX_HEADERS_BYTES,
    EventStreamDecoder,
    Message,
    encode,
)
from guardrail_gw.errors import UpstreamBroken

HEADERS = st.dictionaries(st.text("abc:-", min_size=1, max_size=9), st.text(max_size=9), max_size=4)
Sent = tuple[dict[str, str], bytes]
MESSAGES = st.lists(st.tuples(HEADERS, st.binary(max_size=40)), max_size=5)
RECORDED = base64.b64decode(
    "AAAApwAAAFdSKli4CzpldmVudC10eXBlBwARY29udGVudEJsb2NrRGVsdGENOmNvbnRlbnQtdHlwZQcAEGFwcGxpY2F0"
    "aW9uL2pzb24NOm1lc3NhZ2UtdHlwZQcABWV2ZW50"
)
"""The prelude and the headers of a message that Bedrock sent."""


def decoded(raw: bytes, cuts: list[int]) -> list[Message]:
    """The messages in bytes that arrive in pieces."""
    decoder = EventStreamDecoder()
    edges = [0, *sorted(cut % (len(raw) + 1) for cut in cuts), len(raw)]
    messages = [m for a, b in pairwise(edges) for m in decoder.feed(raw[a:b])]
    decoder.end()
    return messages


def message(headers: bytes, payload: bytes = b"{}") -> bytes:
    """A message with headers of any form, and right checksums."""
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    body = lengths + struct.pack(">I", zlib.crc32(lengths)) + headers + payload
    return body + struct.pack(">I", zlib.crc32(body))


@given(messages=MESSAGES, cuts=st.lists(st.integers(0, 400), max_size=8))
def test_cutting_changes_nothing(messages: list[Sent], cuts: list[int]) -> None:
    """For every way to cut the bytes, each message comes out as it went in."""
    raw = b"".join(encode(headers, payload) for headers, payload in messages)

    assert decoded(raw, cuts) == [Message(headers, payload) for headers, payload in messages]


@given(at=st.integers(0, 10_000), change=st.integers(1, 255))
def test_a_byte_that_changed_is_seen(at: int, change: int) -> None:
    """Whichever byte of a message is not as it was sent, nothing of it is passed on."""
    raw = bytearray(encode({":message-type": "event"}, b'{"text":"hello"}'))
    raw[at % len(raw)] ^= change

    with pytest.raises(UpstreamBroken):
        decoded(bytes(raw), [])


def test_a_recorded_beginning_is_understood() -> None:
    """A prelude and headers of the provider's own are read as they were meant."""
    payload = b'{"contentBlockIndex":0,"delta":{"text":"Calling a tool"}}'
    payload = payload.ljust(int.from_bytes(RECORDED[:4]) - len(RECORDED) - 4)
    raw = RECORDED + payload
    raw += struct.pack(">I", zlib.crc32(raw))

    (read,) = decoded(raw, [7, 30])

    assert read.headers == {
        ":event-type": "contentBlockDelta",
        ":content-type": "application/json",
        ":message-type": "event",
    }


def test_headers_of_other_types_are_passed_over() -> None:
    """Only texts are looked at; each other type has its length."""
    odd = b"".join(
        b"\x01%c%c%b" % (65 + kind, kind, bytes(size))
        for kind, size in ((0, 0), (1, 0), (2, 1), (3, 2), (4, 4), (5, 8), (8, 8), (9, 16))
    )
    raw = message(odd + b"\x01x\x06\x00\x02ab" + b"\x01y\x07\x00\x02ok")

    assert decoded(raw, [])[0].headers == {"y": "ok"}


@pytest.mark.parametrize(
    "headers",
    [
        b"\x05ab",
        b"\x01a\x0a",
        b"\x01a\x07\x00\x09ab",
        b"\x01a\x07\x00",
        b"\x01a\x07\x00\x01\xff",
        b"\x01\xff\x00",
        b"\x01a\x00\x01a\x07\x00\x00" * 2,
    ],
    ids=repr,
)
def test_headers_of_no_form_are_broken(headers: bytes) -> None:
    """Cut short, of an unknown type, not UTF-8, or a name twice."""
    with pytest.raises(UpstreamBroken, match="not as it was sent"):
        decoded(message(headers), [])


@pytest.mark.parametrize(
    ("length", "headers"),
    [(9 << 20, 0), (1000, MAX_HEADERS_BYTES + 1), (15, 0), (0, 0), (20, 8), (2**32 - 1, 0)],
)
def test_a_length_that_cannot_be_is_refused_before_it_is_waited_for(
    length: int, headers: int
) -> None:
    """Twelve bytes are enough to know; nothing is kept for a message beyond the bound."""
    lengths = struct.pack(">II", length, headers)

    with pytest.raises(UpstreamBroken):
        list(EventStreamDecoder().feed(lengths + struct.pack(">I", zlib.crc32(lengths))))


def test_bytes_that_end_within_a_message_are_broken() -> None:
    """Half a message is none, and an empty stream is one without messages."""
    with pytest.raises(UpstreamBroken, match="ended within a message"):
        decoded(encode({}, b"{}")[:-1], [])
    assert decoded(b"", []) == []


def test_messages_before_a_damaged_one_are_passed_on() -> None:
    """What came whole is told, however the bytes are cut, and then that the rest is broken."""
    good, bad = encode({"a": "b"}, b"{}"), bytearray(encode({"c": "d"}, b"{}"))
    bad[-1] ^= 1
    arriving = EventStreamDecoder().feed(good + bytes(bad))

    assert next(arriving) == Message({"a": "b"}, b"{}")
    with pytest.raises(UpstreamBroken):
        next(arriving)


def test_a_length_is_not_believed_before_its_checksum() -> None:
    """A damaged length is not waited for: its own checksum comes right behind it."""
    prelude = bytearray(encode({"a": "b"}, b"{}")[:12])
    prelude[2] ^= 1

    with pytest.raises(UpstreamBroken, match="not as it was sent"):
        list(EventStreamDecoder().feed(bytes(prelude)))
