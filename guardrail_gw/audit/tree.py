"""The Merkle tree of the log: roots without keeping the leaves, and proofs from them.

Source: RFC 6962, 2.1 (hashes, inclusion and consistency proofs); RFC 9162, 2.1.3.2 and 2.1.4.2
(how a proof is checked).
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

_HASH_BYTES = 32


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256 over 0x00 and the leaf's stored bytes."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 over 0x01 and both children."""
    return sha256(b"\x01" + left + right).digest()


class CompactRange:
    """The roots of the largest full subtrees, left to right: enough to append and to know the root.

    Their number is the number of ones in the binary form of `size`.
    """

    __slots__ = ("_nodes", "size")

    def __init__(self, size: int = 0, nodes: Iterable[bytes] = ()) -> None:
        """Continue a range; raises ValueError if the number of nodes does not fit the size."""
        self._nodes = list(nodes)
        self.size = size
        if (
            size < 0
            or len(self._nodes) != size.bit_count()
            or any(len(n) != _HASH_BYTES for n in self._nodes)
        ):
            raise ValueError("the nodes do not fit the size")

    @property
    def nodes(self) -> tuple[bytes, ...]:
        """The subtree roots, the largest first."""
        return tuple(self._nodes)

    def append(self, hashed: bytes) -> None:
        """Add one leaf hash."""
        size = self.size
        self.size = size + 1
        while size & 1:
            hashed = sha256(b"\x01" + self._nodes.pop() + hashed).digest()
            size >>= 1
        self._nodes.append(hashed)

    def extend(self, hashes: Iterable[bytes]) -> None:
        """Add leaf hashes, in order."""
        for hashed in hashes:
            self.append(hashed)

    def root(self) -> bytes:
        """The tree's root; of the empty tree, the hash of nothing."""
        if not self._nodes:
            return sha256().digest()
        root = self._nodes[-1]
        for node in reversed(self._nodes[:-1]):
            root = node_hash(node, root)
        return root

    def copy(self) -> "CompactRange":
        """An independent range of the same leaves."""
        copied = CompactRange.__new__(CompactRange)  # what it is made of fits already
        copied.size, copied._nodes = self.size, self._nodes.copy()  # noqa: SLF001 - its own class
        return copied


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over all leaf hashes."""
    grown = CompactRange()
    for hashed in hashes:
        grown.append(hashed)
    return grown.root()


def inclusion_proof(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The path that shows leaf `index` to be in the tree over `hashes`.

    Raises:
        IndexError: the tree has no such leaf.
    """
    if not 0 <= index < len(hashes):
        raise IndexError("no such leaf")
    if len(hashes) == 1:
        return []
    split = _split(len(hashes))
    if index < split:
        return [*inclusion_proof(hashes[:split], index), root_of(hashes[split:])]
    return [*inclusion_proof(hashes[split:], index - split), root_of(hashes[:split])]


def consistency_proof(hashes: Sequence[bytes], old: int) -> list[bytes]:
    """The nodes that show the tree of the first `old` leaves to be a prefix of the whole.

    Raises:
        IndexError: `old` is not between 1 and the number of leaves.
    """
    if not 1 <= old <= len(hashes):
        raise IndexError("no such tree")
    return _subproof(hashes, old, known=True)


def included(hashed: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows `hashed` at `index` of the tree of `size` leaves with that root."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, hashed
    for node in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(node, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, node)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def consistent(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` shows the tree of `old` leaves to be a prefix of the tree of `new` leaves."""
    if not 1 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    return bool(path) and _climb(old, new, path) == (old_root, new_root)


def _climb(old: int, new: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """The two roots that the path leads to, None if it has the wrong length."""
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    small = large = path[0]
    for node in path[1:]:
        if last == 0:
            return None
        if at & 1 or at == last:
            small, large = node_hash(node, small), node_hash(node, large)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            large = node_hash(large, node)
        at, last = at >> 1, last >> 1
    return (small, large) if last == 0 else None


def _subproof(hashes: Sequence[bytes], old: int, *, known: bool) -> list[bytes]:
    if old == len(hashes):
        return [] if known else [root_of(hashes)]
    split = _split(len(hashes))
    if old <= split:
        return [*_subproof(hashes[:split], old, known=known), root_of(hashes[split:])]
    return [*_subproof(hashes[split:], old - split, known=False), root_of(hashes[:split])]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
