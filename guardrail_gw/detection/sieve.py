"""What of all rules' needs stands in a text, told in one look: marks and shapes.

With google-re2 (extra `re2`) one automaton looks for all marks and another for all shapes, in a
time that does not grow with their number. Without it, each mark that a rule asks for is a substring
search, and shapes are not looked for: the rules look themselves.
"""

from collections.abc import Callable, Iterable, Set as AbstractSet
from importlib import import_module
from typing import Any

Present = Callable[[AbstractSet[str]], AbstractSet[str]]
"""Those of some marks or shapes that may stand in the text."""
Look = Callable[[str], Present]

_END = "\U0010fffd"
"""Put behind each text and looked for, too: an automaton that does not find it has given up. The
last character for private use; in no rule's needs, and no part of a word."""


def marks(every: Iterable[str], *, automaton: bool | None = None) -> Look:
    """What looks through a text in lower case for substrings.

    Args:
        every: in lower case, all that will be asked for.
        automaton: whether to use google-re2; None where it is installed.
    """
    re2 = _re2() if automaton is not False else None
    if re2 is None:
        return _searched
    return _Automaton(re2, {mark: re2.escape(mark) for mark in every}, otherwise=_searched)


def shapes(every: Iterable[str], *, automaton: bool | None = None) -> Look:
    """What looks through a text for patterns; without an automaton any of them may be there.

    Args:
        every: in RE2's syntax, all that will be asked for.
        automaton: see `marks`.
    """
    asked = {shape: shape for shape in every}
    re2 = _re2() if asked and automaton is not False else None
    return _unknown if re2 is None else _Automaton(re2, asked, otherwise=_unknown)


def _unknown(_text: str) -> Present:
    return lambda wanted: wanted


def _searched(text: str) -> Present:
    known: dict[str, bool] = {}
    is_ascii = text.isascii()

    def present(wanted: AbstractSet[str]) -> AbstractSet[str]:
        for mark in wanted:
            if mark not in known:
                known[mark] = (mark.isascii() or not is_ascii) and mark in text
        return {mark for mark in wanted if known[mark]}

    return present


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

    def __call__(self, text: str) -> Present:
        try:
            matched = self._set.Match(text + _END) or ()
        except UnicodeEncodeError:  # a lone surrogate, which UTF-8 has no bytes for
            return self._otherwise(text)
        found = frozenset([self._names[index] for index in matched])
        return found.intersection if _END in found else self._otherwise(text)


def _re2() -> Any:  # noqa: ANN401 - ditto
    try:
        return import_module("re2")
    except ImportError:
        return None
