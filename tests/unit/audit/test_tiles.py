"""The log as C2SP tlog-tiles: names, widths, and what a reader of other code makes of them."""

from collections.abc import Iterable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st

from guardrail_gw.audit.note import Checkpoint, sign
from guardrail_gw.audit.tiles import tile_name, tiles
from guardrail_gw.audit.tree import included, inclusion_proof, leaf_hash, root_of
from guardrail_gw.keys.vkey import Verifier
from tests.support.tile_reader import TileReader

ORIGIN = "log.example/0123456789abcdef"


def served(leaves: Iterable[bytes]) -> dict[str, bytes]:
    """The files below the prefix of a log with those leaves."""
    return dict(tiles(leaves))


def leaves_of(size: int) -> list[bytes]:
    """Leaves of lengths that differ."""
    return [b"%d" % n + b"x" * (n % 7) for n in range(size)]


def reader(files: dict[str, bytes], leaves: list[bytes]) -> TileReader:
    """Another implementation, before a signed checkpoint over the leaves."""
    key = Ed25519PrivateKey.generate()
    root = root_of([leaf_hash(leaf) for leaf in leaves])
    files["checkpoint"] = sign(Checkpoint(origin=ORIGIN, size=len(leaves), root=root), key)
    vkey = Verifier(name=ORIGIN, public=key.public_key().public_bytes_raw()).vkey()
    return TileReader(files.__getitem__, vkey)


def test_names_are_those_of_the_text() -> None:
    """The examples of C2SP tlog-tiles: three digits for each element, a partial tile's width."""
    named = [tile_name(0, 1234067), tile_name(1, 0, 17), tile_name("entries", 999), tile_name(2, 5)]

    assert named == [
        "tile/0/x001/x234/067",
        "tile/1/000.p/17",
        "tile/entries/999",
        "tile/2/005",
    ]


def test_a_tree_of_70000_has_the_tiles_of_the_text() -> None:
    """The example of C2SP tlog-tiles, "Partial Tiles", to the number and the width."""
    names = [name for name, _ in tiles(b"%d" % n for n in range(70_000))]

    full = [name for name in names if name.startswith("tile/0/") and ".p/" not in name]
    others = [name for name in names if not name.startswith(("tile/entries", "tile/0/"))]
    assert len(full) == 273
    assert "tile/0/273.p/112" in names
    assert others == ["tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513, 66_000])
def test_another_implementation_reads_the_whole_tree(size: int) -> None:
    """From tiles and a signed checkpoint alone it finds the root, and the entries as they were."""
    leaves = leaves_of(size)

    read = reader(served(leaves), leaves)

    assert read.entries() == leaves


@given(size=st.integers(min_value=1, max_value=1500), data=st.data())
def test_proofs_from_tiles_are_our_proofs(size: int, data: st.DataObject) -> None:
    """For every record, what tiles prove is what the log proves, and it holds."""
    leaves = leaves_of(size)
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    read = reader(served(leaves), leaves)

    proof = read.inclusion(index)

    hashes = [leaf_hash(leaf) for leaf in leaves]
    assert proof == inclusion_proof(hashes, index)
    assert included(hashes[index], index, size, proof, read.root)


@given(size=st.integers(min_value=1, max_value=600), data=st.data())
def test_a_changed_byte_is_seen_by_the_reader(size: int, data: st.DataObject) -> None:
    """Wherever one byte of a tile or bundle is another, the reader refuses the log."""
    leaves = leaves_of(size)
    files = served(leaves)
    name = data.draw(st.sampled_from(sorted(files)))
    at = data.draw(st.integers(min_value=0, max_value=len(files[name]) - 1))
    files[name] = files[name][:at] + bytes([files[name][at] ^ 1]) + files[name][at + 1 :]

    with pytest.raises((ValueError, IndexError)):
        reader(files, leaves).entries()
