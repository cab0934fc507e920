"""Control by what policies say of names, where nothing is known of what a tool is."""

import json
from collections.abc import AsyncIterator, Mapping

from guardrail_gw.core.tool import ToolName
from guardrail_gw.mcp.control_port import Admission, Holding
from guardrail_gw.mcp.ports import Ask, Message
from guardrail_gw.mcp_errors import ApprovalRefused, ResultTooLarge, ToolDenied
from guardrail_gw.policy.tools import ToolRules, fits_any

_NOBODY: Mapping[str, str] = {"decision": "denied", "by": "nobody decides here"}


class Refusing:
    """A call that a person has to approve, where nobody can: it is not made."""

    def __aiter__(self) -> AsyncIterator[Message]:
        """Iterate until it is allowed, which it never is."""
        return self._said()

    @property
    def decided(self) -> Mapping[str, str]:
        """As `Waiting.decided` says."""
        return _NOBODY

    async def _said(self) -> AsyncIterator[Message]:
        if self.decided["decision"] == "denied":
            raise ApprovalRefused("a person has to approve this call, and nobody can here")
        yield {}


class ByName:
    """Implements `control_port.Control`."""

    async def admit(self, rules: ToolRules, server: str, ask: Ask) -> Admission:
        """As `Control.admit` says; a kind of tool that is refused is refused to all of them."""
        name = ask.params.get("name")
        if ask.method != "tools/call" or not isinstance(name, str):
            return Admission()
        tool = ToolName(server=server, name=name)
        if not rules.names(tool) or rules.deny_annotated:
            raise ToolDenied("the policy does not let this key use the tool")
        needs = bool(rules.approve_annotated) or fits_any(rules.require_approval, str(tool))
        return Admission(needs_approval=needs)

    def held(self, holding: Holding) -> Refusing:  # noqa: ARG002 - whatever it is
        """As `Control.held` says."""
        return Refusing()

    async def heard(
        self, rules: ToolRules, server: str, method: str, message: Message
    ) -> tuple[Message, Mapping[str, int]]:
        """As `Control.heard` says: within the bound, and lists without what may not be used."""
        most = rules.max_result_bytes
        if most is not None and len(json.dumps(message)) > most:
            raise ResultTooLarge(f"the answer of server {server!r} exceeds {most} bytes")
        result = message.get("result")
        if method != "tools/list" or not isinstance(result, dict):
            return message, {}
        tools = [
            each
            for each in result.get("tools", ())
            if rules.names(ToolName(server=server, name=str(each.get("name"))))
            and not rules.deny_annotated
        ]
        return {**message, "result": {**result, "tools": tools}}, {}
