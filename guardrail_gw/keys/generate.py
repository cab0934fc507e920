"""`keys init`: make every key of a gateway, once.

DIR/gateway/       origin.key, redaction.key       for the gateway alone
DIR/audit-public/  origin.vkey, auditor.pub, ...   for everyone
DIR/auditors/      auditor.key, escrow.key         to be moved away; the gateway never reads them
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.audit_keys import (
    MIN_RECIPIENTS,
    ORIGIN_KEY,
    ORIGIN_VKEY,
    RECIPIENT_SUFFIX,
    valid_recipient,
)
from guardrail_gw.keys.secret_files import write_new
from guardrail_gw.keys.vkey import Verifier, valid_name

REDACTION_KEY = "redaction.key"
REDACTION_KEY_BYTES = 32
DEFAULT_RECIPIENTS = ("auditor", "escrow")
_MAX_NAME = 150
_SECRET = 0o600
_PUBLIC = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFolders:
    """Where `init` put what."""

    gateway: Path
    public: Path
    auditors: Path
    origin: str
    """The origin key's name."""


def init(
    directory: Path, *, name: str | None = None, recipients: Sequence[str] = DEFAULT_RECIPIENTS
) -> KeyFolders:
    """Make all keys in a new or empty folder.

    Args:
        directory: created if missing; must hold no keys yet.
        name: of the origin key, seen by every verifier and witness; None makes an opaque one.
        recipients: who can open the records; at least two.

    Raises:
        ConfigError: the names are not usable, or a folder exists already; nothing is overwritten.
    """
    origin = name if name is not None else f"guardrail-gw/{secrets.token_hex(4)}"
    _check(origin, recipients)
    folders = KeyFolders(
        gateway=directory / "gateway",
        public=directory / "audit-public",
        auditors=directory / "auditors",
        origin=origin,
    )
    _make(folders)
    _origin(folders)
    write_new(
        folders.gateway / REDACTION_KEY, secrets.token_bytes(REDACTION_KEY_BYTES), mode=_SECRET
    )
    for recipient in recipients:
        _recipient(folders, recipient)
    return folders


def _check(origin: str, recipients: Sequence[str]) -> None:
    if not valid_name(origin) or len(origin) > _MAX_NAME:
        raise ConfigError("the origin's name has printable ASCII without spaces and plus signs")
    if len(set(recipients)) != len(recipients) or len(recipients) < MIN_RECIPIENTS:
        raise ConfigError("at least two different recipients are needed, one may be an escrow")
    for recipient in recipients:
        if not valid_recipient(recipient):
            raise ConfigError(f"{recipient!r}: use lower-case letters, digits and hyphens")


def _make(folders: KeyFolders) -> None:
    made = (folders.gateway, folders.auditors, folders.public)
    for folder in made:
        if folder.exists():
            raise ConfigError(f"{folder} exists; keys are never overwritten, choose another folder")
    try:
        for folder in made:
            folder.mkdir(parents=True)
            folder.chmod(0o755 if folder is folders.public else 0o700)
    except OSError as error:
        raise ConfigError(f"{folders.gateway.parent}: {error.strerror}") from None


def _origin(folders: KeyFolders) -> None:
    key = Ed25519PrivateKey.generate()
    verifier = Verifier(name=folders.origin, public=key.public_key().public_bytes_raw())
    write_new(folders.gateway / ORIGIN_KEY, _pem(key), mode=_SECRET)
    write_new(folders.public / ORIGIN_VKEY, f"{verifier.vkey()}\n".encode(), mode=_PUBLIC)


def _recipient(folders: KeyFolders, name: str) -> None:
    key = X25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    write_new(folders.auditors / f"{name}.key", _pem(key), mode=_SECRET)
    write_new(folders.public / f"{name}{RECIPIENT_SUFFIX}", public, mode=_PUBLIC)


def _pem(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
