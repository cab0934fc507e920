"""Original values back into text that arrives in pieces.

Only placeholders of this exchange are restored, in the forms that models are seen to change them
into: other case, a space or `-` for `_`, a backslash before `_`, an HTML escape of it. A suffix has
a fixed length and no placeholder is part of another's word, so the end of one is known when it is
reached and a restored value is never looked at again.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from guardrail_gw.redaction.placeholder import ALPHABET, SUFFIX_CHARS

_JOINTS: Final = ("_", " ", "-", "\\_", "\\\\_", "&#95;", "&#x5f;", "&lowbar;", "\\u005f")
"""What may stand between the words of a placeholder; `\\\\_` and `\\u005f` in JSON source."""

_MAX_JOINT: Final = max(map(len, _JOINTS))
_NEVER: Final = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A placeholder in a text, in whatever form."""

    start: int
    end: int
    token: str
    """As it was issued."""


class Restorer:
    """Knows the placeholders of one exchange.

    Args:
        originals: placeholder -> value.
    """

    __slots__ = ("_longest", "_originals", "_pending", "_whole")

    def __init__(self, originals: Mapping[str, str]) -> None:
        self._originals = originals
        words = frozenset(t[: -SUFFIX_CHARS - 1] for t in originals)
        self._whole, self._pending = _patterns(words) if words else (_NEVER, _NEVER)
        self._longest = max((_reach(w) for w in words), default=0)

    def matches(self, text: str) -> tuple[list[Match], list[int]]:
        """Find placeholders.

        Returns:
            The ones issued here, in order and not overlapping; and the starts of look-alikes
            that were not.
        """
        found: list[Match] = []
        strangers: list[int] = []
        at = 0
        while (m := self._whole.search(text, at)) is not None:
            token = _canonical(m.group("word"), m.group("suffix"))
            if token in self._originals:
                found.append(Match(start=m.start(), end=m.end(), token=token))
                at = m.end()
            else:
                strangers.append(m.start())
                at = m.start() + 1
        return found, strangers

    def restore(self, text: str, *, escape: str) -> str:
        """Restore a text that is here in full."""
        tail = Tail(restorer=self, escape=escape)
        return tail.feed(text) + tail.flush()

    def pending(self, text: str, start: int) -> int:
        """Where at or after `start` begins what could become a placeholder; else the end."""
        m = self._pending.search(text, max(start, len(text) - self._longest))
        return len(text) if m is None else m.start()

    def original(self, token: str, escape: str) -> str:
        """The value of an issued placeholder as it is written at its place."""
        value = self._originals[token]
        return json.dumps(value, ensure_ascii=False)[1:-1] if escape == "json" else value


@dataclass(slots=True, kw_only=True)
class Tail:
    """One text being restored piece by piece; holds back what could become a placeholder."""

    restorer: Restorer
    escape: str
    restored: int = 0
    strangers: int = 0
    held: str = field(default="", repr=False)

    def feed(self, piece: str) -> str:
        """Return what can be shown now."""
        text = self.held + piece
        matches, strangers = self.restorer.matches(text)
        out: list[str] = []
        at = 0
        for match in matches:
            out += (text[at : match.start], self.restorer.original(match.token, self.escape))
            at = match.end
        hold = self.restorer.pending(text, at)
        out.append(text[at:hold])
        self.held = text[hold:]
        self.restored += len(matches)
        self.strangers += sum(s < hold for s in strangers)
        return "".join(out)

    def flush(self) -> str:
        """Return what was held back: the text has ended."""
        rest, self.held = self.held, ""
        return rest


def _canonical(words: str, suffix: str) -> str:
    plain = _JOINT.sub("_", words)
    return f"{plain}_{suffix}".upper()


def _reach(word: str) -> int:
    """The most characters a changed placeholder of this word can have."""
    return len(word) + SUFFIX_CHARS + (word.count("_") + 1) * _MAX_JOINT


@lru_cache(maxsize=256)  # the sets of entities that occur together are few; values are not in it
def _patterns(entities: frozenset[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = sorted(entities, key=lambda w: (-len(w), w))
    named = "|".join(_JOINT_SOURCE.join(map(re.escape, w.split("_"))) for w in words)
    suffix = f"[{ALPHABET}]{{{SUFFIX_CHARS}}}"
    whole = f"(?P<word>{named}){_JOINT_SOURCE}(?P<suffix>{suffix})"
    starts = "|".join(_beginning(w) for w in words)
    return re.compile(whole, re.IGNORECASE | re.ASCII), re.compile(starts, re.IGNORECASE | re.ASCII)


def _beginning(word: str) -> str:
    """A pattern for every proper beginning of a placeholder that reaches the end of the text."""
    pattern = f"[{ALPHABET}]{{0,{SUFFIX_CHARS - 1}}}\\Z"
    for char in reversed(word + "_"):
        if char == "_":
            pattern = f"(?:{_JOINT_BEGUN}|{_JOINT_SOURCE}{pattern})"
        else:
            pattern = f"(?:\\Z|{re.escape(char)}{pattern})"
    return pattern.removeprefix("(?:\\Z|").removesuffix(")")  # at least one character


_JOINT_SOURCE: Final = "(?:" + "|".join(map(re.escape, _JOINTS)) + ")"
_JOINT_BEGUN: Final = (
    "(?:"
    + "|".join(sorted({re.escape(j[:n]) for j in _JOINTS for n in range(len(j))}, reverse=True))
    + ")\\Z"
)
_JOINT: Final = re.compile(_JOINT_SOURCE, re.IGNORECASE)
