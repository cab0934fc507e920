"""Who may open what the gateway seals, as a text that people read and governors sign.

    guardrail-gw/recipients/v1
    log guardrail-gw/1f9c02aa
    serial 3
    suite 1
    issued 2026-11-26
    expires 2027-11-26
    governor compliance+9a1b2c3d+AR...           at least two
    origin guardrail-gw/1f9c02aa+0011aabb+AR...  the gateway's key; below it, those it had before
    recipient auditor review full b64...         name, group, level, X25519 key, ML-KEM key if any

A level is the most that a recipient opens. `full` takes two recipients of different groups.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import combinations
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.private import fingerprint
from guardrail_gw.keys.vkey import Verifier, parse_vkey

TITLE = "guardrail-gw/recipients/v1"
MIN_RECIPIENTS = 2
MIN_GOVERNORS = 2
"""Governors there are at least, and signatures that a text needs."""
SUITES = (1, 2)
T = TypeVar("T")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_X25519_BYTES, _MLKEM_BYTES = 32, 1184
_RECIPIENT_WORDS = (4, 5)


class Reach(StrEnum):
    """The most that a recipient opens, least first."""

    METADATA = "metadata"
    REDACTED = "redacted"
    FULL = "full"
    """Together with a recipient of another group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Someone who may open what the gateway seals."""

    name: str
    public: bytes
    """X25519, 32 bytes."""
    mlkem: bytes | None = field(default=None, repr=False)
    """ML-KEM-768, 1,184 bytes; None for a recipient of suite 1 only."""
    group: str = ""
    reach: Reach = Reach.FULL

    @property
    def key(self) -> X25519PublicKey:
        """The key, ready to seal to under suite 1."""
        return X25519PublicKey.from_public_bytes(self.public)

    @property
    def hybrid(self) -> MLKEM768X25519PublicKey:
        """Both keys, ready to seal to under suite 2.

        Raises:
            ConfigError: this recipient has one key only.
        """
        if self.mlkem is None:
            raise ConfigError(f"recipient {self.name} has no key for suite 2; use: keys rotate")
        return MLKEM768X25519PublicKey(MLKEM768PublicKey.from_public_bytes(self.mlkem), self.key)

    @property
    def fingerprint(self) -> str:
        """How a sealed key names this recipient."""
        return fingerprint(self.public, self.mlkem)

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """The same for each suite that this recipient's keys are for."""
        return (self.public.hex(), *((self.fingerprint,) if self.mlkem else ()))

    @property
    def party(self) -> str:
        """The group, or the recipient alone."""
        return self.group or self.name

    def pem(self) -> bytes:
        """The keys as their file holds them."""
        keys: list[X25519PublicKey | MLKEM768PublicKey] = [self.key]
        if self.mlkem is not None:
            keys.append(MLKEM768PublicKey.from_public_bytes(self.mlkem))
        form = PublicFormat.SubjectPublicKeyInfo
        return b"".join(key.public_bytes(Encoding.PEM, form) for key in keys)

    def line(self) -> str:
        """As the text holds it."""
        keys = (self.public,) if self.mlkem is None else (self.public, self.mlkem)
        encoded = (base64.b64encode(key).decode() for key in keys)
        return " ".join(("recipient", self.name, self.party, self.reach, *encoded))


def readers(recipients: tuple[Recipient, ...], reach: Reach) -> tuple[tuple[Recipient, ...], ...]:
    """Which recipients, alone or in pairs, open what is sealed at a level."""
    able = [r for r in recipients if list(Reach).index(r.reach) >= list(Reach).index(reach)]
    if reach is not Reach.FULL:
        return tuple((each,) for each in able)
    return tuple(pair for pair in combinations(able, 2) if pair[0].party != pair[1].party)


