"""Streets with a house number, found from the number: the name stands before it or behind."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guardrail_gw.detection.rules.address_words import (
    AFTER_NAME,
    BEFORE_NAME,
    ENDINGS,
    ENGLISH,
    VAGUE_AFTER_NAME,
    VAGUE_BEFORE_NAME,
    WEAK_ENDINGS,
    any_of,
)
from guardrail_gw.detection.rules.spot import Spot
from guardrail_gw.detection.rules.window import at_numbers


class Anchor(NamedTuple):
    """Where an address certainly is."""

    start: int
    end: int
    score: float
    """0.0 when it counts only with more of the address behind it."""


_NUMBER = re.compile(
    r"[0-9](?<![\w.#$€£].)(?<![0-9][,/:-].)[0-9]{0,4}(?:[ ]?[a-zA-Z](?![^\W_]))?(?:[/-][0-9]{1,4}"
    r"[a-zA-Z]?)?"
    r"(?!\w)(?![.,:][0-9])(?![ ]?[%°€$£])"
)
AT = Spot(
    r"(?<![\w.#$£])(?<![0-9][,/:-])9{1,5}(?![9_])(?![a-zA-Z][^\W_])(?![.,:]9)(?![ ]?[%°$£])"
    r"(?:(?<=[ ,]9)|(?<=[ ,]9{2})|(?<=[ ,]9{3})|(?<=[ ,]9{4})|(?<=[ ,]9{5})"
    r"|[ ]?[a-zA-Z]|,?[ ]{1,2}[^\W_]|[/-]9)"
)
_NO_NUMBER = re.compile(
    r"[sS]/[nN](?<![^\W_]...)(?:[º°o]|[uú]m\.?|\.(?=[ ]?(?:,|$)))?(?!\w|[ ]?[:#=]|[ ][A-Z0-9-]{6})"
)
"""Spanish and Portuguese for a house without a number; not the serial number of a device."""
_NAME = r"[^\W\d_a-zà-öø-ÿ][\w.'\u2019-]{0,24}"
_ENGLISH = re.compile(
    rf"[ ]{{1,2}}(?:{_NAME} ){{1,4}}(?P<kind>(?i:{any_of(ENGLISH)}))\b\.?"
    r"(?: (?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\b)?"
)
_CAPITAL = re.compile(rf"[ ]{{1,2}}{_NAME}")
_ROMANCE = re.compile(
    r"(?: bis| ter)?,?[ ]{1,2}(?P<kind>[^\W\d_][^\W\d_ºª/]{0,11}[./]?)[ ]"
    rf"(?:(?:d[eo]|du|des|de la|de l['\u2019]|del|della|delle|dei|da|das|dos|la|les?|"
    rf"l['\u2019]|d['\u2019]|en|aux?)[ ]?){{0,2}}"
    rf"{_NAME}(?:[ -](?:(?:d[eo]|du|des|la|les?|del|della|da|di|sur|en)[ ]){{0,2}}{_NAME}){{0,3}}"
    r"(?:[ ][0-9]{1,4}[a-zA-Z]?(?![\w-]|[.,/:][0-9]|[ ]{1,2}[^\W\d_]))?"
)
_LOOK_BACK, _WORDS_BACK = 72, 6
_VAGUE_WORDS = """
way place hill close green rise row walk loop park court dr st pl ct ter alley plaza
"""
_VAGUE = frozenset(_VAGUE_WORDS.split())
"""Common words as well: a street only with more of the address behind, or scored low."""
_OPENING = re.compile(r"^(?:.*[\"(\[{<>:=*„“«])?'?")
"""What stands before a word without a space, in quotes or JSON."""


def streets(text: str) -> Iterator[Anchor]:
    """Yield each street with its number."""
    done = 0
    for number in at_numbers(_NUMBER, text, AT):
        behind = _behind(text, number)
        is_apart = behind is None or text[number.end() : number.end() + 1] == ","
        anchor = (is_apart and _before(text, number, done)) or behind
        if anchor:
            yield anchor
            done = anchor.end


def without_number(text: str) -> Iterator[Anchor]:
    """Yield each street that has `s/n` in the place of its number."""
    done = 0
    for mark in _NO_NUMBER.finditer(text):
        if anchor := _before(text, mark, done):
            yield anchor
            done = anchor.end


def _behind(text: str, number: re.Match[str]) -> Anchor | None:
    """123 Main Street; 12, rue de la Paix."""
    at = number.end()
    if _CAPITAL.match(text, at) and (match := _ENGLISH.match(text, at)):
        vague = match["kind"].lower() in _VAGUE
        return Anchor(number.start(), match.end(), 0.5 if vague else 0.6)
    match = _ROMANCE.match(text, at)
    if match and match["kind"].lower() in BEFORE_NAME:
        return Anchor(number.start(), match.end(), 0.6)
    return None


def _before(text: str, number: re.Match[str], least: int) -> Anchor | None:
    """Hauptstraße 5; Lange Straße 5; via Roma, 5; ul. Długa 5."""
    line = text[max(least, number.start() - _LOOK_BACK) : number.start()].rpartition("\n")[2]
    name = line.rstrip(" ,")
    if not name or len(line) - len(name) > 2 or name == line:  # noqa: PLR2004 - ", "
        return None
    if "s/n" in name[-4:].lower():
        return None  # the number behind it is the postcode
    parts = name.split(" ")[-_WORDS_BACK:]
    found = _street(parts)
    if not found:
        return None
    index, score = found
    start = number.start() - len(line) + len(name) - len(" ".join(parts[index:]))
    start += len(parts[index]) - len(_bare(parts[index]))
    return Anchor(start, number.end(), score)


def _street(parts: Sequence[str]) -> tuple[int, float] | None:
    """Where in these words a street's name begins, the last word standing before the number."""
    last = _bare(parts[-1])
    low = last.lower()
    if low in AFTER_NAME and any(map(_is_capital, parts[-3:-1])):
        return _first_of_name(parts), 0.6
    if len(last) > 5 and low.endswith(ENDINGS):  # noqa: PLR2004 - a name before the ending
        return len(parts) - 1, 0.6
    for index in range(len(parts) - 2, -1, -1):
        kind = _bare(parts[index]).lower()
        if kind in BEFORE_NAME or kind in VAGUE_BEFORE_NAME:
            score = 0.6 if kind in BEFORE_NAME else 0.0
            return (index, score) if _is_name(parts[index + 1 :]) else None
    if low in VAGUE_AFTER_NAME and any(map(_is_capital, parts[-3:-1])):
        return _first_of_name(parts), 0.0
    if len(last) > 5 and low.endswith(WEAK_ENDINGS) and _is_capital(last):  # noqa: PLR2004 - digits of a short form
        return len(parts) - 1, 0.0
    return None


def _is_name(parts: Sequence[str]) -> bool:
    """Whether a street's name can read so: a capital soon, no end of a sentence, no quotes."""
    for index, part in enumerate(parts):
        if (part.endswith(".") and len(part) > 5) or '"' in part:  # noqa: PLR2004 - no abbreviation
            return False
        if _is_capital(part) or part[:1].isdigit():
            return not any('"' in later for later in parts[index:])
        if len(part) > 3:  # noqa: PLR2004 - a particle
            return False
    return False


def _first_of_name(parts: Sequence[str]) -> int:
    index = len(parts) - (2 if _is_capital(parts[-2]) else 3)
    while index > 0 and _is_capital(parts[index - 1]) and len(parts) - index < 4:  # noqa: PLR2004 - digits of a short form
        index -= 1
    return index


def _is_capital(word: str) -> bool:
    return _bare(word)[:1].isupper()


def _bare(word: str) -> str:
    return word if word.isalnum() else _OPENING.sub("", word, count=1)
