"""Texts within base64 or hexadecimal: found in the decoded text, reported as the whole blob.

Only what decodes to readable UTF-8 is looked at: an identifier or a hash does not.

Source: RFC 4648 (sections 4, 5 and 8).
"""

import binascii
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from guardrail_gw.detection.normalise.escapes import readable

SHORTEST = 16
"""Characters of a blob: twelve bytes, the shortest value worth encoding."""
LONGEST = 16_384
_BLOB = re.compile(
    rf"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{{{SHORTEST},{LONGEST}}}={{0,2}}(?![A-Za-z0-9+/_-])"
)
_HEX = re.compile(r"(?:0x)?((?:[0-9A-Fa-f]{2})+)")
_INVALID_REST = 1
"""No base64 has a length of 4n + 1."""


class Blob(NamedTuple):
    """`text[start:end]` decodes to `decoded`."""

    start: int
    end: int
    decoded: str


def blobs(text: str, stretches: Iterable[tuple[int, int]]) -> Iterator[Blob]:
    """Yield what decodes to readable text.

    Args:
        text: to be looked through.
        stretches: where it has `SHORTEST` characters or more without white space, at least.
    """
    for match in chain(*(_BLOB.finditer(text, *span) for span in stretches)):
        for raw in _decoded(match.group()):
            try:
                decoded = raw.decode()
            except UnicodeDecodeError:
                continue
            if readable(decoded):
                yield Blob(match.start(), match.end(), decoded)


def _decoded(written: str) -> Iterator[bytes]:
    """Its bytes, in each of the two ways that it can be read."""
    if digits := _HEX.fullmatch(written):
        yield bytes.fromhex(digits.group(1))
    bare = written.rstrip("=").replace("-", "+").replace("_", "/")
    if len(bare) % 4 != _INVALID_REST:
        try:
            yield binascii.a2b_base64(bare + "=" * (-len(bare) % 4))
        except binascii.Error:
            return
