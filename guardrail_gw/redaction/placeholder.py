"""Placeholders: what stands for a value outside. Grammar and scope: docs/placeholders.md.

The suffix is 40 bits of HMAC-SHA256 (RFC 2104) in Crockford's base 32, so the same value gets the
same placeholder in every turn and in every replica, without stored state.
"""

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.kept import Issue
from guardrail_gw.core.text import Entity
from guardrail_gw.errors import ConfigError, ResidualFound

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SUFFIX_CHARS: Final = 8
KEY_BYTES: Final = 32
LITERAL: Final = Entity("LITERAL")
"""Stands for a text that only looked like a placeholder."""

PLACEHOLDER: Final = re.compile(
    r"[A-Z][A-Z0-9_]{0,79}_(?=[A-Z]{0,7}[0-9])(?=[0-9]{0,7}[A-Z])"
    rf"[{ALPHABET}]{{{SUFFIX_CHARS}}}(?![A-Za-z0-9_])"
)
"""Anything of the form, whoever wrote it; bounded, so that searching is linear in the text."""

_TAIL = re.compile(
    r"_(?=[A-Z]{0,7}[0-9])(?=[0-9]{0,7}[A-Z])"
    rf"[{ALPHABET}]{{{SUFFIX_CHARS}}}(?![A-Za-z0-9_])"
)
"""What each ends with: it begins with one character, so that it is looked for in no time."""
_MAX_TRIES: Final = 1000
_PAIRS: Final = tuple(one + other for one in ALPHABET for other in ALPHABET)
"""Ten bits in base 32."""
_NOT_A_WORD = re.compile(r"[^A-Z0-9]+")


def look_alikes(text: str) -> list[tuple[int, int]]:
    """Start and end of everything of a placeholder's form, whoever wrote it."""
    if _TAIL.search(text) is None:
        return []
    return [match.span() for match in PLACEHOLDER.finditer(text)]


@dataclass(frozen=True, slots=True)
class TokenKey:
    """The secret that placeholders are derived from.

    Raises:
        ConfigError: not 32 bytes.
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Check the length."""
        if len(self.secret) != KEY_BYTES:
            raise ConfigError(f"the redaction key must be {KEY_BYTES} bytes long")

    def mac(self, *parts: str | int) -> bytes:
        """HMAC-SHA256 over the parts, written unambiguously (as a JSON array)."""
        return hmac.digest(self.secret, json.dumps(parts).encode(), hashlib.sha256)


def word(entity: Entity) -> str:
    """The entity as the first part of a placeholder: capital letters, digits, underscores."""
    plain = _NOT_A_WORD.sub("_", entity.upper()).strip("_")
    return plain if plain[:1].isalpha() else f"DATA_{plain}".rstrip("_")


@dataclass(slots=True)
class Issuer:
    """Issues the placeholders of one exchange, each for exactly one value."""

    key: TokenKey
    principal: Principal
    issued: dict[str, str] = field(default_factory=dict, repr=False)
    """Placeholder -> value."""
    has_collided: bool = False
    """Some placeholder is not the first that its value could have: another was issued before."""
    _known: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _words: set[str] = field(default_factory=set)
    _suffixes: set[str] = field(default_factory=set, repr=False)

    def placeholder(self, entity: Entity, value: str) -> str:
        """Return the placeholder of a value; the same one every time."""
        head = word(entity)
        known = self._known.get((head, value))
        if known is None:
            known = self._new(head, value)
            self._known[(head, value)] = known
            self._suffixes.add(known[-SUFFIX_CHARS:])
            self.issued[known] = value
        return known

    def hold(self, held: Mapping[str, Issue]) -> None:
        """Count what was issued earlier in the conversation as taken, and give it again."""
        for token, issue in held.items():
            if PLACEHOLDER.fullmatch(token) is not None:
                head = token[: -SUFFIX_CHARS - 1]
                self._words.add(head)
                self._known[(head, issue.value)] = token
                self._suffixes.add(token[-SUFFIX_CHARS:])

    def issued_before(self, tokens: Mapping[str, str]) -> None:
        """Take note of placeholders of an earlier request of this scope, each with its value."""
        self.issued.update(tokens)
        self._suffixes.update([token[-SUFFIX_CHARS:] for token in tokens])
        heads = [token[: -SUFFIX_CHARS - 1] for token in tokens]
        self._words.update(heads)
        self._known.update(zip(zip(heads, tokens.values(), strict=True), tokens, strict=True))

    def _new(self, head: str, value: str) -> str:
        if head not in self._words:
            self._take_word(head)
        normal = unicodedata.normalize("NFC", value)
        for counter in range(_MAX_TRIES):
            token = f"{head}_{self._suffix(head, normal, counter)}"
            if PLACEHOLDER.fullmatch(token) is None:  # a letter and a digit in the suffix
                continue
            if self._is_free(token):
                return token
            self.has_collided = True
        raise ResidualFound(f"no placeholder is free for {head}")

    def _suffix(self, head: str, normal: str, counter: int) -> str:
        who = self.principal
        number = int.from_bytes(self.key.mac(who.tenant, who.key_id, head, normal, counter)[:5])
        return "".join([_PAIRS[number >> shift & 1023] for shift in (30, 20, 10, 0)])

    def _is_free(self, token: str) -> bool:
        """Part of no other's word, and unused.

        A suffix is used once, whatever the word before it: `ADDRESS_…` must not be the end of some
        `EMAIL_ADDRESS_…`.
        """
        return (
            token not in self.issued
            and token[-SUFFIX_CHARS:] not in self._suffixes
            and not any(token in other for other in self._words)
        )

    def _take_word(self, head: str) -> None:
        """Once per entity, not per value: no word may hold a placeholder issued before it."""
        if any(old in head for old in self.issued):
            raise ResidualFound(f"no placeholder is free for {head}")
        self._words.add(head)
