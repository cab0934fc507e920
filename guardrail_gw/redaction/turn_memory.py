"""Requests that came before, found by the bytes that the next one has in common with them.

What is kept of a request is sealed under a key that is kept nowhere: whoever has its first bytes
can make it, with the secret of this process, and nobody else. The names by which requests are found
are keyed hashes, as those of the findings cache are, so that neither says what anybody wrote.

Source: RFC 7693 (BLAKE2), NIST SP 800-38D (GCM); each key seals two messages, so nonces are fixed.
"""

import secrets
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from guardrail_gw.redaction.turns import Contents, Made, Turns

BLOCK: Final = 4096
"""Bytes; a request is found by as many as it has in whole blocks, so shorter ones are not kept."""
BUDGET_BYTES: Final = 16 << 20
"""Some 150 conversations of 100 kB."""
ENTRY_BYTES: Final = 8192
"""What an entry takes at most besides what is sealed, as measured (tests hold it)."""

_KEY, _NAME, _BLOCK_NAME = 32, 32, 16
_NONCE, _NONCE_OF_MODEL = bytes(12), bytes(11) + b"\1"
_TAIL: Final = b"tail"


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One request."""

    turns: Turns
    names: tuple[bytes, ...]
    """Of the bytes before each mark."""
    wrapped: tuple[bytes, ...]
    """The key, under what is made of the bytes before each mark."""
    blocks: tuple[bytes, ...]
    """Names of the whole blocks before each mark."""
    tail: bytes
    """The name of what is behind the turns."""
    sealed_model: bytes = field(repr=False)
    sealed: bytes = field(repr=False)

    @property
    def size_bytes(self) -> int:
        """What it takes."""
        return ENTRY_BYTES + len(self.sealed) + len(self.sealed_model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A request that begins and ends as another one does."""

    kept: Entry
    at: int
    """The mark up to which they are the same."""
    key: bytes = field(repr=False)

    @property
    def is_whole(self) -> bool:
        """Whether no turn of the kept request is behind that mark."""
        turns = self.kept.turns
        return turns.is_marked_last and self.at == len(turns.marks) - 1

    def model(self) -> str:
        """The name of the model that both ask."""
        return AESGCM(self.key).decrypt(_NONCE_OF_MODEL, self.kept.sealed_model, None).decode()

    def contents(self) -> Contents:
        """What the request is made of."""
        return Contents.unpacked(AESGCM(self.key).decrypt(_NONCE, self.kept.sealed, None))


