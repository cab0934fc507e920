"""Placeholders in an answer that could not be restored, counted to show which models bend them.

Counted are: texts of a placeholder's form that this exchange did not issue, and issued ones changed
beyond what `restorer` undoes: a suffix that stands alone or behind another word, or one that was
cut short or grew.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.redaction.placeholder import ALPHABET, PLACEHOLDER, SUFFIX_CHARS

_MIXED: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]*[0-9][A-Za-z0-9]*")
"""A run of letters and digits with a digit in it; every suffix is one."""
_SHORTEST: Final = 4
_LONGEST: Final = 12
_HEAD: Final = 96
"""Characters before a run that can belong to it."""
_BATCH: Final = 4096
_SIGNS: Final = frozenset(ALPHABET)


@dataclass(slots=True, kw_only=True)
class Misses:
    """Counts in what is left of one text; its pieces may be cut anywhere."""

    heads: tuple[str, ...]
    """What stands before the suffixes of this exchange: `PERSON_`."""
    suffixes: Collection[str] = field(repr=False)
    seen: int = 0
    _text: str = field(default="", repr=False)
    _at: int = 0
    """Up to where the text is counted."""

    def feed(self, text: str) -> None:
        """Take what was not restored, with a line end where something was."""
        self._text += text
        if len(self._text) > _BATCH:
            self._count(len(self._text) - _LONGEST)

    def end(self) -> None:
        """The text has ended."""
        self._count(len(self._text))

    def _count(self, stop: int) -> None:
        """Count runs that begin before `stop`, and forget what no later one can need."""
        for match in _MIXED.finditer(self._text, self._at):
            if match.start() >= stop:
                break
            stop = max(stop, match.end())
            head = self._text[max(0, match.start() - _HEAD) : match.start()]
            self.seen += self._is_miss(head, match.group())
        keep = max(0, stop - _HEAD)
        self._text, self._at = self._text[keep:], stop - keep

    def _is_miss(self, head: str, run: str) -> bool:
        if not _SHORTEST <= len(run) <= _LONGEST or run.isdigit():
            return False
        suffix = run.upper()
        if len(run) == SUFFIX_CHARS and _SIGNS.issuperset(suffix):
            if suffix in self.suffixes or self._has_own_word(head):
                return True
            return head.endswith("_") and PLACEHOLDER.search(head + run) is not None
        return run == suffix and head.endswith("_") and self._has_own_word(head)

    def _has_own_word(self, head: str) -> bool:
        return head.upper().replace(" ", "_").replace("-", "_").endswith(self.heads)
