"""Sealing: who can open what, and that the writer cannot."""

import gc
import hmac
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, strategies as st

from guardrail_gw.audit.record import canonical, parse_json
from guardrail_gw.audit.seal import (
    CHAINS,
    Chain,
    Epoch,
    SealError,
    commitment,
    decrypt,
    encrypt,
    epoch_of,
    open_chain,
    open_epoch,
    padded,
    padded_size,
)
from guardrail_gw.keys.audit_keys import Recipient

_PRIVATE = {name: X25519PrivateKey.generate() for name in ("auditor", "dpo", "escrow")}
_RECIPIENTS = tuple(
    Recipient(name=name, public=key.public_key().public_bytes_raw())
    for name, key in _PRIVATE.items()
)
_PLACE = ("log.example/1", 4)


def _epoch() -> Epoch:
    return open_epoch(origin=_PLACE[0], number=_PLACE[1], first_seq=9, recipients=_RECIPIENTS)


def _opened(epoch: Epoch, chain: str, *names: str, place: tuple[str, int] = _PLACE) -> Chain | None:
    keys = [_PRIVATE[name] for name in names]
    return open_chain(epoch.wrap, chain, epoch.commitments[chain], place, keys)


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**53), st.binary(max_size=16))
def test_a_chain_is_made_of_hmacs(key: bytes, seq: int, salt: bytes) -> None:
    """A record's key and the chain's next are HMAC-SHA256 under the chain's key, as specified."""
    chain = Chain(key)

    first, second = chain.take(seq, salt), chain.take(seq, salt)

    info = b"guardrail-gw/audit/v1/record\x00" + seq.to_bytes(8, "big") + salt + b"\x01"
    following = hmac.digest(key, b"guardrail-gw/audit/v1/next\x00\x01", sha256)
    assert first == hmac.digest(key, info, sha256)
    assert second == hmac.digest(following, info, sha256)


@pytest.mark.parametrize("name", ["auditor", "dpo", "escrow"])
@pytest.mark.parametrize("chain", ["meta", "redacted"])
def test_each_recipient_opens_metadata(name: str, chain: str) -> None:
    """One private key is enough for metadata and redacted content."""
    epoch = _epoch()

    chained = _opened(epoch, chain, name)

    assert chained is not None
    assert chained.take(10, b"s") == epoch.chains[chain].take(10, b"s")


@pytest.mark.parametrize(
    "names", [("auditor", "dpo"), ("escrow", "auditor"), ("dpo", "escrow"), tuple(_PRIVATE)]
)
def test_any_two_open_full_content(names: tuple[str, ...]) -> None:
    """Every pair of recipients opens full content, in whatever order."""
    epoch = _epoch()

    chained = _opened(epoch, "full", *names)

    assert chained is not None
    assert chained.take(10, b"s") == epoch.chains["full"].take(10, b"s")


@pytest.mark.parametrize("name", ["auditor", "dpo", "escrow"])
def test_one_does_not_open_full_content(name: str) -> None:
    """A single recipient does not open full content, not even with a stranger's key."""
    epoch = _epoch()
    keys = [_PRIVATE[name], X25519PrivateKey.generate()]

    assert open_chain(epoch.wrap, "full", epoch.commitments["full"], _PLACE, keys) is None


def test_the_first_layer_alone_is_useless() -> None:
    """Relabelling a pair's seal as one recipient's does not open it: each layer names its place."""
    epoch = _epoch()
    sealed = parse_json(epoch.wrap)
    sealed["full"] = {"dpo": sealed["full"]["auditor+dpo"]}

    with pytest.raises(SealError):
        open_chain(canonical(sealed), "full", epoch.commitments["full"], _PLACE, [_PRIVATE["dpo"]])


@pytest.mark.parametrize("place", [("log.example/2", 4), ("log.example/1", 5)])
def test_a_seal_is_bound_to_its_place(place: tuple[str, int]) -> None:
    """An epoch's sealed key does not open in another log or another epoch."""
    with pytest.raises(SealError):
        _opened(_epoch(), "meta", "auditor", place=place)


