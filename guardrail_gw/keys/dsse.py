"""Envelopes that several people sign. Pure, but for reading keys.

Source: DSSE v1.0 (github.com/secure-systems-lab/dsse, protocol.md and envelope.md): signed is
`DSSEv1 <length of type> <type> <length of payload> <payload>`, never JSON that has to be canonical.
Keys are those of signed notes (`vkey`), signatures are Ed25519; a `keyid` only helps to choose.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.secret_files import read_public
from guardrail_gw.keys.vkey import Verifier, parse_vkey

MAX_BYTES = 1 << 16
MAX_SIGNATURES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature, not judged yet."""

    key_id: str
    """What the signer calls the key; not authenticated."""
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A payload with its signatures."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...] = ()

    def signed(self, signer: Verifier, key: Ed25519PrivateKey) -> "Envelope":
        """With the signature of `signer`, whose private key this is; twice is once."""
        if signer in self.signers([signer]):
            return self
        new = Signature(key_id=_key_id(signer), value=key.sign(self._encoded()))
        return replace(self, signatures=(*self.signatures, new))

    def signers(self, verifiers: Iterable[Verifier]) -> tuple[Verifier, ...]:
        """Which of these have signed it; a key counts once, whatever its names."""
        message, found = self._encoded(), dict[bytes, Verifier]()
        for verifier in verifiers:
            if any(verifier.verifies(each.value, message) for each in self.signatures):
                found.setdefault(verifier.public, verifier)
        return tuple(found.values())

    def written(self) -> bytes:
        """As it is stored."""
        said = {
            "payloadType": self.payload_type,
            "payload": base64.b64encode(self.payload).decode(),
            "signatures": [
                {"keyid": each.key_id, "sig": base64.b64encode(each.value).decode()}
                for each in self.signatures
            ],
        }
        return orjson.dumps(said, option=orjson.OPT_INDENT_2) + b"\n"

    def _encoded(self) -> bytes:
        """The pre-authentication encoding."""
        kind = self.payload_type.encode()
        return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(self.payload), self.payload)


def parse_envelope(data: bytes, where: str) -> Envelope:
    """Read an envelope.

    Raises:
        ConfigError: too large, or of another form.
    """
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{where}: larger than {MAX_BYTES} bytes")
    try:
        said = orjson.loads(data)
        signatures = tuple(
            Signature(key_id=str(each["keyid"]), value=_decoded(each["sig"]))
            for each in said["signatures"]
        )
        payload, kind = _decoded(said["payload"]), said["payloadType"]
    except (orjson.JSONDecodeError, binascii.Error, KeyError, TypeError, ValueError):
        raise ConfigError(f"{where}: not a signed envelope (DSSE)") from None
    if not isinstance(kind, str) or len(signatures) > MAX_SIGNATURES:
        raise ConfigError(f"{where}: not a signed envelope (DSSE)")
    return Envelope(payload_type=kind, payload=payload, signatures=signatures)


def load_verifiers(path: Path) -> tuple[Verifier, ...]:
    """Read a file of verifier keys, one a line; lines that begin with `#` are notes.

    Raises:
        ConfigError: unreadable, a line is no key, or a key or a name stands there twice.
    """
    lines = [line.strip() for line in read_public(path).decode("ascii", "replace").splitlines()]
    try:
        found = tuple(parse_vkey(line) for line in lines if line and not line.startswith("#"))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    names, publics = {v.name for v in found}, {v.public for v in found}
    if len(names) != len(found) or len(publics) != len(found):
        raise ConfigError(f"{path}: a name or a key stands there twice")
    return found


def owner_of(key: Ed25519PrivateKey, verifiers: Sequence[Verifier], where: Path) -> Verifier:
    """Whose private key it is.

    Raises:
        ConfigError: nobody's of these.
    """
    public = key.public_key().public_bytes_raw()
    for verifier in verifiers:
        if verifier.public == public:
            return verifier
    names = ", ".join(each.name for each in verifiers)
    raise ConfigError(f"{where}: the key of none who may sign ({names})")


def _key_id(verifier: Verifier) -> str:
    return f"{verifier.name}+{verifier.key_id.hex()}"


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
