"""An OAuth issuer: keys of every kind, tokens signed with them, and its set of keys over HTTP."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_HASH: Mapping[str, type[SHA256 | SHA384 | SHA512]] = {"256": SHA256, "384": SHA384, "512": SHA512}
_CURVES: Mapping[str, type[ec.SECP256R1 | ec.SECP384R1 | ec.SECP521R1]] = {
    "P-256": ec.SECP256R1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
}


def b64(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _whole(number: int) -> str:
    return b64(number.to_bytes((number.bit_length() + 7) // 8))


@dataclass(slots=True)
class Signer:
    """One key with its name."""

    kid: str
    private: Private

    @classmethod
    def rsa(cls, kid: str = "r", bits: int = 2048) -> "Signer":
        return cls(kid, rsa.generate_private_key(65537, bits))

    @classmethod
    def ec(cls, kid: str = "e", curve: str = "P-256") -> "Signer":
        return cls(kid, ec.generate_private_key(_CURVES[curve]()))

    @classmethod
    def ed25519(cls, kid: str = "d") -> "Signer":
        return cls(kid, ed25519.Ed25519PrivateKey.generate())

    def public(self, **more: Any) -> dict[str, Any]:
        """The key as its issuer publishes it."""
        said: dict[str, Any] = {"kid": self.kid, "use": "sig"}
        private = self.private
        if isinstance(private, rsa.RSAPrivateKey):
            numbers = private.public_key().public_numbers()
            said |= {"kty": "RSA", "n": _whole(numbers.n), "e": _whole(numbers.e)}
        elif isinstance(private, ec.EllipticCurvePrivateKey):
            point = private.public_key().public_numbers()
            size = (private.key_size + 7) // 8
            names = {256: "P-256", 384: "P-384", 521: "P-521"}
            said |= {"kty": "EC", "crv": names[private.key_size]}
            said |= {"x": b64(point.x.to_bytes(size)), "y": b64(point.y.to_bytes(size))}
        else:
            said |= {"kty": "OKP", "crv": "Ed25519"}
            said["x"] = b64(private.public_key().public_bytes_raw())
        return said | more

    def sign(self, algorithm: str, signed: bytes) -> bytes:
        """A signature as RFC 7518 has it."""
        private = self.private
        if isinstance(private, ed25519.Ed25519PrivateKey):
            return private.sign(signed)
        digest = _HASH[algorithm[2:]]()
        if isinstance(private, ec.EllipticCurvePrivateKey):
            r, s = utils.decode_dss_signature(private.sign(signed, ec.ECDSA(digest)))
            size = (private.key_size + 7) // 8
            return r.to_bytes(size) + s.to_bytes(size)
        if algorithm.startswith("PS"):
            pad = padding.PSS(padding.MGF1(digest), salt_length=digest.digest_size)
            return private.sign(signed, pad, digest)
        return private.sign(signed, padding.PKCS1v15(), digest)

    def token(self, claims: Mapping[str, Any], algorithm: str = "RS256", **header: Any) -> str:
        """A signed token; a member of the header that is None is left out."""
        said = {"alg": algorithm, "typ": "at+jwt", "kid": self.kid, **header}
        said = {name: value for name, value in said.items() if value is not None}
        parts = b64(json.dumps(said).encode()), b64(json.dumps(dict(claims)).encode())
        signed = ".".join(parts)
        return f"{signed}.{b64(self.sign(algorithm, signed.encode()))}"


def key_set(*signers: Signer) -> bytes:
    """Their public keys."""
    return json.dumps({"keys": [each.public() for each in signers]}).encode()


@dataclass(slots=True)
class Issuer:
    """Gives its keys to whoever asks, and counts how often."""

    body: bytes
    status: int = 200
    asked: int = 0
    port: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/keys"

    async def handle(self, _: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(body=self.body, status=self.status, headers=self.headers)


@asynccontextmanager
async def issuing(body: bytes) -> AsyncIterator[Issuer]:
    """Serve a set of keys."""
    issuer = Issuer(body)
    app = web.Application()
    app.router.add_get("/keys", issuer.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    issuer.port = int(runner.addresses[0][1])
    try:
        yield issuer
    finally:
        await runner.cleanup()
