"""Questions for the chain, of what clients ask and answer (`ports.Words`)."""

from collections.abc import Mapping
from dataclasses import dataclass

from guardrail_gw.core.exchange import Question
from guardrail_gw.dialects.mcp.dialect import MCP
from guardrail_gw.errors import BodyRefused
from guardrail_gw.mcp.ports import Ask, Told
from guardrail_gw.mcp_servers import McpConfig

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainWords:
    """Knows which methods beyond the protocol's each server takes."""

    extensions: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, config: McpConfig) -> "ChainWords":
        """As the operator wrote it."""
        return cls(extensions={each.id: frozenset(each.methods) for each in config.servers})

    def ask(self, server: str, ask: Ask) -> Question:
        """The question that a request is.

        Raises:
            MethodDenied: nobody listed the method.
            BodyRefused: it cannot be looked at in full.
        """
        extensions = self.extensions.get(server, _NONE)
        return MCP.question(server, ask.method, ask.params, extensions=extensions, carried=ask)

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
