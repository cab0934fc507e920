"""Texts of ours that an origin key has signed: C2SP signed notes with one signature line."""

import base64
import binascii

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.keys.vkey import Verifier


def signed(text: bytes, name: str, key: Ed25519PrivateKey) -> bytes:
    """A text, which ends with a line feed, as a note that `key` has signed in that name."""
    key_id = Verifier(name=name, public=key.public_key().public_bytes_raw()).key_id
    signature = base64.b64encode(key_id + key.sign(text)).decode()
    return text + f"\n— {name} {signature}\n".encode()


def text_of(note: bytes, *keys: Verifier) -> bytes | None:
    """The text of a note, if one of the keys has signed it in its name."""
    text, _, signature = note.partition(b"\n\n")
    is_signed = any(_is_signed(text + b"\n", signature, key) for key in keys)
    return text + b"\n" if is_signed else None


def _is_signed(text: bytes, line: bytes, key: Verifier) -> bool:
    mark, end = f"— {key.name} ".encode(), b"\n"
    if not line.startswith(mark) or not line.endswith(end):
        return False
    try:
        raw = base64.b64decode(line[len(mark) : -len(end)], validate=True)
    except binascii.Error:
        return False
    return raw[:4] == key.key_id and key.verifies(raw[4:], text)
