"""What a server wants back with the next request of a call: sealed on its way through a client.

A server that many people reach by one credential cannot bind it to one of them, so it is bound
here: to the caller, the endpoint, the method and what was asked, and for a while only.

Source: Model Context Protocol 2026-07-28, basic/patterns/mrtr ("requestState").
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from guardrail_gw.core.ports import Clock
from guardrail_gw.mcp.ports import Peer

TTL_S: Final = 3600
_LABEL: Final = b"guardrail-gw mcp requestState v1"
_BEGINS: Final = "gs1."
_NONCE: Final = 12
_TIME: Final = 8
_NOT_BOUND: Final = frozenset({"inputResponses", "requestState", "_meta"})


class States:
    """Seals and opens them."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        """`key` is a secret of this gateway and of those that take over from it."""
        self._aead = AESGCM(hmac.digest(key, _LABEL, hashlib.sha256))
        self._clock = clock

    def seal(self, state: str, bound: bytes) -> str:
        """What the client gets to bring back."""
        until = self._clock.now_us() // 1_000_000 + TTL_S
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._aead.encrypt(nonce, until.to_bytes(_TIME) + state.encode(), bound)
        return _BEGINS + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, bound: bytes) -> str | None:
        """What the server gets; None: it is not of this call, not from here, or too old."""
        if not sealed.startswith(_BEGINS):
            return None
        try:
            raw = base64.b64decode(sealed.removeprefix(_BEGINS), altchars=b"-_", validate=True)
            plain = self._aead.decrypt(raw[:_NONCE], raw[_NONCE:], bound)
        except (binascii.Error, ValueError, InvalidTag):
            return None
        is_old = int.from_bytes(plain[:_TIME]) < self._clock.now_us() // 1_000_000
        return None if is_old else plain[_TIME:].decode()


def bound(peer: Peer, endpoint: str, method: str, params: Mapping[str, Any]) -> bytes:
    """What a state belongs to: who asks whom for what."""
    who = peer.principal
    asked = {name: value for name, value in params.items() if name not in _NOT_BOUND}
    said = [who.tenant, who.team, who.user, who.key_id, endpoint, method, asked]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()
