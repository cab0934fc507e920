"""Write log.json, the test vector of FORMAT.md.

    python -m tests.vectors.audit.make

Everything in it follows from the seeds below but for `wrap`: HPKE draws a fresh ephemeral key each
time, so the sealed keys are made once and then carried over from the file.
"""

import base64
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from guardrail_gw.audit.frame import framed
from guardrail_gw.audit.note import Checkpoint, certificate_text, sign
from guardrail_gw.audit.record import canonical, finished
from guardrail_gw.audit.seal import CHAINS, Epoch, encrypt, epoch_of
from guardrail_gw.audit.tree import CompactRange, leaf_hash
from guardrail_gw.keys.audit_keys import Recipient
from guardrail_gw.keys.vkey import Verifier

FILE = Path(__file__).with_name("log.json")
_NAME, _LOG = "log.example", "log.example/0123456789abcdef"
_TS = 1_795_000_000_000_000
SEEDS = {"origin": bytes([1]) * 32, "epoch": bytes([2]) * 32}
_RECIPIENTS = {"auditor": bytes([3]) * 32, "escrow": bytes([4]) * 32}
_CHAINS = {chain: bytes([16 + n]) * 32 for n, chain in enumerate(CHAINS)}
_POLICY = "sha256:" + "ab" * 32
_RECORDS: list[tuple[str, dict[str, Any]]] = [
    ("intent", {"dec": "allowed", "pol": _POLICY}),
    ("outcome", {"end": "ok", "of": 1}),
    ("intent", {"dec": "allowed", "pol": _POLICY}),
]
_META: list[dict[str, Any]] = [
    {"request": "0199f0c0-0000-7000-8000-000000000001", "user": "erika", "decision": "allowed"},
    {"request": "0199f0c0-0000-7000-8000-000000000001", "ending": "ok", "status": 200},
    {"request": "0199f0c0-0000-7000-8000-000000000002", "user": "erika", "decision": "allowed"},
]
_CONTENT = {1: ("redacted", b'{"input":"PERSON_7K2QX9MD"}'), 3: ("full", b'{"input":"Erika"}')}


def build(wrap: bytes | None) -> dict[str, Any]:
    """The vector; `wrap` None seals the chain keys anew."""
    epoch = _epoch(wrap)
    frames = [_epoch_frame(epoch)]
    for seq, (kind, clear) in enumerate(_RECORDS, 1):
        frames.append(_record(epoch, seq, _head(kind, seq, clear)))
    leaves, hashes = [leaf for leaf, _ in frames], CompactRange()
    for leaf in leaves:
        hashes.append(leaf_hash(leaf))
    point = Checkpoint(origin=_LOG, size=len(leaves), root=hashes.root())
    note = sign(point, epoch.signer, Ed25519PrivateKey.from_private_bytes(SEEDS["origin"])) + b"\n"
    return {
        "vkey": _verifier().vkey(),
        "recipients": {name: key.hex() for name, key in _RECIPIENTS.items()},
        "chains": {chain: key.hex() for chain, key in _CHAINS.items()},
        "wrap": epoch.wrap.decode(),
        "segment": base64.b64encode(b"".join(frame for _, frame in frames)).decode(),
        "checkpoints": note.decode(),
        "leaves": [leaf.decode() for leaf in leaves],
        "root": hashes.root().hex(),
        "meta": _META,
        "content": {str(seq): [level, data.decode()] for seq, (level, data) in _CONTENT.items()},
    }


def stored_wrap() -> bytes | None:
    """The sealed keys of the committed vector."""
    return json.loads(FILE.read_text())["wrap"].encode() if FILE.exists() else None


def text(vector: dict[str, Any]) -> str:
    """The file's content."""
    return json.dumps(vector, indent=1, sort_keys=True) + "\n"


def _epoch(wrap: bytes | None) -> Epoch:
    recipients = tuple(
        Recipient(
            name=name,
            public=X25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw(),
        )
        for name, key in _RECIPIENTS.items()
    )
    signer = Ed25519PrivateKey.from_private_bytes(SEEDS["epoch"])
    epoch = epoch_of(_CHAINS, signer, (_LOG, 0, 0), recipients)
    if wrap is not None:
        epoch.wrap = wrap
    return epoch


def _verifier() -> Verifier:
    key = Ed25519PrivateKey.from_private_bytes(SEEDS["origin"])
    return Verifier(name=_NAME, public=key.public_key().public_bytes_raw())


def _head(kind: str, seq: int, clear: dict[str, Any]) -> dict[str, Any]:
    common = {"epoch": 0, "origin": _LOG, "suite": 1, "ts": _TS + seq, "v": 1}
    return {**common, "kind": kind, "seq": seq, **clear}


def _epoch_frame(epoch: Epoch) -> tuple[bytes, bytes]:
    public = epoch.signer.public_key().public_bytes_raw()
    key = Ed25519PrivateKey.from_private_bytes(SEEDS["origin"])
    fields = {
        **_head("epoch", 0, {}),
        "cert": key.sign(certificate_text(_LOG, 0, 0, public)).hex(),
        "ck": public.hex(),
        "range": [],
        "run": 0,
        **{f"kc_{chain}": value for chain, value in epoch.commitments.items()},
    }
    leaf = finished(canonical(fields), content=None, meta=None, wrap=epoch.wrap)
    return leaf, framed(leaf, wrap=epoch.wrap)


def _record(epoch: Epoch, seq: int, head: dict[str, Any]) -> tuple[bytes, bytes]:
    salt = bytes([seq]) * 16
    head["salt"] = salt.hex()
    level, data = _CONTENT.get(seq, (None, b""))
    if level is not None:
        head["ci"], head["cl"] = epoch.chains[level].position, level
    bound = canonical(head)
    meta = encrypt(epoch.chains["meta"].take(seq, salt), canonical(_META[seq - 1]), bound)
    content = encrypt(epoch.chains[level].take(seq, salt), data, bound) if level else None
    leaf = finished(bound, content=content, meta=meta, wrap=None)
    return leaf, framed(leaf, meta, content or b"")


if __name__ == "__main__":
    FILE.write_text(text(build(stored_wrap())))
