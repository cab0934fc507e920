"""A call that waits for a person: what the approver is shown, and what became of it.

The approver sees arguments as the policy lets them leave: with placeholders.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from hashlib import sha256
from typing import Any

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.text import Entity
from guardrail_gw.core.tool import ToolName
from guardrail_gw.mcp.control.pins import UnpinnableError, digest_of


class Decision(StrEnum):
    """What became of it."""

    WAITING = "waiting"
    ALLOWED = "allowed"
    DENIED = "denied"
    EXPIRED = "expired"
    """Nobody decided in time."""
    LEFT = "left"
    """The client did not wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """One call."""

    id: str
    """32 random hex digits: what an approver names it by."""
    request: str
    """Of the exchange, so that its record is found."""
    server: str
    tool: str
    tenant: str
    team: str
    user: str
    key: str
    arguments: Any = field(repr=False)
    found: Mapping[str, int] = field(default_factory=dict)
    """Kind of personal data -> how often it was found in the request."""
    since_us: int
    until_us: int
    """Then it is refused."""
    decision: Decision = Decision.WAITING
    by: str = ""
    """Who decided."""
    at_us: int = 0
    reason: str = field(default="", repr=False)

    @property
    def digest(self) -> str:
        """Hex SHA-256 of what the approver sees of the call itself, for the record."""
        said = {"arguments": self.arguments, "server": self.server, "tool": self.tool}
        try:
            return digest_of(said)
        except UnpinnableError:  # numbers that canonical JSON has no form for
            return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def is_open(self, now_us: int) -> bool:
        """Whether somebody may still decide."""
        return self.decision is Decision.WAITING and now_us < self.until_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A call that is about to wait."""

    request: str
    principal: Principal
    tool: ToolName
    arguments: Mapping[str, Any] = field(repr=False)
    """As they would leave for a server that is not trusted."""
    wants_progress: bool = False
    found: Mapping[Entity, int] = field(default_factory=dict)

    def pending(self, id_: str, now_us: int, wait_s: float) -> Pending:
        """It, as an approver sees it."""
        who = self.principal
        return Pending(
            id=id_,
            request=self.request,
            server=self.tool.server,
            tool=self.tool.name,
            tenant=who.tenant,
            team=who.team,
            user=who.user,
            key=who.key_id,
            arguments=dict(self.arguments),
            found={str(kind): times for kind, times in self.found.items()},
            since_us=now_us,
            until_us=now_us + round(wait_s * 1e6),
        )


def written(pending: Pending) -> bytes:
    """As JSON, to be sealed."""
    return json.dumps(asdict(pending), sort_keys=True).encode()


def read(raw: bytes) -> Pending:
    """What was written.

    Raises:
        ValueError, TypeError, KeyError: it was not written here.
    """
    said = json.loads(raw)
    known = {each.name for each in fields(Pending)}
    return Pending(**{n: v for n, v in said.items() if n in known} | _decided(said))


def _decided(said: Mapping[str, Any]) -> dict[str, Decision]:
    return {"decision": Decision(said["decision"])}
