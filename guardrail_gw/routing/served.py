"""A request whose answer is at hand: the caller's rates count it, and nobody is asked.

It takes no tokens and costs nothing, so that no budget has to have room for it.
"""

from guardrail_gw.core.cached import Answered
from guardrail_gw.core.exchange import Recorded, Reply
from guardrail_gw.routing.spending import Spending


class Served:
    """One request that is answered by what was answered before."""

    __slots__ = ("_answered", "_recorded", "_spending")

    def __init__(self, recorded: Recorded, answered: Answered, spending: Spending | None) -> None:
        """Use `Routing.dispatch`."""
        self._recorded = recorded
        self._answered = answered
        self._spending = spending

    async def __aenter__(self) -> Reply:
        """Count the request, and give the answer.

        Raises:
            RateExceeded: the caller asks too often.
            StateDown: nobody can say.
        """
        if self._spending is not None:
            await self._spending.enter(is_answered=True)
        answered, journal = self._answered, self._recorded.journal
        journal.deployment = answered.deployment.id
        journal.finish = answered.finish
        journal.cost_usd = "0"
        return Reply(
            deployment=answered.deployment,
            stream=self._recorded.placed.redacted.inbound.question.stream,
            events=answered.events,
            ready=answered.ready,
        )

    async def __aexit__(self, *error: object) -> None:
        """Free what the request held."""
        if self._spending is not None:
            await self._spending.leave()
