"""The keys of the audit log, loaded: what the gateway and a verifier each need.

gateway    origin.key (secret), governors.vkey, the signed recipients     AuditKeys
verifier   audit-public/ only                                             PublicMaterial
auditor    one or more private keys of recipients                         private.load_recipient
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.governance import Version, pinned, versions
from guardrail_gw.keys.passphrase import Passphrases
from guardrail_gw.keys.private import load_recipient, load_signer
from guardrail_gw.keys.recipients import Recipient, Recipients, valid_recipient
from guardrail_gw.keys.secret_files import read_public
from guardrail_gw.keys.vkey import Verifier, parse_vkey

__all__ = ["AuditKeys", "PublicMaterial", "Recipient", "load_audit_keys", "load_public"]
__all__ += ["load_recipient"]

ORIGIN_KEY = "origin.key"
NEXT_ORIGIN_KEY = "origin-next.key"
"""Made by a rotation; counts from when the governors have signed it."""
ORIGIN_VKEY = "origin.vkey"
RECIPIENT_SUFFIX = ".pub"
_END = b"-----END PUBLIC KEY-----\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The newest version of the recipients that a log has named."""

    serial: int = 0
    digest: str = ""


NO_FLOOR = Floor()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditKeys:
    """What the gateway needs to write a log."""

    name: str
    """Of the origin key; every log of this gateway has an origin that begins with it."""
    signer: Ed25519PrivateKey = field(repr=False)
    recipients: tuple[Recipient, ...]
    """At least two."""
    suite: int = 1
    serial: int = 0
    """Of the recipients' text."""
    digest: str = ""
    """SHA-256 of that text."""
    expires: date = date.max

    def days_left(self, now_us: int) -> int:
        """For how many days the recipients hold."""
        return (self.expires - datetime.fromtimestamp(now_us / 1e6, tz=UTC).date()).days

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(name=self.name, public=self.signer.public_key().public_bytes_raw())


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicMaterial:
    """What anyone needs to verify a log."""

    origin: Verifier
    recipients: tuple[Recipient, ...]
    """Everyone to whom a log may be sealed, those of earlier versions included."""
    retired: tuple[Verifier, ...] = ()
    """Origin keys that the gateway had before."""
    versions: tuple[Version, ...] = ()
    """Of the recipients' text; none in a folder that is older than it."""

    @property
    def current(self) -> Recipients | None:
        """Who may open what is sealed today."""
        return self.versions[-1].content if self.versions else None

    def of_log(self, origin: str) -> "PublicMaterial":
        """The same for a log that an earlier origin key signed."""
        for key in self.retired:
            if origin.startswith(f"{key.name}/") and not origin.startswith(f"{self.origin.name}/"):
                return PublicMaterial(
                    origin=key, recipients=self.recipients, versions=self.versions
                )
        return self


