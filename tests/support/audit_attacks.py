"""A log for attackers: what lies on the disk, what they may hold besides, and how they forge."""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import copytree
from types import ModuleType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.frame import Frame, framed, frames
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.note import Checkpoint, certificate_text, sign
from guardrail_gw.audit.record import canonical, parse_json
from guardrail_gw.audit.segments import CHECKPOINTS, SEGMENT, segment_name
from guardrail_gw.audit.tree import leaf_hash, root_of
from tests.support.audit_world import (
    SteadyClock,
    World,
    files,
    pair,
    redacted_content,
    world,
)

Files = dict[str, bytes]
_LIMITS = Limits(epoch_records=8, checkpoint_records=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A gateway's log of several epochs, closed in order, and what its attackers may know."""

    made: World
    found: Files
    """The log's files."""
    other: Files
    """Another log of the same gateway."""
    epoch_keys: tuple[Ed25519PrivateKey, ...]
    """As if taken from the gateway's memory, each while its epoch lasted."""

    @property
    def segments(self) -> list[str]:
        """The segments' names, in order."""
        return sorted(name for name in self.found if name.endswith(".seg"))

    def stored(self, segment: str) -> list[Frame]:
        """A segment's frames."""
        return list(frames(self.found[segment]))

    def with_frames(self, segment: str, parts: list[bytes]) -> Files:
        """The log with other frames in one segment."""
        return self.found | {segment: b"".join(parts)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """What was done, and what must be said of it."""

    files: Files
    code: Code
    kept: bytes | None = None
    """A checkpoint that the auditors have from before."""


def site(home: Path) -> Site:
    """Make keys and both logs."""
    made, keys = world(home), []
    for place in ("other", "log"):
        ledger = Ledger(home / place, made.keys, SteadyClock(), _LIMITS)
        ledger.open()
        for number in range(14):
            keys.append(signer_of(ledger))
            ledger.append([pair(number, redacted_content(b"PERSON_%d" % number))])
            ledger.tend()
        ledger.close()
    return Site(
        made=made,
        found=files(made.log),
        other=files(home / "other"),
        epoch_keys=tuple(dict.fromkeys(keys[14:])),
    )


def signer_of(ledger: Ledger) -> Ed25519PrivateKey:
    """What lies in the memory of a gateway that has been taken over."""
    now = ledger._now  # noqa: SLF001 - an attacker asks nobody
    assert now is not None
    return now.epoch.signer


def copied(made: World, name: str) -> Path:
    """The log's folder as a copy that others can go on with."""
    copy = made.home / name
    copytree(made.log, copy)
    return copy


def whole(frame: Frame) -> bytes:
    """A frame as it lies on the disk, with a checksum that fits."""
    return framed(frame.leaf, frame.meta, frame.content, frame.wrap)


def rewritten(frame: Frame, **fields: Any) -> bytes:
    """A frame whose leaf says something else, with a checksum that fits."""
    leaf = canonical(parse_json(frame.leaf) | fields)
    return framed(leaf, frame.meta, frame.content, frame.wrap)


def written_anew(made: World, stored: list[Frame], changes: dict[int, dict[str, Any]]) -> Files:
    """A log of one epoch by somebody who has the origin key, and makes an epoch key of their own.

    Args:
        made: whose log.
        stored: the epoch's frames, from the log's first on.
        changes: fields of leaves by index; `wrap` is the epoch's wrap section.
    """
    mine = Ed25519PrivateKey.generate()
    public = mine.public_key().public_bytes_raw()
    leaves = [parse_json(each.leaf) for each in stored]
    wraps = [changes.get(at, {}).pop("wrap", each.wrap) for at, each in enumerate(stored)]
    text = certificate_text(leaves[0]["origin"], 0, 0, public)
    leaves[0] |= {"ck": public.hex(), "cert": made.keys.signer.sign(text).hex()}
    if wraps[0] != stored[0].wrap:
        leaves[0]["xw"] = sha256(wraps[0]).hexdigest()
    written = [canonical(leaf | changes.get(at, {})) for at, leaf in enumerate(leaves)]
    parts = zip(written, stored, wraps, strict=True)
    segment = b"".join(framed(leaf, f.meta, f.content, wrap) for leaf, f, wrap in parts)
    root = root_of([leaf_hash(leaf) for leaf in written])
    point = Checkpoint(origin=leaves[0]["origin"], size=len(written), root=root)
    note = sign(point, mine, made.keys.signer) + b"\n"
    name = segment_name(0)
    return {name: segment, name.replace(SEGMENT, CHECKPOINTS): note}


def notes_of(points: bytes) -> list[bytes]:
    """The checkpoints of a file, each with the empty line behind it."""
    return re.findall(rb".*?\n\n.*?\n\n", points, re.DOTALL)


def newest(found: Files) -> bytes:
    """The last checkpoint of a log."""
    last = max(name for name in found if name.endswith(".ckpt"))
    return notes_of(found[last])[-1]


def sentence_of(module: ModuleType) -> str:
    """What an attack's file says that it does."""
    return (module.__doc__ or "").partition("\n")[0]
