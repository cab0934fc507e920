"""Postal addresses: a street with its number, a box or a unit, and all that belongs to it.

Source: UPU S42 (the elements of an address and their order per country), in `address_words` and
`postcodes`. What can only be an address is looked for first; from there the address grows over
commas and line ends as long as units, towns, regions, postcodes and countries follow. What is laid
out over lines is reported by its parts, what stands in a sentence as a whole (`address_parts`).
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import takewhile
from operator import itemgetter

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules import address_words as words, postcodes
from guardrail_gw.detection.rules.address_parts import (
    ADDRESS,
    BOX,
    COUNTRY,
    LOCATION,
    POSTCODE,
    UNIT,
    Shape,
)
from guardrail_gw.detection.rules.context import heard, said
from guardrail_gw.detection.rules.corners import NAMED, corners
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.spot import Spot, Spots
from guardrail_gw.detection.rules.streets import AT, Anchor, streets, without_number
from guardrail_gw.detection.rules.window import at_numbers, numbers, spotted

_NAME = r"[^\W\d_a-zà-öø-ÿ][\w.'\u2019-]{0,24}"
_PARTICLE = r"(?:[a-zà-öø-ÿ]{1,3}[ '\u2019]|an der |auf der |sous )"
_PLACE = rf"{_NAME}(?:[ -]{_PARTICLE}{{0,2}}{_NAME}){{0,3}}(?: \((?!{COUNTRY}){_NAME}\))?"
_LINES = r"(?:\r?\n[ \t>?*|,\u2022-]{0,12})"
_GAP = rf"[ \t]{{0,3}}[,;\u2013-]?[ \t]{{0,3}}{_LINES}{{0,2}}[ \t]{{0,3}}"
_BREAK = rf"[ \t]{{0,3}}(?:[,;\u2013-][ \t]{{0,3}}{_LINES}{{0,2}}|{_LINES}{{1,2}})[ \t]{{0,3}}"
_UNIT_OR_BOX = re.compile(rf"{_GAP}(?:(?<![^\W_])(?:{UNIT}|{BOX})|\#[0-9]{{1,5}})", re.IGNORECASE)
_REGION = rf"(?:(?:{words.STATES})|[A-Z]{{2,3}}|[0-9]{{2,3}})"
_CLOSE = (
    rf"{_GAP}(?:"
    rf"(?:{_PLACE}{_BREAK})?{POSTCODE},?[ ]{{1,2}}{_PLACE}(?:{_GAP}{COUNTRY})?"
    rf"|(?:{_PLACE}{_GAP})?{_REGION}{_GAP}(?:{COUNTRY}{_GAP})?[0-9]{{5}}(?:-[0-9]{{4}})?(?!\w)"
    rf"|{_PLACE}{_GAP}[A-Z]{{2}}[ ]{POSTCODE}"
    rf"|{_PLACE}(?:{_BREAK}{_PLACE})?{_GAP}{COUNTRY}(?:{_GAP}{POSTCODE})?"
    rf"|{_PLACE}(?:{_BREAK}{_PLACE})?{_GAP}{POSTCODE}"
    rf"|{COUNTRY}(?:{_GAP}{POSTCODE})?"
    rf"|{POSTCODE}"
    r")"
)
_TOWN = re.compile(
    rf"(?:[ ]?,[ ]|[ ]?,?\r?\n[ \t>]{{0,4}})({_PLACE})(?=[ \t]*(?:$|[\r\n.;)\"'?!<]|, [a-z]))"
)
_TOWN_BEHIND_UNIT = re.compile(rf"[ ]({_PLACE})(?=[ \t]*(?:$|[\r\n.?!]))")
_UNIT_AT_END = re.compile(rf"(?<![^\W_])(?:{UNIT})$", re.IGNORECASE)
_DOT = re.compile(r"\.(?=[ \t]*,?[ \t]*\r?\n|,| (?:[A-Z][a-z]{1,8}\.? )?[0-9])")
"""Behind a house number, as in Hungary."""
_SHIP = re.compile(
    rf"(?:USS|USNS|USCGC|USNV|USCGV) {_NAME}(?: {_NAME})?,?{_GAP}(?={words.MILITARY})"
)
_COUNTRY_BEHIND = re.compile(rf"{_GAP}{COUNTRY}(?:{_GAP}{POSTCODE})?")
_SHIP_CODE = re.compile(words.MILITARY)
_BEFORE = re.compile(
    r"(?<![\w.,/:-])(?:(?:apt|apartment|suite|ste|unit|flat)\.? (?:[0-9]{1,5}[a-z]?,? )?)?"
    r"(?:[0-9]{1,6}[ ]{1,2}){0,2}\Z",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[0-9](?<=[ #:.].)(?<![0-9][ #:.].)[0-9]{0,5}(?![\w.,-]?[0-9])(?!\w)")
_AT_NUMBER_ALONE = Spot(r"(?<=[ #:.])(?<![0-9][ #:.])9{1,6}(?![\w])(?![.,-]9)")
_ALONE = re.compile(
    rf"(?<![\w-])(?:(?P<box>(?:{words.BOXES})[ ]?(?:n[or°]?\.? ?)?[:#]?[ ]?)"
    r"|(?P<unit>(?:apt|apartment|suite|ste|unit)\.?[ ]?))$",
    re.IGNORECASE,
)
_MARKED = re.compile(rf"(?:{postcodes.MARKED})(?![\w-])")
_CAPITAL = re.compile(r"[A-Z](?<![\w-].)(?=[A-Z]?-?[0-9]|IR ?0)")
"""What each of them begins with,"""
_AT_MARK = Spot(r"(?:(?<=[A-Z])|(?<=[A-Z]-)|(?<=[A-Z]{3} ))9")
_CAPITAL_WIDTH = 4
"""no more than so many characters before its first digit."""
_CODE = re.compile(POSTCODE)
_CODE_NAME = re.compile(
    rf"(?<![^\W_])(?:{words.POSTCODES})(?![^\W_])(?: number| is| est| ist| es|:|=|\"|'| ){{1,4}}$",
    re.IGNORECASE,
)
_FIRST_DIGIT = re.compile(
    r"[A-Z0-9](?<=[ :=\"'].)(?<![0-9][ :=\"'].)(?:(?<=[A-Z])[A-Z]{0,2}-?[0-9]|(?<=[0-9]))"
)
_ZIP = re.compile(r"[0-9](?<=[A-Z] .)[0-9]{4}(?:-[0-9]{4})?(?![\w-])")
_AT_ZIP = Spot(r"(?<=[A-Z] )9{5}(?!\w)")
_TOWN_AND_STATE = re.compile(rf"(?<![\w.'-]){_PLACE},? (?:{words.STATES}) $")
_LABELLED = re.compile(
    rf"(?<![^\W_])(?:{words.LABELS}|at(?= [0-9]+ [^\W\d_][\w. ]*[0-9]))(?![^\W_])"
    rf"[ :\"'>\t]{{1,8}}(?:\r?\n[ \t>]{{0,4}})?"
    rf"((?:[0-9]{{1,6}} ){{1,2}}{_NAME}(?: {_NAME}){{0,3}}(?: [0-9]{{1,5}}[a-zA-Z]?)?(?!\w)"
    rf"|{_NAME}(?: {_PARTICLE}{{0,2}}{_NAME}){{0,3}},? [0-9]{{1,"
    rf"5}}[a-zA-Z]?(?![\w.,:/-]?[0-9])(?!\w))",
)
_BEHIND_AT = re.compile(r"[0-9](?<=at .)[0-9]* [^\W\d_]")
_AT_AT = Spot(r"(?<=aa )9+ [^\W\d_]")
_AT_BORDER = Spot(r"9+[a-zA-Z]?\.?[ ]?,?[,\r\n]")
_STREET, _BOX, _MARK, _ZIP_CODE, _BEHIND_AT_WORD, _BORDER = (1 << bit for bit in range(6))
_SPOTS = {
    _STREET: AT,
    _BOX: _AT_NUMBER_ALONE,
    _MARK: _AT_MARK,
    _ZIP_CODE: _AT_ZIP,
    _BEHIND_AT_WORD: _AT_AT,
    _BORDER: _AT_BORDER,
}
"""What a number may be a part of -> where it then stands."""
_PARTS = Spots(_SPOTS.items())
_LABEL_WORDS = words.first_words(words.LABELS)
_CODE_WORDS = words.first_words(words.POSTCODES) | {"τκ"}
_SAID = NAMED | _LABEL_WORDS | _CODE_WORDS
"""What there is a number's place for, or one of these words, in each text with an address."""
_YEAR = r"(?:19|20)[0-9]{2}(?![0-9])"
_NAME_AND_NUMBER = re.compile(
    rf"(?:[0-9]{{1,6}} ){{0,2}}{_NAME}(?: {_NAME}){{0,3}},? [0-9]{{1,5}}[a-zA-Z]?\.?"
    r"(?=[ ]?,|[ \t]*\r?\n|[ ]{1,2}[^\W\d_])"
)
_NUMBER_AT_A_BORDER = re.compile(r"[0-9]+[a-zA-Z]?\.?[ ]?,?[,\r\n]")
_NAME_OR_NUMBER = re.compile(r"[^\W_a-zà-öø-ÿ](?<![\w.-].)")
_PLACE_WITH_CODE = re.compile(
    rf"[ ]?(?:,|,?\r?\n)[ \t>*|]{{0,12}}(?:(?!{_YEAR}){POSTCODE}[ ]{{1,2}}{_PLACE}"
    rf"|{_PLACE}{_GAP}(?:{_REGION}{_GAP})?(?:{COUNTRY}{_GAP})?(?!{_YEAR}){POSTCODE})"
)
_WINDOW, _NAME_WINDOW, _WORDS, _STEPS = 90, 32, 7, 6
_BEFORE_WIDTH, _UNIT_WIDTH = 34, 24