def names(recipients: Iterable[Recipient], suite: int) -> dict[str, str]:
    """Name -> fingerprint, as what is sealed says to whom."""
    return {r.name: r.public.hex() if suite == 1 else r.fingerprint for r in recipients}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """One version of the text."""

    log: str
    """The origin key's name without what rotations add to it."""
    serial: int
    suite: int
    issued: date
    expires: date
    governors: tuple[Verifier, ...]
    origins: tuple[Verifier, ...]
    """The present one first."""
    recipients: tuple[Recipient, ...]

    def text(self) -> str:
        """What is signed."""
        return "\n".join(
            (
                TITLE,
                f"log {self.log}",
                f"serial {self.serial}",
                f"suite {self.suite}",
                f"issued {self.issued.isoformat()}",
                f"expires {self.expires.isoformat()}",
                *(f"governor {each.vkey()}" for each in self.governors),
                *(f"origin {each.vkey()}" for each in self.origins),
                *(each.line() for each in self.recipients),
                "",
            )
        )

    def check(self) -> None:
        """Whether such a set can protect anything.

        Raises:
            ConfigError: too few recipients, groups or governors, or a name or key twice.
        """
        everyone = self.recipients
        if len(everyone) < MIN_RECIPIENTS:
            raise ConfigError("at least two recipients are needed, one may be an escrow")
        if not readers(everyone, Reach.FULL):
            raise ConfigError("`full` needs recipients of two different groups")
        if len(self.governors) < MIN_GOVERNORS:
            raise ConfigError("at least two governors are needed; two sign every change")
        _different("recipient", [(r.name, r.public) for r in everyone])
        _different("governor", [(g.name, g.public) for g in self.governors])
        _different("origin", [(o.name, o.public) for o in self.origins])
        if self.suite == max(SUITES) and not all(r.mlkem for r in everyone):
            raise ConfigError("suite 2 needs an ML-KEM key of every recipient; use: keys rotate")

    def expired(self, now_us: int) -> bool:
        """Whether it holds no longer; the last day still counts."""
        return datetime.fromtimestamp(now_us / 1e6, tz=UTC).date() > self.expires


def parse_recipients(text: str, where: str) -> Recipients:
    """Read what `text` writes, in that form only.

    Raises:
        ConfigError: says which line.
    """
    lines = [line.split(" ") for line in text.splitlines()]
    head = ("log", "serial", "suite", "issued", "expires")
    try:
        values = {name: _one(lines[at], name) for at, name in enumerate(head, 1)}
        found = Recipients(
            log=values["log"],
            serial=_number(values["serial"]),
            suite=_number(values["suite"]),
            issued=date.fromisoformat(values["issued"]),
            expires=date.fromisoformat(values["expires"]),
            governors=_all(lines, "governor", _vkey),
            origins=_all(lines, "origin", _vkey),
            recipients=_all(lines, "recipient", _recipient),
        )
    except (ValueError, IndexError, binascii.Error):
        raise ConfigError(f"{where}: not a text of recipients") from None
    if found.text() != text or found.suite not in SUITES or not found.origins:
        raise ConfigError(f"{where}: not a text of recipients in the form of this release")
    found.check()
    return found


def valid_recipient(name: str) -> bool:
    """Whether a recipient or a group may have this name: lower-case letters, digits, hyphens."""
    return _NAME.fullmatch(name) is not None


def recipient_of(words: list[str]) -> Recipient:
    """A recipient from name, group, level and its keys in base64.

    Raises:
        ValueError: a name, level or key that cannot be.
    """
    name, group, reach, *keys = words
    decoded = [base64.b64decode(key, validate=True) for key in keys]
    lengths = [_X25519_BYTES, _MLKEM_BYTES][: len(decoded)]
    if [len(key) for key in decoded] != lengths or not decoded:
        raise ValueError("key")
    if not (valid_recipient(name) and valid_recipient(group)):
        raise ValueError("name")
    mlkem = decoded[1] if len(decoded) > 1 else None
    return Recipient(name=name, group=group, reach=Reach(reach), public=decoded[0], mlkem=mlkem)


def _recipient(words: list[str]) -> Recipient:
    if len(words) not in _RECIPIENT_WORDS:
        raise ValueError("words")
    return recipient_of(words)


def _vkey(words: list[str]) -> Verifier:
    (vkey,) = words
    return parse_vkey(vkey)


def _one(words: list[str], name: str) -> str:
    first, value = words
    if first != name:
        raise ValueError(name)
    return value


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _all(lines: list[list[str]], name: str, read: Callable[[list[str]], T]) -> tuple[T, ...]:
    return tuple(read(words) for first, *words in lines if first == name)


def _different(kind: str, pairs: list[tuple[str, bytes]]) -> None:
    names, keys = {name for name, _ in pairs}, {key for _, key in pairs}
    if len(names) < len(pairs) or len(keys) < len(pairs):
        raise ConfigError(f"two {kind}s have the same name or the same key")
