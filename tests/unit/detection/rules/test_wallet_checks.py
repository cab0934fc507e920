"""Check values of wallet addresses."""

from hashlib import sha3_256

import pytest

from guardrail_gw.detection.rules.wallet_checks import (
    base58,
    base58_payload,
    is_bech32,
    is_eip55,
    keccak256,
)


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
    ],
)
def test_keccak_is_the_one_before_the_standard(message: bytes, digest: str) -> None:
    """The published digests come out, and they are not those of SHA3-256."""
    assert keccak256(message).hex() == digest
    assert keccak256(message) != sha3_256(message).digest()


@pytest.mark.parametrize("length", [134, 135, 136, 137, 300])
def test_keccak_of_every_length_has_32_bytes(length: int) -> None:
    """Padding works on either side of a block's end, and every byte counts."""
    assert len(keccak256(b"a" * length)) == 32
    assert keccak256(b"a" * length) != keccak256(b"a" * (length - 1) + b"b")


@pytest.mark.parametrize(
    "address",
    [
        "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "fB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "dbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    ],
)
def test_the_case_of_an_ethereum_address_is_checked(address: str) -> None:
    """EIP-55's own examples pass; with the case swapped they do not."""
    assert is_eip55(address)
    assert not is_eip55(address.swapcase())


def test_bech32_takes_one_case() -> None:
    """BIP 173: upper or lower case, never mixed, and one letter changed is wrong."""
    address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"

    assert is_bech32(address)
    assert is_bech32(address.upper())
    assert not is_bech32(address.replace("q", "Q", 1))
    assert not is_bech32(address[:-1] + "5")


def test_base58_keeps_leading_zeros() -> None:
    """A leading 1 is a zero byte; a letter outside the alphabet gives nothing."""
    assert base58("11") == b"\0\0"
    assert base58("0OIl") == b""
    assert base58_payload("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2") is not None
    assert base58_payload("1") is None
