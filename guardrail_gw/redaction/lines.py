"""Bodies that hold many requests: scanned some at a time, and recorded one by one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from guardrail_gw.core.line import Line
from guardrail_gw.core.text import Segment
from guardrail_gw.policy.policy import Policy
from guardrail_gw.redaction.cluster import Cluster

AT_ONCE: Final = 64 << 10
"""Characters that are scanned before one deadline; more only where one request has more."""


def to_scan(segments: Sequence[Segment], policy: Policy) -> Sequence[Segment]:
    """The segments as the policy wants them scanned: in code too, if it says so."""
    if not policy.code_scanned:
        return segments
    return [each.with_code() for each in segments]


def at_once(segments: Sequence[Segment], ends: Sequence[int]) -> Iterator[Sequence[Segment]]:
    """The segments in their order, as many together as are scanned in time.

    Args:
        segments: of all requests.
        ends: how many there are up to the end of each request; none: it is one, and not parted.
    """
    if not ends:
        yield segments
        return
    start, before, size = 0, 0, 0
    for end in ends:
        length = sum(len(segment.text) for segment in segments[before:end])
        if before > start and size + length > AT_ONCE:
            yield segments[start:before]
            start, size = before, 0
        before, size = end, size + length
    yield segments[start:]


def lines(
    digests: Sequence[str], ends: Sequence[int], found: Sequence[Sequence[Cluster]]
) -> tuple[Line, ...]:
    """What the record says of each request.

    Args:
        digests: of each, as it is sent.
        ends: how many segments there are up to the end of each.
        found: in each segment; nothing at all where nothing was.
    """
    if not digests:
        return ()
    starts = (0, *ends[:-1])
    return tuple(
        Line(sha256=digest, entities=Counter(c.entity for here in found[start:end] for c in here))
        for digest, start, end in zip(digests, starts, ends, strict=True)
    )
