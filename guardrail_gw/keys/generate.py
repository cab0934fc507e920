"""`keys init`: make every key of a gateway, once.

DIR/gateway/       origin.key, register.key, ... for the gateway alone
DIR/audit-public/  origin.vkey, recipients-1.note, ...  for everyone
DIR/auditors/      auditor.key, escrow.key     to be moved away, each to its owner
DIR/governors/     governor-one.key, ...       ditto; two sign who the recipients are
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.audit_keys import (
    ORIGIN_KEY,
    ORIGIN_VKEY,
    RECIPIENT_SUFFIX,
    load_public,
    public_halves,
)
from guardrail_gw.keys.governance import GOVERNORS, note_path
from guardrail_gw.keys.passphrase import Passphrases
from guardrail_gw.keys.private import HybridKey, RecipientKey, written
from guardrail_gw.keys.recipients import (
    MIN_GOVERNORS,
    MIN_RECIPIENTS,
    Reach,
    Recipient,
    Recipients,
    valid_recipient,
)
from guardrail_gw.keys.secret_files import REDACTION_KEY, REGISTER_KEY, write_new
from guardrail_gw.keys.signed import SignedText
from guardrail_gw.keys.vkey import Verifier, valid_name

SECRET_BYTES = 32
DEFAULT_RECIPIENTS = ("auditor", "escrow")
DEFAULT_GOVERNORS = ("governor-one", "governor-two")
VALID_DAYS = 365
_MAX_NAME = 150
_SECRET = 0o600
_PUBLIC = 0o644
_SPEC_PARTS = 3
_HYBRID = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFolders:
    """Where `init` put what."""

    gateway: Path
    public: Path
    auditors: Path
    governors: Path
    origin: str
    """The origin key's name."""

    @classmethod
    def of(cls, directory: Path, origin: str) -> "KeyFolders":
        """The folders below a directory."""
        return cls(
            gateway=directory / "gateway",
            public=directory / "audit-public",
            auditors=directory / "auditors",
            governors=directory / "governors",
            origin=origin,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony:
    """What is decided when keys are made."""

    recipients: Sequence[str] = DEFAULT_RECIPIENTS
    """`NAME`, `NAME:GROUP` or `NAME:GROUP:LEVEL`."""
    governors: Sequence[str] = DEFAULT_GOVERNORS
    suite: int = 1
    issued: date | None = None
    """The day; today's if left out."""
    valid_days: int = VALID_DAYS
    asked: Passphrases | None = None
    """For new private keys; None leaves them unprotected."""

    def passphrase(self, what: str) -> bytes | None:
        """For a new private key."""
        return None if self.asked is None else self.asked.for_new(what)


def init(
    directory: Path,
    *,
    name: str | None = None,
    recipients: Sequence[str] = DEFAULT_RECIPIENTS,
    ceremony: Ceremony | None = None,
) -> KeyFolders:
    """Make all keys in a new or empty folder.

    Args:
        directory: created if missing; must hold no keys yet.
        name: of the origin key, seen by every verifier and witness; None makes an opaque one.
        recipients: who can open the records; at least two.
        ceremony: decides more; its recipients count then.

    Raises:
        ConfigError: the names are not usable, or a folder exists already; nothing is overwritten.
    """
    decided = ceremony or Ceremony(recipients=recipients)
    origin = name if name is not None else f"guardrail-gw/{secrets.token_hex(4)}"
    folders = KeyFolders.of(directory, origin)
    _check(origin, decided)
    _make(folders.gateway, folders.auditors, folders.public, folders.governors)
    verifier = make_origin(folders.gateway / ORIGIN_KEY, origin)
    write_new(folders.public / ORIGIN_VKEY, f"{verifier.vkey()}\n".encode(), mode=_PUBLIC)
    for file in (REDACTION_KEY, REGISTER_KEY):
        write_new(folders.gateway / file, secrets.token_bytes(SECRET_BYTES), mode=_SECRET)
    made = tuple(_recipient(folders, spec, decided) for spec in decided.recipients)
    _govern(folders, verifier, made, decided)
    return folders


def adopt(directory: Path, ceremony: Ceremony) -> KeyFolders:
    """Give keys of an earlier release governors, and a signed text of their recipients.

    Raises:
        ConfigError: there are no such keys, or they have governors.
    """
    material = load_public(directory / "audit-public")
    folders = KeyFolders.of(directory, material.origin.name)
    if material.versions:
        raise ConfigError(f"{folders.public}: has signed recipients already")
    _make(folders.governors)
    if not (folders.gateway / REGISTER_KEY).exists():
        secret = secrets.token_bytes(SECRET_BYTES)
        write_new(folders.gateway / REGISTER_KEY, secret, mode=_SECRET)
    made = tuple(
        Recipient(name=r.name, public=r.public, mlkem=r.mlkem, group=r.name)
        for r in material.recipients
    )
    _govern(folders, material.origin, made, ceremony)
    return folders


def today() -> date:
    """The day, UTC."""
    return datetime.fromtimestamp(time.time_ns() / 1e9, tz=UTC).date()


def make_origin(out: Path, name: str) -> Verifier:
    """Make a gateway's signing key; it is written to `out`."""
    key = Ed25519PrivateKey.generate()
    write_new(out, written(key, None), mode=_SECRET)
    return Verifier(name=name, public=key.public_key().public_bytes_raw())


def make_recipient(spec: str, out: Path, ceremony: Ceremony) -> Recipient:
    """Make a recipient's keys; the private ones are written to `out`.

    Raises:
        ConfigError: such a recipient cannot be, or the file exists.
    """
    name, group, reach = parsed_spec(spec)
    hybrid = ceremony.suite == _HYBRID
    key: RecipientKey = HybridKey.generate() if hybrid else X25519PrivateKey.generate()
    write_new(out, written(key, ceremony.passphrase(f"recipient {name}")), mode=_SECRET)
    parts = (key.x25519, key.mlkem) if isinstance(key, HybridKey) else (key,)
    public, *rest = (part.public_key().public_bytes_raw() for part in parts)
    mlkem = rest[0] if rest else None
    return Recipient(name=name, public=public, mlkem=mlkem, group=group, reach=reach)


def read_recipient(spec: str, path: Path) -> Recipient:
    """A recipient whose keys its owner has made.

    Raises:
        ConfigError: such a recipient cannot be, or the file holds no such keys.
    """
    name, group, reach = parsed_spec(spec)
    public, mlkem = public_halves(path)
    return Recipient(name=name, public=public, mlkem=mlkem, group=group, reach=reach)


def make_governor(name: str, out: Path, ceremony: Ceremony) -> Ed25519PrivateKey:
    """Make a key that signs who the recipients are; it is written to `out`."""
    key = Ed25519PrivateKey.generate()
    write_new(out, written(key, ceremony.passphrase(f"governor {name}")), mode=_SECRET)
    return key


def parsed_spec(spec: str) -> tuple[str, str, Reach]:
    """Name, group and level of `NAME:GROUP:LEVEL`, of which only the first must be given.

    Raises:
        ConfigError: not of that form.
    """
    name, group, reach, *more = (*spec.split(":"), "", "")[: _SPEC_PARTS + 1]
    usable = valid_recipient(name) and valid_recipient(group or name)
    if not usable or any(more) or spec.count(":") >= _SPEC_PARTS:
        raise ConfigError(f"{spec!r}: write NAME:GROUP:LEVEL, lower-case letters, digits, hyphens")
    try:
        return name, group or name, Reach(reach or Reach.FULL)
    except ValueError:
        levels = ", ".join(Reach)
        raise ConfigError(f"{spec!r}: a level is one of {levels}") from None


def _recipient(folders: KeyFolders, spec: str, ceremony: Ceremony) -> Recipient:
    name, _, _ = parsed_spec(spec)
    made = make_recipient(spec, folders.auditors / f"{name}.key", ceremony)
    write_new(folders.public / f"{name}{RECIPIENT_SUFFIX}", made.pem(), mode=_PUBLIC)
    return made


def _govern(
    folders: KeyFolders, origin: Verifier, made: tuple[Recipient, ...], decided: Ceremony
) -> None:
    """Make the governors, and let the first two sign the first version."""
    keys = {
        name: make_governor(name, folders.governors / f"{name}.key", decided)
        for name in decided.governors
    }
    governors = tuple(
        Verifier(name=name, public=key.public_key().public_bytes_raw())
        for name, key in keys.items()
    )
    issued = decided.issued or today()
    first = Recipients(
        log=origin.name,
        serial=1,
        suite=decided.suite,
        issued=issued,
        expires=issued + timedelta(days=decided.valid_days),
        governors=governors,
        origins=(origin,),
        recipients=made,
    )
    first.check()
    note = SignedText(text=first.text())
    for name, key in keys.items():
        note = note.signed(name, key)
    lines = "".join(f"{governor.vkey()}\n" for governor in governors)
    write_new(folders.gateway / GOVERNORS, lines.encode(), mode=_SECRET)
    write_new(note_path(folders.public, 1), note.written(), mode=_PUBLIC)


def _check(origin: str, decided: Ceremony) -> None:
    if not valid_name(origin) or len(origin) > _MAX_NAME:
        raise ConfigError("the origin's name has printable ASCII without spaces and plus signs")
    specs = [parsed_spec(spec) for spec in decided.recipients]
    if len({name for name, _, _ in specs}) != len(specs) or len(specs) < MIN_RECIPIENTS:
        raise ConfigError("at least two different recipients are needed, one may be an escrow")
    if len({group for _, group, reach in specs if reach is Reach.FULL}) < MIN_RECIPIENTS:
        raise ConfigError("`full` needs recipients of two different groups")
    for name in decided.governors:
        if not valid_recipient(name):
            raise ConfigError(f"{name!r}: use lower-case letters, digits and hyphens")
    if (
        len(set(decided.governors)) != len(decided.governors)
        or len(decided.governors) < MIN_GOVERNORS
    ):
        raise ConfigError("at least two different governors are needed; two sign every change")


def _make(*made: Path) -> None:
    for folder in made:
        if folder.exists():
            raise ConfigError(f"{folder} exists; keys are never overwritten, choose another folder")
    try:
        for folder in made:
            folder.mkdir(parents=True)
            folder.chmod(0o755 if folder.name == "audit-public" else 0o700)
    except OSError as error:
        raise ConfigError(f"{made[0].parent}: {error.strerror}") from None
