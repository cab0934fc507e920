"""Encryption that the gateway itself cannot undo (FORMAT.md, 4).

An epoch has three random chain keys, each sealed by HPKE (RFC 9180) to those who may open what is
encrypted under it. Every record takes a key of its own from a chain; taking it replaces the chain
key by its hash, so the state after record n cannot open record n. Python cannot promise that the
old key's memory is overwritten; it is dropped, and epochs are short.
"""

import hmac
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import combinations
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from guardrail_gw.audit.record import Level, RecordError, canonical, parse_json
from guardrail_gw.keys.audit_keys import Recipient

META = "meta"
CHAINS = (Level.FULL.value, META, Level.REDACTED.value)
SALT_BYTES = 16
_KEY_BYTES = 32
_NONCE = bytes(12)  # every key encrypts once
_MIN_PADDED = 64
_RECORD = b"guardrail-gw/audit/v1/record\x00"
_NEXT = b"guardrail-gw/audit/v1/next\x00\x01"
_COMMIT = b"guardrail-gw/audit/v1/commit\x00"
_SHA256 = partial(sha256)
"""Not the name: for that `hmac` asks OpenSSL 3, which looks the algorithm up anew at every call."""
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class SealError(RecordError):
    """What was sealed cannot be opened with this key, or is not what the log committed to."""


class StrangerError(SealError):
    """None of the keys at hand is a recipient's of this log."""

    exit_code = 3


class Chain:
    """A key that can only move forward."""

    __slots__ = ("_key", "position")

    def __init__(self, key: bytes) -> None:
        """Begin at position 0."""
        self._key = key
        self.position = 0

    def take(self, seq: int, salt: bytes) -> bytes:
        """The key for one ciphertext; the chain moves on and cannot make it again.

        Source: HKDF-Expand (RFC 5869, 2.3) for one block of 32 bytes, twice.
        """
        info = b"%b%b%b\x01" % (_RECORD, seq.to_bytes(8, "big"), salt)
        taken = hmac.digest(self._key, info, _SHA256)
        self._key = hmac.digest(self._key, _NEXT, _SHA256)
        self.position += 1
        return taken

    def take_at(self, position: int, seq: int, salt: bytes) -> bytes:
        """Move on to a position and take its key.

        Raises:
            SealError: the position has passed; its key is gone.
        """
        if position < self.position:
            raise SealError("the key of this position is gone")
        self.skip(position - self.position)
        return self.take(seq, salt)

    def skip(self, positions: int) -> None:
        """Move on without taking."""
        for _ in range(positions):
            self._key = hmac.digest(self._key, _NEXT, _SHA256)
        self.position += positions


def fresh_salts() -> Iterator[bytes]:
    """Random bytes, many salts at a time: each call to the kernel lets go of the interpreter."""
    while True:
        random = secrets.token_bytes(SALT_BYTES * 64)
        for start in range(0, len(random), SALT_BYTES):
            yield random[start : start + SALT_BYTES]


@dataclass(slots=True, kw_only=True)
class Epoch:
    """The secrets of one epoch. They are never written anywhere."""

    origin: str
    number: int
    first_seq: int
    signer: Ed25519PrivateKey = field(repr=False)
    chains: dict[str, Chain] = field(repr=False)
    commitments: dict[str, str]
    """Chain -> hex commitment to its first key."""
    wrap: bytes
    """Canonical JSON: the sealed chain keys and whom they are sealed to."""
    salts: Iterator[bytes] = field(default_factory=fresh_salts, repr=False)
    """One for each record that seals something; public once it is written."""


def open_epoch(
    *, origin: str, number: int, first_seq: int, recipients: tuple[Recipient, ...]
) -> Epoch:
    """Make the secrets of a new epoch and seal them to the recipients."""
    keys = {chain: secrets.token_bytes(_KEY_BYTES) for chain in CHAINS}
    return epoch_of(keys, Ed25519PrivateKey.generate(), (origin, number, first_seq), recipients)


