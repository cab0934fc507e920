"""What policies say of one tool of an MCP server, and which of their lines decides it.

Whether its definition is approved, and what is in it, nobody knows here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from guardrail_gw.core.tool import ToolName
from guardrail_gw.policy.compile import Compiled
from guardrail_gw.policy.explanation import Decided, Voice
from guardrail_gw.policy.policy import Policy
from guardrail_gw.policy.tools import ToolKind, ToolRules, fits_all, fits_any

ALLOW: Final = "allow"
DENY: Final = "deny"
APPROVE: Final = "approve"
"""A person approves every call."""
_FORBID: Final = ("servers", "allow", "deny", "deny_annotated")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolAsked:
    """A tool that is called."""

    name: ToolName
    kinds: frozenset[ToolKind] = frozenset(ToolKind)
    """What its server says of it; one that says nothing is all of it."""


def decided_tools(
    policy: Policy, matching: tuple[Compiled, ...], asked: ToolAsked
) -> tuple[Decided, ...]:
    """Whether it may be called, who receives what, and what the client gets of the answer."""
    return (
        _called(matching, asked),
        _received(policy, matching, asked),
        _shown(policy, matching),
    )


def _called(matching: tuple[Compiled, ...], asked: ToolAsked) -> Decided:
    for line in _FORBID:
        for document in matching:
            if _refuses(document.policy.tools, line, asked):
                because = f"{line} does not let {asked.name} be used"
                return _decided("tool", DENY, document, line, because)
    for document in matching:
        if _asks(document.policy.tools, asked):
            because = "a person approves every call"
            return _decided("tool", APPROVE, document, "require_approval", because)
    spoken = [(d, line) for d in matching for line in _FORBID if line in d.tool_lines]
    first, line = spoken[0] if spoken else (matching[0], "")
    rule = f"{first.id}/tools.{line}" if line else f"{first.id}/tools"
    return Decided(
        subject="tool",
        said=ALLOW,
        rule=rule,
        because="no policy says no",
        others=tuple(
            Voice(rule=f"{d.id}/tools.{each}", said=ALLOW, because="allows it as well")
            for d, each in spoken[1:]
        ),
    )


def _refuses(rules: ToolRules, line: str, asked: ToolAsked) -> bool:
    said = str(asked.name)
    tests: dict[str, Callable[[], bool]] = {
        "servers": lambda: not rules.uses(asked.name.server),
        "allow": lambda: not fits_all(rules.allow, said),
        "deny": lambda: fits_any(rules.deny, said),
        "deny_annotated": lambda: bool(rules.deny_annotated & asked.kinds),
    }
    return tests[line]()


def _asks(rules: ToolRules, asked: ToolAsked) -> bool:
    by_name = fits_any(rules.require_approval, str(asked.name))
    return by_name or bool(rules.approve_annotated & asked.kinds)


def _received(policy: Policy, matching: tuple[Compiled, ...], asked: ToolAsked) -> Decided:
    server = asked.name.server
    if not policy.tools.trusts(server):
        document = next(d for d in matching if not d.policy.tools.trusts(server))
        because = "the policy does not trust the server"
        return _decided("received", "tokens", document, "trust", because)
    speaking = [d for d in matching if "trust" in d.tool_lines]
    return Decided(
        subject="received",
        said="originals",
        rule=f"{speaking[0].id}/tools.trust",
        because="every policy trusts the server",
        others=tuple(
            Voice(rule=f"{d.id}/tools.trust", said="originals", because="trusts it as well")
            for d in speaking[1:]
        ),
    )


def _shown(policy: Policy, matching: tuple[Compiled, ...]) -> Decided:
    held = policy.tools.results
    speaking = [d for d in matching if d.condition is None or "results" in d.tool_lines]
    deciding = [d for d in speaking if d.policy.tools.results is held]
    return Decided(
        subject="results",
        said=held.value,
        rule=f"{deciding[0].id}/tools.results",
        because="the strictest that a matching policy asks for",
        others=tuple(
            Voice(
                rule=f"{d.id}/tools.results",
                said=d.policy.tools.results.value,
                because=f"{held.value} is stricter",
            )
            for d in speaking
            if d.policy.tools.results is not held
        ),
    )


def _decided(subject: str, said: str, document: Compiled, line: str, because: str) -> Decided:
    return Decided(subject=subject, said=said, rule=f"{document.id}/tools.{line}", because=because)


def tool_rules_of(document: Compiled) -> Iterator[str]:
    """The lines about tools that a case can show to decide something."""
    shown = (*_FORBID, "require_approval", "trust", "results")
    yield from (f"{document.id}/tools.{line}" for line in shown if line in document.tool_lines)
