"""Values that begin in one text and end in the next: content parts, array elements, table cells.

The ends of neighbouring texts are joined and read once more, by rules only. What lies across a
border is reported as a part in each text. Only values whose form or check leaves little to chance
count, and only between neighbours: elements of one array, members of one object, or the same field
of two elements. Prose and object keys are rows of their own, since in a body they alternate.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from guardrail_gw.core.ports import Detector
from guardrail_gw.core.text import Entity, Finding, Segment, SegmentKind
from guardrail_gw.detection.hidden import SURE
from guardrail_gw.detection.merge import merge
from guardrail_gw.errors import DetectionDown

ACROSS = frozenset(map(Entity, ("EMAIL_ADDRESS", "IBAN_CODE", "CREDIT_CARD")))
"""Numbers with a weaker check would be found in any two columns of digits."""
REACH = 64
"""Code points of a long text that are looked at on either side of a border."""
LONGEST_ROW = 40
"""Texts that one value may be spread over."""
_DIGITS = 10
"""Fewest digits in a row of texts without an `@` that are worth a look."""
_ENDS = re.compile(r"[\w@.+-] ?\Z")
_BEGINS = re.compile(r" ?[\w@.+-]")
_DIGIT = re.compile(r"\d")
_ENOUGH_DIGITS = re.compile(rf"(?:\D*+\d){{{_DIGITS}}}")
_FRAGMENT = re.compile(r"[^\s@]*[.+_-][^\s@]*\Z")
"""What the end of a text must be to belong to an address that is whole without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seam:
    """Joined texts: where each begins in the seam, which segment it is of, and from where on."""

    text: str = field(repr=False)
    begins: tuple[int, ...]
    indices: tuple[int, ...]
    offsets: tuple[int, ...]

    def added(
        self,
        segments: Sequence[Segment],
        whole: Sequence[Sequence[Finding]],
        across: Sequence[Finding],
    ) -> Iterator[tuple[int, Finding]]:
        """The parts, with the index of their segment, that no text shows by itself."""
        for finding in across:
            if finding.score >= SURE and finding.entity in ACROSS:
                parts = list(self._parts(finding))
                if len(parts) > 1 and not self._is_chance(segments, whole, parts):
                    yield from parts

    def _parts(self, finding: Finding) -> Iterator[tuple[int, Finding]]:
        first = bisect_right(self.begins, finding.start) - 1
        last = bisect_right(self.begins, finding.end - 1) - 1
        for at in range(first, last + 1):
            stop = self.begins[at + 1] if at < last else finding.end
            moved = self.offsets[at] - self.begins[at]
            start = max(finding.start, self.begins[at]) + moved
            yield self.indices[at], replace(finding, start=start, end=stop + moved, part=True)

    def _is_chance(
        self,
        segments: Sequence[Segment],
        whole: Sequence[Sequence[Finding]],
        parts: Sequence[tuple[int, Finding]],
    ) -> bool:
        """Whether one text shows the value by itself, and the others only stand beside it.

        `anna.schm` before `idt@example.com` is a part of it, `Hello` before `anna@example.com`
        is not, and nothing behind `anna@example.com` is, nor behind its full stop.
        """
        index, last = parts[-1]
        if not any(_covers(each, last) for each in whole[index]):
            return any(
                _covers(each, _unstopped(segments[at].text, part))
                for at, part in parts[:-1]
                for each in whole[at]
            )
        left = parts[-2][0]
        is_element = segments[left].place != segments[index].place
        return not (is_element and _FRAGMENT.search(segments[left].text[-REACH:]))


def _unstopped(text: str, part: Finding) -> Finding:
    """The part without the full stop of a sentence that it ends."""
    stop = part.end == len(text) and text.endswith(".")
    return replace(part, end=part.end - 1) if stop else part


def _covers(finding: Finding, part: Finding) -> bool:
    return finding.entity == part.entity and finding.start <= part.start and part.end <= finding.end


