"""The text that base64 holds."""

from base64 import b64decode, b64encode, urlsafe_b64encode
from typing import Any, Final

import pytest
from hypothesis import example, given, strategies as st

from guardrail_gw.dialects.mcp.base64_text import Decoded, bytes_of, read
from guardrail_gw.dialects.mcp.dialect import MCP

TEXT: Final = 'Dear Anna Schmidt, your "file" is here: çà et là.\n'
SURE: Final = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be")
WIDE: Final = ("utf-32-le", "utf-32-be")
EIGHT: Final = ("latin-1", "cp1252")


def of(data: bytes) -> Decoded | None:
    """What base64 of these bytes holds."""
    raw = bytes_of(b64encode(data).decode())
    assert raw == data
    return read(raw)


def heard(blob: str) -> Any:
    """A resource of this content, as it is looked at."""
    question = MCP.question("crm", "resources/read", {"uri": "a:b"})
    return MCP.heard(question, {"result": {"contents": [{"uri": "a:b", "blob": blob}]}})


@pytest.mark.parametrize("codec", [*SURE, *WIDE])
def test_a_text_is_read_in_its_encoding_and_written_in_it(codec: str) -> None:
    """Marks of byte order stay; whoever reads it reads the other text as it read this one."""
    found = of(TEXT.encode(codec))

    assert found is not None
    assert (found.text, found.is_text) == (TEXT, True)
    written = b64decode(found.encoding.written(TEXT.replace("Anna Schmidt", "PERSON_1")))
    assert written == TEXT.replace("Anna Schmidt", "PERSON_1").encode(codec)


@pytest.mark.parametrize("codec", EIGHT)
def test_what_may_be_of_many_encodings_is_a_file_that_is_looked_at(codec: str) -> None:
    """Of eight bits there are dozens: in another one it would be another text."""
    message = heard(b64encode(TEXT.encode(codec)).decode())

    assert TEXT in [segment.text for segment in message.segments]
    assert [each.media for each in message.attachments] == ["base64"]


@pytest.mark.parametrize("codec", [*SURE, *WIDE, *EIGHT])
def test_what_is_replaced_is_replaced_in_its_encoding(codec: str) -> None:
    """The name is gone in the bytes that leave."""
    message = heard(b64encode(TEXT.encode(codec)).decode())
    (index,) = [i for i, each in enumerate(message.segments) if "Anna" in each.text]
    changed = message.rewritten({index: TEXT.replace("Anna Schmidt", "PERSON_1")})

    left = b64decode(changed["result"]["contents"][0]["blob"]).decode(codec)
    assert left == TEXT.replace("Anna Schmidt", "PERSON_1")


@pytest.mark.parametrize(
    "blob",
    [
        urlsafe_b64encode(b"\xfb\xff Anna".replace(b"\xfb\xff", "ÿþ~?>".encode())).decode(),
        b64encode(b"Anna Schmidt").decode().rstrip("="),
        "QW5u\r\nYSBT\r\nY2ht\r\naWR0",
        " QW5u YSBTY2htaWR0 ",
    ],
    ids=["for URLs", "without its end", "in lines", "in pieces"],
)
def test_what_lenient_readers_take_is_looked_at(blob: str) -> None:
    """It is no file to them."""
    message = heard(blob)

    assert any("Anna" in segment.text for segment in message.segments)
    assert not message.attachments


@pytest.mark.parametrize("blob", ["Anna Schmidt, Berlin", "QW5u*YQ==", "Anna Schmidt!"])
def test_what_is_no_base64_is_a_file_and_looked_at_as_it_stands(blob: str) -> None:
    """Where files may pass, a name that stands there plainly is not overlooked."""
    message = heard(blob)

    assert blob in [segment.text for segment in message.segments]
    assert [each.media for each in message.attachments] == ["base64"]


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\x00\xff", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", bytes(range(256))],
    ids=["png", "jpeg", "every byte"],
)
def test_a_picture_is_a_file_and_nothing_is_looked_for_in_it(data: bytes) -> None:
    """What would be found in it by chance is not replaced in it."""
    message = heard(b64encode(data).decode())

    assert [segment.text for segment in message.segments] == ["a:b"]
    assert [each.media for each in message.attachments] == ["base64"]


@given(st.binary(max_size=64))
@example("Иван Петров".encode("cp1251"))
@example("Иван Петров".encode("utf-16-le"))
@example("山田太郎".encode("utf-16-be"))
def test_only_what_is_in_an_encoding_of_unicode_is_no_file(data: bytes) -> None:
    """Whatever is taken for a text says the same when it is written again, byte by byte."""
    found = of(data)
    if found is None or not found.is_text:
        return

    assert b64decode(found.encoding.written(found.text)) == data
    assert found.encoding.codec.startswith("utf-")
