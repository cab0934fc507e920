"""Rules in the gateway's own process, while a detector looks for names in the same texts.

What is read here holds the event loop, so it is little: the texts of one request at a time, within
bounds that were measured (docs/adr/0041), and our own rules alone, whose patterns are ours. All
else goes to a detector whole.
"""

import re
from collections.abc import Collection, Sequence
from typing import Final

from guardrail_gw.core.text import Finding, SegmentKind
from guardrail_gw.detection.rule_set import RuleSet
from guardrail_gw.detection.ruled import Ruled
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.scanned import Scanned

LONGEST: Final = 700
"""Code points of all texts of a request that rules read here,"""
MOST_TEXTS: Final = 8
"""how many texts,"""
MOST_DIGITS: Final = 64
"""and digits in them: rules look at each number."""
UNBROKEN: Final = 64
"""So many characters without white space may be encoded, and are then decoded and read again."""

_ENCODED = b"x" * UNBROKEN
_KINDS = bytes(ord(" ") if chr(c).isspace() else ord("x") for c in range(128)).ljust(256, b"x")
_DIGITS = b"0123456789"
_SURROGATE = re.compile("[\ud800-\udfff]")
"""A detector is sent another character in its place."""

Texts = Collection[tuple[str, SegmentKind]]


class Beside:
    """Our rules, ready to run. Made away from the event loop, since it takes a while."""

    def __init__(self) -> None:
        self._rules = RuleSet(RULES)
        self._rules.warm()
        self._rules.ruled(frozenset())

    def taken(self, texts: Texts, countries: frozenset[str]) -> "Apart | None":
        """The texts as they are read here; None if that could hold the event loop for long."""
        if len(texts) > MOST_TEXTS or sum(len(text) for text, _ in texts) > LONGEST:
            return None
        if not self._rules.is_ready(countries):
            return None
        if not all(text.isascii() or not _SURROGATE.search(text) for text, _ in texts):
            return None
        scanned = [Scanned(text, kind) for text, kind in texts]
        # a copy may be longer than its text; as ASCII, a sign for each of its own, it is soon read
        copies = [each.copy.text.encode("ascii", "replace") for each in scanned]
        if sum(map(len, copies)) > LONGEST or sum(map(_digits, copies)) > MOST_DIGITS:
            return None
        if any(_ENCODED in copy.translate(_KINDS) for copy in copies):
            return None
        return Apart(scanned, self._rules.ruled(countries))


class Apart:
    """Texts that rules read here, and recognition of names elsewhere."""

    def __init__(self, scanned: Sequence[Scanned], ruled: Ruled) -> None:
        self._scanned = scanned
        self._ruled = ruled
        self._found: list[Sequence[Finding]] = []

    def read(self) -> None:
        """Let rules read them."""
        self._found = [each.by_rules(self._ruled) for each in self._scanned]

    def merged(self, names: Sequence[Sequence[Finding]]) -> tuple[tuple[Finding, ...], ...]:
        """The findings of each text that was read, as a detector that does both gives them.

        Args:
            names: of each text, by `Engine.named`.
        """
        return tuple(
            tuple(each.merged(found, named))
            for each, found, named in zip(self._scanned, self._found, names, strict=True)
        )


def _digits(signs: bytes) -> int:
    return len(signs) - len(signs.translate(None, _DIGITS))
