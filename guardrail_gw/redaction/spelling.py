"""When two spellings are the same value: case, white space and the usual separators.

A value of several words, or with a digit, is the same in any case ("ANNA SCHMIDT", an address in
small letters). A single word is the same only in capitals or with a capital first, and from four
letters on: "may" and "will" are words, and so is "MAY" as often as not.

A value that is mostly digits (an IBAN, a card, a telephone number) is the same with other
separators, or with none.
"""

import re
from typing import Final

WORD: Final = re.compile(r"[^\W_]+")
MIN_CAPITALS: Final = 4
"""Letters of a single word from which on another case of it counts."""

_WORDS_OR_DIGIT: Final = re.compile(r"\d|[^\W_][\W_]+[^\W_]")
_MIN_DIGITS: Final = 6
_MAX_SEPARATED: Final = 64
SEPARATOR: Final = re.compile(r"(?<=[^\W_])[ \u00a0\u2009\u202f./()\u2010\u2011-]{1,3}(?=[^\W_])")
"""What may stand within a number, and what may be left out."""
OTHER_WHITE: Final = re.compile(r"[^\S ]")
CONTINUED: Final = re.compile(r"(?<=\s)\s+")
"""White space after white space."""


def is_any_case(value: str) -> bool:
    """Whether every case of it is the same value."""
    return _WORDS_OR_DIGIT.search(value) is not None


def is_same_case(text: str, value: str) -> bool:
    """Whether `text`, equal to `value` but for case, spells it."""
    if text == value or is_any_case(value):
        return True
    return len(value) >= MIN_CAPITALS and text in {value.upper(), value.capitalize()}


def is_separable(value: str) -> bool:
    """Whether it is the same with other separators: mostly digits, and enough of them."""
    if len(value) > _MAX_SEPARATED:
        return False
    digits = sum(map(str.isdigit, value))
    return digits >= _MIN_DIGITS and 2 * digits > sum(map(str.isalnum, value))