def test_a_chain_is_bound_to_its_purpose() -> None:
    """The sealed key of one chain does not open as another chain's."""
    epoch = _epoch()
    sealed = parse_json(epoch.wrap)
    sealed["meta"], sealed["redacted"] = sealed["redacted"], sealed["meta"]

    with pytest.raises(SealError):
        open_chain(
            canonical(sealed), "meta", epoch.commitments["meta"], _PLACE, [_PRIVATE["auditor"]]
        )


def test_the_commitment_is_checked() -> None:
    """A key that the log did not commit to is refused before anything is decrypted."""
    epoch = _epoch()

    with pytest.raises(SealError, match="committed"):
        open_chain(epoch.wrap, "meta", commitment(bytes(32)), _PLACE, [_PRIVATE["auditor"]])


def test_the_writer_cannot_go_back() -> None:
    """After record n the epoch's state makes none of the keys up to n, whatever is asked of it."""
    epoch = _epoch()
    chain = epoch.chains["meta"]
    taken = [chain.take_at(n, n + 10, b"salt") for n in range(6)]

    for position in range(6):
        with pytest.raises(SealError, match="gone"):
            chain.take_at(position, position + 10, b"salt")
    later = {chain.take(n + 10, b"salt") for n in range(50)}

    assert not later & set(taken)


def test_nothing_alive_holds_an_old_key() -> None:
    """No object that the collector can see still holds a chain key once it has moved on."""
    first = bytes.fromhex("5a" * 31) + b"\x01"
    chain = Chain(first)
    chain.take(0, b"salt")
    digest = bytes(first)

    held = [v for o in gc.get_objects() if isinstance(o, Chain) for v in [getattr(o, "_key", b"")]]

    assert digest not in held


def test_keys_differ_by_record_and_salt() -> None:
    """The same position gives other keys for another record or another salt."""
    keys = {Chain(bytes(32)).take(seq, salt) for seq in range(5) for salt in (b"a" * 16, b"b" * 16)}

    assert len(keys) == 10


@given(plain=st.binary(max_size=2000))
def test_round_trip(plain: bytes) -> None:
    """What is encrypted decrypts with the same key and head, and with no other."""
    sealed = encrypt(b"k" * 32, plain, b"head")

    assert decrypt(b"k" * 32, sealed, b"head") == plain
    for key, head in ((b"l" * 32, b"head"), (b"k" * 32, b"Head")):
        with pytest.raises(SealError):
            decrypt(key, sealed, head)


@given(size=st.integers(min_value=0, max_value=1 << 40))
def test_padding_hides_the_length_cheaply(size: int) -> None:
    """A padded length is no shorter, at most 12 % longer above 64, and a fixed point."""
    target = padded_size(size)

    assert target >= size
    assert target <= max(64, size * 1.12)
    assert padded_size(target) == target


def test_few_lengths_remain() -> None:
    """Up to one mebibyte there are a few hundred padded lengths."""
    assert len({padded_size(n) for n in range(1 << 20)}) < 320


def test_bad_padding_is_refused() -> None:
    """A plain text that is not padded as the writer pads does not open."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - forging here only

    forged = padded(b"abc")[:-1] + b"\x01"
    sealed = AESGCM(b"k" * 32).encrypt(bytes(12), forged, b"head")

    with pytest.raises(SealError, match="padding"):
        decrypt(b"k" * 32, sealed, b"head")


def test_secrets_do_not_show() -> None:
    """The repr of an epoch holds none of its keys."""
    keys = {chain: bytes([n]) * 32 for n, chain in enumerate(CHAINS, 65)}
    epoch = epoch_of(keys, Ed25519PrivateKey.generate(), ("log.example/1", 0, 0), _RECIPIENTS)

    assert "AAAA" not in repr(epoch)
    assert "Chain" not in repr(epoch)
