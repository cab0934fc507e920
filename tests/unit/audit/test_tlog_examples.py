"""The examples in the C2SP texts, read and checked by the code that reads our own logs."""

import base64

from guardrail_gw.audit.note import Checkpoint, parse_note
from guardrail_gw.keys.vkey import Verifier, parse_vkey

_CHECKPOINT = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2"
    "q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
"""https://c2sp.org/tlog-checkpoint, at commit 2793893 of https://github.com/C2SP/C2SP."""
_SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
"""The key of Go's checksum database, https://pkg.go.dev/cmd/go (GOSUMDB)."""
_NOTE = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n",
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=",
)
"""https://c2sp.org/signed-note, at commit 0552876: text and signature."""


def test_the_example_of_a_checkpoint_is_read() -> None:
    """Origin, size, root and the one signature, and written again it is the same bytes."""
    signed = parse_note(_CHECKPOINT.encode())

    assert signed.checkpoint.origin == "example.com/behind-the-sofa"
    assert signed.checkpoint.size == 20852163
    assert signed.checkpoint.root.hex().startswith("0ac5186a91863e8e")
    assert signed.note() == _CHECKPOINT.encode()


def test_the_example_of_a_checkpoint_is_signed_by_a_real_log() -> None:
    """The example's key id, signature, size and root are those of Go's checksum database.

    The text there begins with the database's own name, for which the example has another; the key's
    name and what was signed go back to it.
    """
    key, signed = parse_vkey(_SUMDB), parse_note(_CHECKPOINT.encode())
    text = Checkpoint(
        origin="go.sum database tree", size=signed.checkpoint.size, root=signed.checkpoint.root
    ).text()
    (signature,) = signed.signatures

    assert signature[:4] == key.key_id
    assert key.verifies(signature[4:], text)
    assert not key.verifies(signature[4:], signed.checkpoint.text())


def test_the_example_of_a_note_has_the_form_of_a_signature() -> None:
    """Four bytes key id and 64 bytes signature; a key that nobody published cannot be checked."""
    _, encoded = _NOTE
    signature = base64.b64decode(encoded, validate=True)

    assert len(signature) == 4 + 64
    other = Verifier(name="quasimodo.example/salvatore", public=bytes(32))
    assert signature[:4] != other.key_id
