"""Control over tools as the last step asks for it (`control_port.Control`)."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.core.ports import Offload
from guardrail_gw.core.tool import ToolName
from guardrail_gw.dialects.mcp.exact import written
from guardrail_gw.dialects.mcp.methods import DISCOVER
from guardrail_gw.errors import UpstreamFault
from guardrail_gw.mcp.aggregate.kinds import BY_METHOD
from guardrail_gw.mcp.approvals import Approvals, Hold
from guardrail_gw.mcp.control.approval import Asking, Decision
from guardrail_gw.mcp.control.poisoning import suspicions
from guardrail_gw.mcp.control.results import counted, held_to_size, looked_through
from guardrail_gw.mcp.control_port import Admission, Holding
from guardrail_gw.mcp.ports import Ask, Message
from guardrail_gw.mcp.quiet import Quiet
from guardrail_gw.mcp.tools import Tools
from guardrail_gw.mcp_errors import ToolUnknown
from guardrail_gw.policy.tools import Poisoning, ToolRules

_OURS: Final = frozenset({"id", "method"})
_LARGE = 16 << 10
"""Bytes of an answer up to which it is worth knowing again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolControl:
    """Implements `control_port.Control`."""

    tools: Tools
    approvals: Approvals
    max_bytes: Mapping[str, int]
    """Server -> the most bytes of one answer, as configured."""
    offload: Offload = field(repr=False)
    quiet: Quiet = field(default_factory=Quiet, repr=False)
    """Answers in which nothing was found."""

    async def admit(self, rules: ToolRules, server: str, ask: Ask) -> Admission:
        """Let a request pass, or refuse it."""
        name = ask.params.get("name")
        if ask.method == "tools/call":
            if not isinstance(name, str):
                raise ToolUnknown("a call names a tool")
            known, verdict = await self.tools.admit(rules, ToolName(server=server, name=name))
            return Admission(facts=known.facts, needs_approval=verdict.needs_approval)
        if ask.method == "prompts/get" and isinstance(name, str):
            self.tools.admit_prompt(rules, server, name)
        return Admission()

    def held(self, holding: Holding) -> "HeldCall":
        """A call that a person has to approve."""
        asking = Asking(
            request=holding.request,
            principal=holding.principal,
            tool=holding.facts.name,
            arguments=holding.arguments,
            wants_progress=holding.wants_progress,
            found=holding.found,
        )
        return HeldCall(self.approvals.hold(asking))

    async def heard(
        self, rules: ToolRules, server: str, method: str, message: Message
    ) -> tuple[Message, Mapping[str, int]]:
        """A message as the client may see it, and what is suspicious in it."""
        size = len(written(message)) if _may_be_large(message) else 0
        held_to_size(size, rules, self.max_bytes[server], server)
        if method == DISCOVER:
            message = await self._introduced(rules, server, message)
        if method in BY_METHOD and isinstance(result := message.get("result"), dict):
            seen = await self.tools.filtered(rules, server, method, result)
            return {**message, "result": seen}, self._definitions(rules, seen)
        return message, await self._looked_through(rules, server, _said(message), size)

    async def _looked_through(
        self, rules: ToolRules, server: str, said: Mapping[str, object], size: int
    ) -> Mapping[str, int]:
        """What is suspicious in what a server said, unless this was looked through in vain before.

        Raises:
            Poisoned: something is, and the policy blocks it.
        """
        if rules.poisoning is Poisoning.IGNORE:
            return {}
        key = self.quiet.key(written(said)) if size <= _LARGE else None
        if key is not None and key in self.quiet:
            return {}
        found = await self.offload(lambda: looked_through(rules, said, server), size=size)
        if not found and key is not None:
            self.quiet.add(key)
        return counted(found)

    async def _introduced(self, rules: ToolRules, server: str, message: Message) -> Message:
        """What a server says of itself, without instructions that nobody approved."""
        result = message.get("result")
        if not isinstance(result, dict) or "instructions" not in result:
            return message
        try:
            said = await self.tools.instructions(rules, server)
        except UpstreamFault:
            said = None
        kept = {name: each for name, each in result.items() if name != "instructions"}
        return {**message, "result": kept | ({"instructions": said} if said else {})}

    def _definitions(self, rules: ToolRules, seen: Mapping[str, object]) -> dict[str, int]:
        """What is suspicious in entries that are shown all the same."""
        if rules.poisoning is Poisoning.IGNORE:
            return {}
        return counted(suspicions(seen))


@dataclass(frozen=True, slots=True)
class HeldCall:
    """Implements `control_port.Waiting`."""

    hold: Hold

    def __aiter__(self) -> AsyncIterator[Message]:
        """Wait."""
        return aiter(self.hold)

    @property
    def decided(self) -> Mapping[str, str]:
        """Id, decision and who decided, for the record."""
        found = self.hold.found
        if found is None:
            return {"decision": Decision.WAITING.value}
        said = {"id": found.id, "decision": found.decision.value}
        return said | ({"by": found.by} if found.by else {})


def _said(message: Message) -> Mapping[str, object]:
    """Its own words: a response has no others left when it comes here."""
    if _OURS.isdisjoint(message):
        return message
    return {name: each for name, each in message.items() if name not in _OURS}


def _may_be_large(message: Message) -> bool:
    """Notifications are small, or their transport has refused them."""
    return "method" not in message
