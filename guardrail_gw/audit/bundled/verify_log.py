"""Check a log of guardrail-gw by FORMAT.md alone: no code of the gateway, one file to read.

    python verify_log.py [FOLDER]        FOLDER holds log/ and public/; left out: this file's own

Needs Python 3.11 and the package `cryptography`. Prints what it found and ends with 0 whole and
unchanged, 1 altered, 2 something is missing, 3 it cannot be told: as `guardrail-gw audit verify`.
"""

import base64
import json
import re
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import reduce
from hashlib import sha256
from itertools import accumulate, pairwise
from pathlib import Path
from struct import unpack_from
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Record = dict[str, Any]
OK, ALTERED, MISSING, UNKNOWN = 0, 1, 2, 3
WORDS = ("whole and unchanged", "ALTERED", "INCOMPLETE", "CANNOT BE TOLD")
HEAD, MAX_FRAME, MAX_LEAF, LONGEST_US = 24, 1 << 26, 4096, 900_000_000  # bytes; time in flight
FORMS, SAME = ((1, 1), (2, 1), (2, 2)), ("epoch", "origin", "suite", "v")
NOTE = re.compile(r"(.+)\n([1-9][0-9]*)\n([A-Za-z0-9+/=]{44})\n\n((?:— .+\n){2})\n")
PEM = re.compile(r"-----BEGIN PUBLIC KEY-----\n([^-]+)-----END PUBLIC KEY-----\n")
SIGNED = r"— [!-~]+ [A-Za-z0-9+/]{91}="
COMMON = {"epoch", "kind", "origin", "seq", "suite", "ts", "v"}
FIELDS = {  # kind: what its records have besides, what they may have, what only in version 2
    "epoch": "cert ck kc_full kc_meta kc_redacted range run xw, prev, rd rn", "reset": "salt xm,,v",
    "intent": "dec salt xm, ci cl pol xc, kc sid xw", "gap": "at cause lost segment sha256,,",
    "outcome": "end of salt xm, ci cl xc, kc sid xw", "prune": "count lv salt until xm,,v",
    "approval": "act digest salt xm,,v", "erasure": "basis salt sids xm,,v", "shutdown": ",,",
    "release": "hold salt xm,,v", "policy": "pol salt xm,,", "hold": "hold salt xm,,v",
    "heartbeat": ", salt xm,",
}  # fmt: skip
TORN = re.compile(
    r"([!-~]+(\n([1-9][0-9]*)?|\n[1-9][0-9]*\n([A-Za-z0-9+/]{0,43}=?|[A-Za-z0-9+/]{43}=\n"
    rf"(\n({SIGNED}\n){{0,2}}(—[ -~]*|\udce2\udc80?)?)?))?)?"
)


class FoundError(Exception):
    """Ends the check: the exit code, and what was found."""


def need(condition: object, what: str, code: int = ALTERED) -> None:
    """Go on only if it is so."""
    if not condition:
        raise FoundError(code, what)


class Tree:
    """The Merkle tree of RFC 6962, by the roots of its full subtrees."""

    def __init__(self) -> None:
        self.size, self.nodes = 0, list[bytes]()

    def append(self, leaf: bytes) -> None:
        """Add a leaf."""
        node, size = sha256(b"\x00" + leaf).digest(), self.size
        while size & 1:
            node, size = sha256(b"\x01" + self.nodes.pop() + node).digest(), size >> 1
        self.nodes.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves; there is at least one."""
        return reduce(lambda a, b: sha256(b"\x01" + b + a).digest(), reversed(self.nodes))


def verifies(public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether an Ed25519 signature is of this key."""
    with suppress(InvalidSignature, ValueError):
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
        return True
    return False


def id_of(name: str, public: bytes) -> bytes:
    """What a key is called within a note (C2SP signed-note)."""
    return sha256(name.encode() + b"\n\x01" + public).digest()[:4]


