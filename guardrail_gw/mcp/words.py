"""Questions for the chain, of what clients ask and answer (`ports.Words`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from guardrail_gw.core.exchange import Question
from guardrail_gw.core.tool import ToolFacts
from guardrail_gw.dialects.mcp.dialect import MCP
from guardrail_gw.dialects.mcp.methods import CALL
from guardrail_gw.errors import BodyRefused
from guardrail_gw.mcp.ports import Ask, Told
from guardrail_gw.mcp_servers import McpConfig

Noted = Callable[[str, object], ToolFacts | None]
"""Takes a server and the name of a tool; nobody is asked, and it may be called on any thread."""
_NONE: frozenset[str] = frozenset()


def _nothing(server: str, name: object) -> ToolFacts | None:  # noqa: ARG001 - the seam's
    """Known of no tool."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainWords:
    """Knows which methods beyond the protocol's each server takes."""

    extensions: Mapping[str, frozenset[str]]
    noted: Noted = _nothing
    """What is known of a tool before anybody is asked: admission need not note it again then."""

    @classmethod
    def of(cls, config: McpConfig, noted: Noted = _nothing) -> "ChainWords":
        """As the operator wrote it."""
        extensions = {each.id: frozenset(each.methods) for each in config.servers}
        return cls(extensions=extensions, noted=noted)

    def ask(self, server: str, ask: Ask) -> Question:
        """The question that a request is.

        Raises:
            MethodDenied: nobody listed the method.
            BodyRefused: it cannot be looked at in full.
        """
        extensions = self.extensions.get(server, _NONE)
        facts = self.noted(server, ask.params.get("name")) if ask.method == CALL else None
        return MCP.question(
            server, ask.method, ask.params, extensions=extensions, carried=ask, facts=facts
        )

    def told(self, server: str, told: Told) -> Question:
        """The question that an answer of a client is; raises as `ask`."""
        part = "result" if "result" in told.message else "error"
        content = told.message.get(part)
        if not isinstance(content, dict):
            raise BodyRefused(f"'/{part}' must be an object", code="body.wrong_type")
        extensions = self.extensions.get(server, _NONE)
        return MCP.question(
            server, told.method, content, part=part, extensions=extensions, carried=told
        )
