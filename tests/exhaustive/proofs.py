"""Inclusion and consistency for every tree, and proofs that prove nothing."""

from collections.abc import Iterator, Sequence

from guardrail_gw.audit.tree import (
    consistency_proof,
    consistent,
    included,
    inclusion_proof,
    leaf_hash,
    root_of,
)

_HASHES = [leaf_hash(bytes([number])) for number in range(70)]
_ROOTS = [root_of(_HASHES[:size]) for size in range(71)]
Path = list[bytes]


def wrong_inclusion(size: int) -> Iterator[str | None]:
    """For each leaf of a tree: its proof holds, and no changed one, and none for another place."""
    for index in range(size):
        proof = inclusion_proof(_HASHES[:size], index)
        hashed, root = _HASHES[index], _ROOTS[size]
        right = included(hashed, index, size, proof, root)
        wrong = [path for path in _changed(proof) if included(hashed, index, size, path, root)]
        others = [
            at for at in range(size) if at != index and included(hashed, at, size, proof, root)
        ]
        good = right and not wrong and not others
        yield None if good else f"leaf {index} of {size}"


def wrong_consistency(new: int) -> Iterator[str | None]:
    """For each earlier size of a tree: its proof holds, and no changed one, and none of another."""
    for old in range(1, new + 1):
        proof = consistency_proof(_HASHES[:new], old)
        right = consistent(old, new, _ROOTS[old], _ROOTS[new], proof)
        wrong = [
            path for path in _changed(proof) if consistent(old, new, _ROOTS[old], _ROOTS[new], path)
        ]
        others = [
            size
            for size in range(1, new)
            if size != old and consistent(size, new, _ROOTS[old], _ROOTS[new], proof)
        ]
        good = right and not wrong and not others
        yield None if good else f"tree {old} in {new}"


def _changed(proof: Sequence[bytes]) -> Iterator[Path]:
    """One node too many at either end, one too few, one altered, two neighbours exchanged."""
    path = list(proof)
    yield [*path, bytes(32)]
    yield [bytes(32), *path]
    for place, node in enumerate(path):
        yield [*path[:place], *path[place + 1 :]]
        yield [*path[:place], bytes([node[0] ^ 1]) + node[1:], *path[place + 1 :]]
        if place and path[place - 1] != node:
            yield [*path[: place - 1], node, path[place - 1], *path[place + 1 :]]
