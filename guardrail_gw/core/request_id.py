"""Request ids: UUIDv7 (RFC 9562, 5.7), so that they sort by time."""

import secrets

from guardrail_gw.core.identity import RequestId


def new_request_id(now_us: int) -> RequestId:
    """Make an id for a request received at `now_us` microseconds since the epoch."""
    value = (now_us // 1000 & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    text = f"{value:032x}"
    return RequestId("-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])))