def find(text: str) -> Iterator[Finding]:
    """Yield addresses: 0.85 with town, unit or postcode; 0.6 for a street and number alone."""
    parts, words_said = spotted(text, _PARTS), heard(text, _SAID)
    done = 0
    found: list[tuple[int, int]] = []
    for anchor in _joined(_anchors(text, parts, words_said)):
        if anchor.start < done:
            continue
        shape, score = _address(text, anchor, done)
        if score:
            yield from (_finding(*part, score=score) for part in shape.parts(text))
            done = shape.end
            found.append((shape.start, done))
    if words_said or parts & (_ZIP_CODE | _MARK):
        yield from (code for code in _codes(text) if not _touches(code, found))


def find_without_number(text: str) -> Iterator[Finding]:
    """Yield the addresses of houses without a number; there may be no digit in the text."""
    done = 0
    for anchor in without_number(text):
        shape, score = _address(text, anchor, done)
        if score:
            yield from (_finding(*part, score=score) for part in shape.parts(text))
            done = shape.end


def _address(text: str, anchor: Anchor, done: int) -> tuple[Shape, float]:
    """What the address consists of that has its street at `anchor`, and how sure it is."""
    shape = _grown(text, _begin(text, anchor.start, done), anchor)
    is_more = shape.end > anchor.end and anchor.score < _WHOLE
    return shape, _WHOLE if is_more else anchor.score


