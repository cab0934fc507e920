"""Checkpoints as signed notes: the specification's example, round trips, altered bytes."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.note import Checkpoint, NoteError, parse_checkpoints, parse_note, sign
from guardrail_gw.keys.vkey import Verifier, parse_vkey

_KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2)]
_POINT = Checkpoint(origin="log.example/1", size=123456, root=bytes(range(32)))
_NOTE = sign(_POINT, *_KEYS)


def test_example_of_the_specification() -> None:
    """The vkey and the signature of the C2SP signed-note example check."""
    verifier = parse_vkey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = (
        b"If you think cryptography is the answer to your problem,\n"
        b"then you don't know what your problem is.\n"
    )
    signature = base64.b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNX"
        "gKvqfqdngotpRZb6KE6RyyBwJnAM="
    )

    assert signature[:4] == verifier.key_id
    assert verifier.verifies(signature[4:], text)
    assert not verifier.verifies(signature[4:], text[1:])


def test_a_note_says_what_was_signed() -> None:
    """A written checkpoint reads back, and each key's signature checks for that key only."""
    read = parse_note(_NOTE)

    assert read.checkpoint == _POINT
    for key in _KEYS:
        assert read.signed_by(Verifier(name="x", public=key.public_key().public_bytes_raw()))
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert not read.signed_by(Verifier(name="x", public=other))


def test_the_text_is_a_tlog_checkpoint() -> None:
    """The first lines are origin, decimal size and base64 root, then a blank line."""
    lines = _NOTE.decode().split("\n")

    assert lines[:4] == [
        "log.example/1",
        "123456",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "",
    ]
    assert all(line.startswith("— log.example/1 ") for line in lines[4:6])
    assert lines[6:] == [""]


def test_every_cut_of_a_file_is_a_torn_note() -> None:
    """However the last note is cut, those before it are read and the rest is reported as torn."""
    stored = _NOTE + b"\n"
    data = stored * 3
    for end in range(len(stored) * 2, len(data)):
        found, used = parse_checkpoints(data[:end])
        assert (len(found), used) == (2, len(stored) * 2), end


def test_no_altered_byte_reads_like_the_original() -> None:
    """A flipped bit anywhere is refused, or no longer has both signatures, or names another log."""
    data = _NOTE + b"\n"
    verifiers = [Verifier(name="x", public=k.public_key().public_bytes_raw()) for k in _KEYS]
    for place in range(len(data)):
        for bit in range(8):
            altered = bytearray(data)
            altered[place] ^= 1 << bit
            try:
                found, used = parse_checkpoints(bytes(altered))
            except NoteError:
                continue
            whole = used == len(data) and len(found) == 1
            assert not (whole and all(found[0].signed_by(v) for v in verifiers)), (place, bit)
            assert whole, (place, bit)  # never taken for a torn end


@pytest.mark.parametrize("text", ["", "a\n", "a\n01\n", "a\nb\nc\n\n— a x\n", "\ud7ff"])
def test_other_text_is_refused(text: str) -> None:
    """What is not a checkpoint raises NoteError and nothing else."""
    with pytest.raises(NoteError):
        parse_note(text.encode())
