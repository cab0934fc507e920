"""Replacements within one text."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`text[start:end]` of one segment is replaced by `new`."""

    start: int
    end: int
    new: str = field(repr=False)
    back: str = field(repr=False)
    """What restoring gives: the original, or `new` when nothing comes back."""


def blanked(text: str, changes: Sequence[Change]) -> str:
    """The text with a control character for each that a change covers: places stay the same."""
    if not changes:
        return text
    out: list[str] = []
    at = 0
    for change in sorted(changes, key=lambda c: c.start):
        out += (text[at : change.start], "\0" * (change.end - max(at, change.start)))
        at = change.end
    out.append(text[at:])
    return "".join(out)


def applied(text: str, changes: Sequence[Change]) -> str:
    """The text with every change made."""
    out: list[str] = []
    at = 0
    for change in sorted(changes, key=lambda c: c.start):
        out += (text[at : change.start], change.new)
        at = change.end
    out.append(text[at:])
    return "".join(out)


def returning(text: str, changes: Sequence[Change]) -> str:
    """What restoring the changed text has to give."""
    back = [Change(start=c.start, end=c.end, new=c.back, back=c.back) for c in changes]
    return applied(text, back)


def is_word(text: str, start: int, end: int) -> bool:
    """Whether neither end of `text[start:end]` cuts a word in two."""
    left = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    right = end < len(text) and text[end - 1].isalnum() and text[end].isalnum()
    return not left and not right
