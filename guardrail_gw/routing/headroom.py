"""What room a provider's own limits leave, by the headers of its answers. Pure.

A limit is a bucket that fills evenly: it held `remaining` when the answer began, and is full when
the provider says that it is reset. After that nothing is known of it.

Sources: OpenAI, "Rate limits" (`x-ratelimit-…`, resets as `6m0s` or `12ms`), and Anthropic, "Rate
limits" (`anthropic-ratelimit-…`, resets as instants of RFC 3339), as read in 2026.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

MOST_S: Final = 300.0
"""Nothing is believed for longer."""

_UNSAID_S: Final = 60.0
"""How long a limit takes to be full where the provider does not say."""
_MAX_HEADER: Final = 64
_HIGHEST: Final = 1e12
_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|us|µs|ns|[hms])")
_UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_OF_REQUESTS: Final = "requests"
_OF_ANSWERS: Final = "output-tokens"
_BY_ONE: Final = frozenset({_OF_REQUESTS, _OF_ANSWERS})
"""Of which a request is known to take one, and not how many more."""
_NAMES: Final = tuple(
    (kind, *(pattern.format(part, kind) for part in ("remaining", "limit", "reset")))
    for pattern, kinds in (
        ("x-ratelimit-{}-{}", (_OF_REQUESTS, "tokens")),
        (
            "anthropic-ratelimit-{1}-{0}",
            (_OF_REQUESTS, "tokens", "input-tokens", _OF_ANSWERS),
        ),
    )
    for kind in kinds
)
_SAID: Final = frozenset(remaining for _, remaining, _, _ in _NAMES)
"""Without one of these nothing is said of any limit."""


@dataclass(slots=True)
class _Bucket:
    """One limit."""

    held: float
    per_s: float
    at_s: float
    full_s: float

    def room(self, now_s: float) -> float:
        return self.held + self.per_s * max(0.0, now_s - self.at_s)

    def wait_s(self, amount: float, now_s: float) -> float:
        """Until it has so much; never beyond the instant at which it is full."""
        lacks = amount - self.room(now_s)
        if lacks <= 0.0:
            return 0.0
        left = max(0.0, self.full_s - now_s)
        return min(left, lacks / self.per_s) if self.per_s > 0.0 else left


@dataclass(slots=True)
class Headroom:
    """Of one deployment, as one worker knows it."""

    _buckets: dict[str, _Bucket] = field(default_factory=dict)
    least: float = math.inf
    """No bucket holds fewer tokens, or no requests: what asks for no more has room, and nothing
    else is looked at."""

    def heard(self, headers: Mapping[str, str], now_us: int, now_s: float) -> None:
        """Take what the head of an answer says.

        Args:
            headers: by lower-case name.
            now_us: microseconds since the epoch, by which instants are read.
            now_s: seconds that never go back, by which it is kept.
        """
        if headers.keys().isdisjoint(_SAID):
            return
        found = dict(_read(headers, now_us, now_s))
        if found:
            self._buckets |= found
            self._find_least()

    def took(self, tokens: int, now_s: float) -> None:
        """A request has begun: until the provider is heard again, it counts here."""
        if not self._buckets:
            return
        self._forget(now_s)
        for kind, bucket in self._buckets.items():
            if kind != _OF_ANSWERS:
                taken = 1 if kind == _OF_REQUESTS else tokens
                bucket.held = max(bucket.held - taken, -_HIGHEST)
        self._find_least()

    def wait_s(self, tokens: int, now_s: float) -> float:
        """Seconds until a request of so many tokens has room; 0.0 is now, or nobody knows."""
        if tokens <= self.least:
            return 0.0
        self._forget(now_s)
        waits = [
            bucket.wait_s(1 if kind in _BY_ONE else tokens, now_s)
            for kind, bucket in self._buckets.items()
        ]
        return max(waits, default=0.0)

    def shown(self, now_s: float) -> dict[str, int]:
        """What of each limit is left, as far as is known."""
        self._forget(now_s)
        return {kind: math.floor(b.room(now_s)) for kind, b in sorted(self._buckets.items())}

    def _forget(self, now_s: float) -> None:
        over = [kind for kind, bucket in self._buckets.items() if now_s >= bucket.full_s]
        for kind in over:
            del self._buckets[kind]
        if over:
            self._find_least()

    def _find_least(self) -> None:
        """One request is all that is asked for, so of those nobody lacks more than one."""
        held = (
            (math.inf if bucket.held >= 1.0 else -1.0) if kind in _BY_ONE else bucket.held
            for kind, bucket in self._buckets.items()
        )
        self.least = min(held, default=math.inf)


def _read(headers: Mapping[str, str], now_us: int, now_s: float) -> Iterator[tuple[str, _Bucket]]:
    for kind, remaining, limit, reset in _NAMES:
        held = number_of(headers.get(remaining))
        if held is None:
            continue
        fills_s = seconds_until(headers.get(reset), now_us)
        if fills_s is None:
            fills_s = _UNSAID_S
        size = number_of(headers.get(limit))
        per_s = 0.0 if size is None or fills_s <= 0.0 else max(0.0, size - held) / fills_s
        yield kind, _Bucket(held, per_s, now_s, now_s + min(fills_s, MOST_S))


def number_of(text: str | None) -> float | None:
    """A number of a header, not below 0; None where there is none, or none that is believed."""
    if text is None or len(text) > _MAX_HEADER:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return min(max(value, 0.0), _HIGHEST) if math.isfinite(value) else None


def seconds_until(text: str | None, now_us: int) -> float | None:
    """A duration (`6m0s`, `12ms`, `7.5`) or the time until an instant."""
    if text is None or len(text) > _MAX_HEADER:
        return None
    plain = number_of(text)
    if plain is not None:
        return plain
    parts = _DURATION.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _UNITS[unit] for number, unit in parts)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    at_s = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()
    return max(0.0, at_s - now_us / 1e6)
