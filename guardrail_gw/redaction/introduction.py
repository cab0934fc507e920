"""What a server says of itself, before anything is asked of it, on its way to a client.

It is like a definition: the server wrote it for everybody, so only what is sure counts in it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Offload
from guardrail_gw.core.text import Finding, Segment
from guardrail_gw.detection.hidden import SURE
from guardrail_gw.dialects.mcp.dialect import MCP
from guardrail_gw.dialects.mcp.marked import Marked
from guardrail_gw.dialects.mcp.methods import DISCOVER
from guardrail_gw.errors import Blocked, UnsupportedContent
from guardrail_gw.policy.policy import Policy
from guardrail_gw.policy.tools import Results
from guardrail_gw.redaction.edit import Editor, Edits
from guardrail_gw.redaction.irreversible import Irreversible
from guardrail_gw.redaction.placeholder import Issuer, TokenKey

Detect = Callable[[Sequence[Segment], Policy], Awaitable[Sequence[tuple[Finding, ...]]]]
_DEAR: Final = 1 << 20
"""Bytes: as much as is worked on away from the event loop; code may have to be loaded first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """Treats it for one caller after the other."""

    key: TokenKey
    detect: Detect
    offload: Offload

    async def treated(
        self, who: Principal, policy: Policy, said: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """What the caller may read of it.

        Args:
            who: the caller.
            policy: which binds it.
            said: `instructions`, `info` and `capabilities`, as the server wrote them.

        Raises:
            Blocked: the policy lets nobody see what is in it.
            UnsupportedContent: nothing can look into it.
        """
        question = MCP.question("", DISCOVER, {}, extensions=frozenset({DISCOVER}))
        heard = MCP.heard(question, {"result": said})
        if heard.attachments and not policy.attachments_allowed:
            raise UnsupportedContent("what the server says of itself cannot be looked into")
        found = await self.detect(heard.segments, policy) if heard.segments else ()
        sure = [tuple(each for each in here if each.score >= SURE) for here in found]
        if not any(sure):
            return said
        edits = await self.offload(lambda: self._edits(who, policy, heard, sure), size=_DEAR)
        return self._seen(policy, heard, edits, said)

    def _edits(
        self, who: Principal, policy: Policy, heard: Marked, sure: Sequence[tuple[Finding, ...]]
    ) -> Edits:
        return Editor(
            segments=heard.segments,
            policy=policy,
            issuer=Issuer(key=self.key, principal=who),
            irreversible=Irreversible(key=self.key, principal=who),
        ).edits(sure)

    @staticmethod
    def _seen(
        policy: Policy, heard: Marked, edits: Edits, said: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        if not edits.replacements or policy.tools.results is Results.ORIGINALS:
            return said
        if policy.tools.results is Results.BLOCK:
            raise Blocked("the policy forbids passing on what the server says of itself")
        seen: Mapping[str, Any] = heard.rewritten(edits.replacements)["result"]
        return seen
