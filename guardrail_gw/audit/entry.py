"""The records of one exchange, whatever happens to it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from enum import Enum, auto
from types import TracebackType
from typing import Final, Protocol, Self

from guardrail_gw.audit import facts
from guardrail_gw.audit.batch import Stored
from guardrail_gw.audit.keyring import NO_KEYS, Keyring, Keys
from guardrail_gw.audit.record import Draft
from guardrail_gw.audit.writer import Writer
from guardrail_gw.core.cached import Source
from guardrail_gw.core.exchange import (
    Arrival,
    Ending,
    Inbound,
    Journal,
    Placed,
    Receipt,
    Recorded,
    Redacted,
)
from guardrail_gw.core.plan import Plan
from guardrail_gw.core.ports import Clock
from guardrail_gw.core.tool import Called
from guardrail_gw.errors import AuditDown, CollectorDown, Refusal, RegisterDown, UpstreamBroken
from guardrail_gw.policy.policy import Policy
from guardrail_gw.policy.shadowed import Shadowed


def _nothing() -> None:
    """Wait, and do nothing else."""


class Collector(Protocol):
    """Where records are, too, when a policy asks for it."""

    async def covers(self, origin: str, size: int) -> None:
        """Wait until its cosignature covers the first `size` records; raises CollectorDown."""
        ...


class Log(Protocol):
    """What an entry needs of its log."""

    policy_digest: str | None
    keyring: Keyring | None
    collector: Collector | None

    def entered(self) -> None:
        """An entry was opened."""
        ...

    def left(self) -> None:
        """An entry needs nothing more from the log."""
        ...


class _State(Enum):
    NEW = auto()
    """No intent yet."""
    PENDING = auto()
    """The intent is with the writer."""
    COMMITTED = auto()
    """The intent is durable."""
    ORPHANED = auto()
    """The exchange is over while its intent is still with the writer."""
    CLOSED = auto()
    """The outcome is with the writer, or there is no intent that needs one."""


# an enum's member looked up in its class takes as long as a call
_NEW: Final = _State.NEW
_PENDING: Final = _State.PENDING
_COMMITTED: Final = _State.COMMITTED
_ORPHANED: Final = _State.ORPHANED
_CLOSED: Final = _State.CLOSED


class Entry:
    """One exchange in the log."""

    def __init__(self, log: Log, writer: Writer, clock: Clock, arrival: Arrival) -> None:
        """Use `AuditLog.entry`."""
        self.journal = Journal()
        self._log = log
        self._writer = writer
        self._clock = clock
        self._arrival = arrival
        self._state: _State = _NEW
        self._intent = -1
        self._inbound: Inbound | None = None
        self._policy: Policy | None = None
        self._redacted: Redacted | None = None
        self._shadowed: Shadowed | None = None

    def identified(self, inbound: Inbound, policy: Policy) -> None:
        """Note who asks and which policy binds."""
        self._inbound, self._policy = inbound, policy
        self.journal.unsure = policy.unsure
        passage = self.journal.passage
        passage.policy, passage.asked = policy.digest, inbound.question.model
        passage.admitted_us = passage.admitted_us or self._clock.now_us()

    def shadowed(self, shadowed: Shadowed | None) -> None:
        """Note what a candidate would have decided otherwise."""
        self._shadowed = shadowed

    def redacted(self, redacted: Redacted) -> None:
        """Note what was found."""
        self._redacted = redacted
        self.journal.passage.redacted_us = self._clock.now_us()
        self.journal.passage.found = sum(redacted.entities.values())
        self.journal.entities = redacted.entities

    async def commit(  # noqa: PLR0913 - all that is recorded, each by name
        self,
        placed: Placed,
        policy: Policy,
        *,
        plan: Plan | None = None,
        called: Called | None = None,
        cached: Source | None = None,
        meanwhile: Callable[[], None] | None = None,
    ) -> Recorded:
        """Make the intent durable, where the policy says: on the disk, at the collector.

        Args:
            placed: what may leave then.
            policy: which binds.
            plan: who is to be asked, for the record.
            called: what is asked of an MCP server, for the record.
            cached: the exchange whose answer is to be given again, for the record.
            meanwhile: called while the disk is asked, if it is; what it raises is raised, and the
                intent is written all the same.

        Raises:
            AuditDown: it is not; nothing may leave.
        """
        inbound, passage = self._inbound, self.journal.passage
        if self._state is not _NEW or inbound is None:
            raise AuditDown("an exchange is recorded once, after its sender is known")
        keys = await self._keys(inbound, policy, content=True)
        shadowed = self._shadowed
        intent = facts.intent_allowed(
            inbound,
            placed,
            policy,
            keys,
            shadowed=shadowed,
            plan=plan,
            called=called,
            cached=cached,
        )
        drafts = [*self._policy_change(policy), intent]
        passage.committing_us = self._clock.now_us()
        signs = policy.durable.asks_collector
        job = self._writer.submit(
            drafts, late=self._late, begins=True, signs=signs, meanwhile=meanwhile
        )
        self._state = _PENDING
        try:
            stored = await self._writer.settled(job)
        except BaseException:  # perhaps cancelled in the very moment in which it was told
            job.future.cancel()  # nobody waits for it any more: `_late` goes on from here
            if job.confirmed:
                self._committed(job.future.result(), policy)
            elif job.failed:  # nothing was written
                self._state = _CLOSED
                self._writer.tally.unrecorded += 1
            raise
        self._committed(stored, policy)
        await self._collected(stored[-1], policy)
        receipt = Receipt(
            origin=stored[-1].origin, index=self._intent, leaf_hash=stored[-1].leaf_hash.hex()
        )
        return Recorded(placed=placed, receipt=receipt, journal=self.journal)

    async def _collected(self, intent: Stored, policy: Policy) -> None:
        """Wait for the collector, where the policy asks for it."""
        if policy.durable.asks_collector:
            if (collector := self._log.collector) is None:
                raise CollectorDown("the policy asks for a collector, and none is configured")
            await collector.covers(intent.origin, intent.index + 1)
        self.journal.passage.committed_us = self._clock.now_us()

    def closing(
        self, pieces: AsyncIterator[bytes], then: Callable[[], None] = _nothing
    ) -> "Closing":
        """Pass the answer on, but its last piece only when the outcome is written.

        A stream's pieces pass at once until `journal.complete` says that the last one is here; a
        whole answer is held until its end.

        Args:
            pieces: the answer.
            then: called when the outcome is written.
        """
        streamed = self._inbound is not None and self._inbound.question.stream
        return Closing(self, pieces, then, streamed=streamed)

    async def conclude(self, *, streamed: bool) -> None:
        """The answer is here to its end; raises as `Closing`."""
        if streamed and not self.journal.complete:
            raise UpstreamBroken("the answer ended before its last piece")
        if self.journal.status is None:
            self.journal.status = 200
        await self._conclude()

    async def __aenter__(self) -> Self:
        """Count as open, so that the log waits when it closes."""
        self._log.entered()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what is still missing; never hides the exception that ended the exchange."""
        if self._state is _CLOSED:
            self._log.left()
            return
        self._note(error)
        if self._state is _PENDING:
            self._state = _ORPHANED  # `_late` goes on from here
            return
        try:
            if self._state is _NEW:
                await self._refuse(error)
            else:
                await self._conclude()
        except AuditDown:
            if error is None:
                raise
        finally:
            self._log.left()

    def _note(self, error: BaseException | None) -> None:
        journal = self.journal
        committed = self._state is not _NEW
        ending, code, status = facts.ending_of(error, committed=committed)
        if journal.ending is Ending.OK:  # routing may have said it more precisely
            journal.ending = ending
        journal.code = journal.code or code
        journal.status = journal.status or status
        if isinstance(error, Refusal):
            journal.refused_by = tuple(error.facts.get("rules", ()))
            journal.entities = journal.entities or error.facts.get("entities", {})

    async def _refuse(self, error: BaseException | None) -> None:
        """Intent and outcome of an exchange that stopped before its commit, in one go."""
        refusal = error if isinstance(error, Refusal) else None
        self._state = _CLOSED
        try:
            asked = await self._asked()
        except asyncio.CancelledError:  # in the middle of a question to the register
            asked = facts.Asked(inbound=self._inbound, keys=None) if self._inbound else None
            await self._write_refused(refusal, asked)
            raise
        await self._write_refused(refusal, asked)

    async def _write_refused(self, refusal: Refusal | None, asked: facts.Asked | None) -> None:
        intent = facts.intent_refused(
            self._arrival, refusal, asked, self._policy, self._redacted, shadowed=self._shadowed
        )
        change = self._policy_change(self._policy) if self._policy else []
        await self._write([*change, intent, self._outcome(None)], begins=True)
        if self._policy is not None:
            self._log.policy_digest = self._policy.digest

    async def _keys(self, inbound: Inbound, policy: Policy, *, content: bool) -> Keys:
        keyring = self._log.keyring
        if keyring is None:
            return NO_KEYS
        return await keyring.keys_for(inbound.principal, policy, content=content)

    async def _asked(self) -> facts.Asked | None:
        """A refusal is recorded also when the register is down: then without a name."""
        if self._inbound is None or self._policy is None:
            return facts.Asked(inbound=self._inbound) if self._inbound else None
        try:
            keys = await self._keys(self._inbound, self._policy, content=False)
        except RegisterDown:
            return facts.Asked(inbound=self._inbound, keys=None)
        return facts.Asked(inbound=self._inbound, keys=keys)

    async def _conclude(self) -> None:
        """Write the outcome once; the writer has it even if this task is cancelled now."""
        self._state = _CLOSED
        await self._write([self._outcome(self._intent)], on_write=True)  # the intent is on disk

    async def _write(
        self, drafts: Sequence[Draft], *, on_write: bool = False, begins: bool = False
    ) -> None:
        late = self._count_lost
        try:
            job = self._writer.submit(drafts, late=late, on_write=on_write, begins=begins)
        except AuditDown:
            self._writer.tally.unrecorded += 1
            raise
        try:
            await self._writer.settled(job)
        except BaseException:
            if job.failed:
                self._writer.tally.unrecorded += 1
            raise

    def _outcome(self, intent: int | None) -> Draft:
        return facts.outcome(self._arrival, self.journal, self._clock.now_us(), intent)

    def _policy_change(self, policy: Policy) -> list[Draft]:
        changed = policy.digest != self._log.policy_digest
        return [facts.policy_changed(policy)] if changed else []

    def _committed(self, stored: list[Stored], policy: Policy) -> None:
        self._state = _COMMITTED
        self._intent = stored[-1].index
        self._log.policy_digest = policy.digest

    def _late(self, stored: list[Stored] | None) -> None:
        """The intent's fate became known after `commit` had given up waiting."""
        orphaned = self._state is _ORPHANED
        if stored is None:
            self._state = _CLOSED
            self._writer.tally.unrecorded += 1
        else:
            self._state, self._intent = _COMMITTED, stored[-1].index
        if not orphaned:
            return
        if self._state is _COMMITTED:
            self._state = _CLOSED
            self._submit_last()
        self._log.left()

    def _submit_last(self) -> None:
        try:
            job = self._writer.submit([self._outcome(self._intent)], late=self._count_lost)
            job.future.cancel()  # nobody waits for it
        except AuditDown:
            self._writer.tally.unrecorded += 1

    def _count_lost(self, stored: list[Stored] | None) -> None:
        if stored is None:
            self._writer.tally.unrecorded += 1


