"""The chain: what happens to every request, in this order. Read this file first.

The order is a safety property, not configuration. Each step takes the type that the step before it
made (core/exchange.py), so a chain that leaves one out does not type-check.
"""

from asyncio import get_running_loop
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Generic

from guardrail_gw.audit.entry import Entry
from guardrail_gw.audit.log import AuditLog
from guardrail_gw.cache.answers import NO_LOOKUP, Answers, Lookup
from guardrail_gw.core.exchange import (
    Arrival,
    Inbound,
    Journal,
    Recorded,
    Redacted,
    Reply,
)
from guardrail_gw.core.identity import RequestId
from guardrail_gw.core.kept import Held
from guardrail_gw.core.last_step import LastStep, PreparedT
from guardrail_gw.core.leaving import Leaving
from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.errors import Refusal
from guardrail_gw.policy.policy import Policy
from guardrail_gw.policy.ruling import Ruling
from guardrail_gw.policy.source import PolicySet, PolicySource
from guardrail_gw.redaction.redaction import Found, Redaction
from guardrail_gw.redaction.way_back import Ahead
from guardrail_gw.residency.residency import Residency
from guardrail_gw.state.conversations import Conversations

if TYPE_CHECKING:
    from guardrail_gw.policy.shadow import Shadow

_SLOW_S: Final = 0.01
"""Whoever takes longer to answer is waited for by nobody else, so there is time to keep things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the client gets: a whole answer is a stream of one piece."""

    request_id: RequestId
    stream: bool
    media: str
    """The media type of a whole one that is not JSON."""
    cache: str | None = None
    """What the cache had to do with it: a `CacheUse`; None: there is none."""
    pieces: AsyncIterator[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain(Generic[PreparedT]):
    """The rooms in their order; the last one answers: `routing` for models, `calls` for tools."""

    policies: PolicySource
    conversations: Conversations
    redaction: Redaction
    residency: Residency
    audit: AuditLog
    routing: LastStep[PreparedT, Policy]
    cache: Answers | None = None
    """Answers that are given again; None: none are."""
    shadow: "Shadow | None" = None
    """A candidate that is judged beside the policies in force, and obeyed by nobody."""
    stoppable: Callable[[], AbstractAsyncContextManager[object]] = nullcontext
    """What an exchange runs in, so that it can be ended when the gateway has to stop."""
    ended: Callable[[Arrival, Journal], None]
    """Told of every exchange once its outcome is on record, for the metrics."""

    @asynccontextmanager
    async def exchange(
        self, arrival: Arrival, admit: Callable[[], Awaitable[Inbound]]
    ) -> AsyncIterator[Answer]:
        """Take one request through the chain; the outcome is recorded however the body is left.

        Args:
            arrival: the request at the door.
            admit: finds out who asks, reads the body and parses it; raises Refusal.

        Raises:
            Refusal: at any step; the pieces raise it too, when an answer breaks off.
        """
        entry = self.audit.entry(arrival)
        try:
            async with entry, self.stoppable():  # a refusal is recorded too
                inbound = await admit()
                policies = self.policies.current  # this request obeys these to its end
                ruling = policies.ruling(inbound, self.residency.routes)
                inbound = await self._identified(entry, inbound, ruling.policy)
                is_open = ruling.is_open  # until it is known what is found
                held = await self.conversations.recall(inbound, ruling.policy)
                redacted = await self.redaction.apply(
                    inbound,
                    ruling.policy,
                    held,
                    found=self._looking(entry, policies, ruling, held),
                )
                entry.redacted(redacted)
                placed = self.residency.place(redacted, ruling.policy)
                await self.conversations.promise(placed)
                ahead = await self.routing.ahead(placed, entry.journal, ruling.policy)
                lookup = (
                    self.cache.look(placed, ruling.policy, ahead.plan, entry.journal)
                    if self.cache
                    else NO_LOOKUP
                )
                back = self.redaction.ahead(redacted)
                recorded = await entry.commit(
                    placed,
                    ruling.policy,
                    plan=ahead.plan,
                    called=ahead.called,
                    cached=lookup.source,
                    meanwhile=_in_turn(*(each.make for each in (ahead, back) if not each.is_made)),
                )
                self._keep_in(_SLOW_S)
                async with self.routing.dispatch(
                    recorded,
                    ahead,
                    partial(self._leaving, redacted, ruling.policy, is_open=is_open),
                    lookup.answered,
                ) as reply:
                    yield await self._answer(recorded, reply, entry, back, lookup, ruling.policy)
        finally:
            self._keep_in(0)  # the answer leaves first
            self.ended(arrival, entry.journal)

    async def _identified(self, entry: Entry, inbound: Inbound, policy: Policy) -> Inbound:
        """The request with what is known of what it asks for; a refusal of that has a name."""
        entry.identified(inbound, policy)
        return await self.routing.asked(inbound, policy)

    def _keep_in(self, seconds: float) -> None:
        """Keep what the request came to for the next one, unless that is done until then."""
        if self.redaction.is_behind:
            get_running_loop().call_later(seconds, self.redaction.keep)

    async def _leaving(
        self, redacted: Redacted, policy: Policy, said: str, *, is_open: bool
    ) -> Leaving | None:
        """What was said of an answer, as whoever goes on with it may be told; None: not at all.

        Where it says more than the request, it is placed anew; where conditions asked what was
        found, they would have to be judged anew.
        """
        repeated = await self.redaction.repeated(redacted, policy, said)
        if repeated is None or (repeated.entities and is_open):
            return None
        leaving = Leaving(
            text=repeated.text,
            mending=repeated.mending if repeated.values else None,
            entities=repeated.entities,
        )
        if repeated.entities.keys() <= redacted.entities.keys():
            return leaving
        more = self.redaction.with_found(redacted, repeated.entities)
        try:
            placed = self.residency.place(more, policy)
        except Refusal:
            return None
        return replace(leaving, lawful=frozenset(each.id for each in placed.reachable))

    async def _answer(  # noqa: PLR0913, PLR0917 - all that is known when an answer begins
        self,
        recorded: Recorded,
        reply: Reply,
        entry: Entry,
        back: Ahead,
        lookup: Lookup,
        policy: Policy,
    ) -> Answer:
        """What the client gets of a reply that has begun; it may be kept once it is on record."""
        redacted = recorded.placed.redacted
        inbound, reply = redacted.inbound, lookup.watched(reply, recorded)
        known = self.redaction.joined(redacted, await self.conversations.known(redacted))
        entry.journal.kept = await self.conversations.keep(known, reply)
        told = await self.conversations.listed(known, reply)
        pieces = self.redaction.restore(known, told, entry.journal, back, policy)
        return Answer(
            request_id=inbound.arrival.id,
            stream=reply.stream,
            media=inbound.question.media,
            cache=entry.journal.cache,
            pieces=entry.closing(pieces, lookup.keep),
        )

    def _looking(
        self, entry: Entry, policies: PolicySet, ruling: Ruling, held: Held | None
    ) -> Found | None:
        """What depends on what is found: conditions, and what the candidate says for the record."""
        shadow = self.shadow
        if shadow is None and not ruling.is_open:
            return None

        def looked(read: Inbound, findings: Sequence[tuple[Finding, ...]]) -> Policy:
            if shadow is not None:
                entry.shadowed(shadow.judge(policies, read, findings))
            earlier = held.entities if held is not None else frozenset[Entity]()
            policy = ruling.found(read.question.segments, findings, earlier)
            entry.identified(read, policy)
            return policy

        return looked


def _in_turn(*steps: Callable[[], None]) -> Callable[[], None] | None:
    """One step made of several; None of none, for which nobody has to be woken."""
    if not steps:
        return None

    def take() -> None:
        for step in steps:
            step()

    return take
