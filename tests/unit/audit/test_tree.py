"""The Merkle tree: published vectors, and the laws for every tree of up to 70 leaves."""

from hashlib import sha256

import pytest

from guardrail_gw.audit.tree import (
    CompactRange,
    consistency_proof,
    consistent,
    included,
    inclusion_proof,
    leaf_hash,
    root_of,
)

_INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
           "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
_PATHS = {
    (0, 1): [],
    (0, 8): ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
             "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
             "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"],
    (5, 8): ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
             "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
             "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
             "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
             "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"],
}  # fmt: skip
"""(index, size) -> path: https://github.com/google/certificate-transparency, merkle_tree_test."""
_CONSISTENT = {
    (1, 1): [],
    (1, 8): _PATHS[0, 8],
    (6, 8): ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
             "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
             "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
    (2, 5): ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
             "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"],
}  # fmt: skip
"""(old size, new size) -> proof, from there too."""
_HASHES = [leaf_hash(bytes([n])) for n in range(70)]


def _plain_root(hashes: list[bytes]) -> bytes:
    """The definition of RFC 6962, 2.1, word for word."""
    if not hashes:
        return sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return sha256(b"\x01" + _plain_root(hashes[:split]) + _plain_root(hashes[split:])).digest()


def test_published_roots() -> None:
    """The roots are those of the test vectors of the first certificate transparency log."""
    hashes = [leaf_hash(bytes.fromhex(text)) for text in _INPUTS]

    roots = [root_of(hashes[: size + 1]).hex() for size in range(len(hashes))]

    assert roots == _ROOTS


def test_published_proofs() -> None:
    """Inclusion and consistency proofs are those of the same vectors."""
    hashes = [leaf_hash(bytes.fromhex(text)) for text in _INPUTS]

    for (index, size), path in _PATHS.items():
        assert [node.hex() for node in inclusion_proof(hashes[:size], index)] == path
    for (old, new), proof in _CONSISTENT.items():
        assert [node.hex() for node in consistency_proof(hashes[:new], old)] == proof


def test_root_is_the_definition() -> None:
    """For every size the incremental root is the recursive one."""
    grown = CompactRange()
    for size, hashed in enumerate(_HASHES):
        assert grown.root() == _plain_root(_HASHES[:size])
        grown.append(hashed)


def test_a_range_can_be_continued() -> None:
    """A range rebuilt from its nodes grows like the one it came from."""
    for size in range(70):
        whole = CompactRange()
        for hashed in _HASHES[:size]:
            whole.append(hashed)
        again = CompactRange(size, whole.nodes)
        for hashed in _HASHES[size:]:
            again.append(hashed)
        assert again.root() == root_of(_HASHES)


def test_nodes_must_fit_the_size() -> None:
    """A range with a node too few is refused."""
    with pytest.raises(ValueError, match="fit"):
        CompactRange(3, [bytes(32)])


def test_every_leaf_is_included() -> None:
    """For every tree and leaf the proof holds, and for no other place, leaf or root."""
    for size in range(1, 71):
        root = root_of(_HASHES[:size])
        for index in range(size):
            proof = inclusion_proof(_HASHES[:size], index)
            assert included(_HASHES[index], index, size, proof, root)
            assert not included(_HASHES[index], index, size, [*proof, bytes(32)], root)
            assert not included(bytes(32), index, size, proof, root)
            assert not included(_HASHES[index], index, size, proof, bytes(32))
            if proof:
                assert not included(_HASHES[index], index, size, proof[:-1], root)
                assert not included(_HASHES[index], index ^ 1, size, proof, root)


def test_every_prefix_is_consistent() -> None:
    """For every pair of sizes the proof holds, and with any root or node altered it does not."""
    roots = [root_of(_HASHES[:size]) for size in range(71)]
    for new in range(1, 71):
        for old in range(1, new + 1):
            proof = consistency_proof(_HASHES[:new], old)
            assert consistent(old, new, roots[old], roots[new], proof)
            assert not consistent(old, new, bytes(32), roots[new], proof)
            assert not consistent(old, new, roots[old], bytes(32), proof)
            assert not consistent(old, new, roots[old], roots[new], [*proof, bytes(32)])
            if proof:
                assert not consistent(old, new, roots[old], roots[new], proof[:-1])


def test_proofs_of_nothing_are_refused() -> None:
    """There is no proof for a leaf or a tree that does not exist."""
    with pytest.raises(IndexError):
        inclusion_proof(_HASHES[:3], 3)
    with pytest.raises(IndexError):
        consistency_proof(_HASHES[:3], 4)
    assert not consistent(0, 3, bytes(32), root_of(_HASHES[:3]), [])
    assert not included(_HASHES[0], 3, 3, [], _HASHES[0])
