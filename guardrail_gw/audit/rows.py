"""Content under keys that can be destroyed (FORMAT.md, 11).

A row of the key register has a public key, which the gateway knows, and a private half, which only
recipients can open and which lies in the register alone. In each epoch the first content of a row
begins a chain; the chain's first key is sealed to the row. Destroying the row makes all of it
unreadable, wherever copies of the log lie.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from guardrail_gw.audit.record import RowKey, canonical, parse_json
from guardrail_gw.audit.seal import (
    Chain,
    Epoch,
    SealError,
    commitment,
    committed_chain,
    open_sealed,
    seal,
    seal_to_readers,
    unseal,
)
from guardrail_gw.keys.private import HybridKey, RecipientKey
from guardrail_gw.keys.recipients import Reach, Recipient, names

KEY_BYTES = 32
_CONTENT = "guardrail-gw/audit/v2/content"
_ROW = "guardrail-gw/audit/v2/row"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeChain:
    """A chain that has just begun."""

    committed: str
    key: str
    """Its first key, sealed to the row; hex."""

    @property
    def wrap(self) -> bytes:
        """The wrap section of the record that begins it."""
        return canonical({"key": self.key})


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRow:
    """A fresh row: its public key, and its private half for the register."""

    key: RowKey
    sealed: bytes = field(repr=False)
    """Canonical JSON: the private half, sealed to those who may open it, and who they are."""


def chain_of_row(epoch: Epoch, row: RowKey) -> tuple[Chain, MadeChain | None]:
    """The chain of a row in this epoch, and how it began if it is new."""
    chain = epoch.rows.get(row.sid)
    if chain is not None:
        return chain, None
    key = secrets.token_bytes(KEY_BYTES)
    sealed = seal(key, _reader(row), content_info(epoch.origin, epoch.number, row.sid), row.suite)
    chain = epoch.rows[row.sid] = Chain(key)
    return chain, MadeChain(committed=commitment(key), key=sealed.hex())


def make_row(recipients: tuple[Recipient, ...], reach: Reach, suite: int) -> MadeRow:
    """Make a row; the private half is sealed and forgotten."""
    return row_of(
        HybridKey.generate() if suite > 1 else X25519PrivateKey.generate(), recipients, reach
    )


def row_of(
    private: RecipientKey,
    recipients: tuple[Recipient, ...],
    reach: Reach,
    sid: str | None = None,
) -> MadeRow:
    """A row over a given key."""
    sid, suite = sid or secrets.token_hex(16), 2 if isinstance(private, HybridKey) else 1
    x25519 = private.x25519 if isinstance(private, HybridKey) else private
    mlkem = private.mlkem if isinstance(private, HybridKey) else None
    secret = x25519.private_bytes_raw() + (mlkem.private_bytes_raw() if mlkem else b"")
    sealed = {
        "key": seal_to_readers(secret, recipients, reach, f"{_ROW}\n{sid}", suite),
        "to": names(recipients, suite),
    }
    key = RowKey(
        sid=sid,
        suite=suite,
        x25519=x25519.public_key().public_bytes_raw(),
        mlkem=mlkem.public_key().public_bytes_raw() if mlkem else None,
    )
    return MadeRow(key=key, sealed=canonical(sealed))


def open_row(sid: str, sealed: bytes, keys: Iterable[RecipientKey]) -> RecipientKey | None:
    """The private half of a row.

    Returns:
        None if these keys do not suffice.

    Raises:
        SealError: altered, or of another row.
    """
    try:
        said = parse_json(sealed)
        secret = open_sealed(said, "key", f"{_ROW}\n{sid}", keys)
        return None if secret is None else _private(secret)
    except (KeyError, AttributeError, ValueError, TypeError):
        raise SealError("the register's sealed key cannot be read") from None


def open_row_chain(
    said: Mapping[str, Any], place: tuple[str, int], sid: str, row: RecipientKey
) -> Chain:
    """The chain that a record begins, opened with the row's private half.

    Args:
        said: `key` and `kc`.
        place: origin and epoch number.
        sid: the row's.
        row: its private half.

    Raises:
        SealError: altered, moved, or not what the log committed to.
    """
    origin, number = place
    try:
        key = unseal(bytes.fromhex(said["key"]), row, content_info(origin, number, sid))
        return committed_chain(key, said["kc"])
    except (KeyError, ValueError, TypeError):
        raise SealError("a content's sealed key cannot be read") from None


def content_info(origin: str, number: int, sid: str) -> str:
    """What binds a sealed chain key to its place."""
    return f"{_CONTENT}\n{origin}\n{number}\n{sid}"


def _reader(row: RowKey) -> Recipient:
    return Recipient(name=row.sid, public=row.x25519, mlkem=row.mlkem)


def _private(secret: bytes) -> RecipientKey:
    x25519 = X25519PrivateKey.from_private_bytes(secret[:KEY_BYTES])
    if len(secret) == KEY_BYTES:
        return x25519
    return HybridKey(x25519=x25519, mlkem=MLKEM768PrivateKey.from_seed_bytes(secret[KEY_BYTES:]))
