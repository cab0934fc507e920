"""Findings of texts seen before: most of a conversation's words were sent in its last turn too.

The key is a keyed hash, so that the memory of a gateway does not say which texts it has seen;
the text itself is never kept.
"""

import secrets
from collections import OrderedDict
from hashlib import blake2b

from guardrail_gw.core.text import Finding, SegmentKind

_PERSON = {kind: kind.value.encode() for kind in SegmentKind}


class FindingsCache:
    """A bounded map from a text and its kind to its findings; the oldest use goes first."""

    def __init__(self, entries: int) -> None:
        self._entries = entries
        self._secret = secrets.token_bytes(32)
        self._found: OrderedDict[bytes, tuple[Finding, ...]] = OrderedDict()

    def key(self, text: str, kind: SegmentKind) -> bytes:
        """16 bytes that only this process can make of `text`."""
        return blake2b(
            text.encode("utf-8", "surrogatepass"),
            digest_size=16,
            key=self._secret,
            person=_PERSON[kind],
        ).digest()

    def get(self, key: bytes) -> tuple[Finding, ...] | None:
        """What was found, or None when the text is not known."""
        found = self._found.get(key)
        if found is not None:
            self._found.move_to_end(key)
        return found

    def put(self, key: bytes, findings: tuple[Finding, ...]) -> None:
        """Remember what was found."""
        if self._entries <= 0:
            return
        self._found[key] = findings
        self._found.move_to_end(key)
        if len(self._found) > self._entries:
            self._found.popitem(last=False)

    def clear(self) -> None:
        """Forget everything: what detects is not what it was."""
        self._found.clear()

    def __len__(self) -> int:
        """How many texts are remembered."""
        return len(self._found)
