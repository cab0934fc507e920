"""The index's own keys: words are sealed, and looked up by a keyed hash (a blind index).

One random key per index, sealed by HPKE (RFC 9180) to the auditors' keys that it was made with, so
the file is worth no more to a thief than the log itself.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.private import RecipientKey, x25519_of

TOKEN_BYTES = 16
_KEY_BYTES = 32
_NONCE_BYTES = 12
_INFO = b"guardrail-gw/review-index/v1/"
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class Secrets:
    """The keys of one index."""

    _tokens: bytes = field(repr=False)
    _texts: AESGCM = field(repr=False)

    def token(self, field_name: str, value: str) -> bytes:
        """What stands for a value in a look-up: 16 bytes of HMAC-SHA256, another in every field."""
        message = f"{field_name}\x1f{value}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._tokens, message, sha256)[:TOKEN_BYTES]

    def sealed(self, token: bytes, value: str) -> bytes:
        """A value, encrypted; bound to its token."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        text = value.encode("utf-8", "surrogatepass")
        return nonce + self._texts.encrypt(nonce, text, token)

    def opened(self, token: bytes, sealed: bytes) -> str:
        """Undo `sealed`.

        Raises:
            ConfigError: the index was altered.
        """
        try:
            text = self._texts.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], token)
        except (InvalidTag, ValueError):
            raise ConfigError("the index was altered; remove it, and it is made anew") from None
        return text.decode("utf-8", "surrogatepass")


def new_secrets(keys: Sequence[RecipientKey]) -> tuple[Secrets, list[bytes]]:
    """Make an index's keys.

    Returns:
        The keys, and what to store: the one they come from, sealed to each of `keys`.
    """
    master = secrets.token_bytes(_KEY_BYTES)
    stored = [_SUITE.encrypt(master, x25519_of(key).public_key(), info=_INFO) for key in keys]
    return _derived(master), stored


def open_secrets(stored: Sequence[bytes], keys: Sequence[RecipientKey]) -> Secrets:
    """Open an index's keys with one of those it was made with.

    Raises:
        ConfigError: none of `keys` opens it.
    """
    for sealed in stored:
        for key in keys:
            try:
                return _derived(_SUITE.decrypt(sealed, x25519_of(key), info=_INFO))
            except (InvalidTag, ValueError):
                continue
    raise ConfigError("this index was made with another key; name another place with --index")


def _derived(master: bytes) -> Secrets:
    tokens = hmac.digest(master, _INFO + b"tokens", sha256)
    return Secrets(tokens, AESGCM(hmac.digest(master, _INFO + b"texts", sha256)))
