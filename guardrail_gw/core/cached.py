"""Answers that are given again: what is kept of one, and whether a request gets it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import AnswerEvent, EventKind, Receipt
from guardrail_gw.core.identity import RequestId


class CacheUse(StrEnum):
    """What the cache had to do with a request, and why no more."""

    HIT = "hit"
    """The answer is one that was given before."""
    ABSENT = "absent"
    """Nothing is kept for it."""
    EXCLUDED = "excluded"
    """Who gave the answer that is kept may not, or would not, be asked now."""
    STALE = "stale"
    """The client asks for a newer one."""
    POLICY = "policy"
    """The policy has no answer kept."""
    CLIENT = "client"
    """The client asks that nothing be kept."""
    SURFACE = "surface"
    """Answers to such requests are not kept."""
    STATEFUL = "stateful"
    """It has to do with what a provider keeps."""
    FEATURE = "feature"
    """It asks of the provider more than an answer."""
    UNSCANNED = "unscanned"
    """There is content in it that nothing looked into."""
    PERSONAL = "personal"
    """Something was found in it, and the policy has only others kept."""
    SIZE = "size"
    """It is too large."""

    @property
    def result(self) -> str:
        """`hit`, `miss` or `bypass`: whether anything was looked for, and found."""
        if self is CacheUse.HIT:
            return "hit"
        return "miss" if self in _MISSES else "bypass"


_MISSES = frozenset({CacheUse.ABSENT, CacheUse.EXCLUDED, CacheUse.STALE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The exchange that an answer is of."""

    request: RequestId
    receipt: Receipt
    """Of its intent record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedAnswer:
    """A whole answer as its provider gave it, with placeholders, in the client's dialect."""

    events: tuple[tuple[EventKind, bytes | None], ...] = field(repr=False)
    """Of each event its kind and its data as one line of JSON; None for one without data."""
    deployment: str
    """Who gave it."""
    finish: str | None
    source: Source
    made_s: float
    """On the monotonic clock."""
    size: int
    """Bytes of memory, about."""


@dataclass(slots=True, kw_only=True)
class CacheTally:
    """What is counted for the metrics."""

    bytes: int = 0
    """Of memory, about, that answers take."""
    entries: int = 0
    evicted: int = 0
    """Answers that went before their time, for want of room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A request's answer that is at hand: nobody needs to be asked."""

    deployment: Deployment
    finish: str | None
    source: Source
    events: AsyncIterator[AnswerEvent] = field(repr=False)
    ready: Callable[[], AnswerEvent | None] = field(repr=False)
    """The next of `events`; None after the last."""
