"""Cosignatures: what a collector says of a checkpoint once it has everything that it covers.

Source: C2SP tlog-cosignature, Ed25519: the signed message is `cosignature/v1`, a line with the
POSIX time, and the checkpoint's text; a line holds key id, time (64 bits, big-endian), signature.
"""

import base64
import binascii
import re

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.note import Checkpoint
from guardrail_gw.keys.vkey import COSIGNS, Verifier

_LINE = re.compile(r"— (\S+) ([A-Za-z0-9+/]{102}==)\n")
_KEY_ID = 4
_TIME = 8


def cosign(checkpoint: Checkpoint, name: str, key: Ed25519PrivateKey, now_s: int) -> str:
    """The signature line, with its line feed."""
    public = key.public_key().public_bytes_raw()
    key_id = Verifier(name=name, public=public, kind=COSIGNS).key_id
    signed = key_id + now_s.to_bytes(_TIME, "big") + key.sign(_message(checkpoint, now_s))
    return f"— {name} {base64.b64encode(signed).decode()}\n"


def cosigned_s(line: str, checkpoint: Checkpoint, cosigner: Verifier) -> int | None:
    """When that cosigner cosigned that checkpoint, in POSIX seconds; None: the line is not so."""
    match = _LINE.fullmatch(line)
    if match is None or match[1] != cosigner.name:
        return None
    try:
        signed = base64.b64decode(match[2], validate=True)
    except binascii.Error:
        return None
    at_s = int.from_bytes(signed[_KEY_ID : _KEY_ID + _TIME], "big")
    good = signed[:_KEY_ID] == cosigner.key_id and cosigner.verifies(
        signed[_KEY_ID + _TIME :], _message(checkpoint, at_s)
    )
    return at_s if good else None


def _message(checkpoint: Checkpoint, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n".encode() + checkpoint.text()
