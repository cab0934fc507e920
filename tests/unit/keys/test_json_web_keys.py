"""Public keys as their owners publish them, and signatures by them."""

import json
from typing import Any

import pytest

from guardrail_gw.keys.json_web_keys import MAX_BYTES, KeySetError, key_set, unpadded
from tests.support.issuer import Signer, key_set as published

RSA = Signer.rsa()


@pytest.mark.parametrize(
    ("signer", "algorithm"),
    [
        *((RSA, name) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
        (Signer.ec(curve="P-256"), "ES256"),
        (Signer.ec(curve="P-384"), "ES384"),
        (Signer.ec(curve="P-521"), "ES512"),
        (Signer.ed25519(), "EdDSA"),
    ],
)
def test_a_key_verifies_what_its_owner_signed_and_nothing_else(
    signer: Signer, algorithm: str
) -> None:
    """Every algorithm that can be configured; one changed bit of either is none of it."""
    (key,) = key_set(published(signer))
    signature = signer.sign(algorithm, b"said")

    assert key.verifies(algorithm, b"said", signature)
    assert not key.verifies(algorithm, b"sadi", signature)
    assert not key.verifies(algorithm, b"said", bytes([signature[0] ^ 1]) + signature[1:])
    assert not key.verifies(algorithm, b"said", b"")


def test_an_algorithm_that_does_not_fit_the_key_verifies_nothing() -> None:
    """Above all not one that would take the public key for a secret."""
    (key,) = key_set(published(RSA))

    for algorithm in ("HS256", "none", "ES256", "EdDSA", ""):
        assert not key.verifies(algorithm, b"said", RSA.sign("RS256", b"said"))


def test_a_key_that_says_its_algorithm_takes_no_other() -> None:
    """RFC 8725, 3.1: one key, one algorithm, where the issuer says so."""
    (key,) = key_set(json.dumps({"keys": [RSA.public(alg="RS512")]}).encode())

    assert key.verifies("RS512", b"said", RSA.sign("RS512", b"said"))
    assert not key.verifies("RS256", b"said", RSA.sign("RS256", b"said"))


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [{"kty": "oct", "k": "AAAA"}],
        [RSA.public(use="enc")],
        [RSA.public(key_ops=["sign"])],
        [Signer.rsa(bits=1024).public()],
        [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}],
        [{"kty": "OKP", "crv": "X25519", "x": "AA"}],
        [{"kty": "RSA"}],
        "keys",
        None,
    ],
)
def test_a_set_without_a_key_that_can_be_used_is_none(keys: Any) -> None:
    """Secrets, keys for encryption, short ones, points on no curve."""
    with pytest.raises(KeySetError):
        key_set(json.dumps({"keys": keys}).encode())


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b" " * (MAX_BYTES + 1)]
)
def test_what_is_no_set_is_none(raw: bytes) -> None:
    """Whatever the address of the keys answers."""
    with pytest.raises(KeySetError):
        key_set(raw)


def test_a_key_that_nobody_here_knows_does_not_spoil_the_others() -> None:
    """Issuers publish keys for others, too."""
    odd = {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}
    raw = json.dumps({"keys": [odd, "key", RSA.public()]}).encode()

    assert [key.id for key in key_set(raw)] == ["r"]


@pytest.mark.parametrize("text", ["A", "AB==", "A+/_", "AB", "ä", "A A"])
def test_base64_that_is_not_canonical_is_none(text: str) -> None:
    """Two spellings of one signature would be two tokens."""
    assert unpadded(text) is None
