"""One rewriting of a text, with the way back: every span of the copy has a span of the original.

A copy is a row of blocks. A kept block stands as it was; a rewritten one stands as a whole for the
stretch it replaced, so that no span begins or ends within what was one character before.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from guardrail_gw.core.text import Finding


class Edit(NamedTuple):
    """`text[start:end]` reads as `new`; an empty `new` takes it out."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A copy and its blocks, as parallel lists."""

    text: str = field(repr=False)
    begins: list[int] = field(default_factory=list, repr=False)
    """Where each block begins in the copy."""
    starts: list[int] = field(default_factory=list, repr=False)
    ends: list[int] = field(default_factory=list, repr=False)
    """Where its original begins and ends."""
    rewritten: list[bool] = field(default_factory=list, repr=False)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original of `text[start:end]`, which is not empty."""
        first, last = self._blocks(start, end)
        begins = self.starts[first]
        if not self.rewritten[first]:
            begins += start - self.begins[first]
        if self.rewritten[last]:
            return begins, self.ends[last]
        return begins, self.starts[last] + end - self.begins[last]

    def original(self, finding: Finding) -> Finding:
        """The same finding in the text that was rewritten."""
        start, end = self.span(finding.start, finding.end)
        return replace(finding, start=start, end=end)

    def differs(self, start: int, end: int) -> bool:
        """Whether something was rewritten, or taken out, within `text[start:end]`."""
        first, last = self._blocks(start, end)
        return first != last or self.rewritten[first]

    def around(self, reach: int) -> Iterator[tuple[int, int]]:
        """The stretches of the copy within `reach` of a change, in order and not overlapping."""
        start = end = -1
        for number, begins in enumerate(self.begins):
            if number or self.rewritten[0]:
                if start < 0 or begins - reach > end:
                    if end > start:
                        yield start, end
                    start = max(0, begins - reach)
                end = min(len(self.text), begins + reach)
        if end > start:
            yield start, end

    def _blocks(self, start: int, end: int) -> tuple[int, int]:
        return bisect_right(self.begins, start) - 1, bisect_right(self.begins, end - 1) - 1


def rewritten(text: str, edits: Iterable[Edit]) -> Layer | None:
    """Make the copy in which `edits`, in order and not overlapping, are done; None without any."""
    layer = Layer(text="")
    parts: list[str] = []
    at = size = 0
    for start, end, new in edits:
        for piece, begins, ends, is_new in (
            (text[at:start], at, start, False),
            (new, start, end, True),
        ):
            if piece:
                layer.begins.append(size)
                layer.starts.append(begins)
                layer.ends.append(ends)
                layer.rewritten.append(is_new)
                parts.append(piece)
                size += len(piece)
        at = end
    if not at:
        return None
    if at < len(text):
        layer.begins.append(size)
        layer.starts.append(at)
        layer.ends.append(len(text))
        layer.rewritten.append(False)
        parts.append(text[at:])
    return replace(layer, text="".join(parts))
