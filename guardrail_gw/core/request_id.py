"""Request ids: UUIDv7 (RFC 9562, 5.7), so that they sort by time."""

import secrets
from collections.abc import Callable

from guardrail_gw.core.identity import RequestId

_BATCH_BYTES = 2560
_ID_BYTES = 10


class RequestIds:
    """Makes ids; takes random bytes in batches: a call to the kernel costs more than an id."""

    def __init__(self, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._random_bytes = random_bytes
        self._random = b""
        self._used = 0

    def new(self, now_us: int) -> RequestId:
        """Make an id for a request received at `now_us` microseconds since the epoch."""
        random = int.from_bytes(self._ten_bytes())
        value = (now_us // 1000 & (1 << 48) - 1) << 80
        value |= 0x7 << 76 | (random >> 62 & 0xFFF) << 64 | 0b10 << 62 | random & (1 << 62) - 1
        text = f"{value:032x}"
        return RequestId("-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])))

    def _ten_bytes(self) -> bytes:
        if self._used >= len(self._random):
            self._random, self._used = self._random_bytes(_BATCH_BYTES), 0
        taken = self._random[self._used : self._used + _ID_BYTES]
        self._used += _ID_BYTES
        return taken
