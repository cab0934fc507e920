"""The log in the form in which other implementations read it: tiles, entry bundles, a checkpoint.

Source: C2SP tlog-tiles (https://c2sp.org/tlog-tiles): "Merkle Tree", "Partial Tiles" and "Log
entries". An entry is a record's leaf as it is stored; sealed parts are not in a tile.

Pure: leaves go in, files by name come out; nothing but the open tile of each level is held.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from guardrail_gw.audit.tree import leaf_hash, root_of

TILE: Final = 256
CHECKPOINT: Final = "checkpoint"
File = tuple[str, bytes]
"""A name below the log's prefix, and what is served there."""


def tiles(leaves: Iterable[bytes]) -> Iterator[File]:
    """Every tile and bundle of the tree over all leaves: full ones at once, the others last."""
    grown = _Growing()
    for leaf in leaves:
        yield from grown.add(leaf)
    yield from grown.partial()


def tile_name(level: int | str, index: int, width: int = TILE) -> str:
    """Where a tile is served; `level` is `entries` for a bundle of entries.

    Args:
        level: 0 holds leaf hashes, each level above the roots of full tiles.
        index: of the tile within its level.
        width: how many hashes or entries it holds, 1 to 256.
    """
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.insert(0, f"x{index % 1000:03d}")
    partial = "" if width == TILE else f".p/{width}"
    return f"tile/{level}/{'/'.join(parts)}{partial}"


class _Growing:
    """The open bundle, and the open tile of each level."""

    def __init__(self) -> None:
        self._entries: list[bytes] = []
        self._levels: list[list[bytes]] = []
        self._full: list[int] = []
        """Full tiles of each level."""

    def add(self, leaf: bytes) -> Iterator[File]:
        self._entries.append(len(leaf).to_bytes(2, "big") + leaf)
        if len(self._entries) == TILE:
            full = self._full[0] if self._full else 0
            yield tile_name("entries", full), b"".join(self._entries)
            self._entries.clear()
        yield from self._hash(0, leaf_hash(leaf))

    def partial(self) -> Iterator[File]:
        """What is not full at the end; what is empty is no file."""
        if self._entries:
            name = tile_name("entries", self._full[0], len(self._entries))
            yield name, b"".join(self._entries)
        for level, hashes in enumerate(self._levels):
            if hashes:
                yield tile_name(level, self._full[level], len(hashes)), b"".join(hashes)

    def _hash(self, level: int, hashed: bytes) -> Iterator[File]:
        if level == len(self._levels):
            self._levels.append([])
            self._full.append(0)
        hashes = self._levels[level]
        hashes.append(hashed)
        if len(hashes) == TILE:
            yield tile_name(level, self._full[level]), b"".join(hashes)
            self._full[level] += 1
            root = root_of(hashes)
            hashes.clear()
            yield from self._hash(level + 1, root)
