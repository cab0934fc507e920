"""What a condition may say: a small part of CEL, so that what it costs and what it can do is known.

Names, texts, whole numbers and lists of them; `&& || !`, comparisons, `in`, `+`; `startsWith`,
`endsWith`, `contains`, `size`; and once `exists`, `all` or `exists_one` over a list that the
gateway gives. CEL's own reader judges grammar and types after this.

What was found may only be asked for as `found.PERSON >= 3`, joined by `&&` and `||`: then more
findings never make a condition false, so neither a further policy nor a detector that sees more
can take a safeguard away.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from guardrail_gw.documents import closest
from guardrail_gw.policy.circumstances import FOUND

_TOKEN = re.compile(
    r"""(?P<text>"[^"\\\n]*"|'[^'\\\n]*')
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>[0-9]{1,9}(?![0-9A-Za-z_.]))
    |(?P<sign>&&|\|\||[<>=!]=|[<>!+()\[\],.])
    |(?P<space>\s+)""",
    re.VERBOSE,
)
_METHODS = frozenset({"startsWith", "endsWith", "contains", "size"})
MACROS: Final = frozenset({"exists", "exists_one", "all"})
_WORDS = frozenset({"true", "false", "in"})
_OPENS = frozenset({"", "(", "&&", "||"})
"""Stands before a part of a condition whose truth counts as it is."""
_CLOSES = frozenset({"", ")", "&&", "||"})
_AT_LEAST = frozenset({">", ">="})


class WordingError(Exception):
    """A condition says what it may not; the message has no text of it but names.

    Args:
        message: what is wrong.
        at: where, in characters from the beginning.
        near: the name that was perhaps meant.
    """

    def __init__(self, message: str, at: int, near: str | None = None) -> None:
        super().__init__(message)
        self.at = at
        self.near = near


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    said: str
    at: int


def names_in(condition: str, known: Collection[str]) -> frozenset[str]:
    """The variables that a condition uses.

    Args:
        condition: as it is written.
        known: every variable that there is: `team`, `found.PERSON`.

    Raises:
        WordingError: it says what it may not.
    """
    tokens = tuple(_tokens(condition))
    bound = _bound(tokens, known)
    used = set[str]()
    for place, path in _paths(tokens):
        name = _variable(tokens, place, path, known, bound)
        if name is not None:
            used.add(name)
            if name.startswith(FOUND):
                _check_at_least(tokens, place)
    return frozenset(used)


def _tokens(condition: str) -> Iterator[_Token]:
    at, last = 0, ""
    while at < len(condition):
        match = _TOKEN.match(condition, at)
        if match is None or match.lastgroup is None:
            message = "not part of what a condition may say"
            if condition[at] in "\"'":
                message = "a text that does not end, or with a backslash in it"
            raise WordingError(message, at)
        if last == "text" and match.lastgroup == "text":
            raise WordingError('two texts in a row; `"""` is no quote here', at)
        last = match.lastgroup
        if last != "space":
            yield _Token(last, match.group(), at)
        at = match.end()


def _said(tokens: Sequence[_Token], place: int) -> str:
    """What stands there; nothing before the beginning and behind the end."""
    return tokens[place].said if 0 <= place < len(tokens) else ""


def _bound(tokens: Sequence[_Token], known: Collection[str]) -> str | None:
    """The name that stands for each member of a list within a macro; None without one."""
    places = [n for n, token in enumerate(tokens) if token.said in MACROS]
    if len(places) > 1:
        raise WordingError("one of exists, exists_one and all is the most", tokens[places[1]].at)
    for place in places:
        if place + 2 < len(tokens) and tokens[place + 2].kind == "name":
            named = tokens[place + 2]
            if any(named.said == name.partition(".")[0] for name in known):
                raise WordingError(f"{named.said!r} has a meaning already", named.at)
            return named.said
    return None


def _paths(tokens: Sequence[_Token]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each name with those that follow it behind dots, and where it begins."""
    place = 0
    while place < len(tokens):
        if tokens[place].kind != "name":
            place += 1
            continue
        first, path = place, [tokens[place].said]
        while _said(tokens, place + 1) == "." and place + 2 < len(tokens):
            place += 2
            path.append(tokens[place].said)
        yield first, tuple(path)
        place += 1


def _variable(
    tokens: Sequence[_Token],
    place: int,
    path: tuple[str, ...],
    known: Collection[str],
    bound: str | None,
) -> str | None:
    """The variable that a path begins with; None for a word of the language."""
    calls = _said(tokens, place + 2 * len(path) - 1) == "("
    owner, method = (path[:-1], path[-1]) if calls else (path, "")
    name = ".".join(owner)
    if calls and not owner:
        _check_call(tokens, place, method)
        return None
    if _said(tokens, place - 1) == "." or (owner == (bound,)):
        _check_method(tokens[place].at, method if owner == (bound,) else path[-1])
        return None
    if name in _WORDS and not calls:
        return None
    if name not in known:
        raise WordingError(f"unknown name {name!r}", tokens[place].at, closest(name, known))
    _check_method(tokens[place].at, method, macros=name == "features")
    return name


def _check_call(tokens: Sequence[_Token], place: int, name: str) -> None:
    """Of functions there is one; behind a dot stands a method, before a bracket perhaps `in`."""
    if _said(tokens, place - 1) == ".":
        _check_method(tokens[place].at, name)
    elif name not in ("size", "in"):
        near = closest(name, {*_METHODS, *MACROS})
        raise WordingError(f"unknown function {name!r}", tokens[place].at, near)


def _check_method(at: int, method: str, *, macros: bool = False) -> None:
    if not method or method in _METHODS or (macros and method in MACROS):
        return
    if method in MACROS:
        raise WordingError(f"{method!r} is for `features` alone", at)
    raise WordingError(f"unknown method {method!r}", at, closest(method, {*_METHODS, *MACROS}))


def _check_at_least(tokens: Sequence[_Token], place: int) -> None:
    """What was found stands in `found.A + found.B >= 3`, and that in nothing that turns it round.

    Args:
        tokens: the condition.
        place: where `found` stands.
    """
    first, last = _sum(tokens, place)
    compared = _said(tokens, last + 1) in _AT_LEAST and tokens[last + 2 : last + 3]
    is_number = bool(compared) and tokens[last + 2].kind == "number"
    plain = _said(tokens, first - 1) in _OPENS and _said(tokens, last + 3) in _CLOSES
    if not (
        is_number and plain and all(_is_plain(tokens, *pair) for pair in _around(tokens, place))
    ):
        message = "what was found is asked for as `found.PERSON >= 3`, joined by `&&` and `||`"
        raise WordingError(message, tokens[place].at)


def _sum(tokens: Sequence[_Token], place: int) -> tuple[int, int]:
    """The first and the last token of the sum of which `found.X` at `place` is a part."""
    first, last = place, place + 2
    while _said(tokens, first - 1) == "+" and _said(tokens, first - 4) == "found":
        first -= 4
    while _said(tokens, last + 1) == "+" and _said(tokens, last + 2) == "found":
        last += 4
    return first, last


def _around(tokens: Sequence[_Token], place: int) -> Iterator[tuple[int, int]]:
    """The brackets around a token, as pairs of places."""
    opened: list[int] = []
    for at, token in enumerate(tokens):
        if token.said in ("(", "["):
            opened.append(at)
        elif token.said in (")", "]") and opened:
            start = opened.pop()
            if start < place < at:
                yield start, at


def _is_plain(tokens: Sequence[_Token], start: int, end: int) -> bool:
    """Whether the truth of what stands in these brackets counts as it is."""
    is_round = tokens[start].said == "("
    return is_round and _said(tokens, start - 1) in _OPENS and _said(tokens, end + 1) in _CLOSES
