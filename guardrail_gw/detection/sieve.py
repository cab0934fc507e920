"""What of all rules' needs stands in a text, told in one look: marks and shapes.

With google-re2 (extra `re2`) one automaton looks for all marks and another for all shapes, in a
time that does not grow with their number. Without it, each mark that a rule asks for is a substring
search, and shapes are not looked for: the rules look themselves.
"""

from collections.abc import Callable, Iterable, Sequence, Set as AbstractSet
from importlib import import_module
from typing import Any

Look = Callable[[str], AbstractSet[str]]
"""Those of all marks, or of all shapes, that may stand in a text."""

_SIGNS = "@~\\/:'\u2019-"
"""Signs that are in marks, and that many a text has none of."""
_END = "\U0010fffd"
"""Put behind each text and looked for, too: an automaton that does not find it has given up. The
last character for private use; in no rule's needs, and no part of a word."""


def marks(every: Iterable[str], *, automaton: bool | None = None) -> Look:
    """What looks through a text in lower case for substrings.

    Args:
        every: in lower case, all that will be asked for.
        automaton: whether to use google-re2; None where it is installed.
    """
    every = tuple(every)
    otherwise = _search(every)
    re2 = _re2() if automaton is not False else None
    if re2 is None:
        return otherwise
    return _Automaton(re2, {mark: re2.escape(mark) for mark in every}, otherwise=otherwise)


def shapes(every: Iterable[str], *, automaton: bool | None = None) -> Look:
    """What looks through a text for patterns; without an automaton any of them may be there.

    Args:
        every: in RE2's syntax, all that will be asked for.
        automaton: see `marks`.
    """
    asked = frozenset(every)
    re2 = _re2() if asked and automaton is not False else None
    if re2 is None:
        return lambda _text: asked
    return _Automaton(re2, {shape: shape for shape in asked}, otherwise=lambda _text: asked)


def _search(every: Iterable[str]) -> Look:
    """What searches for one mark after the other."""
    marks = tuple(dict.fromkeys(every))
    ascii_marks = tuple(mark for mark in marks if mark.isascii())
    all_signed, ascii_signed = _by_sign(marks), _by_sign(ascii_marks)

    def present(text: str) -> AbstractSet[str]:
        by_sign = ascii_signed if text.isascii() else all_signed
        return {mark for sign, some in by_sign if sign in text for mark in some if mark in text}

    return present


def _by_sign(marks: Iterable[str]) -> Sequence[tuple[str, Sequence[str]]]:
    """Marks by a sign that is in them and in few texts; the empty one, which is in all, for none.

    Where a sign is missing, none of its marks need be looked for.
    """
    by_sign: dict[str, list[str]] = {}
    for mark in marks:
        sign = next((sign for sign in _SIGNS if sign in mark), "")
        by_sign.setdefault(sign, []).append(mark)
    return tuple(by_sign.items())


class _Automaton:
    """All patterns in one pass."""

    def __init__(self, re2: Any, patterns: dict[str, str], *, otherwise: Look) -> None:  # noqa: ANN401 - publishes no types
        self._names = (*patterns, _END)
        self._otherwise = otherwise
        options = re2.Options()
        options.never_capture = True
        options.log_errors = False  # it would print what it read
        self._set = re2.Set.SearchSet(options)
        for pattern in (*patterns.values(), re2.escape(_END)):
            self._set.Add(pattern)
        self._set.Compile()

    def __call__(self, text: str) -> AbstractSet[str]:
        try:
            matched = self._set.Match(text + _END) or ()
        except UnicodeEncodeError:  # a lone surrogate, which UTF-8 has no bytes for
            return self._otherwise(text)
        found = frozenset([self._names[index] for index in matched])
        return found - {_END} if _END in found else self._otherwise(text)


def _re2() -> Any:  # noqa: ANN401 - ditto
    try:
        return import_module("re2")
    except ImportError:
        return None
