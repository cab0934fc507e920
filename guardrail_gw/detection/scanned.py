"""One text as rules and recognition of names see it, and what both come to.

Everything here follows from the text alone, so rules and named-entity recognition may be asked in
processes of their own: what each of them finds is in places of the text, and merging does not see
where it was found.
"""

from collections.abc import Iterable, Sequence

from guardrail_gw.core.text import Finding, SegmentKind
from guardrail_gw.detection.hidden import hidden
from guardrail_gw.detection.merge import LISTED, merge
from guardrail_gw.detection.normalise import normalise
from guardrail_gw.detection.regions import Region, code_regions, in_code
from guardrail_gw.detection.ruled import Ruled
from guardrail_gw.detection.rules.window import Whole
from guardrail_gw.detection.shown import shown


class Scanned:
    """A text, the copy of it that detectors read, and where in the copy code stands."""

    __slots__ = ("_whole", "code", "copy", "kind", "text")

    def __init__(self, text: str, kind: SegmentKind) -> None:
        self.text = text
        self.kind = kind
        self.copy = normalise(text)
        self.code = code_in(self.copy.text, kind)
        self._whole: Whole | None = None

    @property
    def whole(self) -> Whole:
        """The copy as rules and merging ask it; recognition of names alone does not."""
        if self._whole is None:
            self._whole = Whole(self.copy.text)
        return self._whole

    def by_rules(self, ruled: Ruled) -> Sequence[Finding]:
        """What rules find, in code points of the text, in the order in which they found it.

        They see it as it stands and in its other readings. An object key is as a rule what a
        programmer chose, so that a name of a list says nothing there.
        """
        whole = self.whole
        found = [*ruled.find_in(whole), *hidden(whole, ruled.find)] if whole.text else []
        if self.kind is SegmentKind.KEY:
            found = [finding for finding in found if finding.recognizer not in LISTED]
        return self.placed(found)

    def for_names(self) -> str:
        """What named-entity recognition is shown; empty where it is shown nothing."""
        if self.kind is SegmentKind.KEY or not self.copy.text:
            return ""
        read = shown(self.copy.text, self.code)
        return read if read.strip() else ""

    def placed(self, found: Sequence[Finding]) -> Sequence[Finding]:
        """Those findings in the copy that count, in code points of the text."""
        if not self.code and not self.copy.layers:
            return found
        return list(self.copy.originals(in_code(found, self.code)))

    def merged(self, by_rules: Sequence[Finding], names: Iterable[Finding] = ()) -> list[Finding]:
        """The findings of the text, sorted and without overlap.

        Args:
            by_rules: what `by_rules` gave.
            names: what recognition found, `placed`, in the order in which it found it.
        """
        capitals = self.whole.capitals if self.whole.text == self.text else None
        return merge(self.text, [*by_rules, *names], capitals)


def code_in(text: str, kind: SegmentKind) -> list[Region]:
    """Where in a text of this kind code stands in which only what is sure counts."""
    return code_regions(text) if kind is SegmentKind.PROSE else []