class TurnMemory:
    """Requests within a budget of bytes; the oldest use goes first.

    Args:
        budget_bytes: what they may take in all; 0 keeps none.
    """

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget = budget_bytes
        self._secret = secrets.token_bytes(blake2b.MAX_KEY_SIZE)
        self._kept: OrderedDict[Entry, None] = OrderedDict()
        self._blocks: dict[bytes, list[tuple[Entry, int]]] = {}
        self.size_bytes = 0
        """What they take."""

    @property
    def is_on(self) -> bool:
        """Whether anything is kept."""
        return self._budget > 0

    def __len__(self) -> int:
        """How many requests are kept."""
        return len(self._kept)

    def find(self, scope: bytes, body: bytes) -> Found | None:
        """The kept request that has the most in common with a body: all but its last turns."""
        return next(self.found(scope, body), None)

    def found(self, scope: bytes, body: bytes) -> Iterator[Found]:
        """Entry requests that a body may go on from, those with the most in common first.

        Args:
            scope: whatever else what is kept depends on.
            body: the bytes.
        """
        if not self._kept:
            return
        for kept, at, digest in self._beginning_as(scope, body):
            tail = kept.turns.tail
            fits = kept.turns.marks[at].length + tail <= len(body)
            if fits and self._tail(body[len(body) - tail :]) == kept.tail:
                self._kept.move_to_end(kept)
                yield Found(kept=kept, at=at, key=_either(kept.wrapped[at], digest[_NAME:]))

    def keep(self, scope: bytes, body: bytes, made: Made, *, grown: Entry | None = None) -> None:
        """Remember what a body came to, if it has room at all.

        Args:
            scope: as it will be looked for.
            body: the bytes.
            made: what it came to.
            grown: the request that this one goes on from, which is forgotten.
        """
        if grown is not None:
            self._forget(grown)
        kept = self._sealed(scope, body, made)
        if kept.size_bytes > self._budget:
            return
        self._kept[kept] = None
        self.size_bytes += kept.size_bytes
        for at, name in enumerate(kept.blocks):
            self._blocks.setdefault(name, []).append((kept, at))
        while self.size_bytes > self._budget:
            self._forget(next(iter(self._kept)))

    def _beginning_as(self, scope: bytes, body: bytes) -> Iterator[tuple[Entry, int, bytes]]:
        """Requests with the same bytes up to a mark, those with the most first."""
        state, view = self._begun(scope), memoryview(body)
        passed: list[tuple[int, blake2b, list[tuple[Entry, int]]]] = []
        for end in range(BLOCK, len(body) + 1, BLOCK):
            state.update(view[end - BLOCK : end])
            here = self._blocks.get(state.digest()[:_BLOCK_NAME])
            if here is not None:
                passed.append((end, state.copy(), here))
        for end, before, here in reversed(passed):
            for kept, at in sorted(here, key=_length, reverse=True):
                whole = before.copy()
                whole.update(view[end : kept.turns.marks[at].length])
                digest = whole.digest()
                if digest[:_NAME] == kept.names[at]:
                    yield kept, at, digest

    def _sealed(self, scope: bytes, body: bytes, made: Made) -> Entry:
        turns = made.turns
        lengths = [mark.length for mark in turns.marks]
        whole = [length - length % BLOCK for length in lengths]
        digest_of = self._digests(scope, body, sorted({*lengths, *whole}))
        digests = [digest_of[length] for length in lengths]
        key = secrets.token_bytes(_KEY)
        return Entry(
            turns=turns,
            names=tuple(digest[:_NAME] for digest in digests),
            wrapped=tuple(_either(key, digest[_NAME:]) for digest in digests),
            blocks=tuple(digest_of[length][:_BLOCK_NAME] for length in whole),
            tail=self._tail(body[len(body) - turns.tail :]),
            sealed_model=AESGCM(key).encrypt(_NONCE_OF_MODEL, made.model.encode(), None),
            sealed=AESGCM(key).encrypt(_NONCE, made.contents.packed(), None),
        )

    def _digests(self, scope: bytes, body: bytes, lengths: Sequence[int]) -> dict[int, bytes]:
        """Of so many bytes of a body, ascending: half is a name, and half makes a key."""
        state, view, at = self._begun(scope), memoryview(body), 0
        made: dict[int, bytes] = {}
        for length in lengths:
            state.update(view[at:length])
            at = length
            made[length] = state.digest()
        return made

    def _begun(self, scope: bytes) -> blake2b:
        """The hash of a body, before its first byte; scopes are of one length within it."""
        return blake2b(blake2b(scope).digest(), key=self._secret, digest_size=_NAME + _KEY)

    def _tail(self, tail: bytes) -> bytes:
        return blake2b(tail, key=self._secret, digest_size=_NAME, person=_TAIL).digest()

    def _forget(self, kept: Entry) -> None:
        if kept not in self._kept:
            return
        del self._kept[kept]
        self.size_bytes -= kept.size_bytes
        for name in set(kept.blocks):
            rest = [entry for entry in self._blocks[name] if entry[0] is not kept]
            if rest:
                self._blocks[name] = rest
            else:
                del self._blocks[name]


def _length(entry: tuple[Entry, int]) -> int:
    kept, at = entry
    return kept.turns.marks[at].length


def _either(one: bytes, other: bytes) -> bytes:
    """One under the other, and back."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
