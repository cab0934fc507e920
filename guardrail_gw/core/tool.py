"""A tool of an MCP server, as the gateway speaks of it.

Source: Model Context Protocol 2026-07-28, server/tools: names, annotations and schemas.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ToolName:
    """Which tool: whose it is by the configuration, and what its server calls it."""

    server: str
    name: str

    def __str__(self) -> str:
        """As policies write it: `crm/find_customer`."""
        return f"{self.server}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolHints:
    """What a server says of how a tool behaves; None: it says nothing, which counts as the worst.

    The protocol calls these annotations. They are a server's own word, so they only ever add to
    what is refused.
    """

    read_only: bool | None = None
    destructive: bool | None = None
    idempotent: bool | None = None
    open_world: bool | None = None


NO_HINTS: Final = ToolHints()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFacts:
    """A tool as its server lists it."""

    name: ToolName
    hints: ToolHints = NO_HINTS
    input_schema: Mapping[str, Any] | None = field(default=None, repr=False)
    """JSON Schema of its arguments; None: unknown."""
    output_schema: Mapping[str, Any] | None = field(default=None, repr=False)
    """JSON Schema of its `structuredContent`; None: there is none."""
    definition: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """All that its server says of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What is asked of an MCP server, for the record of its intent."""

    server: str
    method: str
    """`tools/call`; of an answer to a server, what the server asked."""
    tool: str = ""
    """The tool's, or the prompt's name; empty where there is none."""
    arguments_sha256: str = ""
    """Hex SHA-256 of the arguments as they leave, by RFC 8785; empty where there are none."""
    is_trusted: bool = False
    """The server gets originals in the place of placeholders."""
    needs_approval: bool = False
    answers: str = ""
    """The exchange in whose middle the server asked; empty: it is no answer."""


@dataclass(slots=True, kw_only=True)
class ToolNotes:
    """What became of it, for the record of its outcome; whoever knows notes it here."""

    called: Called
    entities: dict[str, int] = field(default_factory=dict)
    """What was found in what the server said."""
    replaced: int = 0
    """How many values of it the client got something else for."""
    restored: int = 0
    approval: Mapping[str, str] = field(default_factory=dict)
    """Id, decision and who decided."""
    suspicions: dict[str, int] = field(default_factory=dict)
    """Kind of trick -> how often."""
    is_error: bool = False
    """The tool, or the server, says that it failed."""


def hints_of(definition: Mapping[str, Any]) -> ToolHints:
    """What the `annotations` of a definition say; what is no truth value says nothing."""
    said = definition.get("annotations")
    if not isinstance(said, dict):
        return NO_HINTS
    return ToolHints(
        read_only=_truth(said.get("readOnlyHint")),
        destructive=_truth(said.get("destructiveHint")),
        idempotent=_truth(said.get("idempotentHint")),
        open_world=_truth(said.get("openWorldHint")),
    )


def _truth(said: object) -> bool | None:
    return said if isinstance(said, bool) else None
