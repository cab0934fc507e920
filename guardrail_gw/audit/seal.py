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
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from guardrail_gw.audit.record import Level, RecordError, canonical, parse_json
from guardrail_gw.keys.private import HybridKey, RecipientKey, names_of
from guardrail_gw.keys.recipients import Reach, Recipient, names, readers

META = "meta"
CHAINS = (Level.FULL.value, META, Level.REDACTED.value)
SALT_BYTES = 16
_KEY_BYTES = 32
_NONCE = bytes(12)  # every key encrypts once
_MIN_PADDED = 64
_RECORD = b"guardrail-gw/audit/v1/record\x00"
_NEXT = b"guardrail-gw/audit/v1/next\x00\x01"
_COMMIT = b"guardrail-gw/audit/v1/commit\x00"
_REST_OF_BLOCK = bytes(64 - _KEY_BYTES)
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
_EPOCH = "guardrail-gw/audit/v1/epoch"
_SUITES = {
    1: hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM),
    2: hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM),
}
_LAYER_BYTES = {1: 32 + 16, 2: 1120 + 16}
"""What a seal is longer than what it holds: the encapsulated key, and the tag."""
_REACHES = {
    Level.FULL.value: Reach.FULL,
    META: Reach.METADATA,
    Level.REDACTED.value: Reach.REDACTED,
}


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

        Source: HKDF-Expand (RFC 5869, 2.3) for one block of 32 bytes, twice; HMAC as in RFC 2104,
        2. Both HMACs have one key, so its two blocks are made once.
        """
        block = self._key + _REST_OF_BLOCK
        inner, outer = block.translate(_INNER), block.translate(_OUTER)
        info = b"%b%b%b%b\x01" % (inner, _RECORD, seq.to_bytes(8, "big"), salt)
        self._key = sha256(outer + sha256(inner + _NEXT).digest()).digest()
        self.position += 1
        return sha256(outer + sha256(info).digest()).digest()

    def take_at(self, position: int, seq: int, salt: bytes) -> bytes:
        """Move on to a position and take its key.

        Raises:
            SealError: the position has passed; its key is gone.
        """
        if position != self.position:
            if position < self.position:
                raise SealError("the key of this position is gone")
            self.skip(position - self.position)
        return self.take(seq, salt)

    def skip(self, positions: int) -> None:
        """Move on without taking."""
        for _ in range(positions):
            block = self._key + _REST_OF_BLOCK
            inner = sha256(block.translate(_INNER) + _NEXT).digest()
            self._key = sha256(block.translate(_OUTER) + inner).digest()
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
    suite: int = 1
    salts: Iterator[bytes] = field(default_factory=fresh_salts, repr=False)
    """One for each record that seals something; public once it is written."""
    rows: dict[str, Chain] = field(default_factory=dict, repr=False)
    """Row of the key register -> its chain in this epoch."""


def open_epoch(
    *, origin: str, number: int, first_seq: int, recipients: tuple[Recipient, ...], suite: int = 1
) -> Epoch:
    """Make the secrets of a new epoch and seal them to the recipients."""
    keys = {chain: secrets.token_bytes(_KEY_BYTES) for chain in CHAINS}
    place = (origin, number, first_seq)
    return epoch_of(keys, Ed25519PrivateKey.generate(), place, recipients, suite=suite)


def epoch_of(
    keys: Mapping[str, bytes],
    signer: Ed25519PrivateKey,
    place: tuple[str, int, int],
    recipients: tuple[Recipient, ...],
    *,
    suite: int = 1,
) -> Epoch:
    """An epoch over given keys; `place` is its origin, number and first sequence number."""
    origin, number, first_seq = place
    sealed: dict[str, Any] = {"to": names(recipients, suite)}
    for chain, key in keys.items():
        info = f"{_EPOCH}\n{origin}\n{number}\n{chain}"
        sealed[chain] = seal_to_readers(key, recipients, _REACHES[chain], info, suite)
    return Epoch(
        origin=origin,
        number=number,
        first_seq=first_seq,
        signer=signer,
        chains={chain: Chain(key) for chain, key in keys.items()},
        commitments={chain: commitment(key) for chain, key in keys.items()},
        wrap=canonical(sealed),
        suite=suite,
    )


def seal_to_readers(
    secret: bytes, recipients: tuple[Recipient, ...], reach: Reach, info: str, suite: int
) -> dict[str, str]:
    """Seal a secret to each who may open it, or to each pair.

    Returns:
        `auditor` or `auditor+escrow` -> hex.
    """
    sealed = {}
    for group in readers(recipients, reach):
        nested = secret
        for reader in group:  # each must take off a layer
            nested = seal(nested, reader, f"{info}\n{reader.name}", suite)
        sealed["+".join(reader.name for reader in group)] = nested.hex()
    return sealed


def sealed_sizes(recipients: tuple[Recipient, ...], suite: int) -> dict[str, dict[str, int]]:
    """For each chain of an epoch, who opens it alone or in a pair, and the seal's hex digits."""
    return {
        chain: {
            "+".join(r.name for r in group): 2 * (_KEY_BYTES + len(group) * _LAYER_BYTES[suite])
            for group in readers(recipients, _REACHES[chain])
        }
        for chain in CHAINS
    }


