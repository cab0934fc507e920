"""What a policy says of MCP servers and their tools: who may be asked what, and who reads what.

A list that restricts (`servers`, `allow`, `trust`) is kept once for each document that has one,
since patterns of two documents have no common pattern: a name has to fit one of each.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from guardrail_gw.core.globs import fits
from guardrail_gw.core.tool import ToolName

Lists = frozenset[tuple[str, ...]]
"""Lists of patterns, of each of which one has to fit; no list at all: everything does."""

NOWHERE: Final[Lists] = frozenset({()})
"""A list with nothing in it: nothing fits."""
EVERYWHERE: Final[Lists] = frozenset()


class Results(StrEnum):
    """What a client gets of that which the policy names in what a server says, mildest first."""

    ORIGINALS = "originals"
    """As the server said it; it is counted all the same."""
    TOKENS = "tokens"
    """Placeholders, or what else `pii` says is done."""
    BLOCK = "block"
    """The answer is refused."""


class Changed(StrEnum):
    """What becomes of a tool whose definition nobody approved, mildest first."""

    ALLOW = "allow"
    BLOCK = "block"


class Poisoning(StrEnum):
    """What becomes of a text of a server that looks as if it gave a model orders, mildest first."""

    IGNORE = "ignore"
    FLAG = "flag"
    """It passes, and is on record."""
    BLOCK = "block"


class ToolKind(StrEnum):
    """What a server says of a tool's behaviour; one that says nothing counts as the worst."""

    DESTRUCTIVE = "destructive"
    OPEN_WORLD = "open_world"
    NOT_READ_ONLY = "not_read_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRules:
    """What the policy of one request says of MCP; by itself what one that says nothing means."""

    trust: Lists = NOWHERE
    """Servers that receive originals where others receive placeholders."""
    results: Results = Results.TOKENS
    servers: Lists = EVERYWHERE
    """Servers that may be asked."""
    allow: Lists = EVERYWHERE
    """Tools that may be listed and called: patterns of `server/tool`."""
    deny: frozenset[str] = frozenset()
    """Tools that may not, whatever `allow` says: patterns of `server/tool`."""
    deny_annotated: frozenset[ToolKind] = frozenset()
    require_approval: frozenset[str] = frozenset()
    """Tools whose every call a person approves: patterns of `server/tool`."""
    approve_annotated: frozenset[ToolKind] = frozenset()
    """The same by kind: `require_approval: [destructive]`."""
    changed: Changed = Changed.BLOCK
    poisoning: Poisoning = Poisoning.FLAG
    max_result_bytes: int | None = None
    """Of one answer; None: as the server's configuration says."""

    def trusts(self, server: str) -> bool:
        """Whether a server receives originals."""
        return self.trusts_any and fits_all(self.trust, server)

    @property
    def trusts_any(self) -> bool:
        """Whether there can be a server that receives originals."""
        return all(self.trust)

    def uses(self, server: str) -> bool:
        """Whether a server may be asked at all."""
        return fits_all(self.servers, server)

    def names(self, tool: ToolName) -> bool:
        """Whether a tool is allowed by its name: not what its server says of it."""
        if not self.uses(tool.server):
            return False
        if not self.allow and not self.deny:
            return True
        said = str(tool)
        return fits_all(self.allow, said) and not fits_any(self.deny, said)

    def narrowed(self, other: "ToolRules") -> "ToolRules":
        """What obeys both."""
        if self == other:
            return self
        sizes = [n for n in (self.max_result_bytes, other.max_result_bytes) if n is not None]
        return ToolRules(
            trust=_fewest(self.trust | other.trust),
            results=max(self.results, other.results, key=_RESULTS.index),
            servers=_fewest(self.servers | other.servers),
            allow=_fewest(self.allow | other.allow),
            deny=self.deny | other.deny,
            deny_annotated=self.deny_annotated | other.deny_annotated,
            require_approval=self.require_approval | other.require_approval,
            approve_annotated=self.approve_annotated | other.approve_annotated,
            changed=max(self.changed, other.changed, key=_CHANGED.index),
            poisoning=max(self.poisoning, other.poisoning, key=_POISONING.index),
            max_result_bytes=min(sizes, default=None),
        )


USUAL: Final = ToolRules()
"""What a document without `when` means that says nothing of tools."""
SILENT_ON_TOOLS: Final = ToolRules(
    trust=EVERYWHERE,
    results=Results.ORIGINALS,
    changed=Changed.ALLOW,
    poisoning=Poisoning.IGNORE,
)
"""What a document with `when` means that says nothing of tools: it changes nothing."""
_RESULTS = tuple(Results)
_CHANGED = tuple(Changed)
_POISONING = tuple(Poisoning)


def _fewest(lists: Lists) -> Lists:
    """The same without a list that holds all patterns of another: whoever fits that fits it."""
    return frozenset(one for one in lists if not any(set(other) < set(one) for other in lists))


def fits_all(lists: Lists, name: str) -> bool:
    """Whether a name fits one pattern of each list."""
    return not lists or all(fits_any(patterns, name) for patterns in lists)


def fits_any(patterns: Iterable[str], name: str) -> bool:
    """Whether a name fits one of the patterns."""
    return any(fits(pattern, name) for pattern in patterns)