def _anchors(text: str, parts: int, words_said: frozenset[str]) -> Iterator[Anchor]:
    """Where addresses are, by what numbers may be a part of and by the words for addresses."""
    if parts & _STREET:
        yield from streets(text)
    if parts & _BOX:
        yield from _boxes_and_units(text)
    if parts & _BEHIND_AT_WORD or words_said:
        yield from _labelled(text)
    if parts & _BORDER:
        yield from _weak(text)
    if parts & _ZIP_CODE:
        yield from _ships(text)
    if words_said:
        yield from corners(text)


def _ships(text: str) -> Iterator[Anchor]:
    """Where a sailor's post goes."""
    for match in _SHIP.finditer(text) if "US" in text else ():
        code = _SHIP_CODE.match(text, match.end())
        yield Anchor(match.start(), code.end() if code else match.end(), _WHOLE)


def _joined(anchors: Iterable[Anchor]) -> Iterator[Anchor]:
    """The anchors in order, overlapping ones as one."""
    last: Anchor | None = None
    for anchor in sorted(anchors):
        if last is not None and anchor.start < last.end:
            last = Anchor(last.start, max(last.end, anchor.end), max(last.score, anchor.score))
            continue
        if last is not None:
            yield last
        last = anchor
    if last is not None:
        yield last


def _touches(code: Finding, found: Sequence[tuple[int, int]]) -> bool:
    """Whether a postcode is a part of one of the addresses found, which are sorted."""
    index = bisect_right(found, code.end - 1, key=itemgetter(0)) - 1
    return index >= 0 and found[index][1] > code.start


