"""Texts within base64 or hexadecimal."""

from base64 import b64encode, urlsafe_b64encode

import pytest

from guardrail_gw.detection.normalise.blobs import Blob, blobs
from guardrail_gw.detection.rules.window import Whole

PLAIN = "j\u00fcrgen@example.com?>x"


def read(text: str) -> list[Blob]:
    """All blobs of a text."""
    return list(blobs(text, Whole(text).stretches))


@pytest.mark.parametrize(
    "written",
    [
        b64encode(PLAIN.encode()).decode(),
        urlsafe_b64encode(PLAIN.encode()).decode(),
        urlsafe_b64encode(PLAIN.encode()).decode().rstrip("="),
        PLAIN.encode().hex(),
        PLAIN.encode().hex().upper(),
        "0x" + PLAIN.encode().hex(),
    ],
)
def test_it_is_decoded(written: str) -> None:
    """Each alphabet is read, and the whole blob is the place."""
    assert read(f"see {written} .") == [Blob(4, 4 + len(written), PLAIN)]


@pytest.mark.parametrize(
    "text",
    [
        "short YQ==",
        "getElementsByTagName",
        "d41d8cd98f00b204e9800998ecf8427e",
        "4111111111111111",
        "a" * 17,
    ],
)
def test_identifiers_and_hashes_are_not(text: str) -> None:
    """What decodes to no readable text is no blob."""
    assert read(text) == []


@pytest.mark.parametrize("left", ["", "\t", "x=", "(", "a b ", "\u00e9"])
@pytest.mark.parametrize("right", ["", "\n", ";", ")", " c", "\u00e9"])
def test_it_is_seen_wherever_it_stands(left: str, right: str) -> None:
    """At the beginning, at the end, in brackets and beside other letters."""
    written = b64encode(PLAIN.encode()).decode()

    found = read(left + written + right)

    begins = len(left) if left != "x=" else None
    assert [blob.start for blob in found] == ([] if begins is None else [begins])
