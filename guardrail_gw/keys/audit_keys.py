"""The keys of the audit log, loaded: what the gateway, a verifier and an auditor each need.

gateway    origin.key (secret) + the recipients' public keys     AuditKeys
verifier   audit-public/ only                                    PublicMaterial
auditor    one or more private keys of recipients                load_recipient
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.secret_files import read_public, read_secret
from guardrail_gw.keys.vkey import Verifier, parse_vkey

ORIGIN_KEY = "origin.key"
ORIGIN_VKEY = "origin.vkey"
RECIPIENT_SUFFIX = ".pub"
MIN_RECIPIENTS = 2
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Someone who may open what the gateway seals."""

    name: str
    public: bytes
    """X25519, 32 bytes."""

    @property
    def key(self) -> X25519PublicKey:
        """The key, ready to seal to."""
        return X25519PublicKey.from_public_bytes(self.public)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditKeys:
    """What the gateway needs to write a log."""

    name: str
    """Of the origin key; every log of this gateway has an origin that begins with it."""
    signer: Ed25519PrivateKey = field(repr=False)
    recipients: tuple[Recipient, ...]
    """At least two, sorted by name."""

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(name=self.name, public=self.signer.public_key().public_bytes_raw())


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicMaterial:
    """What anyone needs to verify a log."""

    origin: Verifier
    recipients: tuple[Recipient, ...]


def load_audit_keys(gateway: Path, public: Path) -> AuditKeys:
    """Load the gateway's side.

    Args:
        gateway: the folder with `origin.key`.
        public: the `audit-public` folder.

    Raises:
        ConfigError: a file is missing, unreadable, open to others, of another kind, or does not
            belong to the public key beside it; or there are fewer than two recipients.
    """
    material = load_public(public)
    key = _private(read_secret(gateway / ORIGIN_KEY), gateway / ORIGIN_KEY)
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"{gateway / ORIGIN_KEY}: not an Ed25519 key")
    if key.public_key().public_bytes_raw() != material.origin.public:
        raise ConfigError(f"{gateway / ORIGIN_KEY} does not belong to {public / ORIGIN_VKEY}")
    if len(material.recipients) < MIN_RECIPIENTS:
        raise ConfigError(f"{public}: at least two recipients are needed, one may be an escrow")
    return AuditKeys(name=material.origin.name, signer=key, recipients=material.recipients)


def load_public(public: Path) -> PublicMaterial:
    """Load the `audit-public` folder.

    Raises:
        ConfigError: a file is missing, unreadable or of another kind.
    """
    origin = parse_vkey(_text(read_public(public / ORIGIN_VKEY), public / ORIGIN_VKEY))
    found = sorted(public.glob(f"*{RECIPIENT_SUFFIX}"))
    recipients = tuple(_recipient(path) for path in found)
    if len({r.public for r in recipients}) != len(recipients):
        raise ConfigError(f"{public}: two recipients have the same key")
    return PublicMaterial(origin=origin, recipients=recipients)


def load_recipient(path: Path) -> X25519PrivateKey:
    """Load an auditor's private key.

    Raises:
        ConfigError: unreadable, open to others, or not an X25519 key.
    """
    key = _private(read_secret(path), path)
    if not isinstance(key, X25519PrivateKey):
        raise ConfigError(f"{path}: not an X25519 key")
    return key


def valid_recipient(name: str) -> bool:
    """Whether a recipient may have this name: lower-case letters, digits and hyphens."""
    return _NAME.fullmatch(name) is not None


def _recipient(path: Path) -> Recipient:
    name = path.name.removesuffix(RECIPIENT_SUFFIX)
    if not valid_recipient(name):
        raise ConfigError(f"{path}: a recipient's name has lower-case letters, digits and hyphens")
    try:
        key = load_pem_public_key(read_public(path))
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigError(f"{path}: not a public key in PEM form") from None
    if not isinstance(key, X25519PublicKey):
        raise ConfigError(f"{path}: not an X25519 key")
    return Recipient(name=name, public=key.public_bytes_raw())


def _private(pem: bytes, path: Path) -> object:
    try:
        return load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError(f"{path}: not an unencrypted private key in PEM form") from None


def _text(data: bytes, path: Path) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not a verifier key") from None
