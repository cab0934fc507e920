"""Answers in which nothing was suspicious: a tool says much of what it says again and again.

The key is a keyed hash, as in `detection/cache.py`: the memory of a gateway does not say which
answers it has seen, and nothing of them is kept. Answers in which something was found are looked
through each time.
"""

import secrets
from collections import OrderedDict
from hashlib import blake2b
from typing import Final

MOST: Final = 1024
"""Answers that are known; some 150 bytes each."""
_HASH_BYTES: Final = 16


class Quiet:
    """Which answers were looked through in vain; what was not seen for longest is forgotten."""

    def __init__(self, most: int = MOST) -> None:
        """Nothing is known yet; so many answers will be at most."""
        self._most = most
        self._secret = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def key(self, said: bytes) -> bytes:
        """16 bytes that only this process can make of an answer."""
        return blake2b(said, digest_size=_HASH_BYTES, key=self._secret).digest()

    def __contains__(self, key: bytes) -> bool:
        """Whether nothing was suspicious in that answer."""
        if key not in self._known:
            return False
        self._known.move_to_end(key)
        return True

    def __len__(self) -> int:
        """How many are known."""
        return len(self._known)

    def add(self, key: bytes) -> None:
        """Nothing was."""
        self._known[key] = None
        if len(self._known) > self._most:
            self._known.popitem(last=False)
