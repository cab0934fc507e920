"""What there is to verify: the files of a log by their names, and its checkpoints as they lie."""

from typing import Final

from guardrail_gw.audit.findings import Code, Finding, finding
from guardrail_gw.audit.note import NoteError, SignedCheckpoint, parse_checkpoints, parse_note
from guardrail_gw.audit.pruned import PRUNED
from guardrail_gw.audit.segments import CHECKPOINTS, SEGMENT, first_of
from guardrail_gw.keys.vkey import Verifier

Points = dict[int, SignedCheckpoint]
"""Checkpoints by the number of records that they cover."""
_BESIDE: Final = {"lock", "ballast", "archived", PRUNED}
"""What else a writer keeps in a log's folder: it says nothing of the records."""


def inventory(names: tuple[str, ...]) -> tuple[list[int], list[Finding], list[str]]:
    """The segments' first indices in order; what lacks its other half; names of other files."""
    firsts = {n.removesuffix(SEGMENT) for n in names if first_of(n) is not None}
    points = {n.removesuffix(CHECKPOINTS) for n in names if n.endswith(CHECKPOINTS)}
    lacking = [
        *((Code.SEGMENT_REMOVED, "its checkpoints are here", n) for n in sorted(points - firsts)),
        *((Code.CHECKPOINT_REMOVED, "", name) for name in sorted(firsts - points)),
    ]
    found = [finding(code, detail, file=n + CHECKPOINTS) for code, detail, n in lacking]
    known = {n + SEGMENT for n in firsts} | {n + CHECKPOINTS for n in points} | _BESIDE
    return sorted(map(int, firsts)), found, sorted(set(names) - known)


def read_kept(note: bytes, origin: Verifier) -> SignedCheckpoint | Finding:
    """A checkpoint that was kept elsewhere, if the origin key has signed it.

    Lines of others who have cosigned it may follow; a reader of notes passes over keys that it
    does not know.
    """
    try:
        kept = parse_note(_own(note))
    except NoteError as error:
        return finding(Code.KEPT_UNREADABLE, str(error))
    return kept if kept.signed_by(origin) else finding(Code.KEPT_UNSIGNED)


def _own(note: bytes) -> bytes:
    """The note without the signature lines of other names than the log's."""
    text, blank, lines = note.rstrip(b"\n").partition(b"\n\n")
    mark = b"\xe2\x80\x94 " + text.split(b"\n")[0] + b" "
    signed = lines.split(b"\n")
    own = [line for line in signed if line.startswith(mark)] or signed
    return text + blank + b"\n".join(own) + b"\n"


def read_points(data: bytes, name: str) -> tuple[Points, list[Finding]]:
    """A checkpoint file: what it holds, and what is wrong with its order or its end.

    Raises:
        NoteError: something in it was never written by a gateway.
    """
    found, used = parse_checkpoints(data)
    wrong = [finding(Code.CHECKPOINT_TORN, file=name)] if used < len(data) else []
    sizes = [point.checkpoint.size for point in found]
    if sizes != sorted(set(sizes)):
        wrong.append(finding(Code.CHECKPOINT_DISORDERED, file=name))
    return {point.checkpoint.size: point for point in found}, wrong