_WHOLE = 0.85


def _finding(start: int, end: int, entity: Entity = ADDRESS, *, score: float) -> Finding:
    return Finding(start=start, end=end, entity=entity, score=score, recognizer="address")


def _begin(text: str, start: int, least: int) -> int:
    """A unit and numbers in front of the street's own belong to it."""
    before = _BEFORE.search(text, max(least, start - _BEFORE_WIDTH), start)
    return before.start() if before else start


def _grown(text: str, start: int, anchor: Anchor) -> Shape:
    """The address that begins at `start` and has its street, box or unit at `anchor`."""
    dot = _DOT.match(text, anchor.end)
    end = dot.end() if dot else anchor.end
    for _ in range(_STEPS):
        if not (match := _UNIT_OR_BOX.match(text, end)):
            break
        end = match.end()
    closed = _closed(text, end)
    if dot and closed == dot.end():
        end = closed = anchor.end
    return Shape(start, end, closed)


@cache
def _close() -> re.Pattern[str]:
    """Compiled when a detector warms up, not when the command line imports the rules."""
    return re.compile(_CLOSE)


def _closed(text: str, end: int) -> int:
    """The end of town, postcode and country behind `end`."""
    if close := _close().match(text, end):
        after = _COUNTRY_BEHIND.match(text, close.end())
        return (after or close).end()
    town = _TOWN.match(text, end)
    if not town and _UNIT_AT_END.search(text, max(0, end - _UNIT_WIDTH), end):
        town = _TOWN_BEHIND_UNIT.match(text, end)
    return town.end(1) if town else end


def _boxes_and_units(text: str) -> Iterator[Anchor]:
    """A post-office box by its name; a unit with a street's line before it."""
    done = 0
    for number in at_numbers(_NUMBER, text, _AT_NUMBER_ALONE):
        match = _ALONE.search(text, max(done, number.start() - _NAME_WINDOW), number.start())
        if not match:
            continue
        done, start = number.end(), match.start()
        if match["box"]:
            yield Anchor(start, done, _box_score(match["box"]))
        elif (begin := _line_before(text, start)) is not None:
            yield Anchor(begin, done, 0.7)
        elif text[done : done + 8].lstrip(" ,").lower().startswith("box "):
            yield Anchor(start, done, 0.7)


def _line_before(text: str, start: int) -> int | None:
    """Where the street before a unit begins: names and numbers, on its line or the one above."""
    window = text[max(0, start - _WINDOW) : start]
    body = window.rstrip(" \t,>?*|\r\n")
    parts = body.rpartition("\n")[2].split(" ")[-_WORDS:]
    taken = list(takewhile(_fits, reversed(parts)))
    while taken and taken[-1][:1].islower():
        taken.pop()
    if window[len(body) :].count("\n") > 1 or not any(w[:1].isupper() for w in taken):
        return None
    if not any(w[:1].isdigit() for w in taken):
        return None
    return start - len(window) + len(body) - len(" ".join(taken))


def _fits(word: str) -> bool:
    """A name, a number, or a particle between names."""
    is_part = word[:1].isupper() or word[:1].isdigit() or word in _PARTICLES
    return is_part and word[-1:] not in {":", ";", "!", "?"}


_PARTICLES = frozenset(
    {
        "de",
        "la",
        "le",
        "les",
        "du",
        "des",
        "van",
        "von",
        "der",
        "den",
        "di",
        "da",
        "do",
        "del",
        "el",
        "u.",
    }
)
_SHORT_BOXES = re.compile(r"(?:box|pl|bp|b\.p\.|pf\.|c\.p\.)[ .:]?", re.IGNORECASE)


def _box_score(name: str) -> float:
    """A word such as "Box" is any box's: an address must go on behind it."""
    return 0.0 if _SHORT_BOXES.match(name) else 0.7


def _weak(text: str) -> Iterator[Anchor]:
    """A name and a number on a line: an address only with a town and its postcode behind."""
    if not any(at_numbers(_NUMBER_AT_A_BORDER, text, _AT_BORDER)):
        return
    for match in _each(_NAME_AND_NUMBER, _NAME_OR_NUMBER, text):
        if _PLACE_WITH_CODE.match(text, match.end()):
            yield Anchor(match.start(), match.end(), 0.0)


