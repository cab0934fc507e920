"""Finding many values in a text at once, as whole words, in one pass."""

import re
from collections.abc import Collection
from itertools import groupby

_MAX_BRANCHING = 40


def whole_words(values: Collection[str]) -> re.Pattern[str]:
    """Compile the values into one pattern: a tree by common beginnings, the longest first.

    A value's edge counts as a word's edge where it is a letter or a digit.
    """
    return re.compile(_tree(sorted(values), 0, 0))


def _tree(values: list[str], at: int, depth: int) -> str:
    """The alternation of `values` (sorted, distinct), which share their first `at` characters."""
    if len(values) == 1 or depth > _MAX_BRANCHING:
        longest_first = sorted(values, key=len, reverse=True)
        return _either([_edged(v, at) for v in longest_first])
    branches = []
    for _, shared in groupby((v for v in values if len(v) > at), key=lambda v: v[at]):
        group = list(shared)
        step = _common(group)
        if len(group) == 1:
            branches.append(_edged(group[0], at))
        else:
            opening = _opening(group[0]) if at == 0 else ""
            branches.append(opening + re.escape(group[0][at:step]) + _tree(group, step, depth + 1))
    branches += [_closing(v) for v in values if len(v) == at]  # the shorter one last
    return _either(branches)


def _common(values: list[str]) -> int:
    """How many characters sorted values share."""
    first, last = values[0], values[-1]
    limit = min(len(first), len(last))
    return next((i for i in range(limit) if first[i] != last[i]), limit)


def _either(branches: list[str]) -> str:
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _edged(value: str, at: int) -> str:
    return (_opening(value) if at == 0 else "") + re.escape(value[at:]) + _closing(value)


def _opening(value: str) -> str:
    return r"(?<![^\W_])" if value[0].isalnum() else ""


def _closing(value: str) -> str:
    return r"(?![^\W_])" if value[-1].isalnum() else ""
