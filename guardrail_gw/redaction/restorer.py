"""Original values back into text that arrives in pieces.

Only what was issued in this exchange is restored. A placeholder also in the forms that models are
seen to change it into, and in no other: docs/placeholders.md lists them. Its suffix has a fixed
length and no placeholder is part of another's word, so the end of one is known when it is reached.
A surrogate also in another case, as whole words. A restored value is never looked at again.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from guardrail_gw.core.text import lowered
from guardrail_gw.dialects.json_levels import JsonLevels
from guardrail_gw.redaction.joined import Joined
from guardrail_gw.redaction.misses import Misses
from guardrail_gw.redaction.moves import Moves
from guardrail_gw.redaction.names import Names
from guardrail_gw.redaction.placeholder import ALPHABET, PLACEHOLDER, SUFFIX_CHARS

_JOINTS: Final = (
    *("_", " ", "-"),
    *("\u00a0", "\u202f", "\u2010", "\u2011", "\u2013"),  # spaces and hyphens of typesetting
    *("\\" * n + "_" for n in (1, 2, 4, 8, 16)),  # doubled by each level of JSON
    *("\\" * n + "u005f" for n in (1, 2, 4, 8)),
    *("&#95;", "&#x5f;", "&lowbar;", "&UnderBar;"),
)
"""What may stand between the words of a placeholder."""

_MAX_JOINT: Final = max(map(len, _JOINTS))
_NEVER: Final = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A placeholder or surrogate in a text, in whatever form."""

    start: int
    end: int
    token: str
    """As it was issued."""


class Restorer:
    """Knows what one exchange put in the place of values.

    Args:
        originals: placeholder or surrogate -> value.
    """

    __slots__ = (
        *(
            "_heads",
            "_longest",
            "_names",
            "_originals",
            "_pending",
            "_suffixes",
            "_whole",
            "_words",
        ),
    )

    def __init__(self, originals: Mapping[str, str]) -> None:
        self._originals = originals
        tokens = [*filter(PLACEHOLDER.fullmatch, originals)]
        self._words = frozenset([t[: -SUFFIX_CHARS - 1] for t in tokens])
        self._heads = frozenset([w.partition("_")[0].lower() for w in self._words])
        self._suffixes = frozenset([t[-SUFFIX_CHARS:] for t in tokens])
        self._whole, self._pending = _patterns(self._words) if tokens else (_NEVER, _NEVER)
        self._longest = max((_reach(w) for w in self._words), default=0)
        surrogates = originals.keys() - set(tokens) if len(tokens) < len(originals) else ()
        self._names = Names(surrogates) if surrogates else None

    def scan(self, text: str, *, before: str = "", more: bool = False) -> tuple[list[Match], int]:
        """Find what was issued.

        Args:
            text: a text, or a piece of one.
            before: the character before it.
            more: the text goes on.

        Returns:
            Matches in order, not overlapping; and up to where the text is decided.
        """
        found: list[Match] = []
        at, hold = 0, len(text)
        for token in self._tokens(text):
            found += self._named(text, at, token.start, before=before, more=more)
            found.append(token)
            at = token.end
        if more:
            m = self._pending.search(text, max(at, len(text) - self._longest))
            hold = hold if m is None else m.start()
        for name in self._named(text, at, len(text), before=before, more=more):
            hold = hold if name.token and name.end <= hold else min(hold, name.start)
            found.append(name)
        return [m for m in found if m.end <= hold and m.token], hold

    def scan_all(self, texts: Sequence[str]) -> list[list[Match]]:
        """Find what was issued in each of many texts, by looking through them as one."""
        joined = Joined(texts)
        found: list[list[Match]] = [[] for _ in texts]
        for match in self.scan(joined.text)[0]:
            index, start = joined.place(match.start)
            end = start + match.end - match.start
            found[index].append(Match(start=start, end=end, token=match.token))
        return found

    def restore(self, text: str) -> str:
        """Restore prose that is here in full."""
        return self._restored(text, self.scan(text)[0])

    def restore_all(self, texts: Sequence[str]) -> list[str]:
        """Restore many texts that are here in full."""
        pairs = zip(texts, self.scan_all(texts), strict=True)
        return [self._restored(text, matches) for text, matches in pairs]

    def original(self, token: str, levels: int) -> str:
        """The value of what was issued, as it is written within so many levels of JSON."""
        value = self._originals[token]
        for _ in range(levels):
            value = json.dumps(value, ensure_ascii=False)[1:-1]
        return value

    def misses(self) -> Misses | None:
        """Count in one text what could not be restored; surrogates leave no trace to count."""
        if not self._words:
            return None
        return Misses(heads=tuple(f"{w}_" for w in self._words), suffixes=self._suffixes)

    def _restored(self, text: str, matches: Sequence[Match]) -> str:
        out: list[str] = []
        at = 0
        for match in matches:
            out += (text[at : match.start], self._originals[match.token])
            at = match.end
        return "".join([*out, text[at:]])

    def _tokens(self, text: str) -> Iterator[Match]:
        low = text.lower() if text.isascii() else lowered(text)  # as long as the text
        if not any(map(low.__contains__, self._heads)):  # a fraction of a search's time
            return
        at = 0
        for start in self._begun(low):
            m = self._whole.match(text, start) if start >= at else None
            if m is None:
                continue
            token = _canonical(m.group("word"), m.group("suffix"))
            if token in self._originals:
                yield Match(start=start, end=m.end(), token=token)
                at = m.end()

    def _begun(self, low: str) -> list[int]:
        """Where a placeholder's first word begins: found in a fraction of a search's time, too."""
        starts: set[int] = set()
        for head in self._heads:
            at = low.find(head)
            while at >= 0:
                starts.add(at)
                at = low.find(head, at + 1)
        return sorted(starts)

    def _named(
        self, text: str, start: int, stop: int, *, before: str, more: bool
    ) -> Iterator[Match]:
        if self._names is not None:
            for name in self._names.scan(text, start, stop, before=before, more=more):
                yield Match(start=name.start, end=name.end, token=name.name)


