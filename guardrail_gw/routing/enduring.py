"""A stream that is gone on with elsewhere when it breaks off.

Every gate is passed again for whoever goes on: the law, breakers, budgets and the look at what was
said, which leaves with placeholders in it, as it came. Where nobody can go on, the stream ends with
the fault that broke it.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import AnswerEvent, Recorded
from guardrail_gw.core.kept import Kept
from guardrail_gw.core.leaving import Leaving, MayLeave
from guardrail_gw.core.ports import Spoken
from guardrail_gw.dialects.continuation.so_far import SoFar
from guardrail_gw.dialects.translation.hub import Counted
from guardrail_gw.errors import Refusal, UpstreamFault, UpstreamTimeout
from guardrail_gw.routing import verdict
from guardrail_gw.routing.attempt import Sending
from guardrail_gw.routing.continuing import going_on
from guardrail_gw.routing.search import Search
from guardrail_gw.routing.spent import Spent


@dataclass(slots=True, kw_only=True)
class Enduring:
    """An answer of several attempts; like `Sending`, an iterator over its events."""

    recorded: Recorded
    search: Search
    dialects: Mapping[str, Spoken]
    sending: Sending
    """Whose answer is read."""
    so_far: SoFar
    may_leave: MayLeave
    answer: Callable[[Search], Awaitable[Sending]]
    """The first attempt of a search whose answer is certain."""
    broke: Callable[[Spent], Awaitable[None]]
    """Settles an attempt whose answer broke off."""
    _fault: UpstreamFault | None = None
    """What comes when all that has arrived is passed on."""
    _ending: deque[AnswerEvent] = field(default_factory=deque)
    _is_settled: bool = False

    @property
    def deployment(self) -> Deployment:
        """Whose answer is read."""
        return self.sending.deployment

    @property
    def named(self) -> str | None:
        """The provider's name for the answer, as far as it has arrived."""
        return self.sending.named

    @property
    def names(self) -> tuple[tuple[Kept, str], ...]:
        """What else that the provider keeps is named in what has arrived."""
        return self.sending.names

    @property
    def spent(self) -> Spent | None:
        """What the present attempt has used; None once that is settled."""
        return None if self._is_settled else self.sending.spent

    async def close(self) -> None:
        """Close the connection; an answer that was not read to its end counts as cancelled."""
        await self.sending.close()

    def __aiter__(self) -> Self:
        """Iterate over the committed answer."""
        return self

    async def __anext__(self) -> AnswerEvent:
        """Return the next event.

        Raises:
            UpstreamFault: the answer broke off, and nobody goes on with it.
        """
        while True:
            if self._ending:
                return self._ending.popleft()
            fault, self._fault = self._fault, None
            try:
                if fault is None:
                    return self._heard(await anext(self.sending))
            except UpstreamFault as broken:
                fault = broken
            await self._go_on(fault)

    def ready(self) -> AnswerEvent | None:
        """Return the next event if it has arrived."""
        if self._fault is not None or self._ending:
            return None
        try:
            event = self.sending.ready()
        except UpstreamFault as fault:
            self._fault = fault
            return None
        return None if event is None else self._heard(event)

    def _heard(self, event: AnswerEvent) -> AnswerEvent:
        self.so_far.hear(event)
        return event

    async def _go_on(self, fault: UpstreamFault) -> None:
        """Find somebody who goes on, or raise the fault."""
        so_far, sending = self.so_far, self.sending
        mark = so_far.end_mark() if so_far.is_over else None
        if mark is not None:
            self._ending.append(mark)
            return
        around = self.search.around
        is_late = around.clock.monotonic_s() >= around.ends_s
        can_go_on = so_far.can_go_on and not is_late
        leaving = await self.may_leave(so_far.said) if can_go_on else None
        if leaving is None:
            raise fault
        await sending.close()
        await self._settle(sending.spent)
        await self._ask_on(sending, fault, leaving)
        self.recorded.journal.resumed_entities = leaving.entities
        try:
            self.sending = await self.answer(self.search)
        except Refusal:
            raise fault from None
        self._is_settled = False
        self._note(sending)

    async def _settle(self, spent: Spent) -> None:
        self._is_settled = True
        await self.broke(spent)
        around = self.search.around
        now_s = around.clock.monotonic_s()
        self.search.around = replace(
            around,
            earlier=around.earlier.with_(spent),
            deadline_s=now_s + self.search.limits.deadline_s,
        )

    async def _ask_on(self, sending: Sending, fault: UpstreamFault, leaving: Leaving) -> None:
        """Have the search go on, for the rest of the answer."""
        search = self.search
        is_late = isinstance(fault, UpstreamTimeout)
        search.note(sending.deployment, verdict.TIMEOUT if is_late else verdict.TRUNCATED)
        usage = search.around.earlier.usage
        search.wordings = wordings = await going_on(
            self.recorded.placed,
            self.dialects,
            self.so_far,
            leaving,
            None if usage is None else Counted(usage=usage),
        )
        search.is_continued, search.only = True, leaving.lawful
        if search.spending is not None:
            search.spending.goes_on(wordings.envelope)

    def _note(self, broken: Sending) -> None:
        journal, sending = self.recorded.journal, self.sending
        journal.resumed = (*journal.resumed, broken.deployment.id)
        journal.deployment = sending.deployment.id
        journal.left_out = tuple(sorted({*journal.left_out, *sending.left_out}))
        journal.fallback = self.search.instead
        journal.downgraded = self.search.downgraded
