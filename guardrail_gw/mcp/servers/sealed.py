"""`requestState`: what a server wants to be told again, bound to whom it was said and why.

All clients share one credential with a server, so it cannot tell whose state it is. What it gives
is encrypted and bound to the principal, the server, what was asked with which arguments, and a
time; who brings it from elsewhere is told that it is no state.

Source: Model Context Protocol 2026-07-28, basic/patterns/mrtr ("Security considerations").
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import orjson

from guardrail_gw.core.ports import Clock
from guardrail_gw.mcp.ports import Ask
from guardrail_gw.state.seal import StateKey

_LIFE_S: Final = 3600
_ROUND: Final = ("inputResponses", "requestState", "_meta")
_KIND: Final = "mcp-request-state"


class Seal:
    """Of one gateway; every replica with the same key opens what another one sealed."""

    def __init__(self, key: StateKey, clock: Clock, mark: str = "") -> None:
        """`mark` is put behind what this process alone can go on with."""
        self._key = key
        self._clock = clock
        self._mark = mark

    def seal(self, server: str, ask: Ask, state: Mapping[str, Any], *, here: bool = False) -> str:
        """What the client is given: opaque, and of no use to anybody else.

        Args:
            server: whose state it is.
            ask: the request that it is given for.
            state: what is sealed.
            here: whether it names something that this process keeps.
        """
        until = self._clock.now_us() // 1_000_000 + _LIFE_S
        plain = orjson.dumps({"until": until, "state": state})
        sealed = self._key.seal(self._name(server, ask), plain)
        return base64.urlsafe_b64encode(sealed).decode() + (self._mark if here else "")

    def open(self, server: str, ask: Ask, given: object) -> Mapping[str, Any] | None:
        """What was sealed; None: it is none of this request, of this principal, or too old."""
        if not isinstance(given, str):
            return None
        try:
            text, _, _ = given.partition(".")  # a mark, which no base64 has
            sealed = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        plain = self._key.open(self._name(server, ask), sealed)
        held = None if plain is None else orjson.loads(plain)
        if held is None or held["until"] < self._clock.now_us() // 1_000_000:
            return None
        state: Mapping[str, Any] = held["state"]
        return state

    def _name(self, server: str, ask: Ask) -> str:
        asked = {key: value for key, value in ask.params.items() if key not in _ROUND}
        bound = json.dumps([server, ask.method, asked], sort_keys=True)
        digest = hashlib.sha256(bound.encode()).hexdigest()
        return self._key.name(ask.peer.principal, _KIND, digest)
