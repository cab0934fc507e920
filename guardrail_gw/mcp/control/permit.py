"""Whether a tool may be used: one function for lists and for calls, so that they cannot differ.

What a server says of its tools only ever adds to what is refused.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from guardrail_gw.core.tool import ToolFacts, ToolHints
from guardrail_gw.errors import Refusal
from guardrail_gw.mcp_errors import DefinitionChanged, Poisoned, ToolDenied, ToolUnknown
from guardrail_gw.policy.tools import Changed, Poisoning, ToolKind, ToolRules, fits_any


class Why(StrEnum):
    """What decided."""

    SERVER = "server"
    """The policy does not let this caller ask the server."""
    NAME = "name"
    """`allow` and `deny`."""
    ANNOTATION = "annotation"
    """`deny_annotated`."""
    CHANGED = "changed"
    """Nobody approved this definition."""
    POISONING = "poisoning"
    """Its description looks like orders to a model."""
    ALLOWED = "allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a tool besides what its server says."""

    is_approved: bool
    """Its definition is the one that somebody approved, or that was pinned at first use."""
    is_suspect: bool
    """Something in its definition looks like orders to a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a tool may be listed and called, and why not."""

    why: Why
    needs_approval: bool = False
    """A person approves every call."""

    @property
    def permits(self) -> bool:
        """Whether it is listed, and may be called."""
        return self.why is Why.ALLOWED


_ALLOWED: Final = Verdict(why=Why.ALLOWED)
_TO_APPROVE: Final = Verdict(why=Why.ALLOWED, needs_approval=True)


def permitted(rules: ToolRules, tool: ToolFacts, standing: Standing) -> Verdict:
    """Judge a tool for one caller.

    Args:
        rules: of the caller's policy.
        tool: as its server lists it.
        standing: what else is known.
    """
    if not rules.uses(tool.name.server):
        return Verdict(why=Why.SERVER)
    if not rules.names(tool.name):
        return Verdict(why=Why.NAME)
    if rules.deny_annotated and is_any(rules.deny_annotated, tool.hints):
        return Verdict(why=Why.ANNOTATION)
    if rules.changed is Changed.BLOCK and not standing.is_approved:
        return Verdict(why=Why.CHANGED)
    if rules.poisoning is Poisoning.BLOCK and standing.is_suspect:
        return Verdict(why=Why.POISONING)
    return _TO_APPROVE if _asks(rules, tool) else _ALLOWED


def _asks(rules: ToolRules, tool: ToolFacts) -> bool:
    """Whether a person approves every call."""
    by_name, by_kind = rules.require_approval, rules.approve_annotated
    return bool(by_name and fits_any(by_name, str(tool.name))) or bool(
        by_kind and is_any(by_kind, tool.hints)
    )


def is_any(kinds: Iterable[ToolKind], hints: ToolHints) -> bool:
    """Whether a tool is of one of the kinds; what its server does not say counts as the worst."""
    return any(_IS[kind](hints) for kind in kinds)


def shown(refused: Refusal, *, hides: bool) -> Refusal:
    """What the caller is told of a refusal that is on record as it is.

    Args:
        refused: why the tool is not called.
        hides: what may not be used looks as if it were not there.
    """
    hidden = isinstance(refused, ToolDenied | DefinitionChanged | Poisoned)
    return ToolUnknown("the server has no such tool") if hides and hidden else refused


def refusal(verdict: Verdict, tool: ToolFacts) -> Refusal:
    """What a call of a tool that is not permitted is answered with, and recorded as."""
    facts = {"server": tool.name.server, "tool": tool.name.name, "why": str(verdict.why)}
    if verdict.why is Why.CHANGED:
        return DefinitionChanged(
            f"nobody approved what server {tool.name.server!r} now says this tool is", facts=facts
        )
    if verdict.why is Why.POISONING:
        return Poisoned(
            f"what server {tool.name.server!r} says of this tool looks like orders to a model",
            facts=facts,
        )
    return ToolDenied(_WORDS[verdict.why].format(tool.name.server), facts=facts)


_IS: Final[dict[ToolKind, Callable[[ToolHints], bool]]] = {
    # The protocol: what only reads need not say that it destroys nothing.
    ToolKind.DESTRUCTIVE: lambda hints: (
        bool(hints.destructive) or (hints.destructive is None and hints.read_only is not True)
    ),
    ToolKind.OPEN_WORLD: lambda hints: hints.open_world is not False,
    ToolKind.NOT_READ_ONLY: lambda hints: hints.read_only is not True,
}
_WORDS: Final = {
    Why.SERVER: "the policy does not let this key ask server {!r}",
    Why.NAME: "the policy does not let this key use this tool of server {!r}",
    Why.ANNOTATION: "the policy does not let this key use such tools of server {!r}",
}
