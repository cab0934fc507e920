"""Second readings of a text: values that stand in it in another form than their own.

Each reading is looked through by rules only, and only a finding that is sure and that touches what
was rewritten counts: the rest was seen in the first reading.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from guardrail_gw.core.text import Finding
from guardrail_gw.detection.normalise.blobs import blobs
from guardrail_gw.detection.normalise.escapes import unprinted
from guardrail_gw.detection.normalise.layer import Layer
from guardrail_gw.detection.normalise.normalise import normalise
from guardrail_gw.detection.normalise.spaced import joined
from guardrail_gw.detection.normalise.spoken import spelt
from guardrail_gw.detection.rules.window import Whole

SURE = 0.75
"""What a check of one in a hundred, or a form that nothing else has, is worth (rules/rule.py)."""
REACH = 192
"""Code points on either side of a change that are read anew: a value and the words beside it."""
_READINGS: tuple[Callable[[Whole], Layer | None], ...] = (joined, spelt, unprinted)

Find = Callable[[str], Iterable[Finding]]


class Reading(Protocol):
    """A text that rules are shown in place of a stretch of another."""

    @property
    def text(self) -> str:
        """What they are shown."""
        ...

    def counted(self, found: Iterable[Finding]) -> Iterator[Finding]:
        """Those of the findings in it that count, in places of the other text."""
        ...


def hidden(whole: Whole, find: Find) -> Iterator[Finding]:
    """Yield what `find` sees in the second readings of a text, in places of that text."""
    for reading in readings(whole):
        yield from reading.counted(find(reading.text))


def readings(whole: Whole) -> Iterator[Reading]:
    """Yield the second readings of a text, around what each of them rewrote."""
    text = whole.text
    for rewrite in _READINGS:
        layer = rewrite(whole)
        if layer is not None:
            for start, end in layer.around(REACH):
                yield _Stretch(layer, start, layer.text[start:end])
    for start, end, decoded in blobs(text, whole.stretches) if whole.stretches else ():
        yield _Decoded(start, end, normalise(decoded).text)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Part of a layer."""

    layer: Layer
    start: int
    text: str = field(repr=False)

    def counted(self, found: Iterable[Finding]) -> Iterator[Finding]:
        for each in found:
            start, end = self.start + each.start, self.start + each.end
            if each.score >= SURE and self.layer.differs(start, end):
                yield self.layer.original(replace(each, start=start, end=end))


@dataclass(frozen=True, slots=True)
class _Decoded:
    """What a blob holds; a hit covers the blob."""

    start: int
    end: int
    text: str = field(repr=False)

    def counted(self, found: Iterable[Finding]) -> Iterator[Finding]:
        sure = [each for each in found if each.score >= SURE]
        if sure:
            best = max(sure, key=lambda each: each.score)
            yield replace(best, start=self.start, end=self.end)
