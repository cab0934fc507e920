"""The copy of a text that detectors read, and the way back to the original.

People and programs hide values, by intent or by accident: zero-width characters inside a name, a
fullwidth `@`, Cyrillic letters within a Latin word, `%40` in an address. Detectors see a copy in
which that is undone; findings are mapped back so that they cover whole original characters.

Source: UAX #15 (NFKC); UTS #39 for look-alikes, the common ones only; RFC 3986 section 2.1 (%XX);
RFC 8259 section 7 and the HTML standard (escaped characters).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from guardrail_gw.core.text import Finding

_ESCAPED = re.compile(
    r"(?:%[0-9A-Fa-f]{2})+"
    r"|(?:\\u[0-9A-Fa-f]{4})+"
    r"|\\x[0-9A-Fa-f]{2}"
    r"|&#(?:[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6});"
)
_ESCAPES = ("%", "\\", "&#")
_UNIT_CHARS = 6
"""How long `\\uXXXX` is."""
_UNSEEN_CLASS = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
"""Zero-width, bidirectional, variation selector, filler and tag characters."""
_UNSEEN = re.compile(f"[{_UNSEEN_CLASS}]")
_TO_FOLD = re.compile(f"[{_UNSEEN_CLASS}\u0300-\u036f\u0370-\u03ff\u0400-\u052f]|[^\\D0-9]")
"""Anything that NFKC would leave as it is and we would not."""
_MARKS = re.compile("[\u0300-\u036f]")
_WORD = re.compile(r"[^\W_]+")
_LOOK_ALIKE = str.maketrans(
    "аеорсухіјѕһԁԛԝкАВЕКМНОРСТУХІЈЅԀ" + "οανρτυικγΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijshdqwkABEKMHOPCTYXIJSD" + "oavptuikyABEZHIKMNOPTYX",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalised:
    """A text as detectors read it."""

    text: str = field(repr=False)
    starts: tuple[int, ...] | None = None
    """For each character, where its original begins; None when nothing was changed."""
    ends: tuple[int, ...] | None = None
    """For each character, where its original ends, exclusive."""

    def original(self, finding: Finding) -> Finding:
        """The same finding, in code points of the original text."""
        if self.starts is None or self.ends is None:
            return finding
        return Finding(
            start=self.starts[finding.start],
            end=self.ends[finding.end - 1],
            entity=finding.entity,
            score=finding.score,
            recognizer=finding.recognizer,
        )


def normalise(text: str) -> Normalised:
    """Make the copy; most texts are their own."""
    escaped = any(e in text for e in _ESCAPES) and _ESCAPED.search(text) is not None
    if not escaped and _is_plain(text):
        return Normalised(text=text)
    units = _decoded(text) if escaped else _characters(text, 0, len(text))
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for cluster, start, end in _clusters(units):
        folded = _folded(cluster)
        characters.append(folded)
        starts.extend([start] * len(folded))
        ends.extend([end] * len(folded))
    seen = _WORD.sub(_without_look_alikes, "".join(characters))
    return Normalised(text=seen, starts=tuple(starts), ends=tuple(ends))


def _is_plain(text: str) -> bool:
    return text.isascii() or (
        _TO_FOLD.search(text) is None and unicodedata.is_normalized("NFKC", text)
    )


_Unit = tuple[str, int, int]
"""A character or cluster, and where its original begins and ends."""


def _characters(text: str, start: int, end: int) -> Iterator[_Unit]:
    for index in range(start, end):
        yield text[index], index, index + 1


def _decoded(text: str) -> Iterator[_Unit]:
    """Characters of `text`; an escape that decodes to readable text counts as that text."""
    done = 0
    for run in _ESCAPED.finditer(text):
        yield from _characters(text, done, run.start())
        yield from _decoded_run(text, run.start(), run.end())
        done = run.end()
    yield from _characters(text, done, len(text))


def _decoded_run(text: str, start: int, end: int) -> Iterator[_Unit]:
    run = text[start:end]
    try:
        units = _percent(run) if run[0] == "%" else _unicode(run)
    except (ValueError, OverflowError):  # UnicodeDecodeError is a ValueError
        units = []
    if not units or any(character < " " and character not in "\t\r\n" for character, _ in units):
        yield from _characters(text, start, end)
        return
    for character, length in units:
        yield character, start, start + length
        start += length


def _percent(run: str) -> list[tuple[str, int]]:
    """`%C3%A9`: each character, and how many of the run's it took (RFC 3986, 2.1)."""
    decoded = bytes.fromhex(run.replace("%", "")).decode()
    return [(character, 3 * len(character.encode())) for character in decoded]


def _unicode(run: str) -> list[tuple[str, int]]:
    r"""`\u00e9` (RFC 8259, 7; surrogate pairs too), `\xe9`, `&#233;`, `&#xe9;`: ditto."""
    if run.startswith("\\u"):
        decoded = bytes.fromhex(run.replace("\\u", "")).decode("utf-16-be")
        return [(c, _UNIT_CHARS * (1 if c <= "\uffff" else 2)) for c in decoded]
    if run.startswith("\\x"):
        return [(chr(int(f"0{run[1:]}", 0)), len(run))]
    number = run[2:-1]
    character = chr(int(f"0{number}", 0) if number[0] in "xX" else int(number))
    return [] if "\ud800" <= character <= "\udfff" else [(character, len(run))]


def _clusters(units: Iterator[_Unit]) -> Iterator[_Unit]:
    """Join each character with the combining marks behind it; leave out what is not seen."""
    cluster, start, end = "", 0, 0
    for character, begins, ends in units:
        if not character.isascii():
            if _UNSEEN.match(character):
                continue
            if cluster and unicodedata.combining(character):
                cluster, end = cluster + character, ends
                continue
        if cluster:
            yield cluster, start, end
        cluster, start, end = character, begins, ends
    if cluster:
        yield cluster, start, end


def _folded(cluster: str) -> str:
    if cluster.isascii():
        return cluster
    composed = unicodedata.normalize("NFKC", cluster)
    if composed[:1].isascii():  # no letter takes these marks; left in, they would split a number
        composed = _MARKS.sub("", composed)
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in composed
        if not _UNSEEN.match(character)
    )


def _without_look_alikes(word: re.Match[str]) -> str:
    """Fold Cyrillic and Greek look-alikes in a word that also has Latin letters or digits."""
    written = word.group()
    if written.isascii() or not any(character.isascii() for character in written):
        return written
    return written.translate(_LOOK_ALIKE)
