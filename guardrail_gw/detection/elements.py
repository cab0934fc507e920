"""A shape of an identifier, read as its signs, each with how often it may be repeated."""

import re
from collections.abc import Iterator
from typing import NamedTuple

STRUCTURE = frozenset("(|)")
"""Signs behind which it branches."""

_ELEMENT = re.compile(
    r"(?P<sign>\[[^\]]*\]|\\.|[^\[\\])(?:\{(?P<least>\d+)(?:,(?P<most>\d+))?\}|(?P<maybe>\?))?"
)
_GROUP = re.compile(
    r"\(\?:(?P<inner>[^()]*)\)(?:\{(?P<least>\d+)(?:,(?P<most>\d+))?\}|(?P<maybe>\?))?"
)
"""One without another within it."""
_MOST = 64
"""Branches of a shape that are told apart."""


class Element(NamedTuple):
    """One sign of a shape."""

    sign: str
    least: int
    most: int


class Branch(NamedTuple):
    """A shape without groups."""

    shape: str
    ends: bool
    """False where it goes on in ways that are not told."""


def elements(shape: str) -> list[Element]:
    """The signs of a shape (`national.identifier`), in order; brackets count as signs."""
    found = []
    for match in _ELEMENT.finditer(shape):
        is_optional = match["maybe"] or match["sign"] == "_"
        least = 0 if is_optional else int(match["least"] or 1)
        found.append(Element(match["sign"], least, int(match["most"] or match["least"] or 1)))
    return found


def branches(shape: str) -> list[Branch]:
    """What a shape may be, one alternative of each of its groups after the other."""
    todo, found = [Branch(shape, ends=True)], list[Branch]()
    while todo:
        branch = todo.pop()
        group = _GROUP.search(branch.shape)
        if group is not None and len(todo) + len(found) < _MOST:
            todo += _options(branch, group)
        else:
            before, bracket, _ = branch.shape.partition("(")
            found.append(Branch(before, ends=branch.ends and not bracket))
    return found


def _options(branch: Branch, group: re.Match[str]) -> Iterator[Branch]:
    """The branch with each of a group's alternatives in its place."""
    before, behind = branch.shape[: group.start()], branch.shape[group.end() :]
    if group["maybe"]:
        yield Branch(before + behind, branch.ends)
    for inner in group["inner"].split("|"):
        if group["least"]:
            yield Branch(before + inner * int(group["least"]), ends=False)
        else:
            yield Branch(before + inner + behind, branch.ends)
