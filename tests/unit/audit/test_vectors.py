"""The published vector, read as FORMAT.md says and without any of the log's own code."""

import base64
import hmac
import json
import struct
import zlib
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.review import show
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.keys.audit_keys import AuditKeys, PublicMaterial, Recipient
from guardrail_gw.keys.vkey import parse_vkey
from tests.support.audit_world import SteadyClock, files, judged, outcome
from tests.vectors.audit.make import FILE, SEEDS, build, stored_wrap, text

_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


@pytest.fixture(scope="module")
def vector() -> dict[str, Any]:
    """The committed file."""
    return dict(json.loads(FILE.read_text()))


def _sections(data: bytes) -> list[list[bytes]]:
    """Leaf, metadata, content and wrap of every frame."""
    found, at = [], 0
    while at < len(data):
        length, crc = struct.unpack_from(">II", data, at)
        body = data[at + 8 : at + 8 + length]
        assert zlib.crc32(body) == crc
        lengths, start, parts = struct.unpack_from(">4I", body), 16, []
        for size in lengths:
            parts.append(body[start : start + size])
            start += size
        assert start == length
        found.append(parts)
        at += 8 + length
    return found


def _record_key(chain: bytes, position: int, seq: int, salt: bytes) -> bytes:
    for _ in range(position):
        chain = hmac.digest(chain, b"guardrail-gw/audit/v1/next\0\x01", "sha256")
    info = b"guardrail-gw/audit/v1/record\0" + seq.to_bytes(8, "big") + salt
    return hmac.digest(chain, info + b"\x01", "sha256")


def _decrypted(key: bytes, sealed: bytes, leaf: bytes) -> bytes:
    head = leaf[: min(p for p in (leaf.find(b',"xc":'), leaf.find(b',"xm":')) if p > 0)] + b"}"
    plain = AESGCM(key).decrypt(bytes(12), sealed, head)
    size = int.from_bytes(plain[:4], "big")
    assert not any(plain[4 + size :])
    return plain[4 : 4 + size]


def _open(sealed: str, names: list[str], keys: dict[str, str], chain: str, origin: str) -> bytes:
    opened = bytes.fromhex(sealed)
    for name in reversed(names):
        private = X25519PrivateKey.from_private_bytes(bytes.fromhex(keys[name]))
        info = f"guardrail-gw/audit/v1/epoch\n{origin}\n0\n{chain}\n{name}".encode()
        opened = _SUITE.decrypt(opened, private, info=info)
    return opened


def test_the_vector_is_what_the_code_writes() -> None:
    """Built again from its seeds, the vector is byte for byte the committed file."""
    assert text(build(stored_wrap())) == FILE.read_text()


def test_the_leaves_are_in_the_frames(vector: dict[str, Any]) -> None:
    """Frames hold the leaves, and each leaf the SHA-256 of the sections beside it."""
    sections = _sections(base64.b64decode(vector["segment"]))

    assert [s[0].decode() for s in sections] == vector["leaves"]
    for leaf, meta, content, wrap in sections:
        fields = json.loads(leaf)
        for name, part in (("xm", meta), ("xc", content), ("xw", wrap)):
            assert fields.get(name) == (sha256(part).hexdigest() if part else None)
        assert json.dumps(fields, sort_keys=True, separators=(",", ":")).encode() == leaf


def test_the_root_and_its_signatures(vector: dict[str, Any]) -> None:
    """The checkpoint names the RFC 6962 root, signed by the epoch's key and the origin key."""
    h = [sha256(b"\x00" + leaf.encode()).digest() for leaf in vector["leaves"]]
    node = [sha256(b"\x01" + h[n] + h[n + 1]).digest() for n in (0, 2)]
    root = sha256(b"\x01" + node[0] + node[1]).digest()
    epoch = json.loads(vector["leaves"][0])
    origin_key = base64.b64decode(vector["vkey"].split("+", 2)[2])[1:]
    signed, _, lines = vector["checkpoints"].partition("\n\n")

    body = (signed + "\n").encode()
    for line, key in zip(lines.split("\n"), (bytes.fromhex(epoch["ck"]), origin_key), strict=False):
        signature = base64.b64decode(line.split(" ")[2])
        key_id = sha256(epoch["origin"].encode() + b"\n\x01" + key).digest()[:4]
        assert signature[:4] == key_id
        Ed25519PublicKey.from_public_bytes(key).verify(signature[4:], body)
    assert signed == f"{epoch['origin']}\n4\n{base64.b64encode(root).decode()}"
    assert vector["root"] == root.hex()


