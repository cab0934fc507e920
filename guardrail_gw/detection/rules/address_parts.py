"""The parts of an address, told apart where it is laid out over lines or consists of few of them.

Street with number, unit, box and postcode are parts of their own; town, state and country are
LOCATION. Which addresses are told apart is decided in docs/adr/0015-parts-of-an-address.md.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from guardrail_gw.core.text import Entity
from guardrail_gw.detection.rules import address_words as words, postcodes

ADDRESS, LOCATION = Entity("ADDRESS"), Entity("LOCATION")

UNIT = (
    rf"(?:{words.any_of(words.UNITS)})(?![^\W\d_])[.:]?[ ]?(?:no\.? ?|nr\.? ?|č\.? ?|#)?"
    r"(?:[0-9]{1,5}[a-z]?|[a-z](?![a-z])(?:[0-9]{1,4})?)(?!\w)"
    rf"|[0-9]{{1,3}}(?:st|nd|rd|th|er?|ème|\.|º|ª)? ?(?:{words.FLOORS})(?!\w)"
)
BOX = rf"(?:{words.BOXES})[ ]?(?:n[or°]?\.? ?)?[:#]?[ ]?[0-9]{{1,6}}(?![\w-])"
POSTCODE = rf"(?:{postcodes.MARKED}|{postcodes.WITH_TOWN})(?![\w-]|[., ][0-9])"
COUNTRY = rf"(?:{words.COUNTRIES})(?!\w)(?: \([^\W\d_]{{2,24}}\))?"

_UNIT_OR_BOX = re.compile(rf"(?<![^\W_])(?:{UNIT}|{BOX})|#[0-9]{{1,5}}(?!\w)", re.IGNORECASE)
_OTHER_NUMBER = re.compile(
    r"([0-9]{1,6})[ ]{1,2}(?=[0-9]{1,5}[a-zA-Z]?[ ][^\W\d_]"
    r"|[^0-9\n]*[^\W\d_][^0-9\n]*[ ][0-9]{1,5}[a-zA-Z]?(?:[/-]\w{1,4})?\.?$)"
)
"""Before a street that has a number of its own."""
_BORDERS = re.compile(r"[ \t]*(?:[,;\u2013|>?*\u2022]|\r?\n|[ ]-[ ])[ \t]*")
_FIRST_CODE = re.compile(rf"{POSTCODE}(?=[ ]|$)")
_LAST_CODE = re.compile(rf"(?:(?<=[ ])|^){POSTCODE}$")
_LAST_NAME = re.compile(rf"(?<=[ ])(?:{COUNTRY}|[A-Z]{{2}})$")
_LETTER = re.compile(r"[^\W\d_]")
_MILITARY = re.compile(words.MILITARY)
_OPENING = re.compile(r"(?:\A|\n)[ \t>?*|\u2022-]{0,12}\Z")
_OPENING_WIDTH = 14


class Part(NamedTuple):
    """A piece of an address, by its place in the text."""

    start: int
    end: int
    entity: Entity = ADDRESS


class Shape(NamedTuple):
    """An address, by the places in the text where what it consists of ends."""

    start: int
    middle: int
    """The end of street, boxes and units."""
    end: int

    def parts(self, text: str) -> list[Part]:
        """Its parts as they are reported: one for all, or each of them."""
        if _MILITARY.search(text, self.start, self.end):
            return [Part(self.start, self.end)]
        told = [*_units(text, self.start, self.middle), *_places(text, self.middle, self.end)]
        return told if _is_told_apart(text, self, told) else [Part(self.start, self.end)]


def _is_told_apart(text: str, shape: Shape, told: list[Part]) -> bool:
    """Whether it is laid out over lines, has the postcode before its town, or a town at most."""
    if "\n" in text[shape.start : shape.end]:
        return begins_line(text, shape.start)
    behind = [part.entity for part in told if part.start >= shape.middle]
    if behind[:2] == [ADDRESS, LOCATION]:
        return True
    return not has_unit(text, shape.start, shape.middle) and behind in ([], [LOCATION])


def begins_line(text: str, at: int) -> bool:
    """Whether nothing but signs stands before `at` on its line."""
    return _OPENING.search(text[max(0, at - _OPENING_WIDTH) : at]) is not None


def has_unit(text: str, start: int, end: int) -> bool:
    """Whether a part of a building or a box is named in `text[start:end]`."""
    return _UNIT_OR_BOX.search(text, start, end) is not None


def _units(text: str, start: int, end: int) -> Iterator[Part]:
    """Each unit or box, and what stands between them."""
    at = start
    for unit in _UNIT_OR_BOX.finditer(text, start, end):
        yield from _street(text, at, unit.start())
        yield Part(*unit.span())
        at = unit.end()
    yield from _street(text, at, end)


def _street(text: str, start: int, end: int) -> Iterator[Part]:
    """A street with its number; numbers before it are postcodes, or a building's."""
    start, end = _stripped(text, start, end)
    while number := _OTHER_NUMBER.match(text, start, end):
        yield Part(*number.span(1))
        start = number.end()
    if start < end:
        yield Part(start, end)


def _places(text: str, start: int, end: int) -> Iterator[Part]:
    """Postcodes, towns, states and countries."""
    at = start
    for border in _BORDERS.finditer(text, start, end):
        yield from _place(text, at, border.start())
        at = border.end()
    yield from _place(text, at, end)


def _place(text: str, start: int, end: int) -> Iterator[Part]:
    """The postcode before or behind a name, the name, and a country or state behind it."""
    start, end = _stripped(text, start, end)
    if start >= end:
        return
    piece = text[start:end]
    if first := _FIRST_CODE.match(piece):
        yield Part(start, start + first.end())
        yield from _place(text, start + first.end(), end)
    elif last := _LAST_CODE.search(piece):
        yield from _place(text, start, start + last.start())
        yield Part(start + last.start(), end)
    elif name := _LAST_NAME.search(piece):
        yield from _place(text, start, start + name.start())
        yield Part(start + name.start(), end, LOCATION)
    else:
        is_named = _LETTER.search(piece)
        yield Part(start, start + len(piece.rstrip(".")), LOCATION if is_named else ADDRESS)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip(_AROUND))
    return start, start + len(text[start:end].rstrip(_AROUND))


_AROUND = " \t\r\n,;>?*|\u2013\u2022-"
