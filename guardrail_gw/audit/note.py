"""Checkpoints: the size and root of the log, signed.

Source: C2SP signed-note (text, blank line, signature lines) and tlog-checkpoint (origin, size in
decimal, root in base64). Two signatures, both in the log's name: the epoch's key, then the origin
key, so that a checkpoint kept elsewhere can be checked without the log.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.record import RecordError
from guardrail_gw.keys.vkey import Verifier

_LINES = 6
_SIGNATURE = re.compile(r"— (\S+) ([A-Za-z0-9+/]{91}=)")
_SIZE = re.compile(r"[1-9][0-9]{0,15}")
_SIG = re.compile(r"[A-Za-z0-9+/]{91}=")
_ROOT_LINE = 2
_BLANK_LINES = (3, 6)
_ROOT = re.compile(r"[A-Za-z0-9+/]{43}=")


class NoteError(RecordError):
    """Bytes that are not checkpoints in the one form in which they are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A commitment to the first `size` records."""

    origin: str
    size: int
    root: bytes

    def text(self) -> bytes:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint with its signatures, not checked yet."""

    checkpoint: Checkpoint
    signatures: tuple[bytes, ...]
    """Four bytes key id and 64 bytes signature, each."""

    def note(self) -> bytes:
        """As it is written: text, blank line, a line for each signature."""
        lines = (
            f"— {self.checkpoint.origin} {base64.b64encode(signature).decode()}\n".encode()
            for signature in self.signatures
        )
        return b"".join((self.checkpoint.text(), b"\n", *lines))

    def signed_by(self, verifier: Verifier) -> bool:
        """Whether one of the signatures is of this key, taken in the log's name."""
        key = verifier.named(self.checkpoint.origin)
        return any(
            s[:4] == key.key_id and key.verifies(s[4:], self.checkpoint.text())
            for s in self.signatures
        )


def sign(checkpoint: Checkpoint, *keys: Ed25519PrivateKey) -> bytes:
    """Write a checkpoint as a signed note, one signature line per key."""
    text = checkpoint.text()
    signatures = []
    for key in keys:
        public = key.public_key().public_bytes_raw()
        key_id = Verifier(name=checkpoint.origin, public=public).key_id
        signatures.append(key_id + key.sign(text))
    return SignedCheckpoint(checkpoint=checkpoint, signatures=tuple(signatures)).note()


def certificate_text(origin: str, epoch: int, first_seq: int, public: bytes) -> bytes:
    """What the origin key signs to admit an epoch's checkpoint key."""
    lines = ("guardrail-gw/audit/v1/epoch-key", origin, str(epoch), str(first_seq), public.hex())
    return "".join(f"{line}\n" for line in lines).encode()


def parse_note(note: bytes) -> SignedCheckpoint:
    """Read one signed checkpoint.

    Raises:
        NoteError: not in the form that `sign` writes.
    """
    try:
        lines = note.decode().split("\n")
    except UnicodeDecodeError:
        raise NoteError("not text") from None
    if len(lines) < 6 or lines[3] or lines[-1]:  # noqa: PLR2004 - three lines, blank, signatures, end
        raise NoteError("not a signed checkpoint")
    origin, size, root = lines[:3]
    if not _SIZE.fullmatch(size):
        raise NoteError("not a size")
    return SignedCheckpoint(
        checkpoint=Checkpoint(origin=origin, size=int(size), root=_decoded(root, _ROOT)),
        signatures=tuple(_signature(line, origin) for line in lines[4:-1]),
    )


def parse_checkpoints(data: bytes) -> tuple[list[SignedCheckpoint], int]:
    """Read a checkpoint file: notes of two signatures, each followed by a blank line.

    Returns:
        The checkpoints, and how many bytes they take; what follows is a torn last note.

    Raises:
        NoteError: something in it was never written by us.
    """
    found, used = [], 0
    for block in _blocks(data):
        found.append(parse_note(block))
        used += len(block) + 1
    _check_torn(data[used:])
    return found, used


def _blocks(data: bytes) -> Iterator[bytes]:
    """Cut after every seventh line end; the seventh line is blank and is not given."""
    lines = data.split(b"\n")
    for first in range(0, len(lines) - _LINES - 1, _LINES + 1):
        if lines[first + _LINES]:
            raise NoteError("checkpoints are not separated by blank lines")
        yield b"\n".join(lines[first : first + _LINES]) + b"\n"


def _check_torn(tail: bytes) -> None:
    """A torn note is the beginning of a good one; anything else was altered."""
    *whole, last = tail.decode(errors="replace").split("\n")
    mark = f"— {whole[0]} " if whole else ""
    for place, line in enumerate(whole):
        if not _whole(line, place, mark):
            raise NoteError("the last checkpoint was altered")
    if whole and not _begun(last, len(whole), mark):
        raise NoteError("the last checkpoint was altered")


def _whole(line: str, place: int, mark: str) -> bool:
    """Whether a line may stand at that place of a note whose signature lines begin with `mark`."""
    if place == 0:
        return bool(line) and line.isascii()
    if place == 1:
        return bool(_SIZE.fullmatch(line))
    if place == _ROOT_LINE:
        return _exact(line, _ROOT)
    if place in _BLANK_LINES:
        return not line
    return line.startswith(mark) and _exact(line[len(mark) :], _SIG)


def _begun(last: str, place: int, mark: str) -> bool:
    """Whether an unfinished line may be the beginning of the line at that place."""
    if place == 1:
        return not last or bool(_SIZE.fullmatch(last))
    if place == _ROOT_LINE:
        return bool(re.fullmatch(r"[A-Za-z0-9+/]{0,43}=?", last))
    if place in _BLANK_LINES:
        return not last
    if last.startswith(mark):
        return bool(re.fullmatch(r"[A-Za-z0-9+/]{0,91}=?", last[len(mark) :]))
    return mark.startswith(last.rstrip("\ufffd"))  # cut inside the dash


def _signature(line: str, origin: str) -> bytes:
    match = _SIGNATURE.fullmatch(line)
    if match is None or match.group(1) != origin:
        raise NoteError("not a signature line of the log")
    return _decoded(match.group(2), _SIG)


def _decoded(text: str, form: re.Pattern[str]) -> bytes:
    """Base64 in its one canonical form."""
    if not _exact(text, form):
        raise NoteError("not canonical base64")
    return base64.b64decode(text)


def _exact(text: str, form: re.Pattern[str]) -> bool:
    if not form.fullmatch(text):
        return False
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
    except binascii.Error:
        return False
