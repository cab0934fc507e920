"""A reader of C2SP tlog-tiles that shares no code with the product.

Written from the texts alone: signed-note (signature lines, key ids), tlog-checkpoint (three lines)
and tlog-tiles (names, widths, bundles), and RFC 6962, 2.1 for hashes and proofs. It takes a
function that fetches a resource below the log's prefix, so that it sees what a client sees.
"""

import base64
import hashlib
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Fetch = Callable[[str], bytes]
_WIDTH = 256


class TileReader:
    """One log, as its checkpoint says."""

    def __init__(self, fetch: Fetch, vkey: str) -> None:
        """Read and check the checkpoint; raises ValueError if it is not signed by the key."""
        self._fetch = fetch
        self._tiles: dict[str, list[bytes]] = {}
        text, _, signatures = fetch("checkpoint").partition(b"\n\n")
        self.origin, size, root = text.decode().split("\n")
        self.size, self.root = int(size), base64.b64decode(root, validate=True)
        if not _signed(text + b"\n", signatures.decode(), vkey):
            raise ValueError("the checkpoint is not signed by this key")
        if self.range_root(0, self.size) != self.root:
            raise ValueError("the tiles do not lead to the checkpoint's root")

    def entries(self) -> list[bytes]:
        """All entries, each held against the hash in its level-0 tile."""
        found: list[bytes] = []
        for start in range(0, self.size, _WIDTH):
            width = min(_WIDTH, self.size - start)
            bundle = self._fetch(_path("entries", start // _WIDTH, width))
            while bundle:
                length = bundle[0] << 8 | bundle[1]
                entry, bundle = bundle[2 : 2 + length], bundle[2 + length :]
                if len(entry) != length:
                    raise ValueError("a bundle ends within an entry")
                if _h(b"\x00", entry) != self.node(0, len(found)):
                    raise ValueError("an entry is not the one that was hashed")
                found.append(entry)
        if len(found) != self.size:
            raise ValueError("the bundles hold another number of entries")
        return found

    def node(self, height: int, index: int) -> bytes:
        """The hash of the full subtree of 2**height leaves with that index."""
        level, above = divmod(height, 8)
        first = index << above
        hashes = self._tile(level, first // _WIDTH)[first % _WIDTH :][: 1 << above]
        while len(hashes) > 1:
            pairs = zip(hashes[::2], hashes[1::2], strict=True)
            hashes = [_h(b"\x01", left, right) for left, right in pairs]
        return hashes[0]

    def range_root(self, start: int, end: int) -> bytes:
        """The Merkle tree hash over D[start:end], where start is a multiple of its left subtree."""
        if start == end:
            return hashlib.sha256().digest()
        count = end - start
        if count & (count - 1) == 0:
            height = count.bit_length() - 1
            return self.node(height, start >> height)
        left = 1 << (count - 1).bit_length() - 1
        return _h(b"\x01", self.range_root(start, start + left), self.range_root(start + left, end))

    def inclusion(self, index: int) -> list[bytes]:
        """PATH(index, D[size]) of RFC 6962, 2.1.1."""
        start, end, path = 0, self.size, []
        while end - start > 1:
            left = 1 << (end - start - 1).bit_length() - 1
            if index < start + left:
                path.append(self.range_root(start + left, end))
                end = start + left
            else:
                path.append(self.range_root(start, start + left))
                start += left
        return path[::-1]

    def _tile(self, level: int, index: int) -> list[bytes]:
        entries = self.size >> 8 * level
        width = min(_WIDTH, entries - index * _WIDTH)
        name = _path(str(level), index, width)
        if name not in self._tiles:
            data = self._fetch(name)
            if len(data) != width * 32:
                raise ValueError("a tile has another width than its name")
            self._tiles[name] = [data[at : at + 32] for at in range(0, len(data), 32)]
        return self._tiles[name]


def _path(level: str, index: int, width: int) -> str:
    digits = str(index).zfill(-(-len(str(index)) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"tile/{level}/{name}" + (f".p/{width}" if width < _WIDTH else "")


def _signed(text: bytes, lines: str, vkey: str) -> bool:
    name, _, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded)
    wanted = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    for line in lines.splitlines():
        dash, signer, signature = line.split(" ")
        raw = base64.b64decode(signature)
        if (dash, signer, raw[:4]) == ("—", name, wanted):
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], text)
            return True
    return False


def _h(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()
