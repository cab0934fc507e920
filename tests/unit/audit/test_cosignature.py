"""Cosignatures by C2SP tlog-cosignature, checked against its words and not by our own code."""

import base64
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.cosignature import cosign, cosigned_s
from guardrail_gw.audit.note import Checkpoint
from guardrail_gw.keys.vkey import COSIGNS, Verifier, parse_vkey

NAME = "collector.example"
POINT = Checkpoint(origin="log.example/0011", size=20852163, root=sha256(b"root").digest())
AT_S = 1_679_315_147


def made() -> tuple[Ed25519PrivateKey, Verifier]:
    """A cosigner."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    return key, Verifier(name=NAME, public=public, kind=COSIGNS)


def test_the_bytes_are_those_of_the_specification() -> None:
    """Key id, big-endian time and a signature over header, time and the checkpoint's text."""
    key, known = made()

    line = cosign(POINT, NAME, key, AT_S)

    head, _, encoded = line.rstrip("\n").rpartition(" ")
    data, public = base64.b64decode(encoded), key.public_key()
    assert head == f"— {NAME}"
    assert data[:4] == sha256(b"collector.example\n\x04" + known.public).digest()[:4]
    assert data[4:12] == AT_S.to_bytes(8, "big")
    message = b"cosignature/v1\ntime 1679315147\nlog.example/0011\n20852163\n"
    public.verify(data[12:], message + base64.b64encode(POINT.root) + b"\n")


def test_a_cosignature_says_when() -> None:
    """The key that made it reads the time from it, also from its own line of text."""
    key, known = made()

    line = cosign(POINT, NAME, key, AT_S)

    assert cosigned_s(line, POINT, known) == AT_S
    assert cosigned_s(line, POINT, parse_vkey(known.vkey(), COSIGNS)) == AT_S


def test_nothing_else_counts() -> None:
    """Not another size, root, name or key, no changed byte, and no signature without a time."""
    key, known = made()
    line = cosign(POINT, NAME, key, AT_S)
    data = bytearray(base64.b64decode(line.split()[-1]))
    flipped = []
    for place in range(len(data)):
        data[place] ^= 1
        flipped.append(f"— {NAME} {base64.b64encode(data).decode()}\n")
        data[place] ^= 1
    others = [
        Checkpoint(origin=POINT.origin, size=POINT.size + 1, root=POINT.root),
        Checkpoint(origin=POINT.origin, size=POINT.size, root=bytes(32)),
        Checkpoint(origin="log.example/0012", size=POINT.size, root=POINT.root),
    ]

    assert [cosigned_s(each, POINT, known) for each in flipped] == [None] * len(flipped)
    assert [cosigned_s(line, other, known) for other in others] == [None] * len(others)
    assert cosigned_s(line, POINT, made()[1]) is None
    assert cosigned_s(line, POINT, known.named("other.example")) is None
    assert cosigned_s(line.rstrip("\n"), POINT, known) is None


@pytest.mark.parametrize("line", ["", "— collector.example AAAA\n", "— a " + "A" * 102 + "==\n"])
def test_what_is_no_line_is_none(line: str) -> None:
    """Anything of another form is no cosignature."""
    assert cosigned_s(line, POINT, made()[1]) is None
