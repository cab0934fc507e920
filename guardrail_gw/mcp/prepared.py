"""A request to a server that is worked out as far as it can be before it is on record.

Its bytes are made while the disk is asked, and leave as soon as that has confirmed the record: who
has no `Recorded` for this very request does not get the call, which alone can send them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.exchange import Inbound, Placed, Recorded
from guardrail_gw.core.plan import Plan
from guardrail_gw.core.tool import Called
from guardrail_gw.dialects.mcp.dialect import Asked
from guardrail_gw.mcp.control_port import Admission
from guardrail_gw.mcp.ports import LISTEN, Ask, EarlyCall, Server, Told
from guardrail_gw.policy.tools import ToolRules

_LONG: Final = 128 << 10
"""Bytes of what leaves, above which the event loop is not held by it while the disk is asked."""


@dataclass(slots=True, kw_only=True)
class Prepared:
    """A request ready to leave."""

    placed: Placed
    server: Server = field(repr=False)
    plan: Plan
    called: Called
    rules: ToolRules
    admission: Admission
    body: bytes = field(repr=False)
    """What leaves, in the canonical form."""
    content: Mapping[str, Any] = field(repr=False)
    """What these very bytes hold: the parameters, or the client's answer."""
    is_made: bool = False
    """Whether nothing else can be done ahead."""
    _early: EarlyCall | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """What waits for a person, is long or no call, is worked out when it is its turn."""
        asked: Asked = self.placed.redacted.inbound.question.source
        is_call = not isinstance(asked.carried, Told) and asked.method != LISTEN
        is_long = len(self.body) > _LONG
        self.is_made = self.admission.needs_approval or is_long or not is_call

    def make(self) -> None:
        """Work out what is sent, for a server that can; nothing is sent."""
        if self.is_made:
            return
        inbound = self.placed.redacted.inbound
        asked: Asked = inbound.question.source
        call = self.server.call(leaving(inbound, self.content, asked.carried))
        if isinstance(call, EarlyCall):
            call.make()
            self._early = call
        self.is_made = True

    def early(self, recorded: Recorded) -> EarlyCall | None:
        """The call that was worked out, once this very request is on record; None: none was."""
        return self._early if recorded.placed is self.placed else None


def leaving(inbound: Inbound, content: Mapping[str, Any], ask: Ask) -> Ask:
    """What the server gets, read from the bytes on record; and what it wants back of its own."""
    asked: Asked = inbound.question.source
    state = {} if asked.state is None else {"requestState": asked.state}
    return Ask(
        peer=ask.peer,
        method=ask.method,
        params={**content, **state},
        wants_progress=ask.wants_progress,
        may_be_kept=ask.may_be_kept,
        paused=ask.paused,
    )
