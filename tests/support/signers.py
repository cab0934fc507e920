"""People who sign policy bundles."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from guardrail_gw.keys.dsse import Envelope
from guardrail_gw.keys.policy_signatures import SignedPolicies
from guardrail_gw.keys.secret_files import write_new
from guardrail_gw.keys.vkey import Verifier
from guardrail_gw.policy.bundle import BUNDLE, PAYLOAD_TYPE, Manifest, manifest_bytes


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with a key."""

    name: str
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(name=self.name, public=self.key.public_key().public_bytes_raw())

    def written(self, folder: Path) -> Path:
        """The private key in a file."""
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = folder / f"{self.name}.key"
        if not path.exists():
            write_new(path, pem, mode=0o600)
        return path


ANNA, BEN, CLEO = (Person(name=name) for name in ("anna", "ben", "cleo"))
STRANGER = Person(name="anna")
"""Another key under a name that may sign."""


def guard(folder: Path, *, min_serial: int = 0) -> SignedPolicies:
    """Of a gateway whose policies Anna, Ben and Cleo may sign."""
    return SignedPolicies(
        bundle="production",
        signers=tuple(each.verifier for each in (ANNA, BEN, CLEO)),
        state=folder / "policy-serial.json",
        min_serial=min_serial,
    )


def manifest(digest: str, serial: int = 1, bundle: str = "production") -> Manifest:
    """What is signed."""
    return Manifest.model_validate(
        {
            "apiVersion": "guardrail-gw/v1",
            "kind": "PolicyBundle",
            "bundle": bundle,
            "serial": serial,
            "digest": digest,
        }
    )


def sign(folder: Path, what: Manifest, *people: Person) -> None:
    """Write the bundle beside the policies."""
    envelope = Envelope(payload_type=PAYLOAD_TYPE, payload=manifest_bytes(what))
    for person in people:
        envelope = envelope.signed(person.verifier, person.key)
    (folder / BUNDLE).write_bytes(envelope.written())
