"""What is written into a state store: nobody can tell from it whose it is, or read it.

A name is an HMAC over who it belongs to and what it is called; a value is encrypted with
AES-256-GCM (NIST SP 800-38D) under a key of its own, bound to its name, and padded so that its
length tells little. All keys are derived from the redaction key (HKDF, RFC 5869), so that every
replica that issues the same placeholders reads the same state.
"""

import hmac
import json
import secrets
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from guardrail_gw.core.identity import Principal

_VERSION: Final = b"\x01"
_SALT: Final = 32
_NONCE: Final = bytes(12)
"""Each value has a key of its own, so one nonce is enough."""
_LENGTH: Final = 4
_SMALLEST: Final = 1024


@dataclass(frozen=True, slots=True)
class StateKey:
    """Derives names and keys; `secret` is the gateway's redaction key."""

    secret: bytes = field(repr=False)

    def name(self, principal: Principal, kind: str, id_: str) -> str:
        """What one thing of one principal is called in a store: 64 hexadecimal digits."""
        who = (principal.tenant, principal.team, principal.user, principal.key_id)
        written = json.dumps([*who, kind, id_]).encode()
        return hmac.digest(self._derived(b"name", b""), written, "sha256").hex()

    def counter(self, words: str) -> str:
        """What the counter that these words describe is called in a store."""
        return hmac.digest(self._derived(b"counter", b""), words.encode(), "sha256").hex()[:32]

    def share(self, principal: Principal) -> str:
        """What all that is one key's counts as."""
        return self._whose("key", principal.tenant, principal.key_id)

    def tenant(self, principal: Principal) -> str:
        """What all that is one tenant's counts as."""
        return self._whose("tenant", principal.tenant)

    def _whose(self, *parts: str) -> str:
        written = json.dumps(parts).encode()
        return hmac.digest(self._derived(b"share", b""), written, "sha256").hex()

    def seal(self, name: str, plain: bytes) -> bytes:
        """Encrypt a value for the place with this name."""
        salt = secrets.token_bytes(_SALT)
        key = AESGCM(self._derived(b"value", salt))
        return _VERSION + salt + key.encrypt(_NONCE, _padded(plain), name.encode())

    def open(self, name: str, sealed: bytes) -> bytes | None:
        """Decrypt the value at this name; None when it was not sealed for it with this key."""
        if sealed[:1] != _VERSION:
            return None
        salt, rest = sealed[1 : 1 + _SALT], sealed[1 + _SALT :]
        try:
            padded = AESGCM(self._derived(b"value", salt)).decrypt(_NONCE, rest, name.encode())
        except (InvalidTag, ValueError):
            return None
        return padded[_LENGTH : _LENGTH + int.from_bytes(padded[:_LENGTH])]

    def _derived(self, purpose: bytes, salt: bytes) -> bytes:
        info = b"guardrail-gw state v1 " + purpose
        return HKDF(hashes.SHA256(), length=32, salt=salt, info=info).derive(self.secret)


def _padded(plain: bytes) -> bytes:
    """Length, value and zeros, up to a power of two."""
    size = max(_SMALLEST, 1 << (len(plain) + _LENGTH - 1).bit_length())
    return (len(plain).to_bytes(_LENGTH) + plain).ljust(size, b"\0")
