"""The seam behind the audit room: whatever answers a request that is on record.

For requests to models that is `routing`; for requests to MCP servers `mcp.calls`. Both take
`Recorded` alone, so that nothing leaves without its record.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from guardrail_gw.core.cached import Answered
from guardrail_gw.core.exchange import Inbound, Journal, Placed, Recorded, Reply
from guardrail_gw.core.leaving import MayLeave
from guardrail_gw.core.plan import Plan
from guardrail_gw.core.tool import Called

PolicyT_contra = TypeVar("PolicyT_contra", contravariant=True)


class Prepared(Protocol):
    """What was worked out for a request before it may leave; nobody was told."""

    @property
    def plan(self) -> Plan:
        """Who is to be asked."""
        ...

    @property
    def called(self) -> Called | None:
        """What is asked of an MCP server; None: it is for a model."""
        ...

    @property
    def is_made(self) -> bool:
        """Whether nothing else can be done ahead."""
        ...

    def make(self) -> None:
        """Do what else can be done ahead, while there is nothing else to do for the request."""
        ...


PreparedT = TypeVar("PreparedT", bound=Prepared)


class LastStep(Protocol[PreparedT, PolicyT_contra]):
    """Answers recorded requests."""

    async def asked(self, inbound: Inbound, policy: PolicyT_contra) -> Inbound:
        """The request with what is known of what it asks for; before anything is looked for in it.

        Raises:
            Refusal: it may not be asked for at all.
        """
        ...

    async def ahead(self, placed: Placed, journal: Journal, policy: PolicyT_contra) -> PreparedT:
        """What is worked out for its record, and to be quicker after it.

        Raises:
            Refusal: it may not leave, now that all is known.
        """
        ...

    def dispatch(
        self,
        recorded: Recorded,
        ahead: PreparedT,
        may_leave: MayLeave | None = None,
        answered: Answered | None = None,
    ) -> AbstractAsyncContextManager[Reply]:
        """Give the answer; leaving the context gives up what is left of it."""
        ...
