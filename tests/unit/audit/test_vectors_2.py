"""The published vector of version 2, read as FORMAT.md says and without any code of the log."""

import base64
import hmac
import json
import struct
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from guardrail_gw.audit.review import show
from guardrail_gw.keys.audit_keys import PublicMaterial
from guardrail_gw.keys.private import HybridKey
from guardrail_gw.keys.recipients import parse_recipients
from guardrail_gw.keys.signed import parse_signed
from guardrail_gw.keys.vkey import parse_vkey
from tests.support.audit_world import files, judged
from tests.vectors.audit.make_2 import FILE

_KEMS = {1: hpke.KEM.X25519, 2: hpke.KEM.MLKEM768_X25519}


class Reader:
    """A second reader, of content only."""

    def __init__(self, vector: dict[str, Any], suite: int) -> None:
        self.vector = vector
        self.suite = hpke.Suite(_KEMS[suite], hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
        self.keys = {name: _private(secret) for name, secret in vector["recipients"].items()}
        self.chains: dict[str, bytes] = {}

    def records(self) -> Iterator[tuple[str | None, str | None]]:
        """Who asked what, as far as keys are there."""
        epoch: dict[str, Any] = {}
        for leaf, meta, content, wrap in _sections(base64.b64decode(self.vector["segment"])):
            said = json.loads(leaf)
            if said["kind"] == "epoch":
                epoch = said
                place = f"guardrail-gw/audit/v1/epoch\n{said['origin']}\n{said['epoch']}\nmeta"
                self.chains = {"meta": self._opened(json.loads(wrap)["meta"], place)}
            if said["kind"] != "intent":
                continue
            key = self._key("meta", said["seq"] - epoch["seq"] - 1, said)
            facts = json.loads(_plain(key, meta, leaf))
            yield self._user(facts, said, leaf), self._content(said, leaf, content, wrap)

    def _user(self, facts: dict[str, Any], said: dict[str, Any], leaf: bytes) -> str | None:
        if "identity" not in facts:
            return str(facts["user"])
        who = facts["identity"]
        if "key" in who:
            self._begin(who["sid"], who, said)
        if who["sid"] not in self.chains:
            return None
        key = self._key(who["sid"], who["at"], said)
        return str(json.loads(_plain(key, bytes.fromhex(who["data"]), leaf))["user"])

    def _content(
        self, said: dict[str, Any], leaf: bytes, content: bytes, wrap: bytes
    ) -> str | None:
        sid = said["sid"]
        if said["ci"] == 0:
            self._begin(sid, {"kc": said["kc"], **json.loads(wrap)}, said)
        if sid not in self.chains:
            return None
        return _plain(self._key(sid, said["ci"], said), content, leaf).decode()

    def _begin(self, sid: str, said: dict[str, Any], leaf: dict[str, Any]) -> None:
        row = self.vector["rows"][sid]
        if row == "erased":
            return
        private = _private(self._opened(row["key"], f"guardrail-gw/audit/v2/row\n{sid}").hex())
        info = f"guardrail-gw/audit/v2/content\n{leaf['origin']}\n{leaf['epoch']}\n{sid}"
        key = self.suite.decrypt(bytes.fromhex(said["key"]), private, info=info.encode())
        assert sha256(b"guardrail-gw/audit/v1/commit\0" + key).hexdigest() == said["kc"]
        self.chains[sid] = key

    def _opened(self, sealed: dict[str, str], info: str) -> bytes:
        """By the first reader, or pair of readers, whose keys are all there."""
        group, wrapped = next(iter(sorted(sealed.items())))
        opened = bytes.fromhex(wrapped)
        for name in reversed(group.split("+")):
            opened = self.suite.decrypt(opened, self.keys[name], info=f"{info}\n{name}".encode())
        return opened

    def _key(self, chain: str, position: int, said: dict[str, Any]) -> bytes:
        key = self.chains[chain]
        for _ in range(position):
            key = hmac.digest(key, b"guardrail-gw/audit/v1/next\0\x01", "sha256")
        info = b"guardrail-gw/audit/v1/record\0" + said["seq"].to_bytes(8, "big")
        return hmac.digest(key, info + bytes.fromhex(said["salt"]) + b"\x01", "sha256")


def _private(secret: str) -> Any:
    raw = bytes.fromhex(secret)
    x25519 = X25519PrivateKey.from_private_bytes(raw[:32])
    if len(raw) == 32:
        return x25519
    return hpke.MLKEM768X25519PrivateKey(MLKEM768PrivateKey.from_seed_bytes(raw[32:]), x25519)


def _sections(data: bytes) -> Iterator[tuple[bytes, ...]]:
    at = 0
    while at < len(data):
        lengths = struct.unpack_from(">4I", data, at + 8)
        start, parts = at + 24, []
        for size in lengths:
            parts.append(data[start : start + size])
            start += size
        yield tuple(parts)
        at = start


def _plain(key: bytes, sealed: bytes, leaf: bytes) -> bytes:
    hashes = [at for name in (b',"xc":', b',"xm":', b',"xw":') if (at := leaf.find(name)) > 0]
    padded = AESGCM(key).decrypt(bytes(12), sealed, leaf[: min(hashes)] + b"}")
    return padded[4 : 4 + int.from_bytes(padded[:4], "big")]


@pytest.fixture(scope="module", params=[1, 2], ids=["suite 1", "suite 2"])
def suite(request: pytest.FixtureRequest) -> int:
    """Each suite."""
    return int(request.param)


@pytest.fixture(scope="module")
def vector(suite: int) -> dict[str, Any]:
    """The committed log of that suite."""
    return dict(json.loads(FILE.read_text())[f"suite {suite}"])


def test_a_second_reader_reads_the_same(vector: dict[str, Any], suite: int) -> None:
    """Names and content open by the text of the format alone, and what was erased does not."""
    found = list(Reader(vector, suite).records())

    assert found == [(record["user"], record["content"]) for record in vector["records"]]
    assert found[2] == (None, None)


def test_the_text_of_recipients(vector: dict[str, Any]) -> None:
    """Two governors signed it, and the epoch names its number and digest."""
    text, _, below = vector["note"].partition("\n\n")
    text += "\n"
    governors = [line.split(" ")[1] for line in text.splitlines() if line.startswith("governor")]
    leaf = json.loads(next(_sections(base64.b64decode(vector["segment"])))[0])

    for governor, line in zip(governors, below.splitlines(), strict=True):
        name, _, key = governor.split("+", 2)
        signature = base64.b64decode(line.split(" ")[2])
        assert line.split(" ")[1] == name
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:])
        public.verify(signature[4:], text.encode())
    assert (leaf["rn"], leaf["rd"]) == (1, sha256(text.encode()).hexdigest())


def test_the_code_reads_it(vector: dict[str, Any], tmp_path: Path) -> None:
    """`verify` and the checker that travels with a log find it whole; `show` reads it."""
    log = tmp_path / "log"
    log.mkdir()
    (log / f"{0:020d}.seg").write_bytes(base64.b64decode(vector["segment"]))
    (log / f"{0:020d}.ckpt").write_text(vector["checkpoints"])
    text = parse_recipients(parse_signed(vector["note"].encode(), "note").text, "note")
    public = PublicMaterial(origin=parse_vkey(vector["vkey"]), recipients=text.recipients)
    keys = [_recipient(secret) for secret in vector["recipients"].values()]

    report = judged(files(log), public)
    opened = [record for record in show(log, keys) if record.kind == "intent"]

    assert report.findings == ()
    assert len(opened) == len(vector["records"])
    assert (opened[-1].meta or {})["user"] == "max"


def _recipient(secret: str) -> Any:
    raw = bytes.fromhex(secret)
    x25519 = X25519PrivateKey.from_private_bytes(raw[:32])
    if len(raw) == 32:
        return x25519
    return HybridKey(x25519=x25519, mlkem=MLKEM768PrivateKey.from_seed_bytes(raw[32:]))
