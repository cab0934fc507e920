"""Ed25519 keys with a name, as signed notes know them.

Source: C2SP signed-note, "Verifier keys" and "Ed25519 signatures": the key id is the first four
bytes of SHA-256 over name, newline, 0x01 and the public key; a vkey is `name+id+base64(0x01 key)`.
C2SP tlog-cosignature: the same with 0x04 for the key of somebody who cosigns others' checkpoints.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from guardrail_gw.errors import ConfigError

ED25519 = b"\x01"
"""Signs notes of its own."""
COSIGNS = b"\x04"
"""Cosigns checkpoints, with the time (Ed25519, cosignature/v1)."""
_PUBLIC_BYTES = 32
_NAME = re.compile(r"[!-*,-~]{1,200}")  # printable ASCII without space and plus


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """A named public key that checks signatures."""

    name: str
    public: bytes
    """32 bytes."""
    kind: bytes = ED25519

    @property
    def key_id(self) -> bytes:
        """Four bytes that pick this key among others of the same name; not a security measure."""
        return sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    def named(self, name: str) -> "Verifier":
        """The same key under another name."""
        return Verifier(name=name, public=self.public, kind=self.kind)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether the signature over the message is of this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def vkey(self) -> str:
        """The key as one line of text."""
        encoded = base64.b64encode(self.kind + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


def valid_name(name: str) -> bool:
    """Whether a note's key may have this name."""
    return _NAME.fullmatch(name) is not None


def parse_vkey(text: str, kind: bytes = ED25519) -> Verifier:
    """Read one line.

    Args:
        text: the line.
        kind: `ED25519`, or `COSIGNS` for the key of a cosigner.

    Raises:
        ConfigError: not a vkey of an Ed25519 key of that kind.
    """
    name, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise ConfigError("not a verifier key: the last part is not base64") from None
    if not valid_name(name) or len(key) != len(kind) + _PUBLIC_BYTES or key[:1] != kind:
        what = "cosigning" if kind == COSIGNS else "Ed25519"
        raise ConfigError(f"not a verifier key of the form name+id+key for {what}")
    verifier = Verifier(name=name, public=key[1:], kind=kind)
    if verifier.key_id.hex() != key_id:
        raise ConfigError("the verifier key's id does not belong to its name and key")
    return verifier
