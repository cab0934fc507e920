"""Request ids: UUIDv7 (RFC 9562, 5.7), so that they sort by time."""

import secrets
from collections.abc import Callable

from guardrail_gw.core.identity import RequestId

_BATCH_BYTES = 2560
_ID_BYTES = 10
_TIME = (1 << 48) - 1
_VARIANT = "89ab"
"""The hex digits that begin with the two bits of the variant."""


class RequestIds:
    """Makes ids; takes random bytes in batches: a call to the kernel costs more than an id."""

    def __init__(self, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._random_bytes = random_bytes
        self._random = b""
        self._used = 0

    def new(self, now_us: int) -> RequestId:
        """Make an id for a request received at `now_us` microseconds since the epoch."""
        time, random = f"{now_us // 1000 & _TIME:012x}", self._ten_bytes().hex()
        variant = _VARIANT[int(random[4], 16) & 3]
        return RequestId(
            f"{time[:8]}-{time[8:]}-7{random[1:4]}-{variant}{random[5:8]}-{random[8:]}"
        )

    def _ten_bytes(self) -> bytes:
        if self._used >= len(self._random):
            self._random, self._used = self._random_bytes(_BATCH_BYTES), 0
        taken = self._random[self._used : self._used + _ID_BYTES]
        self._used += _ID_BYTES
        return taken
