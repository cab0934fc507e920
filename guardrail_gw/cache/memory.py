"""Answers in the memory of one process: bounded in bytes, in number and in time.

All live equally long, so that the oldest is the first whose time is over; it is also the first to
go when there is no room.
"""

from guardrail_gw.core.cached import CachedAnswer, CacheTally
from guardrail_gw.core.ports import Clock


class MemoryAnswers:
    """The store of a gateway that shares it with nobody."""

    def __init__(self, *, clock: Clock, ttl_s: float, max_bytes: int, max_entries: int) -> None:
        """What is larger than `max_bytes` by itself is not kept."""
        self._clock = clock
        self._ttl_s = ttl_s
        self._max_bytes = max_bytes
        self._max_entries = max_entries
        self._kept: dict[bytes, CachedAnswer] = {}
        """The oldest first."""
        self.tally = CacheTally()

    def get(self, name: bytes) -> CachedAnswer | None:
        """The answer; None when there is none, or its time is over."""
        answer = self._kept.get(name)
        if answer is not None and self._left_s(answer) <= 0:
            self._drop(name)
            return None
        return answer

    def put(self, name: bytes, answer: CachedAnswer) -> None:
        """Keep an answer in the place of any earlier one; the oldest go for it."""
        if name in self._kept:
            self._drop(name)
        if answer.size > self._max_bytes:
            return
        while self._kept and not self._has_room(answer):
            self._drop(next(iter(self._kept)))
            self.tally.evicted += 1
        self._kept[name] = answer
        self.tally.bytes += answer.size
        self.tally.entries = len(self._kept)

    def expire(self) -> float | None:
        """Let go of those whose time is over; in how many seconds the next one's is, if any."""
        for name, answer in tuple(self._kept.items()):
            if (left_s := self._left_s(answer)) > 0:
                return left_s
            self._drop(name)
        return None

    def _left_s(self, answer: CachedAnswer) -> float:
        return answer.made_s + self._ttl_s - self._clock.monotonic_s()

    def _has_room(self, answer: CachedAnswer) -> bool:
        room = self._max_bytes - self.tally.bytes
        return answer.size <= room and len(self._kept) < self._max_entries

    def _drop(self, name: bytes) -> None:
        self.tally.bytes -= self._kept.pop(name).size
        self.tally.entries = len(self._kept)