class Closing:
    """The pieces of an answer, the last of which waits for the outcome; see `Entry.closing`.

    An iterator and no generator: those are registered with the event loop one by one.
    """

    __slots__ = ("_entry", "_held", "_is_over", "_pieces", "_streamed", "_then")

    def __init__(
        self,
        entry: Entry,
        pieces: AsyncIterator[bytes],
        then: Callable[[], None],
        *,
        streamed: bool,
    ) -> None:
        """Use `Entry.closing`."""
        self._then = then
        self._entry = entry
        self._pieces = pieces
        self._streamed = streamed
        self._held: deque[bytes] = deque()
        self._is_over = False

    def __aiter__(self) -> Self:
        """Iterate over the answer."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next piece.

        Raises:
            AuditDown: the outcome is not written; the last piece is not passed on.
            UpstreamBroken: the stream ended without a last piece.
        """
        if not self._is_over:
            held = deque[bytes]()
            async for piece in self._pieces:
                if self._streamed and not self._entry.journal.complete:
                    return piece
                held.append(piece)
            self._is_over = True  # whatever becomes of the outcome, nothing comes without it
            await self._entry.conclude(streamed=self._streamed)
            self._then()
            self._held = held
        if not self._held:
            raise StopAsyncIteration
        return self._held.popleft()
