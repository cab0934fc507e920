"""Private keys in files: made, written once, opened again.

A recipient's file holds an X25519 key, or for suite 2 that and an ML-KEM-768 key behind it, each
a PEM block of PKCS #8. A governor's file holds an Ed25519 key.
"""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.passphrase import Passphrases, passphrases
from guardrail_gw.keys.protected import COST, pem, protected
from guardrail_gw.keys.secret_files import read_secret

_BLOCK = re.compile(rb"-----BEGIN ([A-Z ]+)-----\n.+?\n-----END \1-----\n", re.DOTALL)
_ENCRYPTED = b"-----BEGIN ENCRYPTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridKey:
    """A recipient's two keys under suite 2: both have to be broken to open what is sealed."""

    x25519: X25519PrivateKey = field(repr=False)
    mlkem: MLKEM768PrivateKey = field(repr=False)

    @property
    def opener(self) -> MLKEM768X25519PrivateKey:
        """Ready to open."""
        return MLKEM768X25519PrivateKey(self.mlkem, self.x25519)

    @classmethod
    def generate(cls) -> "HybridKey":
        """Two fresh keys."""
        return cls(x25519=X25519PrivateKey.generate(), mlkem=MLKEM768PrivateKey.generate())


RecipientKey = X25519PrivateKey | HybridKey
Part = X25519PrivateKey | MLKEM768PrivateKey | Ed25519PrivateKey


def fingerprint(x25519: bytes, mlkem: bytes | None) -> str:
    """How a sealed key names whom it is sealed to: the X25519 key, or a hash over both keys."""
    return x25519.hex() if mlkem is None else sha256(mlkem + x25519).hexdigest()


def x25519_of(key: RecipientKey) -> X25519PrivateKey:
    """The key that every recipient has."""
    return key.x25519 if isinstance(key, HybridKey) else key


def names_of(key: RecipientKey) -> tuple[str, ...]:
    """Under which fingerprints a private key's public half may be named."""
    if isinstance(key, X25519PrivateKey):
        return (key.public_key().public_bytes_raw().hex(),)
    x25519 = key.x25519.public_key().public_bytes_raw()
    mlkem = key.mlkem.public_key().public_bytes_raw()
    return (x25519.hex(), fingerprint(x25519, mlkem))


def written(
    key: RecipientKey | Ed25519PrivateKey, passphrase: bytes | None, *, cost: int = COST
) -> bytes:
    """A key as its file holds it; None leaves it unprotected."""
    parts: tuple[Part, ...] = (key.x25519, key.mlkem) if isinstance(key, HybridKey) else (key,)
    return b"".join(_block(part, passphrase, cost) for part in parts)


def load_recipient(path: Path, asked: Passphrases | None = None) -> RecipientKey:
    """Load an auditor's private key.

    Args:
        path: its file.
        asked: passphrases; those of the context if left out.

    Raises:
        ConfigError: unreadable, open to others, no passphrase opens it, or another kind of key.
    """
    match _parts(path, asked):
        case (X25519PrivateKey() as key,):
            return key
        case (X25519PrivateKey() as x25519, MLKEM768PrivateKey() as mlkem):
            return HybridKey(x25519=x25519, mlkem=mlkem)
        case _:
            raise ConfigError(f"{path}: not an X25519 key")


def load_signer(path: Path, asked: Passphrases | None = None) -> Ed25519PrivateKey:
    """Load a key that signs: a governor's, or a gateway's.

    Raises:
        ConfigError: as `load_recipient`.
    """
    match _parts(path, asked):
        case (Ed25519PrivateKey() as key,):
            return key
        case _:
            raise ConfigError(f"{path}: not an Ed25519 key")


def _parts(path: Path, asked: Passphrases | None) -> tuple[object, ...]:
    blocks = [found.group() for found in _BLOCK.finditer(read_secret(path))]
    if not blocks:
        raise ConfigError(f"{path}: not a private key in PEM form")
    if not any(block.startswith(_ENCRYPTED) for block in blocks):
        return tuple(_opened(block, path) for block in blocks)
    return _unlocked(blocks, path, passphrases() if asked is None else asked)


def _unlocked(blocks: list[bytes], path: Path, asked: Passphrases) -> tuple[object, ...]:
    if not asked.any:
        raise ConfigError(
            f"{path} is protected by a passphrase, and there is no terminal to ask at; give"
            " --passphrase-file or --passphrase-fd before the command"
        )
    for passphrase in asked.for_opening(path.name):
        try:
            return tuple(load_pem_private_key(block, passphrase) for block in blocks)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
    raise ConfigError(f"{path}: no passphrase opens it")


def _opened(block: bytes, path: Path) -> object:
    try:
        return load_pem_private_key(block, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError(f"{path}: not a private key in PEM form") from None


def _block(key: Part, passphrase: bytes | None, cost: int) -> bytes:
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return pem("PRIVATE KEY", der) if passphrase is None else protected(der, passphrase, cost=cost)
