"""Everything that can happen to one place of a log's files."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from zlib import crc32

from guardrail_gw.audit.frame import HEAD_SIZE, frames
from guardrail_gw.audit.record import parse
from guardrail_gw.audit.verify import Verdict

Files = dict[str, bytes]
_TAMPERED = frozenset({Verdict.TAMPERED})
_NOT_WHOLE = frozenset({Verdict.TAMPERED, Verdict.INCOMPLETE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file with one thing changed, and what may be said of the log then."""

    name: str
    data: bytes = field(repr=False)
    place: str
    allowed: frozenset[Verdict]

    def applied(self, found: Files) -> Files:
        """The log with this change."""
        return found | {self.name: self.data}


def cuts(found: Files) -> Iterator[Change]:
    """Each file ends after every number of its bytes.

    A checkpoint file may be torn at its end, so a cut in it is something missing; of a segment the
    checkpoints know what was there. Where another process followed, its checkpoints cover all that
    the cut ones did.
    """
    covered = _covered(found)
    for name, data in _files(found):
        allowed = _TAMPERED if name.endswith(".seg") else _NOT_WHOLE
        allowed |= {Verdict.OK} if name in covered else set()
        for end in range(len(data)):
            yield Change(name=name, data=data[:end], place=f"{name} cut at {end}", allowed=allowed)


def flips(found: Files, *, mended: bool) -> Iterator[Change]:
    """Each bit the other way round; `mended`: in what a frame holds, with a checksum that fits."""
    for name, data in _files(found):
        for place in _contents(name, data) if mended else range(len(data)):
            for bit in range(8):
                yield flip(name, data, place * 8 + bit, mended=mended)


def flip(name: str, data: bytes, bit: int, *, mended: bool = False) -> Change:
    """One bit the other way round."""
    altered = bytearray(data)
    altered[bit // 8] ^= 1 << bit % 8
    if mended:
        frame = next(frame for frame in frames(data) if frame.end > bit // 8)
        crc = crc32(bytes(altered[frame.at + 8 : frame.end]))
        altered[frame.at + 4 : frame.at + 8] = crc.to_bytes(4, "big")
    place = f"{name} bit {bit}{' mended' if mended else ''}"
    return Change(name=name, data=bytes(altered), place=place, allowed=_TAMPERED)


def _covered(found: Files) -> frozenset[str]:
    """Checkpoint files of processes that another one followed."""
    segments = sorted(name for name in found if name.endswith(".seg"))
    runs = {name: parse(next(frames(found[name])).leaf)["run"] for name in segments}
    ended = (name for name, after in pairwise(segments) if runs[name] != runs[after])
    return frozenset(name.replace(".seg", ".ckpt") for name in ended)


def _contents(name: str, data: bytes) -> Iterator[int]:
    if name.endswith(".seg"):
        for frame in frames(data):
            yield from range(frame.at + HEAD_SIZE, frame.end)


def _files(found: Files) -> Iterator[tuple[str, bytes]]:
    return ((name, data) for name, data in sorted(found.items()) if name != "lock")
