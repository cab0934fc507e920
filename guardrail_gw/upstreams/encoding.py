"""Content codings of answers, undone within a bound.

Source: RFC 9110 8.4.1 (gzip, deflate), RFC 1950 to 1952.
"""

import zlib
from typing import Final, Protocol

from guardrail_gw.errors import UpstreamBroken

_GZIP: Final = 16 + zlib.MAX_WBITS


class Decoder(Protocol):
    """Undoes one coding, fed piece by piece."""

    def feed(self, data: bytes) -> bytes:
        """The decoded bytes that are complete now; raises UpstreamBroken."""
        ...

    def end(self) -> None:
        """The coded bytes are over; raises UpstreamBroken if that is too early."""
        ...


def decoder(coding: str, *, max_bytes: int) -> Decoder:
    """Make a decoder for a `Content-Encoding`.

    Raises:
        UpstreamBroken: a coding that was not asked for and is not known.
    """
    name = coding.strip().lower()
    if name in ("", "identity"):
        return _Plain(max_bytes)
    if name in ("gzip", "x-gzip"):
        return _Deflated(_GZIP, max_bytes)
    if name == "deflate":
        return _Deflated(zlib.MAX_WBITS, max_bytes)
    raise UpstreamBroken("the provider's answer is compressed in a way the gateway does not read")


class _Plain:
    def __init__(self, max_bytes: int) -> None:
        self._left = max_bytes

    def feed(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise _too_large()
        return data

    def end(self) -> None:
        """Any end will do; the transport knows whether it was cut."""


class _Deflated:
    def __init__(self, window_bits: int, max_bytes: int) -> None:
        self._inflate = zlib.decompressobj(window_bits)
        self._left = max_bytes

    def feed(self, data: bytes) -> bytes:
        try:
            # One byte over the bound is enough to know, so a bomb is never inflated.
            out = self._inflate.decompress(data, self._left + 1)
        except zlib.error:
            raise UpstreamBroken("the provider's answer is not what its coding says") from None
        self._left -= len(out)
        if self._left < 0:
            raise _too_large()
        if self._inflate.unused_data:
            raise UpstreamBroken("the provider's answer goes on after its compressed end")
        return out

    def end(self) -> None:
        if not self._inflate.eof:
            raise UpstreamBroken("the provider's compressed answer was cut off")


def _too_large() -> UpstreamBroken:
    return UpstreamBroken("the provider's answer is larger than the gateway takes")
