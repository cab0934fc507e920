"""The trace that a client says its request belongs to: W3C Trace Context, `traceparent`.

Source: W3C Recommendation "Trace Context" (2021-11-23), 3.2 and 4.2: version 00, lower-case hex,
neither id all zeros, exactly one such header.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_FORM: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_SAMPLED: Final = 0x01


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A span of somebody else's. It says nothing about what may be done with the request."""

    id: int
    """Of the trace: 128 bits."""
    span: int
    """64 bits."""
    is_sampled: bool


def read(headers: Sequence[str]) -> Trace | None:
    """The trace of a request; None: it names none, or not in the one form.

    Args:
        headers: every header `traceparent` of the request.
    """
    if len(headers) != 1 or (match := _FORM.fullmatch(headers[0])) is None:
        return None
    trace, span, flags = (int(each, 16) for each in match.groups())
    if not (trace and span):
        return None
    return Trace(id=trace, span=span, is_sampled=bool(flags & _SAMPLED))