def recipients(folder: Path) -> set[tuple[str, str]]:
    """Who may open the log: name and X25519 key in hex, or for suite 2 a hash over both keys."""
    found = set()
    for path in folder.glob("*.pub"):
        keys = [base64.b64decode(block) for block in PEM.findall(path.read_text())]
        need(len(keys) in {1, 2}, "public/ holds something else than public keys", UNKNOWN)
        found.add((path.stem, keys[0][-32:].hex()))
        found |= {(path.stem, sha256(k[-1184:] + keys[0][-32:]).hexdigest()) for k in keys[1:]}
    return found


def frames(data: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Yield where each frame ends, and its four sections; stops at one that is not whole."""
    at = 0
    while len(data) - at >= HEAD:
        length, crc, *parts = unpack_from(">6I", data, at)
        fits = length == 16 + sum(parts) <= MAX_FRAME and 0 < parts[0] < MAX_LEAF
        need(fits, f"byte {at}: not a frame")
        if (end := at + 8 + length) > len(data):
            return
        need(zlib.crc32(data[at + 8 : end]) == crc, f"byte {at}: not what was written")
        yield end, [data[a:b] for a, b in pairwise(accumulate(parts, initial=at + HEAD))]
        at = end


def record(leaf: bytes, meta: bytes, content: bytes, wrap: bytes) -> Record:
    """The leaf as an object; its spelling and its sealed parts must be those that were hashed."""
    said: Record = json.loads(leaf)  # a name that comes twice is spelt in another way
    spelt = json.dumps(said, sort_keys=True, separators=(",", ":"))
    need(spelt.encode() == leaf, "a record is spelt in another way")
    need((said.get("v"), said.get("suite")) in FORMS, "another version of the format", UNKNOWN)
    known = {k for k, names in FIELDS.items() if said["v"] > 1 or not names.endswith("v")}
    need(said["kind"] in known, "a kind of record that is not known", UNKNOWN)
    has, may, second = (set(names.split()) for names in FIELDS[said["kind"]].split(","))
    fits = COMMON | has <= said.keys() <= COMMON | has | may | (second if said["v"] > 1 else set())
    words = said.keys() & {"basis", "cause", "dec", "end", "pol"}
    fits &= all(re.fullmatch("[a-z0-9_.:-]{1,80}", said[name]) for name in words)
    need(fits, "a record is not as a gateway writes it")
    for name, section in (("xm", meta), ("xc", content), ("xw", wrap)):
        hashed = sha256(section).hexdigest() if section or name in said else None
        need(said.get(name) == hashed, "a sealed part is not the one that the record names")
    return said


def notes(data: bytes) -> tuple[list[tuple[str, int, bytes, bytes, list[bytes]]], bool]:
    """The checkpoints of a file (origin, size, root, text, signatures), and if its end is torn."""
    text, at, found = data.decode(errors="surrogateescape"), 0, []
    while match := NOTE.match(text, at):
        origin, size, root, lines = match.groups()
        parted = [line.removeprefix("— ").rpartition(" ") for line in lines.splitlines()]
        need(all(name == origin for name, _, _ in parted), "signed in another log's name")
        signatures = [base64.b64decode(encoded, validate=True) for _, _, encoded in parted]
        spelt = [base64.b64encode(s).decode() for s in signatures]
        need(spelt == [encoded for _, _, encoded in parted], "a signature is spelt in another way")
        stated = f"{origin}\n{size}\n{root}\n".encode()
        found.append((origin, int(size), base64.b64decode(root, validate=True), stated, signatures))
        at = match.end()
    need(TORN.fullmatch(text, at), "a checkpoint was not written by the gateway")
    return found, at < len(text)


class Log:
    """Goes through a log once, from its first record to its last."""

    def __init__(self, folder: Path, public: Path) -> None:
        self.folder, self.readers = folder, recipients(public)
        self.name, key_id, key = (public / "origin.vkey").read_text().strip().split("+", 2)
        self.key = base64.b64decode(key, validate=True)[1:]  # C2SP vkey: name, id, 0x01 and key
        need(key_id == id_of(self.name, self.key).hex(), "origin.vkey is not a key", UNKNOWN)
        self.tree, self.epoch_key, self.contents = Tree(), self.key, Counter[str]()
        self.open: dict[int, tuple[int, int]] = {}
        self.header, self.last = Record(), Record()
        self.segment, self.end, self.signed, self.excess = -1, 0, 0, b""
        self.unsigned, self.missing, self.kinds = False, list[str](), Counter[str]()

    def all(self) -> None:
        """Every segment, in order."""
        names = {path.name for path in self.folder.iterdir()}
        firsts = sorted(int(n[:20]) for n in names if re.fullmatch(r"[0-9]{20}\.seg", n))
        points = sorted(n.removesuffix(".ckpt") for n in names if n.endswith(".ckpt"))
        need(firsts, "there is no log here", UNKNOWN)
        need(firsts[0] == 0, "the log's first segment is missing")
        need([f"{first:020d}" for first in firsts] == points, "segments and checkpoints differ")
        for first, until in zip(firsts, [*firsts[1:], None], strict=True):
            self.one(first, until)
        self.ending()

    def one(self, first: int, until: int | None) -> None:
        """One segment with its checkpoints."""
        need(first == self.tree.size, f"records before {first} are missing")
        found, torn = notes((self.folder / f"{first:020d}.ckpt").read_bytes())
        points = {note[1]: note for note in found}
        need([note[1] for note in found] == sorted(points), "checkpoints out of order")
        data, reached = (self.folder / f"{first:020d}.seg").read_bytes(), 0
        for end, sections in frames(data):
            self.follow(record(*sections), sections, first)
            reached = end
            if self.tree.size in points:
                self.checkpoint(*points.pop(self.tree.size))
            if self.tree.size == until:
                break
        whole = first < self.tree.size and until in (None, self.tree.size)
        need(whole, "records at a segment's end are missing")
        need(not points, "a checkpoint covers other records than there are")
        if self.tree.size == first + 1:
            self.explain({"kind": "none"})
        self.excess, self.end, self.segment = data[reached:], reached, first
        self.missing += ["the last checkpoint is not whole"] * (torn and until is None)

    def explain(self, said: Record) -> None:
        """Bytes of the segment before count as left out only as a gap record describes them."""
        if said["kind"] != "gap":
            need(not self.excess, "bytes at a segment's end that no record explains")
            need(not self.unsigned, "the last checkpoint of an epoch is missing")
            return
        lost = len(self.excess)
        fits = lost == said["lost"] and sha256(self.excess).hexdigest() == said["sha256"]
        half = said["cause"] == "write" and lost < said["lost"]
        placed = (said["segment"], said["at"]) == (self.segment, self.end)
        need(placed and (not lost or fits or half), "a gap that does not explain what is left out")

    def begin(self, said: Record, wrap: bytes, first: int) -> None:
        """New keys: admitted by the origin key, sealed to known readers, built on what is here."""
        origin, old = said["origin"], self.header
        need(origin.startswith(f"{self.name}/"), "a log of another gateway", UNKNOWN)
        need(origin == old.get("origin", origin), "a segment of another log")
        need(said["epoch"] == old.get("epoch", -1) + 1, "an epoch is missing")
        need(said["run"] - old.get("run", 0) in ((0, 1) if old else (0,)), "a run is missing")
        need(said["range"] == [node.hex() for node in self.tree.nodes], "built on other records")
        words = "guardrail-gw/audit/v1/epoch-key", origin, said["epoch"], first, said["ck"], ""
        text = "\n".join(map(str, words)).encode()
        need(verifies(self.key, bytes.fromhex(said["cert"]), text), "an epoch that is not admitted")
        need((seal := json.loads(wrap))["to"].items() <= self.readers, "sealed to a stranger")
        need(all("+" in pair for pair in seal["full"]), "one reader opens what takes two")
        need(said.get("rn", 0) >= old.get("rn", 0), "sealed by an older text of recipients")
        need(not old or "prev" not in said, "only a log's first record names a predecessor")
        self.unsigned = bool(old) and said["run"] == old["run"] and self.signed != first
        if old and said["run"] == old["run"]:
            need(self.last["kind"] != "shutdown", "a process went on after its shutdown")
        self.missing += ["the log continues one that was damaged and set aside"] * ("prev" in said)
        self.epoch_key, self.header, self.contents = bytes.fromhex(said["ck"]), said, Counter()

    def follow(self, said: Record, sections: list[bytes], first: int) -> None:
        """The rules over the sequence."""
        at, kind = self.tree.size, said["kind"]
        need(said["seq"] == at, f"record {at} is not in its place")
        need((at == first) == (kind == "epoch"), "an epoch does not begin its segment")
        need(kind != "gap" or at == first + 1, "a gap within a segment")
        if at == first:
            self.begin(said, sections[3], first)
        if at == first + 1:
            self.explain(said)
        need(all(said[n] == self.header[n] for n in SAME), "a record of another epoch or log")
        need(self.last.get("kind") != "shutdown" or at == first, "a record after the shutdown")
        if kind == "intent":
            self.open[at] = said["ts"], self.header["run"]
        elif kind == "outcome":
            need(self.open.pop(said["of"], None), "an outcome without an open intent")
        if kind != "epoch" and said.keys() & {"ci", "kc", "sid", "xw"}:
            chain, new = str(said.get("sid", said["cl"])), "sid" in said and not said["ci"]
            found = said["ci"], "kc" in said, "xw" in said
            need(found == (self.contents[chain], new, new), "a content key was used twice")
            self.contents[chain] += 1
        self.tree.append(sections[0])
        self.kinds[kind] += 1
        self.last = said

    def checkpoint(self, origin: str, size: int, root: bytes, text: bytes, by: list[bytes]) -> None:
        """What was signed must be what is here."""
        need(origin == self.header["origin"], "a checkpoint of another log")
        need(root == self.tree.root(), f"the first {size} records are not those that were signed")
        for key in (self.epoch_key, self.key):
            good = (verifies(key, s[4:], text) for s in by if s[:4] == id_of(origin, key))
            need(any(good), "a checkpoint's signature is not of its epoch and origin")
        self.signed = size

    def ending(self) -> None:
        """What a log lacks that was cut, or whose process died."""
        unsigned, closed = self.tree.size - self.signed, self.last["kind"] == "shutdown"
        self.missing += ["the last record is not whole"] * bool(self.excess)
        self.missing += [f"no checkpoint covers the last {unsigned} records"] * bool(unsigned)
        for index, (ts, run) in self.open.items():
            if closed or run < self.header["run"] or self.last["ts"] - ts > LONGEST_US:
                self.missing.append(f"request of record {index}: no outcome")


def main(folder: Path) -> int:
    """Check, print, and give the exit code."""
    try:
        log = Log(folder / "log", folder / "public")
        log.all()
    except FoundError as found:
        print(f"{WORDS[found.args[0]]}: {found.args[1]}")
        return int(found.args[0])
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        code = UNKNOWN if isinstance(error, OSError) else ALTERED
        print(f"{WORDS[code]}: what is there cannot be read: {error!r}")
        return code
    print(WORDS[code := MISSING if log.missing else OK], *log.missing, sep="\n  ")
    if log.last["kind"] != "shutdown":
        print("  no shutdown record: copied while in use, or its process died")
    print(f"  log {log.header['origin']}: {log.tree.size} records, {log.signed} of them signed")
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(log.kinds.items()))
    print(f"  root {log.tree.root().hex()}\n  {counts}")
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent))
