"""Values written with something between their characters or groups: `D E 8 9`, `4111.1111.1111`.

Two forms are joined: single characters set apart by white space, and groups of letters and digits
set apart by one and the same sign. Prose and tables have such forms too, so a joined text is only
ever a second reading, for what a check or a strict form confirms.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from guardrail_gw.detection.normalise.layer import Edit, Layer, rewritten
from guardrail_gw.detection.rules.outline import may_have_singles
from guardrail_gw.detection.rules.spot import Spot
from guardrail_gw.detection.rules.window import Whole

_FEWEST = 7
"""Single characters in a row; the shortest telephone number."""
_OPENS = r"(\[{<\"'\u201c\u201e\u201a\u2018\u00ab"
_CLOSES = r".,;:!?)\]}>\"'\u201d\u201c\u2019\u2018\u00bb"
_SINGLES = re.compile(
    rf"(?<![^\s{_OPENS}])\S(?:\s{{1,3}}\S){{{_FEWEST - 1},}}(?=[{_CLOSES}]{{0,3}}(?!\S))"
)
_BLANK = re.compile(r"\s+")
_SET_APART = re.compile(r"(?:[._/|*,~:;'+-]|[ \t]{2}|\n)[ \t]{0,2}[0-9A-Za-z]")
"""Must follow on digits before groups are looked for; single spaces are the rules' own business."""
_AT_SET_APART = Spot(r"9+(?:[._/|*,~:;'+-]|[ \t]{2}|\n)[ \t]{0,2}[9a-zA-Z]")
_GROUP = r"(?:[A-Za-z]{0,4}[0-9][A-Za-z0-9]{0,7}|[A-Z]{1,4})(?![A-Za-z0-9])"
"""No word of a sentence, or it would take the first group with it."""
_GROUPS = re.compile(
    rf"(?<![A-Za-z0-9]){_GROUP}(?P<sign>[ \t]?[._/|*,~:;'+-][ \t]{{0,2}}|[ \t]{{2,3}}|\n)"
    rf"(?:{_GROUP}(?P=sign)){{1,40}}{_GROUP}"
)
_BREAK = re.compile(
    r"[^0-9._/|*,~:;'+ \t\n-](?:(?<![A-Za-z])"
    r"|(?<![A-Za-z0-9].)(?!(?<=[A-Z])[A-Z]{0,3}(?![A-Za-z]))[A-Za-z]*+(?=[^A-Za-z0-9]))"
)
"""A word or a sign that is in no row of groups."""
_LAST_BREAK = re.compile(rf"(?s:.*)(?:{_BREAK.pattern})")
_SIGN = re.compile(r"[^A-Za-z0-9]+")
_DIGITS = 10
"""Fewest digits of groups that are worth a look."""


def joined(whole: Whole) -> Layer | None:
    """Make the copy with such values joined; None when nothing has the form."""
    text = whole.text
    singles: list[tuple[int, int]] = []
    if _has_singles(whole):
        singles = [match.span() for match in _SINGLES.finditer(text)]
    groups = list(_groups(whole)) if _may_have_groups(whole) else []
    if not singles and not groups:
        return None
    return rewritten(text, _edits(text, singles, groups))


def _has_singles(whole: Whole) -> bool:
    """Whether so many single characters stand in a row; signs may touch the first and last."""
    if whole.raw and not may_have_singles(whole.spaced):
        return False
    widths = whole.widths
    row = behind = 0
    for _ in range(widths.count(1)):
        at = widths.index(1, behind)
        row = row + 1 if at == behind else 1
        if row == _FEWEST - 2:
            return True
        behind = at + 1
    return False


def _may_have_groups(whole: Whole) -> bool:
    """Whether there are as many digits, and something else than a single space behind some."""
    digits = whole.digits
    if sum([end - start for start, end in digits]) < _DIGITS:
        return False
    return any(
        _AT_SET_APART[around] and _SET_APART.match(whole.text, end)
        for (_, end), (_, around) in zip(digits, whole.spots, strict=True)
    )


def _groups(whole: Whole) -> Iterator[tuple[int, int]]:
    text = whole.text
    for match in chain(*(_GROUPS.finditer(text, *row) for row in _rows(text, whole.digits))):
        written = match.group()
        parts = written.split(match.group("sign"))
        is_even = len({len(part) for part in parts[:-1]}) == 1 and len(parts[-1]) <= len(parts[0])
        if is_even and sum(map(str.isdigit, written)) >= _DIGITS:
            yield match.span()


def _rows(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The parts of a text with as many digits, and nothing between them that no group has."""
    behind = first = ends = digits = 0  # where the row before ended; the first digit; its end
    for start, end in spans:
        if start >= ends:
            if digits >= _DIGITS:
                yield _begins(text, behind, first), ends
            after = _BREAK.search(text, end)
            behind, first, digits = ends, start, 0
            ends = after.start() if after else len(text)
        digits += end - start
    if digits >= _DIGITS:
        yield _begins(text, behind, first), ends


def _begins(text: str, behind: int, first: int) -> int:
    """Where the row of the digit at `first` begins, which is not before `behind`."""
    before = _LAST_BREAK.match(text, behind, first)
    return before.end() if before else behind


def _edits(
    text: str, singles: list[tuple[int, int]], groups: list[tuple[int, int]]
) -> Iterator[Edit]:
    """Take out what stands between; where both forms meet, single characters come first."""
    at = 0
    for start, end, between in sorted(
        [(*span, _BLANK) for span in singles] + [(*span, _SIGN) for span in groups],
        key=lambda span: span[:2],
    ):
        if start >= at:
            for gap in between.finditer(text, start, end):
                yield Edit(gap.start(), gap.end(), "")
            at = end