def epoch_of(
    keys: Mapping[str, bytes],
    signer: Ed25519PrivateKey,
    place: tuple[str, int, int],
    recipients: tuple[Recipient, ...],
) -> Epoch:
    """An epoch over given keys; `place` is its origin, number and first sequence number."""
    origin, number, first_seq = place
    sealed: dict[str, Any] = {"to": {r.name: r.public.hex() for r in recipients}}
    for chain, key in keys.items():
        readers = combinations(recipients, 2) if chain == Level.FULL else ((r,) for r in recipients)
        sealed[chain] = {
            "+".join(r.name for r in group): _nested(
                key, group, f"{origin}\n{number}\n{chain}"
            ).hex()
            for group in readers
        }
    return Epoch(
        origin=origin,
        number=number,
        first_seq=first_seq,
        signer=signer,
        chains={chain: Chain(key) for chain, key in keys.items()},
        commitments={chain: commitment(key) for chain, key in keys.items()},
        wrap=canonical(sealed),
    )


def commitment(key: bytes) -> str:
    """Hex; AES-GCM alone would let one ciphertext open to two texts under two keys."""
    return sha256(_COMMIT + key).hexdigest()


def encrypt(key: bytes, plain: bytes, head: bytes) -> bytes:
    """Pad and encrypt; `head` is bound as additional data."""
    return AESGCM(key).encrypt(_NONCE, padded(plain), head)


def decrypt(key: bytes, sealed: bytes, head: bytes) -> bytes:
    """Undo `encrypt`.

    Raises:
        SealError: another key, another record's head, or altered bytes.
    """
    try:
        plain = AESGCM(key).decrypt(_NONCE, sealed, head)
    except (InvalidTag, ValueError):
        raise SealError("the ciphertext does not open with this key in this place") from None
    length = int.from_bytes(plain[:4], "big")
    if len(plain) != padded_size(length + 4) or any(plain[4 + length :]):
        raise SealError("the padding is not what the writer writes")
    return plain[4 : 4 + length]


def padded(plain: bytes) -> bytes:
    """Four bytes length, the data, zeros up to the padded size."""
    size = padded_size(len(plain) + 4)
    return len(plain).to_bytes(4, "big") + plain.ljust(size - 4, b"\x00")


def padded_size(size: int) -> int:
    """Padmé: round up so that few lengths remain, at most 12 % longer; never below 64.

    Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with
    PURBs", PoPETS 2019, section 4.
    """
    if size <= _MIN_PADDED:
        return _MIN_PADDED
    exponent = size.bit_length() - 1
    unit = 1 << exponent - exponent.bit_length()
    return -(-size // unit) * unit


def open_chain(
    wrap: bytes,
    chain: str,
    committed: str,
    place: tuple[str, int],
    keys: Iterable[X25519PrivateKey],
) -> Chain | None:
    """Open one chain of an epoch with an auditor's keys.

    Args:
        wrap: the epoch record's wrap section.
        chain: one of `CHAINS`.
        committed: the epoch record's commitment to the chain's key.
        place: origin and epoch number.
        keys: private keys, whoever's.

    Returns:
        The chain at position 0; None if these keys do not suffice.

    Raises:
        SealError: a key that should open it does not, or what it opens was not committed to.
    """
    try:
        sealed = parse_json(wrap)
        names = {public: name for name, public in sealed["to"].items()}
        held = {names.get(k.public_key().public_bytes_raw().hex()): k for k in keys}
        for group, wrapped in sealed[chain].items():
            members = group.split("+")
            if all(member in held for member in members):
                opened = _unnested(bytes.fromhex(wrapped), members, held, (*place, chain))
                break
        else:
            return None
    except (KeyError, AttributeError, ValueError, TypeError):
        raise SealError("the epoch's sealed keys cannot be read") from None
    if not hmac.compare_digest(commitment(opened), committed):
        raise SealError("the epoch's key is not the one that the log committed to")
    return Chain(opened)


def _nested(key: bytes, group: Iterable[Recipient], place: str) -> bytes:
    """Seal to the first of the group, that to the second, so that each must take off a layer."""
    for recipient in group:
        key = _SUITE.encrypt(key, recipient.key, info=_info(place, recipient.name))
    return key


def _unnested(
    sealed: bytes,
    members: list[str],
    held: Mapping[str | None, X25519PrivateKey],
    place: tuple[str, int, str],
) -> bytes:
    origin, number, chain = place
    for member in reversed(members):
        try:
            sealed = _SUITE.decrypt(
                sealed, held[member], info=_info(f"{origin}\n{number}\n{chain}", member)
            )
        except InvalidTag:
            raise SealError("the epoch's sealed key was altered or moved") from None
    return sealed


def _info(place: str, recipient: str) -> bytes:
    return f"guardrail-gw/audit/v1/epoch\n{place}\n{recipient}".encode()