def load_audit_keys(
    gateway: Path,
    public: Path,
    *,
    now_us: int | None = None,
    floor: Floor = NO_FLOOR,
    asked: Passphrases | None = None,
) -> AuditKeys:
    """Load the gateway's side.

    Args:
        gateway: the folder with `origin.key` and `governors.vkey`.
        public: the `audit-public` folder.
        now_us: the time at which the recipients must not be expired; the present if left out.
        floor: what the log has named; an older text is refused.
        asked: for an origin key that is protected by a passphrase.

    Raises:
        ConfigError: a file is missing, unreadable, open to others, of another kind, or does not
            belong to the public key beside it; or the recipients are not signed by two governors
            that the gateway knows, are expired, or older than what the log has named.
    """
    material = load_public(public)
    key = _origin_key(gateway, public, material.origin, asked)
    version = _in_force(material, gateway, public)
    now = version.content
    if now.expired(time.time_ns() // 1000 if now_us is None else now_us):
        raise ConfigError(
            f"{version.path}: the recipients expired on {now.expires}; two governors have to"
            " sign a new version; use: guardrail-gw keys rotate"
        )
    _check_floor(version, floor, material)
    return AuditKeys(
        name=material.origin.name,
        signer=key,
        recipients=now.recipients,
        suite=now.suite,
        serial=now.serial,
        digest=version.digest,
        expires=now.expires,
    )


def load_public(public: Path) -> PublicMaterial:
    """Load the `audit-public` folder.

    Raises:
        ConfigError: a file is missing, unreadable, of another kind, or contradicts another.
    """
    origin = parse_vkey(_text(read_public(public / ORIGIN_VKEY), public / ORIGIN_VKEY))
    found = sorted(public.glob(f"*{RECIPIENT_SUFFIX}"))
    recipients = tuple(_recipient(path) for path in found)
    if len({r.public for r in recipients}) != len(recipients):
        raise ConfigError(f"{public}: two recipients have the same key")
    history = versions(public)
    if history:
        recipients = _agreeing(recipients, history, public)
        if origin != history[-1].content.origins[0]:
            raise ConfigError(
                f"{public / ORIGIN_VKEY}: not the key that the recipients' text names"
            )
    return PublicMaterial(
        origin=origin,
        recipients=recipients,
        retired=history[-1].content.origins[1:] if history else (),
        versions=history,
    )


def _origin_key(
    gateway: Path, public: Path, origin: Verifier, asked: Passphrases | None
) -> Ed25519PrivateKey:
    """The key that belongs to the public one; after a rotation that is the next one."""
    for name in (ORIGIN_KEY, NEXT_ORIGIN_KEY):
        path = gateway / name
        if name == ORIGIN_KEY or path.exists():
            key = load_signer(path, asked)
            if key.public_key().public_bytes_raw() == origin.public:
                return key
    raise ConfigError(f"{gateway / ORIGIN_KEY} does not belong to {public / ORIGIN_VKEY}")


def _in_force(material: PublicMaterial, gateway: Path, public: Path) -> Version:
    """The newest version, if the first of them is signed by governors that the gateway pins."""
    if not material.versions:
        raise ConfigError(
            f"{public}: no signed text says who the recipients are;"
            " use: guardrail-gw keys init --adopt"
        )
    first = material.versions[0]
    if set(pinned(gateway)) != set(first.content.governors):
        raise ConfigError(f"{first.path}: signed by governors whom {gateway} does not name")
    return material.versions[-1]


def _check_floor(version: Version, floor: Floor, material: PublicMaterial) -> None:
    serial = version.content.serial
    if serial < floor.serial:
        raise ConfigError(
            f"{version.path}: rolled back; the log was sealed to version {floor.serial} before"
        )
    named = material.versions[floor.serial - 1].digest if floor.serial else floor.digest
    if named != floor.digest:
        raise ConfigError(f"{version.path}: not the version {floor.serial} that the log has named")


def _agreeing(
    files: tuple[Recipient, ...], history: tuple[Version, ...], public: Path
) -> tuple[Recipient, ...]:
    """Everyone of every version, if the key files say the same."""
    known: dict[str, Recipient] = {}
    for version in history:
        for each in version.content.recipients:
            if known.setdefault(each.name, each).fingerprint != each.fingerprint:
                raise ConfigError(f"{version.path}: {each.name} names another key than before")
            known[each.name] = each
    if {f.name: f.fingerprint for f in files} != {n: r.fingerprint for n, r in known.items()}:
        raise ConfigError(f"{public}: the key files are not those of the signed recipients")
    return tuple(known[name] for name in sorted(known))


def _recipient(path: Path) -> Recipient:
    name = path.name.removesuffix(RECIPIENT_SUFFIX)
    if not valid_recipient(name):
        raise ConfigError(f"{path}: a recipient's name has lower-case letters, digits and hyphens")
    public, mlkem = public_halves(path)
    return Recipient(name=name, public=public, mlkem=mlkem)


def public_halves(path: Path) -> tuple[bytes, bytes | None]:
    """A recipient's X25519 key, and its ML-KEM key if it has one.

    Raises:
        ConfigError: the file holds something else.
    """
    match _public_keys(path):
        case (X25519PublicKey() as key,):
            return key.public_bytes_raw(), None
        case (X25519PublicKey() as key, MLKEM768PublicKey() as mlkem):
            return key.public_bytes_raw(), mlkem.public_bytes_raw()
        case _:
            raise ConfigError(f"{path}: not an X25519 key")


def _public_keys(path: Path) -> tuple[object, ...]:
    blocks = read_public(path).split(_END)[:-1]
    try:
        keys = tuple(load_pem_public_key(block + _END) for block in blocks)
    except (ValueError, UnsupportedAlgorithm):
        keys = ()
    if not keys:
        raise ConfigError(f"{path}: not a public key in PEM form")
    return keys


def _text(data: bytes, path: Path) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not a verifier key") from None
