"""Requests that came before, found by the bytes that the next one has in common with them.

What is kept of a request is sealed under a key that is kept nowhere: whoever has its first bytes
can make it, with the secret of this process, and nobody else. The names by which requests are found
are keyed hashes, as those of the findings cache are, so that neither says what anybody wrote.

A body is hashed by SHA-256, for which processors have instructions, and what becomes of that is a
keyed hash by BLAKE2b: the secret begins the one and is the key of the other.

Source: FIPS 180-4 (SHA-256), RFC 7693 (BLAKE2), NIST SP 800-38D (GCM); each key seals one message,
so the nonce is fixed.
"""

import secrets
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from typing import Final, Protocol, Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from guardrail_gw.redaction.turns import Made, Opened, Turns

BLOCK: Final = 4096
"""Bytes; a request is found by as many as it has in whole blocks, so shorter ones are not kept."""
BUDGET_BYTES: Final = 16 << 20
"""Some 150 conversations of 100 kB."""
ENTRY_BYTES: Final = 8192
"""What an entry takes at most besides what is sealed, as measured (tests hold it)."""

_KEY, _NAME, _BLOCK_NAME = 32, 32, 16
_NONCE: Final = bytes(12)
_TAIL: Final = b"tail"


class State(Protocol):
    """A hash of the bytes so far."""

    def update(self, more: bytes | memoryview, /) -> None:
        """Take the bytes that follow."""
        ...

    def copy(self) -> Self:
        """One that goes on by itself."""
        ...

    def digest(self) -> bytes:
        """The hash."""
        ...


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
    sealed: bytes = field(repr=False)

    @property
    def size_bytes(self) -> int:
        """What it takes."""
        return ENTRY_BYTES + len(self.sealed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A request that begins and ends as another one does."""

    kept: Entry
    at: int
    """The mark up to which they are the same."""
    key: bytes = field(repr=False)
    state: State = field(repr=False)
    """The hash of a body up to that mark."""

    @property
    def is_whole(self) -> bool:
        """Whether no turn of the kept request is behind that mark."""
        turns = self.kept.turns
        return turns.is_marked_last and self.at == len(turns.marks) - 1

    def opened(self) -> Opened:
        """What the request came to."""
        return Opened(AESGCM(self.key).decrypt(_NONCE, self.kept.sealed, None))

    def digests(self) -> dict[int, bytes]:
        """Of a body up to each mark that it has in common with the request."""
        marks, kept = self.kept.turns.marks[: self.at + 1], self.kept
        return {
            mark.length: kept.names[at] + _either(kept.wrapped[at], self.key)
            for at, mark in enumerate(marks)
        }


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
        self._ends: Counter[int] = Counter()
        """Where these blocks end: a body is hashed up to there."""
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
        for kept, at, state in self._beginning_as(scope, body):
            tail = kept.turns.tail
            fits = kept.turns.marks[at].length + tail <= len(body)
            if fits and self._tail(body[len(body) - tail :]) == kept.tail:
                self._kept.move_to_end(kept)
                key = _either(kept.wrapped[at], self._digest(state)[_NAME:])
                yield Found(kept=kept, at=at, key=key, state=state)

    def keep(self, scope: bytes, body: bytes, made: Made, *, grown: Found | None = None) -> None:
        """Remember what a body came to, if it has room at all.

        Args:
            scope: as it will be looked for.
            body: the bytes.
            made: what it came to.
            grown: the request that this one goes on from, which is forgotten.
        """
        if grown is not None:
            self._forget(grown.kept)
        kept = self._sealed(scope, body, made, grown)
        if kept.size_bytes > self._budget:
            return
        self._kept[kept] = None
        self.size_bytes += kept.size_bytes
        for at, name in enumerate(kept.blocks):
            self._blocks.setdefault(name, []).append((kept, at))
        self._ends.update(_ends_of(kept.turns))
        while self.size_bytes > self._budget:
            self._forget(next(iter(self._kept)))

    def _beginning_as(self, scope: bytes, body: bytes) -> Iterator[tuple[Entry, int, State]]:
        """Requests with the same bytes up to a mark, those with the most first."""
        state, view, begin = self._begun(scope), memoryview(body), 0
        passed: list[tuple[int, State, list[tuple[Entry, int]]]] = []
        for end in sorted(end for end in self._ends if end <= len(body)):
            state.update(view[begin:end])
            begin = end
            here = self._blocks.get(self._digest(state)[:_BLOCK_NAME])
            if here is not None:
                passed.append((end, state.copy(), here))
        for end, before, here in reversed(passed):
            for kept, at in sorted(here, key=_length, reverse=True):
                whole = before.copy()
                whole.update(view[end : kept.turns.marks[at].length])
                if self._digest(whole)[:_NAME] == kept.names[at]:
                    yield kept, at, whole

    def _sealed(self, scope: bytes, body: bytes, made: Made, grown: Found | None) -> Entry:
        turns = made.turns
        lengths = [mark.length for mark in turns.marks]
        whole = _ends_of(turns)
        wanted = {*lengths, *whole}
        known = grown.digests() if grown is not None else {}
        begun = grown.kept.turns.marks[grown.at].length if grown is not None else 0
        names = _block_names(grown) if grown is not None else {}
        new = wanted - known.keys() - (names.keys() - set(lengths))
        if grown is not None and begun <= min(new, default=begun):
            state = grown.state.copy()
        else:
            state, begun = self._begun(scope), 0
        digest_of = {**names, **known, **self._digests(state, body, begun, sorted(new))}
        digests = [digest_of[length] for length in lengths]
        key = secrets.token_bytes(_KEY)
        return Entry(
            turns=turns,
            names=tuple(digest[:_NAME] for digest in digests),
            wrapped=tuple(_either(key, digest[_NAME:]) for digest in digests),
            blocks=tuple(digest_of[length][:_BLOCK_NAME] for length in whole),
            tail=self._tail(body[len(body) - turns.tail :]),
            sealed=AESGCM(key).encrypt(_NONCE, made.contents.packed(made.model), None),
        )

    def _begun(self, scope: bytes) -> State:
        """The hash of a body, before its first byte; scopes are of one length within it."""
        return sha256(self._secret + blake2b(scope).digest())

    def _digest(self, state: State) -> bytes:
        """Of what was hashed so far: half is a name, and half makes a key."""
        return blake2b(state.digest(), key=self._secret, digest_size=_NAME + _KEY).digest()

    def _digests(
        self, state: State, body: bytes, begun: int, lengths: Sequence[int]
    ) -> dict[int, bytes]:
        """The digests of so many bytes of a body, ascending.

        Args:
            state: of the first `begun` bytes.
            body: all of them.
            begun: no more than any length.
            lengths: what is wanted.
        """
        view, at = memoryview(body), begun
        made: dict[int, bytes] = {}
        for length in lengths:
            state.update(view[at:length])
            at = length
            made[length] = self._digest(state)
        return made

    def _tail(self, tail: bytes) -> bytes:
        return blake2b(tail, key=self._secret, digest_size=_NAME, person=_TAIL).digest()

    def _forget(self, kept: Entry) -> None:
        if kept not in self._kept:
            return
        del self._kept[kept]
        self.size_bytes -= kept.size_bytes
        self._ends.subtract(_ends_of(kept.turns))
        self._ends += Counter()  # without those that are there no more
        for name in set(kept.blocks):
            rest = [entry for entry in self._blocks[name] if entry[0] is not kept]
            if rest:
                self._blocks[name] = rest
            else:
                del self._blocks[name]


def _ends_of(turns: Turns) -> list[int]:
    """Where the last whole block before each mark ends."""
    return [mark.length - mark.length % BLOCK for mark in turns.marks]


def _block_names(found: Found) -> dict[int, bytes]:
    """The names of the blocks that end before each mark up to which a body was found."""
    ends = _ends_of(found.kept.turns)[: found.at + 1]
    return dict(zip(ends, found.kept.blocks, strict=False))


def _length(entry: tuple[Entry, int]) -> int:
    kept, at = entry
    return kept.turns.marks[at].length


def _either(one: bytes, other: bytes) -> bytes:
    """One under the other, and back."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(len(one))
