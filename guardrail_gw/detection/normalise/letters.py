"""Characters that are read as others: NFKC, marks, digits of every script, look-alikes.

Control, zero-width, bidirectional, filler, variation and tag characters are taken out.
Mathematical, full-width, circled and raised letters and digits follow from NFKC. Look-alikes of
Latin letters are folded only within a word that also has Latin letters or digits: a word in one
script is a word.

Source: UAX #15 (NFKC), UAX #44 (Default_Ignorable_Code_Point), UTS #39 (confusable characters).
"""

import re
import unicodedata
from collections.abc import Iterator

from guardrail_gw.detection.normalise.layer import Edit, Layer, rewritten
from guardrail_gw.detection.normalise.look_alikes import LOOK_ALIKES, SMALL_CAPITALS

_UNSEEN_CLASS = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Zero-width, bidirectional, variation selector, filler and tag characters."""
_UNSEEN = re.compile(f"[{_UNSEEN_CLASS}]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
"""Control characters but white space (UAX #44, Cc): nobody sees them, and JSON can carry them."""
_MARKS_CLASS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_TO_FOLD = re.compile(f"[{_UNSEEN_CLASS}{_MARKS_CLASS}]|[^\\D0-9]")
"""Anything that NFKC would leave as it is and we would not."""
_REGION = re.compile("[\x00-\x7f]?[^\x00-\x7f]+")
_MARKS = re.compile(f"[{_MARKS_CLASS}]")
_ENCLOSING = frozenset("\u20dd\u20de\u20df\u20e0\u20e2\u20e3\u20e4")
"""Circles and key caps: marks that Unicode gives no combining class."""
_MIXED = re.compile("[A-Za-z0-9][^\x00-\x7f]|[^\x00-\x7f][A-Za-z0-9]|[\u1d00-\u1d22]")
"""Must be in a text that has a word to fold."""
_WORD = re.compile(r"[^\W_]+")
_SIGN = re.compile(
    "(?<=[0-9A-Za-z])(?:(?P<dash>[\u2010-\u2015\u2212])(?=[0-9])"
    "|(?P<dot>[\u2022\u2027\u2219\u2e31\u3002]|(?<![lL])\u00b7|\u00b7(?![lL]))(?=[0-9A-Za-z]))"
)
_FEW = 3


def without_controls(text: str) -> Layer | None:
    """Make the copy without control characters; None when there are none."""
    if text.isprintable() or _CONTROL.search(text) is None:  # the former says so much faster
        return None
    return rewritten(text, (Edit(*found.span(), "") for found in _CONTROL.finditer(text)))


def folded(text: str) -> Layer | None:
    """Make the copy in which characters are what they pass for; None when all already are."""
    return None if _is_plain(text) else rewritten(text, _edits(text))


def without_look_alikes(text: str) -> Layer | None:
    """Make the copy with look-alikes of Latin letters, dashes and dots folded."""
    if text.isascii() or _MIXED.search(text) is None:
        return None
    edits = [*_words(text), *_signs(text)]
    return rewritten(text, sorted(edits))


def _is_plain(text: str) -> bool:
    return text.isascii() or (
        _TO_FOLD.search(text) is None and unicodedata.is_normalized("NFKC", text)
    )


def _edits(text: str) -> Iterator[Edit]:
    for region in _REGION.finditer(text):
        if _is_plain(region.group()):
            continue
        for start, end in _clusters(text, region.start(), region.end()):
            cluster = text[start:end]
            if cluster.isascii():
                continue
            new = _folded(cluster)
            if new != cluster or end - start > 1:  # no span may end before a mark
                yield Edit(start, end, new)


def _clusters(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Each character with the marks behind it; unseen ones stand by themselves."""
    begins = ends = start
    unseen: list[tuple[int, int]] = []
    for index in range(start, end):
        character = text[index]
        if _UNSEEN.match(character):
            unseen.append((index, index + 1))
        elif ends > begins and (unicodedata.combining(character) or character in _ENCLOSING):
            ends, unseen = index + 1, []
        else:
            if ends > begins:
                yield begins, ends
            yield from unseen
            begins, ends, unseen = index, index + 1, []
    if ends > begins:
        yield begins, ends
    yield from unseen


def _folded(cluster: str) -> str:
    composed = unicodedata.normalize("NFKC", _UNSEEN.sub("", cluster))
    if composed[:1].isascii():  # no letter takes these marks; left in, they would split a number
        composed = _MARKS.sub("", composed)
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in composed
    )


def _words(text: str) -> Iterator[Edit]:
    for match in _WORD.finditer(text):
        word = match.group()
        if word.isascii():
            continue
        has_latin = any(character.isascii() for character in word)
        seen = word.translate(LOOK_ALIKES) if has_latin else word
        small = word.translate(SMALL_CAPITALS)
        if small != word and (has_latin or _changed(small, word) >= _FEW):
            seen = seen.translate(SMALL_CAPITALS)
        for index, (new, old) in enumerate(zip(seen, word, strict=True), match.start()):
            if new != old:
                yield Edit(index, index + 1, new)


def _changed(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def _signs(text: str) -> Iterator[Edit]:
    for match in _SIGN.finditer(text):
        yield Edit(match.start(), match.end(), "-" if match.lastgroup == "dash" else ".")
