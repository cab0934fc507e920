"""What the last step asks of whoever controls tools: one answer for lists and for calls."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.text import Entity
from guardrail_gw.core.tool import ToolFacts
from guardrail_gw.mcp.ports import Ask, Message
from guardrail_gw.policy.tools import ToolRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A request that may be made."""

    facts: ToolFacts | None = None
    """The tool that is called; None: none is, or nothing is known of it."""
    needs_approval: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A call that waits for a person."""

    request: RequestId
    principal: Principal
    facts: ToolFacts
    arguments: Mapping[str, Any] = field(repr=False)
    """As a server gets them that is not trusted: with placeholders."""
    wants_progress: bool
    found: Mapping[Entity, int]
    """Kind of personal data -> how often it was found in the request."""


class Waiting(Protocol):
    """It, while nobody has decided: messages for the client until somebody does.

    Raises while iterated:
        ApprovalRefused, ApprovalTimeout: it is not called.
    """

    def __aiter__(self) -> AsyncIterator[Message]:
        """Iterate until it is allowed."""
        ...

    @property
    def decided(self) -> Mapping[str, str]:
        """Id, decision and who decided, for the record; whatever is known so far."""
        ...


class Control(Protocol):
    """Decides what may be asked, and what clients see."""

    async def admit(self, rules: ToolRules, server: str, ask: Ask) -> Admission:
        """Let a request pass, or refuse it.

        Raises:
            ToolDenied, DefinitionChanged, Poisoned: the policy does not let it pass.
            ToolUnknown: there is no such tool.
            ServerFailed, ServerTimeout: the server never said which tools it has.
        """
        ...

    def held(self, holding: Holding) -> Waiting:
        """A call that a person has to approve."""
        ...

    async def heard(
        self, rules: ToolRules, server: str, method: str, message: Message
    ) -> tuple[Message, Mapping[str, int]]:
        """A message as the client may see it, and what is suspicious in it (kind -> how often).

        Lists come without what may not be used.

        Raises:
            ResultTooLarge, Poisoned, ToolDenied: it may not be seen.
        """
        ...
