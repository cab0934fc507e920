"""Texts within base64 or hexadecimal."""

from base64 import b64encode, urlsafe_b64encode

import pytest

from guardrail_gw.detection.normalise.blobs import Blob, blobs

PLAIN = "j\u00fcrgen@example.com?>x"


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
    assert list(blobs(f"see {written} .")) == [Blob(4, 4 + len(written), PLAIN)]


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
    assert list(blobs(text)) == []
