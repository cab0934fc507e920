"""The ordinary records of an epoch: intents and outcomes, one after the other, read quickly.

`verify` reads a record as a frame, then as an object, field by field, and says what is wrong with
it. Almost every record is right and has one of two shapes. Those this module takes by their bytes
alone, when every rule is kept to which the long way holds them; the first record of which it cannot
say so is left to the long way. It never accepts what that would refuse.
"""

import re
from binascii import a2b_hex
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from zlib import crc32

from guardrail_gw.audit.frame import FRAME_HEAD, HEAD_SIZE, MAX_FRAME
from guardrail_gw.audit.record import MAX_LEAF

Intents = dict[int, tuple[int, int]]
"""Index of an intent without an outcome -> its time in microseconds, and its process run."""
_LEAF = (
    rb'\{(?:"ci":%(number)b,"cl":"(redacted|full)",)?(?:"dec":"%(word)b","epoch":%(epoch)d,'
    rb'"kind":"intent","origin":"%(origin)b",(?:"pol":"%(word)b",)?|"end":"%(word)b",'
    rb'"epoch":%(epoch)d,"kind":"outcome","of":%(number)b,"origin":"%(origin)b",)'
    rb'"salt":"[0-9a-f]{32}","seq":%(number)b,%(sid)b"suite":%(suite)d,"ts":%(number)b,"v":%(v)d,'
    rb'(?:"xc":"%(hex)b",)?"xm":"%(hex)b"\}'
)
_PARTS = {
    b"hex": b"([0-9a-f]{64})",
    b"number": b"(0|[1-9][0-9]{0,14}|[1-8][0-9]{15})",  # below 2^53
    b"word": b"[a-z0-9_.:-]{1,80}",
}


class Stride:
    """Takes the ordinary records of one epoch, and knows what they come to."""

    def __init__(self, header: Mapping[str, Any], intents: Intents, silence_us: int) -> None:
        """Begin behind an epoch record.

        Args:
            header: the epoch record's leaf.
            intents: those without an outcome so far; moved on.
            silence_us: a longer time between two records is for the long way to note.
        """
        parts: dict[bytes, bytes | int] = {
            **_PARTS,
            b"epoch": header["epoch"],
            # A row's first content in an epoch brings its key along: that is for the long way.
            b"sid": b'(?:"sid":"([0-9a-f]{32})",)?' if header["v"] > 1 else b"()",
            b"origin": re.escape(header["origin"].encode()),
            b"suite": header["suite"],
            b"v": header["v"],
        }
        self._fits = re.compile(_LEAF % parts).fullmatch
        self._run: int = header["run"]
        self._silence_us = silence_us
        self.intents = intents
        self.contents = Counter[str]()
        """Contents of the epoch by chain: a row's, or a level's."""
        self.end = self.size = self.ts = self.outcomes = 0
        self.hashes: list[bytes] = []

    def take(self, data: bytes, stop: int, place: tuple[int, int, int]) -> int:
        """Read on as long as records are ordinary, and no further than to record `stop`.

        Args:
            data: the segment.
            stop: how many records of the log there may be.
            place: bytes of the segment and records of the log that are read, and the last
                record's time.

        Returns:
            How many records were taken. `end`, `size` and `ts` are the new place, `hashes` the leaf
            hashes, and `outcomes` how many of the records are outcomes.
        """
        self.end, self.size, self.ts = place
        self.outcomes, self.hashes = 0, []
        view = memoryview(data)
        while self.size < stop and self._one(data, view):
            self.size += 1
        return len(self.hashes)

    def _one(self, data: bytes, view: memoryview) -> bool:
        start = self.end + HEAD_SIZE
        meta, content, end = _sections(data, view, self.end)
        leaf = data[start:meta]
        fits = self._fits(leaf)
        if fits is None:
            return False
        ci, cl, of, seq, sid, ts, xc, xm = fits.groups()
        sealed = _sealed(view[meta:content], xm) and (
            _sealed(view[content:end], xc) if xc else content == end and not ci
        )
        if not sealed or int(seq) != self.size or not 0 <= int(ts) - self.ts <= self._silence_us:
            return False
        if bool(xc) < bool(sid) or (xc and not self._counts(ci, cl, sid)):
            return False
        if of and int(of) not in self.intents:
            return False
        self.hashes.append(sha256(b"\x00" + leaf).digest())
        self.end, self.ts = end, int(ts)
        self._note(of, sid or cl)
        return True

    def _counts(self, ci: bytes | None, cl: bytes | None, sid: bytes | None) -> bool:
        """Whether a content has the next place in its chain, and does not begin that of a row."""
        if ci is None or cl is None or (sid and not int(ci)):
            return False
        return int(ci) == self.contents[(sid or cl).decode()]

    def _note(self, of: bytes | None, chain: bytes | None) -> None:
        if of is None:
            self.intents[self.size] = (self.ts, self._run)
        else:
            self.outcomes += 1
            del self.intents[int(of)]
        if chain:
            self.contents[chain.decode()] += 1


def _sections(data: bytes, view: memoryview, at: int) -> tuple[int, int, int]:
    """Where the metadata, the content and the frame at `at` end; zeros if it is not ordinary."""
    if len(data) - at < HEAD_SIZE:
        return 0, 0, 0
    length, crc, leaf, meta, content, wrap = FRAME_HEAD.unpack_from(data, at)
    end = at + 8 + length
    fits = 16 + leaf + meta + content == length <= MAX_FRAME and not wrap
    if not fits or end > len(data) or not 0 < leaf < MAX_LEAF or crc32(view[at + 8 : end]) != crc:
        return 0, 0, 0
    return at + HEAD_SIZE + leaf, end - content, end


def _sealed(section: memoryview, named: bytes) -> bool:
    return sha256(section).digest() == a2b_hex(named)