def test_the_certificate(vector: dict[str, Any]) -> None:
    """The origin key signs the epoch's key together with its place."""
    epoch = json.loads(vector["leaves"][0])
    key = base64.b64decode(vector["vkey"].split("+", 2)[2])[1:]

    body = f"guardrail-gw/audit/v1/epoch-key\n{epoch['origin']}\n0\n0\n{epoch['ck']}\n"
    Ed25519PublicKey.from_public_bytes(key).verify(bytes.fromhex(epoch["cert"]), body.encode())

    assert epoch["origin"].startswith(vector["vkey"].split("+")[0] + "/")


def test_the_sealed_keys(vector: dict[str, Any]) -> None:
    """Each recipient, and for full content each pair, opens the committed chain keys."""
    wrap, epoch = json.loads(vector["wrap"]), json.loads(vector["leaves"][0])
    assert set(wrap["full"]) == {"auditor+escrow"}
    for chain, key in vector["chains"].items():
        for group, sealed in wrap[chain].items():
            opened = _open(sealed, group.split("+"), vector["recipients"], chain, epoch["origin"])
            assert opened.hex() == key
        committed = sha256(b"guardrail-gw/audit/v1/commit\0" + bytes.fromhex(key)).hexdigest()
        assert epoch[f"kc_{chain}"] == committed


def test_the_ciphertexts(vector: dict[str, Any]) -> None:
    """Metadata and content decrypt to what went in."""
    chains = {name: bytes.fromhex(key) for name, key in vector["chains"].items()}
    for leaf, meta, content, _ in _sections(base64.b64decode(vector["segment"]))[1:]:
        fields = json.loads(leaf)
        seq, salt = fields["seq"], bytes.fromhex(fields["salt"])
        key = _record_key(chains["meta"], seq - 1, seq, salt)
        assert json.loads(_decrypted(key, meta, leaf)) == vector["meta"][seq - 1]
        if content:
            level, said = vector["content"][str(seq)]
            key = _record_key(chains[level], fields["ci"], seq, salt)
            assert _decrypted(key, content, leaf).decode() == said


def test_the_code_reads_it(vector: dict[str, Any], tmp_path: Path) -> None:
    """`show` opens the same records, and `verify` finds one intent without an outcome."""
    log = tmp_path / "log"
    log.mkdir()
    (log / f"{0:020d}.seg").write_bytes(base64.b64decode(vector["segment"]))
    (log / f"{0:020d}.ckpt").write_text(vector["checkpoints"])
    keys = {
        name: X25519PrivateKey.from_private_bytes(bytes.fromhex(key))
        for name, key in vector["recipients"].items()
    }
    public = PublicMaterial(
        origin=parse_vkey(vector["vkey"]),
        recipients=tuple(
            Recipient(name=name, public=key.public_key().public_bytes_raw())
            for name, key in keys.items()
        ),
    )

    opened = list(show(log, list(keys.values())))
    report = judged(files(log), public, now_us=opened[-1].ts_us + 1_000_000_000)

    assert [o.meta for o in opened[1:]] == vector["meta"]
    assert [u.index for u in report.unpaired] == [3]
    assert {f.verdict for f in report.findings} == {Verdict.INCOMPLETE}
    assert (report.signed, report.root) == (4, vector["root"])


def test_a_log_of_version_1_goes_on(vector: dict[str, Any], tmp_path: Path) -> None:
    """The gateway continues the old log in version 2, and both parts verify and open together."""
    log, clock = tmp_path / "log", SteadyClock()
    log.mkdir()
    (log / f"{0:020d}.seg").write_bytes(base64.b64decode(vector["segment"]))
    (log / f"{0:020d}.ckpt").write_text(vector["checkpoints"])
    keys = {
        name: X25519PrivateKey.from_private_bytes(bytes.fromhex(key))
        for name, key in vector["recipients"].items()
    }
    recipients = tuple(
        Recipient(name=name, public=key.public_key().public_bytes_raw())
        for name, key in keys.items()
    )
    verifier = parse_vkey(vector["vkey"])
    signer = Ed25519PrivateKey.from_private_bytes(SEEDS["origin"])
    clock.at_us += 10
    mine = AuditKeys(name=verifier.name, signer=signer, recipients=recipients)

    ledger = Ledger(log, mine, clock, Limits())
    ledger.open()
    ledger.append([[outcome(of=3)]])
    ledger.close()

    opened = list(show(log, list(keys.values())))
    report = judged(files(log), PublicMaterial(origin=verifier, recipients=recipients))
    assert report.findings == ()
    assert [o.leaf["v"] for o in opened] == [1] * 4 + [2] * 3
    assert all(o.meta for o in opened if "xm" in o.leaf)
