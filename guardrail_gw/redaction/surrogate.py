"""Surrogates: invented values in the place of real ones, for one exchange.

The seed is an HMAC over the scope that placeholders have, so the same value gets the same surrogate
in every turn and in every replica. A surrogate stands for one value only, and nothing of it stands
in the request, so whatever an answer shows of it was put there by us.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.kept import Issue
from guardrail_gw.core.text import Entity, Segment, lowered
from guardrail_gw.redaction.invented import MAKERS, Candidate, Draw, surnames
from guardrail_gw.redaction.placeholder import PLACEHOLDER, TokenKey
from guardrail_gw.redaction.spelling import WORD

_MAX_TRIES: Final = 24


@dataclass(slots=True, kw_only=True)
class Surrogates:
    """Chooses the surrogates of one exchange."""

    key: TokenKey
    principal: Principal
    segments: Sequence[Segment] = field(repr=False)
    issued: dict[str, str] = field(default_factory=dict, repr=False)
    """Surrogate -> value."""
    _known: dict[tuple[Entity, str], str | None] = field(default_factory=dict, repr=False)
    _said: frozenset[str] | None = field(default=None, repr=False)
    """The words of the request, in small letters."""
    _signs: str = field(default="", repr=False)
    """Its letters and digits, in small letters."""
    _folded: set[str] = field(default_factory=set, repr=False)
    _single: set[str] = field(default_factory=set, repr=False)
    _joined: set[str] = field(default_factory=set, repr=False)
    """Words that surrogates of several words have."""

    def surrogate(self, entity: Entity, value: str) -> str | None:
        """Return the surrogate of a value, the same one every time; None when there is none."""
        if entity not in MAKERS:
            return None
        if (entity, value) not in self._known:
            self._known[(entity, value)] = self._new(entity, value)
        return self._known[(entity, value)]

    def hold(self, held: Mapping[str, Issue]) -> None:
        """Count what was issued earlier in the conversation as taken."""
        for text in held:
            if PLACEHOLDER.fullmatch(text) is None:
                self._folded.add(lowered(text))
                words = WORD.findall(lowered(text))
                (self._joined if " " in text else self._single).update(words)

    def _new(self, entity: Entity, value: str) -> str | None:
        who, normal = self.principal, unicodedata.normalize("NFC", value)
        for count in range(_MAX_TRIES):
            seed = self.key.mac("surrogate", who.tenant, who.key_id, entity, normal, count)
            candidate = MAKERS[entity](Draw(int.from_bytes(seed), count), value)
            if candidate is None:
                return None
            if self._is_free(candidate):
                self._take(candidate)
                self.issued[candidate.text] = value
                return candidate.text
        return None

    def _is_free(self, candidate: Candidate) -> bool:
        """Not in the request, nobody else's, and not to be read as two others side by side."""
        if self._said is None:
            self._read()
        words = candidate.words
        others = self._joined if _is_single(candidate) else self._single
        return (
            lowered(candidate.text) not in self._folded
            and others.isdisjoint(words)
            and (self._said or frozenset()).isdisjoint(words)
            and _signs(candidate.text) not in self._signs
        )

    def _take(self, candidate: Candidate) -> None:
        self._folded.add(lowered(candidate.text))
        (self._single if _is_single(candidate) else self._joined).update(candidate.words)

    def _read(self) -> None:
        texts = [lowered(s.text) for s in self.segments]
        self._said = frozenset(w for text in texts for w in WORD.findall(text))
        self._signs = " ".join(map(_signs, texts))


def is_ready() -> bool:
    """Whether the names are loaded; loading them reads files, so never on the event loop."""
    return surnames.cache_info().currsize > 0


def _is_single(candidate: Candidate) -> bool:
    return " " not in candidate.text


def _signs(text: str) -> str:
    return "".join(WORD.findall(lowered(text)))
