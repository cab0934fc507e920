"""Random strings of a regular expression's shape, from a seeded generator."""

import functools
import re
import string
from random import Random
from re import _constants as op, _parser as parser  # type: ignore[attr-defined]  # the standard library keeps it private
from typing import Any

_ASSERTIONS = {op.ASSERT, op.ASSERT_NOT, op.AT}


def sample(pattern: re.Pattern[str], random: Random, *, optional: float = 0.0) -> str:
    """One string that the consuming part of `pattern` matches.

    Classes are drawn from evenly, over upper case only; what may be left out stands with
    probability `optional`, so that without separators is the usual case.
    """
    return _all(_parsed(pattern.pattern), random, optional)


@functools.cache
def _parsed(pattern: str) -> Any:
    return parser.parse(pattern)


def _part(node: tuple[Any, Any], random: Random, optional: float) -> str:
    kind, value = node
    if kind is op.LITERAL:
        return chr(value)
    if kind is op.IN:
        return random.choice(_members(tuple(value)))
    if kind is op.SUBPATTERN:
        return _all(value[-1], random, optional)
    if kind is op.BRANCH:
        return _all(random.choice(value[1]), random, optional)
    if kind is op.MAX_REPEAT:
        least, most, inner = value
        times = random.randint(least, most) if least else most * (random.random() < optional)
        return "".join(_all(inner, random, optional) for _ in range(times))
    assert kind in _ASSERTIONS
    return ""


def _all(nodes: Any, random: Random, optional: float) -> str:
    return "".join(_part(node, random, optional) for node in nodes)


@functools.cache
def _members(items: tuple[tuple[Any, Any], ...]) -> str:
    members = ""
    for kind, value in items:
        if kind is op.CATEGORY:
            assert value is op.CATEGORY_DIGIT
            members += string.digits
            continue
        first, last = value if kind is op.RANGE else (value, value)
        members += "".join(map(chr, range(first, last + 1)))
    return "".join(c for c in members if c.isupper()) + "".join(
        c for c in members if not c.isalpha()
    )
