"""Proof that one record is in the log, to be checked without the log.

Source: C2SP tlog-proof (https://c2sp.org/tlog-proof). The extra data is the record's leaf as it is
stored: it names kind, time and the hashes of what is sealed, nothing that a person wrote.

Pure: bytes in, bytes out; `review` reads the files.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from guardrail_gw.audit.findings import Verdict
from guardrail_gw.audit.frame import frames
from guardrail_gw.audit.note import NoteError, SignedCheckpoint, parse_checkpoints, parse_note
from guardrail_gw.audit.record import RecordError, parse
from guardrail_gw.audit.report import LogFiles
from guardrail_gw.audit.segments import CHECKPOINTS, first_of, segment_name
from guardrail_gw.audit.tree import included, inclusion_proof, leaf_hash, root_of
from guardrail_gw.keys.audit_keys import PublicMaterial

_HEAD: Final = "c2sp.org/tlog-proof@v1"
_EXTRA, _INDEX = "extra ", re.compile(r"index (0|[1-9][0-9]{0,15})")
_FOREIGN: Final = "this is not a proof in the form that `audit prove` writes"


class ProofError(RecordError):
    """A proof cannot be made, or says nothing; the exit code tells why."""

    def __init__(self, why: str, verdict: Verdict = Verdict.TAMPERED) -> None:
        super().__init__(why)
        self.exit_code = int(verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A record's place in a log of which a checkpoint is signed; not checked yet."""

    index: int
    leaf: bytes
    """As stored."""
    path: tuple[bytes, ...]
    """From the leaf's sibling up."""
    signed: SignedCheckpoint

    def encode(self) -> bytes:
        """The proof as a file: `.tlog-proof`."""
        lines = [_HEAD, _EXTRA + _base64(self.leaf), f"index {self.index}"]
        text = "\n".join([*lines, *map(_base64, self.path), "", ""])
        return text.encode() + self.signed.note()


def prove(log: LogFiles, index: int) -> Proof:
    """Prove a record by the log's latest checkpoint.

    Whether the log is whole is for `verify` to say; a proof speaks of one record.

    Raises:
        ProofError: no such record, no checkpoint covers it, or the records are not those signed.
        RecordError: the log cannot be read.
    """
    signed = _latest(log)
    if signed is None or not 0 <= index < signed.checkpoint.size:
        raise ProofError(f"no signed checkpoint covers a record {index}", Verdict.INCOMPLETE)
    hashes, leaf = [], b""
    for place, stored in enumerate(islice(_leaves(log), signed.checkpoint.size)):
        hashes.append(leaf_hash(stored))
        leaf = stored if place == index else leaf
    if root_of(hashes) != signed.checkpoint.root or len(hashes) != signed.checkpoint.size:
        raise ProofError("the records are not those of the latest checkpoint: run `audit verify`")
    path = tuple(inclusion_proof(hashes, index))
    return Proof(index=index, leaf=leaf, path=path, signed=signed)


def decode(data: bytes) -> Proof:
    """Read a proof.

    Raises:
        ProofError: not in the form that `encode` writes.
    """
    try:
        head, _, note = data.decode().partition("\n\n")
        name, extra, index, *path = head.split("\n")
        numbered = _INDEX.fullmatch(index)
        if name != _HEAD or not extra.startswith(_EXTRA) or numbered is None:
            raise ProofError(_FOREIGN, Verdict.UNVERIFIABLE)
        proof = Proof(
            index=int(numbered[1]),
            leaf=base64.b64decode(extra.removeprefix(_EXTRA), validate=True),
            path=tuple(base64.b64decode(line, validate=True) for line in path),
            signed=parse_note(note.encode()),
        )
    except (ValueError, NoteError):
        raise ProofError(_FOREIGN, Verdict.UNVERIFIABLE) from None
    if proof.encode() != data:
        raise ProofError(_FOREIGN, Verdict.UNVERIFIABLE)
    return proof


def check(proof: Proof, public: PublicMaterial) -> dict[str, Any]:
    """Check a proof with public material only.

    Returns:
        The record's leaf: kind, time, the hashes of what is sealed.

    Raises:
        ProofError: the record is not shown to be in a log of this origin key.
    """
    point = proof.signed.checkpoint
    if not point.origin.startswith(f"{public.origin.name}/"):
        why = "the proof is of a log of another origin than the key"
        raise ProofError(why, Verdict.UNVERIFIABLE)
    if not proof.signed.signed_by(public.origin):
        raise ProofError("the checkpoint is not signed by the origin key")
    hashed = leaf_hash(proof.leaf)
    if not included(hashed, proof.index, point.size, proof.path, point.root):
        raise ProofError("the record is not in the tree that the checkpoint signs")
    leaf = parse(proof.leaf)
    if (leaf["seq"], leaf["origin"]) != (proof.index, point.origin):
        raise ProofError("the record is of another place or log")
    return leaf


def _latest(log: LogFiles) -> SignedCheckpoint | None:
    for name in sorted((n for n in log.names if n.endswith(CHECKPOINTS)), reverse=True):
        found, _ = parse_checkpoints(log.read(name))
        if found:
            return found[-1]
    return None


def _leaves(log: LogFiles) -> Iterator[bytes]:
    """Every record's leaf in order; what a gap record left out is not read."""
    firsts = sorted(first for name in log.names if (first := first_of(name)) is not None)
    for first, until in zip(firsts, [*firsts[1:], None], strict=True):
        reading = frames(log.read(segment_name(first)))
        for next_place, frame in enumerate(reading, start=first + 1):
            yield frame.leaf
            if next_place == until:
                break


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
