"""Who a token's claims stand for, by the configuration; pure."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.identity import Principal
from guardrail_gw.mcp.front.tokens import TokenError

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_SHORT: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What names somebody."""

    path: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What it says -> the name here; nothing at all: as it says."""
    fixed: str | None = None

    def of(self, claims: Mapping[str, Any]) -> str | None:
        """The name; None: it says none."""
        if self.fixed is not None:
            return self.fixed
        said: object = claims
        for step in self.path:
            said = said.get(step) if isinstance(said, Mapping) else None
        found = said if isinstance(said, list) else [said]
        texts = [each for each in found if isinstance(each, str)]
        if self.values:
            named = {self.values[each] for each in texts if each in self.values}
            return named.pop() if len(named) == 1 else None
        return texts[0] if len(texts) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """Makes principals of claims."""

    tenant: Claim
    team: Claim
    user: Claim

    def principal(self, claims: Mapping[str, Any]) -> Principal:
        """Who they stand for.

        Raises:
            TokenError: nobody that is known here.
        """
        tenant, team, user = (each.of(claims) for each in (self.tenant, self.team, self.user))
        if tenant is None or team is None or user is None:
            raise TokenError("of nobody who is known here: its claims name nobody")
        if not (_NAME.fullmatch(tenant) and _NAME.fullmatch(team)):
            raise TokenError("of nobody who is known here: the tenant or team is no name")
        whose = [claims.get(name) for name in ("iss", "sub", "client_id", "azp")]
        return Principal(
            tenant=tenant,
            team=team,
            user=user if _NAME.fullmatch(user) else _short(user),
            key_id=f"oauth-{_short(json.dumps(whose))}",
        )


def _short(text: str) -> str:
    """The same for the same text, and not the text."""
    return hashlib.sha256(text.encode()).hexdigest()[:_SHORT]
