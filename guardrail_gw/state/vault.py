"""What placeholders stand for that a client was given in what MCP servers said.

The client knows such a value by its placeholder alone. Where it says one to a server that the
policy trusts, that server gets the value. Each placeholder is an entry of its own, for the
principal that it was given to and for a time: for any other it has another name, so that there is
nothing to find (docs/adr/0045).
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.kept import Issue
from guardrail_gw.core.ports import Clock, StateStore
from guardrail_gw.core.text import Entity
from guardrail_gw.errors import StateTooLarge
from guardrail_gw.state.conversations import Conversations
from guardrail_gw.state.seal import StateKey
from guardrail_gw.state.shares import Bounds

MOST_KEPT: Final = 1_000
"""Values of one answer; more than a person reads."""
_KIND: Final = "tool_result"
_URIS: Final = "tool_uri"
"""Of what stands for values in URIs, which their own server alone gets back."""
_FRESH: Final = 20_000
"""Names of entries that are known to be there."""


@dataclass(slots=True, kw_only=True)
class Vault:
    """Keeps them, sealed."""

    store: StateStore
    key: StateKey
    ttl_s: float
    bounds: Bounds
    clock: Clock
    _fresh: OrderedDict[str, float] = field(default_factory=OrderedDict)
    """Name of an entry -> until when it need not be written again."""

    async def spoken(
        self, principal: Principal, tokens: Iterable[str], server: str = ""
    ) -> Mapping[str, Issue]:
        """What those of these placeholders stand for that this principal was given.

        Args:
            principal: who says them.
            tokens: what it says.
            server: of those alone that this one said in URIs; empty: of all that were given.

        Raises:
            StateDown: the store does not answer.
        """
        found: dict[str, Issue] = {}
        for token in tokens:
            name = self._name(principal, token, server)
            sealed = await self.store.get(name)
            plain = None if sealed is None else self.key.open(name, sealed)
            if plain is not None:
                entity, value = json.loads(plain)
                found[token] = Issue(entity=Entity(entity), value=value)
        return found

    async def keep(
        self, principal: Principal, issued: Mapping[str, Issue], server: str = ""
    ) -> None:
        """Remember what a principal is about to be given.

        Args:
            principal: who is.
            issued: what.
            server: in whose URIs it stands; empty: anywhere.

        Raises:
            StateTooLarge: it is too much.
            StateDown, StateFull: the store does not take it; the client does not get the answer.
        """
        if len(issued) > MOST_KEPT:
            raise StateTooLarge(
                f"more than {MOST_KEPT} values of one answer would have to be remembered; "
                "ask for less"
            )
        now_s = self.clock.monotonic_s()
        shares = self.bounds.shares(self.key, principal)
        for token, issue in issued.items():
            name = self._name(principal, token, server)
            if self._fresh.get(name, 0.0) > now_s:
                continue
            sealed = self.key.seal(name, json.dumps([issue.entity, issue.value]).encode())
            await self.store.put(name, sealed, ttl_s=self.ttl_s, shares=shares)
            self._note(name, now_s + self.ttl_s / 2)

    def _name(self, principal: Principal, token: str, server: str) -> str:
        if server:
            return self.key.name(principal, _URIS, f"{server} {token}")
        return self.key.name(principal, _KIND, token)

    def _note(self, name: str, until_s: float) -> None:
        self._fresh[name] = until_s
        self._fresh.move_to_end(name)
        while len(self._fresh) > _FRESH:
            self._fresh.popitem(last=False)


def vault_of(conversations: Conversations, clock: Clock) -> Vault:
    """One in the store of conversations: by the same key, for the same time, in the same shares."""
    return Vault(
        store=conversations.store,
        key=conversations.key,
        ttl_s=conversations.ttl_s,
        bounds=conversations.bounds,
        clock=clock,
    )