def seal(secret: bytes, reader: Recipient, info: str, suite: int) -> bytes:
    """HPKE to one recipient."""
    key = reader.key if suite == 1 else reader.hybrid
    return _SUITES[suite].encrypt(secret, key, info=info.encode())


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


@lru_cache(maxsize=4096)
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
    keys: Iterable[RecipientKey],
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
    origin, number = place
    try:
        opened = open_sealed(
            parse_json(wrap), chain, f"{_EPOCH}\n{origin}\n{number}\n{chain}", keys
        )
    except (KeyError, AttributeError, ValueError, TypeError):
        raise SealError("the epoch's sealed keys cannot be read") from None
    return None if opened is None else committed_chain(opened, committed)


def committed_chain(key: bytes, committed: str) -> Chain:
    """The chain that begins with a key.

    Raises:
        SealError: another key than the log committed to.
    """
    if not hmac.compare_digest(commitment(key), committed):
        raise SealError("the epoch's key is not the one that the log committed to")
    return Chain(key)


def open_sealed(
    sealed: Mapping[str, Any], part: str, info: str, keys: Iterable[RecipientKey]
) -> bytes | None:
    """Undo `seal_to_readers` for `sealed[part]`, by the names in `sealed["to"]`.

    Returns:
        The secret; None if these keys do not suffice.

    Raises:
        SealError: altered or moved.
        KeyError, AttributeError, ValueError, TypeError: not of the form in which it is written.
    """
    known = {fingerprint: name for name, fingerprint in sealed["to"].items()}
    held = {known[each]: key for key in keys for each in names_of(key) if each in known}
    for group, wrapped in sealed[part].items():
        members = group.split("+")
        if all(member in held for member in members):
            opened = bytes.fromhex(wrapped)
            for member in reversed(members):
                opened = unseal(opened, held[member], f"{info}\n{member}")
            return opened
    return None


def unseal(sealed: bytes, key: RecipientKey, info: str) -> bytes:
    """Undo `seal`; which suite it is shows in the key it was named by, and in its length.

    Raises:
        SealError: another key or place, or altered bytes.
    """
    tried: list[tuple[int, Any]] = [(1, key)]
    if isinstance(key, HybridKey):
        tried = [(2, key.opener), (1, key.x25519)]
    for suite, opener in tried:
        try:
            return _SUITES[suite].decrypt(sealed, opener, info=info.encode())
        except (InvalidTag, ValueError):
            continue
    raise SealError("the epoch's sealed key was altered or moved")