@dataclass(frozen=True, slots=True, kw_only=True)
class AcrossSegments:
    """A detector that also sees what another would see if neighbouring texts were one."""

    detector: Detector

    async def detect(
        self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
    ) -> Sequence[tuple[Finding, ...]]:
        """See `core.ports.Detector`."""
        seams = list(_seams(segments)) if _may_have_seams(segments) else []
        if not seams:
            return await self.detector.detect(segments, countries=countries)
        joined = [Segment(text=seam.text, kind=SegmentKind.KEY, place="") for seam in seams]
        found = await self.detector.detect([*segments, *joined], countries=countries)
        if len(found) != len(segments) + len(joined):
            raise DetectionDown("not every text was scanned")
        whole = found[: len(segments)]
        more: dict[int, list[Finding]] = {}
        for seam, across in zip(seams, found[len(segments) :], strict=True):
            for index, part in seam.added(segments, whole, across):
                more.setdefault(index, []).append(part)
        return [
            tuple(merge(segment.text, [*here, *more[index]])) if index in more else here
            for index, (segment, here) in enumerate(zip(segments, whole, strict=True))
        ]


def _may_have_seams(segments: Sequence[Segment]) -> bool:
    """Whether there is enough at the ends of all texts together for any row of them."""
    if len(segments) < 2:  # noqa: PLR2004 - a row
        return False
    texts = [each.text for each in segments]
    ends = "".join([t if len(t) <= 2 * REACH else t[:REACH] + t[-REACH:] for t in texts])
    return "@" in ends or _has_digits(ends)


def _has_digits(text: str) -> bool:
    """Whether it has as many digits, of any script, as a row needs."""
    if not text.isascii():
        return _ENOUGH_DIGITS.match(text) is not None
    raw = text.encode()  # which is quicker by far than to ask of each character what it is
    return len(raw) - len(raw.translate(None, b"0123456789")) >= _DIGITS


def _seams(segments: Sequence[Segment]) -> Iterator[_Seam]:
    """The rows of texts that a value could run through."""
    for is_key in (False, True):
        row: list[int] = []
        for index, segment in enumerate(segments):
            if (segment.kind is SegmentKind.KEY) is not is_key or not segment.text:
                continue
            if row and not _is_open(segments[row[-1]], segment):
                yield from _seam(segments, row)
                row = []
            elif row and len(segments[row[-1]].text) > REACH:
                yield from _seam(segments, row)
                row = row[-1:] if len(row) > 1 else row
            row.append(index)
        yield from _seam(segments, row)


def open_row(segments: Sequence[Segment], count: int) -> list[int]:
    """The last of the first `count` texts that a value could run on from into what follows.

    Returns:
        Indices in order; with what follows they make the same rows as all of the texts would.
    """
    found: list[int] = []
    for is_key in (False, True):
        right: Segment | None = None
        for index in range(count - 1, -1, -1):
            segment = segments[index]
            if (segment.kind is SegmentKind.KEY) is not is_key or not segment.text:
                continue
            goes_on = _may_go_on(segment.text) if right is None else _is_open(segment, right)
            if not goes_on:
                break
            found.append(index)
            if len(segment.text) > REACH:
                break
            right = segment
    return sorted(found)


def _may_go_on(text: str) -> bool:
    return _ENDS.search(text, max(0, len(text) - 2)) is not None


def _is_open(left: Segment, right: Segment) -> bool:
    """Whether a value could go on across the border."""
    return (
        _BEGINS.match(right.text) is not None
        and _may_go_on(left.text)
        and _are_neighbours(left.place, right.place)
    )


@lru_cache(maxsize=4096)  # places are the wire format's, and turns repeat them; no text is in one
def _are_neighbours(one: str, other: str) -> bool:
    """Whether two places are the same but for one index of an array."""
    if one == other:
        return True
    steps, others = one.split("/"), other.split("/")
    differing = [(a, b) for a, b in zip(steps, others, strict=False) if a != b]
    return (
        len(steps) == len(others)
        and len(differing) == 1
        and all(step.isdecimal() for step in differing[0])
    )


def _seam(segments: Sequence[Segment], row: Sequence[int]) -> Iterator[_Seam]:
    if not 1 < len(row) <= LONGEST_ROW:
        return
    texts, offsets = [], []
    for index in row:
        text = segments[index].text
        offset = max(0, len(text) - REACH) if index == row[0] else 0
        offsets.append(offset)
        texts.append(text[offset:] if index == row[0] else text[:REACH])
    joined = "".join(texts)
    if "@" not in joined and len(_DIGIT.findall(joined)) < _DIGITS:
        return
    begins, at = [], 0
    for text in texts:
        begins.append(at)
        at += len(text)
    yield _Seam(text=joined, begins=tuple(begins), indices=tuple(row), offsets=tuple(offsets))
