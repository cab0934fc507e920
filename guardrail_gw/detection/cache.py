"""Findings of texts seen before: most of a conversation's words were sent in its last turn too.

The key is a keyed hash, so that the memory of a gateway does not say which texts it has seen;
the text itself is never kept. Whatever changes findings is part of the key.
"""

import secrets
from collections import OrderedDict
from hashlib import blake2b

from guardrail_gw.core.text import Finding, SegmentKind

ENTRY_BYTES, FINDING_BYTES = 256, 256
"""What one entry and one finding within it take at most, as measured (tests hold it)."""

_HASH_BYTES, _PERSON_BYTES = 16, 16


class FindingsCache:
    """A map from a text to its findings within a budget of bytes; the oldest use goes first.

    Args:
        budget_bytes: what its entries may take in all; 0 switches it off.
    """

    def __init__(self, budget_bytes: int) -> None:
        self._budget = budget_bytes
        self._secret = secrets.token_bytes(32)
        self._found: OrderedDict[bytes, tuple[Finding, ...]] = OrderedDict()
        self._begun: dict[tuple[str, SegmentKind, frozenset[str]], blake2b] = {}
        """Hashes of nothing yet, for each way to scan: a copy costs half of what a new one does."""
        self.size_bytes = 0
        """What the entries take."""

    def key(
        self,
        text: str,
        kind: SegmentKind,
        *,
        digest: str = "",
        countries: frozenset[str] = frozenset(),
    ) -> bytes:
        """16 bytes that only this process can make of `text`.

        Args:
            text: what is scanned.
            kind: how.
            digest: of the settings and models that scan it.
            countries: those whose identifiers count, too.
        """
        asked = digest, kind, countries
        begun = self._begun.get(asked)
        if begun is None:
            begun = self._begun[asked] = self._begin(digest, kind, countries)
        hashed = begun.copy()
        hashed.update(text.encode("utf-8", "surrogatepass"))
        return hashed.digest()

    def get(self, key: bytes) -> tuple[Finding, ...] | None:
        """What was found, or None when the text is not known."""
        found = self._found.get(key)
        if found is not None:
            self._found.move_to_end(key)
        return found

    def put(self, key: bytes, findings: tuple[Finding, ...]) -> None:
        """Remember what was found, if it has room at all."""
        size = _size(findings)
        if size > self._budget:
            return
        if (known := self._found.pop(key, None)) is not None:
            self.size_bytes -= _size(known)
        self._found[key] = findings
        self.size_bytes += size
        while self.size_bytes > self._budget:
            _, oldest = self._found.popitem(last=False)
            self.size_bytes -= _size(oldest)

    def clear(self) -> None:
        """Forget everything: what detects is not what it was."""
        self._found.clear()
        self._begun.clear()
        self.size_bytes = 0

    def __len__(self) -> int:
        """How many texts are remembered."""
        return len(self._found)

    def _begin(self, digest: str, kind: SegmentKind, countries: frozenset[str]) -> blake2b:
        """A hash that knows what is scanned for, in as many bytes as it has room for."""
        spelled = " ".join((digest, kind.value, *sorted(countries)))
        person = blake2b(spelled.encode(), digest_size=_PERSON_BYTES).digest()
        return blake2b(digest_size=_HASH_BYTES, key=self._secret, person=person)


def _size(findings: tuple[Finding, ...]) -> int:
    return ENTRY_BYTES + FINDING_BYTES * len(findings)