@dataclass(slots=True, kw_only=True)
class Tail:
    """One text being restored piece by piece; holds back what is not decided yet."""

    restorer: Restorer
    escape: str
    moves: Moves | None = None
    """Told of all that is put back, for whoever counts places in the text."""
    restored: int = 0
    held: str = field(default="", repr=False)
    _before: str = field(default="", repr=False)
    _levels: JsonLevels | None = None
    _misses: Misses | None = None

    def __post_init__(self) -> None:
        """Set out at the beginning of the text."""
        self._levels = JsonLevels() if self.escape == "json" else None
        self._misses = self.restorer.misses()

    @property
    def missed(self) -> int:
        """How many placeholders could not be restored; known when the text has ended."""
        return self._misses.seen if self._misses is not None else 0

    def feed(self, piece: str) -> str:
        """Return what can be shown now."""
        return self._passed(self.held + piece, more=True)

    def flush(self) -> str:
        """Return what was held back: the text has ended."""
        return self.rest(self.held)

    def rest(self, text: str) -> str:
        """Return the rest of the text, or all of it: nothing follows."""
        shown = self._passed(text, more=False)
        if self._misses is not None:
            self._misses.end()
        return shown

    def _passed(self, text: str, *, more: bool) -> str:
        matches, hold = self.restorer.scan(text, before=self._before, more=more)
        out: list[str] = []
        at = 0
        for match in matches:
            out += (self._kept(text[at : match.start]), self._value(text, match))
            at = match.end
        out.append(self._kept(text[at:hold]))
        self._before = text[hold - 1] if hold else self._before
        self.held = text[hold:]
        self.restored += len(matches)
        return "".join(out)

    def _kept(self, text: str) -> str:
        """Text in which nothing was restored."""
        if self._levels is not None:
            self._levels.feed(text)
        if self._misses is not None and text:
            self._misses.feed(text)
        if self.moves is not None:
            self.moves.keep(text)
        return text

    def _value(self, text: str, match: Match) -> str:
        if self._misses is not None:
            self._misses.feed("\n")
        written = text[match.start : match.end]
        level = 0 if self._levels is None else self._levels.level
        value = self.restorer.original(match.token, level)
        if self._levels is not None:
            self._levels.feed(written)
        if self.moves is not None:
            self.moves.put(written, value)
        return value


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
