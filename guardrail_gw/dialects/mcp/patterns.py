"""Which patterns of a schema may be tried here: those that surely end soon.

A server writes the pattern and a client the text, and Python's `re` goes back as often as they make
it: a repeat within a repeat takes exponential time, several open ones in a row a power of it.
"""

import re
from functools import lru_cache
from re import _constants, _parser  # type: ignore[attr-defined]  # what `re` compiles with
from typing import Any, Final

MAX_PATTERN: Final = 500
MAX_TEXT: Final = 2_000
"""Characters of a text that a pattern is tried on."""
_MOST_OPEN: Final = 2
_FEW: Final = 64
_REPEATS: Final = frozenset({_constants.MAX_REPEAT, _constants.MIN_REPEAT})


def is_quick(pattern: str, text: str) -> bool:
    """Whether it is known to be tried on this text in no time."""
    return len(text) <= MAX_TEXT and _is_quick(pattern)


@lru_cache(maxsize=1024)
def _is_quick(pattern: str) -> bool:
    if len(pattern) > MAX_PATTERN:
        return False
    try:
        re.compile(pattern)
        parsed = _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    try:
        return _open(parsed) <= _MOST_OPEN
    except _Nested:
        return False


class _Nested(Exception):  # noqa: N818 - a signal within this module
    """A repeat within a repeat, or what is not known here."""


def _open(parsed: Any) -> int:  # noqa: ANN401 - the parser's
    """How many repeats without a small bound there are."""
    count = 0
    for operation, argument in parsed:
        if operation in _REPEATS:
            least, most, body = argument
            inner = _open(body)
            if most > 1 and (inner or _has_choice(body)):
                raise _Nested
            count += inner + (most > _FEW or most == _constants.MAXREPEAT) + (least > _FEW)
        elif operation is _constants.SUBPATTERN:
            count += _open(argument[-1])
        elif operation is _constants.BRANCH:
            count += max((_open(each) for each in argument[1]), default=0)
        elif operation in {_constants.ASSERT, _constants.ASSERT_NOT}:
            count += _open(argument[1])
        elif operation is _constants.GROUPREF:
            raise _Nested
    return count


def _has_choice(parsed: Any) -> bool:  # noqa: ANN401 - ditto
    """Whether a repeated part can be read in more than one way."""
    for operation, argument in parsed:
        if operation is _constants.BRANCH or operation in _REPEATS:
            return True
        if operation is _constants.SUBPATTERN and _has_choice(argument[-1]):
            return True
    return False
