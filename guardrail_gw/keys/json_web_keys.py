"""Public keys of somebody who signs, as they publish them, and signatures by them.

Source: RFC 7517 (keys), RFC 7518 3.3 to 3.5 and 6.2 to 6.3 (RSA, PSS, ECDSA), RFC 8037 (Ed25519).
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from guardrail_gw.errors import GuardrailError

MAX_BYTES: Final = 256 << 10
MAX_KEYS: Final = 64
_RSA_BITS: Final = (2048, 8192)
_HASHES: Final[Mapping[str, type[SHA256 | SHA384 | SHA512]]] = {
    "256": SHA256,
    "384": SHA384,
    "512": SHA512,
}
_CURVES: Final[Mapping[str, tuple[type[ec.EllipticCurve], str]]] = {
    "P-256": (ec.SECP256R1, "ES256"),
    "P-384": (ec.SECP384R1, "ES384"),
    "P-521": (ec.SECP521R1, "ES512"),
}

Public = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


class KeySetError(GuardrailError):
    """It is no set of keys, or there is none in it that anything here can use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyingKey:
    """One key of a set, and the algorithms that it may be used with."""

    id: str | None
    algorithms: frozenset[str]
    public: Public = field(repr=False)

    def verifies(self, algorithm: str, signed: bytes, signature: bytes) -> bool:
        """Whether a signature is this key's, by an algorithm that fits it."""
        if algorithm not in self.algorithms:
            return False
        try:
            _verify(self.public, algorithm, signed, signature)
        except (InvalidSignature, ValueError):
            return False
        return True


def key_set(raw: bytes) -> tuple[VerifyingKey, ...]:
    """Read a set of keys; one of a kind that is not known here, or not for signatures, is left out.

    Raises:
        KeySetError: it is none.
    """
    try:
        keys: Any = json.loads(raw)["keys"] if len(raw) <= MAX_BYTES else []
    except (ValueError, KeyError, TypeError, RecursionError):
        raise KeySetError("this is no JSON Web Key Set") from None
    said = keys[:MAX_KEYS] if isinstance(keys, list) else []
    found = [key for each in said if isinstance(each, dict) and (key := _known(each)) is not None]
    if not found:
        raise KeySetError("the JSON Web Key Set has no public key for signatures")
    return tuple(found)


def unpadded(text: str) -> bytes | None:
    """Decode base64url without padding, as RFC 7515 has it; None: it is none."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.urlsafe_b64encode(raw).rstrip(b"=") == text.encode() else None


def _known(said: Mapping[str, Any]) -> VerifyingKey | None:
    """The key; None: it is of a kind that is not known here, or no key."""
    try:
        return _key(said)
    except (ValueError, KeyError, TypeError):
        return None


def _key(said: Mapping[str, Any]) -> VerifyingKey | None:
    may_verify = said.get("use", "sig") == "sig" and "verify" in said.get("key_ops", ["verify"])
    made = _MADE.get(said["kty"])
    if not may_verify or made is None:
        return None
    public, algorithms = made(said)
    named = said.get("alg")
    kid = said.get("kid")
    return VerifyingKey(
        id=kid if isinstance(kid, str) else None,
        algorithms=algorithms if named is None else algorithms & {named},
        public=public,
    )


def _rsa(said: Mapping[str, Any]) -> tuple[Public, frozenset[str]]:
    public = rsa.RSAPublicNumbers(e=_number(said["e"]), n=_number(said["n"])).public_key()
    if not _RSA_BITS[0] <= public.key_size <= _RSA_BITS[1]:
        raise ValueError("the key is too short, or far too long")
    return public, frozenset(f"{kind}{size}" for kind in ("RS", "PS") for size in _HASHES)


def _ec(said: Mapping[str, Any]) -> tuple[Public, frozenset[str]]:
    curve, algorithm = _CURVES[said["crv"]]
    numbers = ec.EllipticCurvePublicNumbers(_number(said["x"]), _number(said["y"]), curve())
    return numbers.public_key(), frozenset({algorithm})


def _okp(said: Mapping[str, Any]) -> tuple[Public, frozenset[str]]:
    raw = unpadded(said["x"]) if said["crv"] == "Ed25519" else None
    if raw is None:
        raise ValueError("only Ed25519 is known here")
    return ed25519.Ed25519PublicKey.from_public_bytes(raw), frozenset({"EdDSA"})


_MADE: Final = {"RSA": _rsa, "EC": _ec, "OKP": _okp}


def _number(text: str) -> int:
    raw = unpadded(text)
    if raw is None:
        raise ValueError("a number of the key is not base64url")
    return int.from_bytes(raw)


def _verify(public: Public, algorithm: str, signed: bytes, signature: bytes) -> None:
    if isinstance(public, ed25519.Ed25519PublicKey):
        public.verify(signature, signed)
        return
    digest = _HASHES[algorithm[2:]]()
    if isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(_der(public, signature), signed, ec.ECDSA(digest))
        return
    public.verify(signature, signed, _padding(algorithm, digest), digest)


def _padding(algorithm: str, digest: HashAlgorithm) -> padding.AsymmetricPadding:
    if algorithm.startswith("PS"):
        return padding.PSS(padding.MGF1(digest), salt_length=digest.digest_size)
    return padding.PKCS1v15()


def _der(public: ec.EllipticCurvePublicKey, signature: bytes) -> bytes:
    """Both numbers of an ECDSA signature, each of the curve's size (RFC 7518, 3.4), in DER."""
    size = (public.key_size + 7) // 8
    if len(signature) != 2 * size:
        raise ValueError("the signature is not of the curve's size")
    r, s = int.from_bytes(signature[:size]), int.from_bytes(signature[size:])
    return utils.encode_dss_signature(r, s)
