"""The cache as the chain has it: look before the intent is recorded, keep after the outcome is.

look ─▶ bypass, miss, hit ─▶ intent ─▶ given again, or recorded as it passes ─▶ outcome ─▶ keep
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from guardrail_gw.cache.eligible import bypass
from guardrail_gw.cache.name import name_of
from guardrail_gw.cache.recording import Events, Recording, Replay, streamed, whole
from guardrail_gw.core.cached import Answered, CachedAnswer, CacheTally, CacheUse, Source
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import (
    AnswerEvent,
    Ending,
    Journal,
    Placed,
    Question,
    Recorded,
    Reply,
)
from guardrail_gw.core.freshness import Freshness
from guardrail_gw.core.plan import Plan
from guardrail_gw.core.ports import AnswerStore, Clock, Spoken
from guardrail_gw.dialects.in_full import IN_FULL
from guardrail_gw.errors import UpstreamBroken
from guardrail_gw.policy.policy import Policy

_OK = 200


class Lookup:
    """What became of one request at the cache, and what may be kept of its answer."""

    __slots__ = ("_answers", "_name", "_recorded", "_recording", "answered", "use")

    def __init__(
        self,
        use: CacheUse | None,
        answers: "Answers | None" = None,
        name: bytes = b"",
        answered: Answered | None = None,
    ) -> None:
        """Use `Answers.look`."""
        self._answers = answers
        self._name = name
        self._recording: Recording | None = None
        self._recorded: Recorded | None = None
        self.use = use
        self.answered = answered

    @property
    def source(self) -> Source | None:
        """The exchange whose answer is at hand."""
        return None if self.answered is None else self.answered.source

    def watched(self, reply: Reply, recorded: Recorded) -> Reply:
        """The reply, remembered while it passes, where it may be kept."""
        answers, journal = self._answers, recorded.journal
        if answers is None or journal.cache == CacheUse.HIT:
            return reply
        self._recorded = recorded
        self._recording = recording = answers.recording(recorded, reply)
        return replace(reply, events=recording, ready=recording.ready)

    def keep(self) -> None:
        """Keep the answer, if it may be; its outcome is on record."""
        recorded, recording = self._recorded, self._recording
        if self._answers is None or recorded is None or recording is None:
            return
        if (events := recording.events) is not None and _ended_well(recorded.journal):
            self._answers.keep(self._name, recorded, recording, events)


NO_LOOKUP: Final = Lookup(None)
"""Where there is no cache."""


class Answers:
    """Looks for answers that were given before, and keeps those that are given now."""

    def __init__(
        self,
        store: AnswerStore,
        clock: Clock,
        dialects: Mapping[str, Spoken],
        still_lawful: Callable[[Placed, Deployment], bool],
        max_entry_bytes: int,
    ) -> None:
        """Use it in one event loop.

        Args:
            store: where they are.
            clock: tells the time.
            dialects: in which answers are read again.
            still_lawful: whether a deployment may see a request now.
            max_entry_bytes: a larger answer is not kept.
        """
        self._store = store
        self._clock = clock
        self._dialects = dialects
        self._still_lawful = still_lawful
        self._most = max_entry_bytes
        self._key = secrets.token_bytes(32)  # names mean nothing to another process
        self._timer: asyncio.TimerHandle | None = None

    def look(self, placed: Placed, policy: Policy, plan: Plan, journal: Journal) -> Lookup:
        """Look for the answer to a request that may leave.

        Args:
            placed: the request, and who may lawfully see it.
            policy: which binds.
            plan: whom it would be sent to now.
            journal: of the exchange; says what became of it.
        """
        lookup = self._look(placed, policy, plan)
        journal.cache = lookup.use
        return lookup

    def recording(self, recorded: Recorded, reply: Reply) -> Recording:
        """What remembers an answer while it passes."""
        judge = IN_FULL[recorded.placed.redacted.inbound.question.dialect]
        return Recording(reply, judge, self._most)

    def keep(self, name: bytes, recorded: Recorded, recording: Recording, events: Events) -> None:
        """Keep a whole answer, as it is in `events`."""
        answer = CachedAnswer(
            events=events,
            deployment=recording.deployment,
            finish=recording.finish,
            source=Source(
                request=recorded.placed.redacted.inbound.arrival.id, receipt=recorded.receipt
            ),
            made_s=self._clock.monotonic_s(),
            size=recording.size,
        )
        self._store.put(name, answer)
        if self._timer is None:
            self._expire()

    @property
    def tally(self) -> CacheTally:
        """How much is kept."""
        return self._store.tally

    def close(self) -> None:
        """Wait for nothing any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self, placed: Placed, policy: Policy, plan: Plan) -> Lookup:
        redacted = placed.redacted
        if (why := bypass(redacted, policy)) is not None:
            return Lookup(why)
        name = name_of(self._key, redacted)
        if (found := self._store.get(name)) is None:
            return Lookup(CacheUse.ABSENT, self, name)
        if self._is_stale(found, redacted.inbound.freshness):
            return Lookup(CacheUse.STALE, self, name)
        deployment = next((d for d in plan.order if d.id == found.deployment), None)
        if deployment is None or not self._still_lawful(placed, deployment):
            return Lookup(CacheUse.EXCLUDED, self, name)
        return self._hit(name, found, deployment, redacted.inbound.question)

    def _hit(
        self, name: bytes, found: CachedAnswer, deployment: Deployment, question: Question
    ) -> Lookup:
        reader = self._dialects[question.dialect].reader
        try:
            events: Iterable[AnswerEvent] = (
                streamed(found.events)
                if question.stream
                else whole(found.events, reader(stream=False, head=question.head))
            )
        except UpstreamBroken:  # what was made here is not what the dialect reads
            return Lookup(CacheUse.ABSENT, self, name)
        replay = Replay(events)
        answered = Answered(
            deployment=deployment,
            finish=found.finish,
            source=found.source,
            events=replay,
            ready=replay.ready,
        )
        return Lookup(CacheUse.HIT, self, name, answered)

    def _is_stale(self, found: CachedAnswer, freshness: Freshness) -> bool:
        max_age_s = freshness.max_age_s
        return max_age_s is not None and self._clock.monotonic_s() - found.made_s >= max_age_s

    def _expire(self) -> None:
        """Have those whose time is over go, also when nobody asks for anything."""
        next_s = self._store.expire()
        loop = asyncio.get_running_loop()
        self._timer = None if next_s is None else loop.call_later(next_s, self._expire)


def _ended_well(journal: Journal) -> bool:
    """An answer as it was asked for, by one deployment of the client's own model."""
    is_own = journal.fallback is None and not journal.resumed
    return journal.ending is Ending.OK and journal.status == _OK and is_own