def _each(pattern: re.Pattern[str], first: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """All matches of `pattern`, which is tried for only where `first` says that it may begin."""
    done = 0
    for begins in first.finditer(text):
        if begins.start() >= done and (match := pattern.match(text, begins.start())):
            yield match
            done = match.end()


def _labelled(text: str) -> Iterator[Anchor]:
    if not _may_be_labelled(text):
        return
    for match in _LABELLED.finditer(text):
        yield Anchor(match.start(1), match.end(1), 0.6)


def _may_be_labelled(text: str) -> bool:
    return said(text, _LABEL_WORDS) or any(at_numbers(_BEHIND_AT, text, _AT_AT))


def _codes(text: str) -> Iterator[Finding]:
    """Postcodes that are marked as such, and American towns with theirs."""
    for match in at_numbers(_ZIP, text, _AT_ZIP):
        town = _TOWN_AND_STATE.search(text, max(0, match.start() - 48), match.start())
        if town:
            yield _finding(town.start(), match.end(), score=0.6)
    for match in _marked(text):
        yield _finding(match.start(), match.end(), score=0.5)
    if not said(text, _CODE_WORDS):
        return
    for first in _FIRST_DIGIT.finditer(text):
        at = first.start()
        if _CODE_NAME.search(text, max(0, at - _NAME_WINDOW), at) and (
            code := _CODE.match(text, at)
        ):
            yield _finding(at, code.end(), score=0.75)


def _marked(text: str) -> Iterator[re.Match[str]]:
    """All matches of `_MARKED`, which are tried for only before digits."""
    done = 0
    for at in numbers(text, _AT_MARK):
        for begins in _CAPITAL.finditer(text, max(done, at - _CAPITAL_WIDTH), at + 1):
            if begins.start() >= done and (match := _MARKED.match(text, begins.start())):
                yield match
                done = match.end()


RULE = Rule(
    name="address",
    entities=frozenset({ADDRESS, LOCATION}),
    adds=frozenset({LOCATION}),
    find=find,
    needs=Needs(
        digits=1,
        is_led=True,
        terms=tuple(sorted(_SAID)),
        spot=Spot.either(*_SPOTS.values()),
    ),
    valid=(
        "Hauptstraße 5, 10115 Berlin",
        "Lange Str. 12a",
        "12 rue de la Paix, 75002 Paris, France",
        "Via Roma 12, 00184 Roma",
        "calle Mayor, 5, 28013 Madrid",
        "ul. Marszałkowska 12/4, 00-590 Warszawa",
        "Storgatan 5, 111 22 Stockholm",
        "Mannerheimintie 12, 00100 Helsinki",
        "Váci utca 12, 1052 Budapest",
        "Brīvības iela 12, Rīga, LV-1010",
        "Rua Augusta 24, 1100-053 Lisboa",
        "Strada Lipscani 5, București",
        "Prinsengracht 263, 1016 GV Amsterdam",
        "123 Main Street, Apt. 4B, Springfield, IL 62704",
        "10 Downing Street, London SW1A 2AA",
        "P.O. Box 1234",
        "Postfach 1020",
        "PSC 6293, Box 8158\nAPO AP 04336",
        "5100 Quadra 104\nSuite 845",
        "address: 9243 Longfield 7",
        "ул. Шипка 12, 1504 София",
        "90 Whitchurch Road",
        "Steinfelden 73\nSavonlinna\nFinland 77233",
        "ZIP code: 48750",
        "PLZ 10115",
    ),
    invalid=(
        "see page 12 street",
        "in 2026 Main changes",
        "12 months",
        "Spring 5",
        "Engineering 101",
        "the box 5",
        "HTTP 404",
        "RFC 2822",
        "Windows 10, 2019 Edition",
        "până la intrarea în vigoare a Legii nr. 19",
        "Python 3",
    ),
)

WITHOUT_NUMBER = Rule(
    name="address_without_number",
    entities=frozenset({ADDRESS, LOCATION}),
    adds=frozenset({LOCATION}),
    find=find_without_number,
    needs=Needs(marks=("s/n",), reach=160),
    valid=("Calle Mayor, s/n, Toledo", "Praça Vieira, S/N", "Avda. de la Paz s/nº, Cádiz"),
    invalid=("s/n: 4711", "Calle Mayor, Toledo", "model Plaza S/N 4711-0815", "yes/no"),
)
