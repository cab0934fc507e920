"""The leaf of one record: restricted JSON, hashed as stored and never written anew.

The leaf is what the Merkle tree holds and what anyone may read. It carries no name of a person, a
team or a key and no text: those are in the two ciphertexts whose SHA-256 it holds (FORMAT.md, 3).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

import orjson

from guardrail_gw.errors import GuardrailError

VERSION = 2
"""Of what is written; version 1 is read as well."""
SUITES = {1: (1,), 2: (1, 2)}
"""Version -> suites."""
MAX_LEAF = 4096
"""Bytes; a leaf must be smaller."""
_MAX_INT = 2**53
_MAX_DEPTH = 12
_HASH_FIELD = len(',"xm":""') + 64

Clear = Mapping[str, str | int | list[str] | dict[str, Any]]


class RecordError(GuardrailError):
    """Bytes that are not a record of this format."""

    exit_code = 1


class UnknownFormatError(RecordError):
    """A well-formed leaf of a version, suite or kind that this release does not know."""

    exit_code = 3


class Kind(StrEnum):
    """What a record says."""

    EPOCH = "epoch"
    """New keys from here on; the first record of every segment."""
    INTENT = "intent"
    OUTCOME = "outcome"
    POLICY = "policy"
    """The first request under another set of policies follows."""
    HEARTBEAT = "heartbeat"
    ERASURE = "erasure"
    """Keys of a person's content were destroyed."""
    HOLD = "hold"
    """Content must be kept, whatever else is asked for."""
    RELEASE = "release"
    """A hold has ended."""
    PRUNE = "prune"
    """Keys of content that was kept for long enough were destroyed."""
    RESET = "reset"
    """What was used of a budget or a rate was forgotten."""
    APPROVAL = "approval"
    """Somebody approved what a server says of its tools, or decided about a call."""
    GAP = "gap"
    """Bytes of the segment before were cut off; they were never acknowledged."""
    SHUTDOWN = "shutdown"


class Level(StrEnum):
    """Who can open the content of a record."""

    REDACTED = "redacted"
    """Any one recipient."""
    FULL = "full"
    """Any two recipients together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKey:
    """A public key of the key register: what is sealed to it opens as long as its row is there."""

    sid: str
    """Of the row: 32 random hex digits."""
    suite: int
    x25519: bytes = field(repr=False)
    mlkem: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What was said, to be sealed."""

    level: Level
    data: bytes = field(repr=False)
    row: RowKey | None = None
    """Whose key it is sealed under; None: the epoch's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a person is, to be sealed within the metadata under a key that can be destroyed."""

    row: RowKey
    data: bytes = field(repr=False)
    """Canonical JSON; joins the metadata when the record is opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A record that has no place in the log yet."""

    kind: Kind
    clear: Clear = field(default_factory=dict)
    """Fields of the leaf besides the common ones: codes, digests and numbers only."""
    sealed: bytes | None = field(default=None, repr=False)
    """Metadata as canonical JSON; None when there is nothing to seal."""
    content: Content | None = None
    identity: Identity | None = None


def canonical(value: Mapping[str, Any]) -> bytes:
    """Encode as JSON with sorted keys and without whitespace.

    Raises:
        RecordError: something in it cannot be written.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError):  # the cause may quote what a person wrote
        raise RecordError("a value cannot be written as restricted JSON") from None


def finished(
    head: bytes, *, content: bytes | None, meta: bytes | None, wrap: bytes | None
) -> bytes:
    """Complete a leaf: `head` and the SHA-256 of each section that is there.

    The names of the hashes (`xc`, `xm`, `xw`) sort after every other name, so the head is the leaf
    without them, and can be the additional data of the ciphertexts they are taken of.

    Raises:
        RecordError: the leaf is not smaller than 4 KiB or not ASCII.
    """
    leaf = head[:-1]
    for name, section in ((b"xc", content), (b"xm", meta), (b"xw", wrap)):
        if section is not None:
            leaf = b'%b,"%b":"%b"' % (leaf, name, sha256(section).hexdigest().encode())
    leaf += b"}"
    if len(leaf) >= MAX_LEAF or not leaf.isascii():
        raise RecordError("a leaf must be ASCII and smaller than 4 KiB")
    return leaf


def head_of(leaf: bytes) -> bytes:
    """The leaf without the hashes of its sections: the additional data of its ciphertexts."""
    hashes = sum(name in leaf for name in (b',"xc":"', b',"xm":"', b',"xw":"'))
    return leaf[: len(leaf) - 1 - hashes * _HASH_FIELD] + b"}"


def parse(leaf: bytes) -> dict[str, Any]:
    """Read a leaf, refusing whatever the one writer would not have written.

    Raises:
        UnknownFormatError: the version, suite or kind is not known here.
        RecordError: not canonical, or a field is missing, unknown or of the wrong shape.
    """
    if len(leaf) >= MAX_LEAF or not leaf.isascii():
        raise RecordError("a leaf must be ASCII and smaller than 4 KiB")
    fields = parse_json(leaf)
    version = fields.get("v")
    if type(version) is not int or fields.get("suite") not in SUITES.get(version, ()):
        raise UnknownFormatError("the record's version or suite is not known")
    shape = _SHAPES[version].get(str(fields.get("kind")))
    if shape is None:
        raise UnknownFormatError("the record's kind is not known")
    required, optional = shape
    if not required <= fields.keys() <= required | optional:
        raise RecordError("a field is missing or unknown")
    for name, value in fields.items():
        if not _fits(name, value):
            raise RecordError(f"the field {name} has the wrong shape")
    if not _agree(fields):
        raise RecordError("content fields come together")
    return fields


def _agree(fields: dict[str, Any]) -> bool:
    """Content has its three fields; a row names its content, and a sealed key its commitment."""
    if len(_CONTENT & fields.keys()) not in {0, len(_CONTENT)}:
        return False
    if fields["kind"] == Kind.EPOCH:
        return True
    begins = len({"kc", "xw"} & fields.keys())
    named = "sid" in fields
    return begins in {0, 2} and (named or not begins) and ("ci" in fields or not named)


def parse_json(raw: bytes) -> dict[str, Any]:
    """Read restricted JSON.

    Raises:
        RecordError: not an object, or not in the one canonical form.
    """
    try:
        fields = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise RecordError("not JSON") from None
    if not isinstance(fields, dict) or not _restricted(fields, _MAX_DEPTH):
        raise RecordError("not restricted JSON")
    if canonical(fields) != raw:  # whitespace, order, duplicates, escapes, 1e3, -0
        raise RecordError("not in canonical form")
    return fields


def _restricted(value: object, depth: int) -> bool:
    """Whether a value holds strings, booleans, nulls and small integers only."""
    if isinstance(value, dict):
        return depth > 0 and all(_restricted(v, depth - 1) for v in value.values())
    if isinstance(value, list):
        return depth > 0 and all(_restricted(v, depth - 1) for v in value)
    if isinstance(value, int):
        return -_MAX_INT <= value <= _MAX_INT
    return value is None or isinstance(value, str)


def _fits(name: str, value: object) -> bool:
    pattern = _TEXT.get(name)
    if pattern is not None:
        return isinstance(value, str) and pattern.fullmatch(value) is not None
    if (each := _LISTS.get(name)) is not None:
        return isinstance(value, list) and all(
            isinstance(n, str) and each.fullmatch(n) for n in value
        )
    if name == "prev":
        return isinstance(value, dict) and value.keys() == {"origin", "root", "size"}
    return type(value) is int and value >= 0


_HEX32 = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[a-z0-9_.:-]{1,80}")
_SID = re.compile(r"[0-9a-f]{32}")
_LISTS = {"range": _HEX32, "sids": _SID}
_TEXT = {
    "act": re.compile(r"pinned|allowed|denied"),
    "basis": _WORD,
    "cause": _WORD,
    "cert": re.compile(r"[0-9a-f]{128}"),
    "ck": _HEX32,
    "cl": re.compile(r"redacted|full"),
    "dec": _WORD,
    "digest": _HEX32,
    "end": _WORD,
    "hold": _SID,
    "kc": _HEX32,
    "kc_full": _HEX32,
    "kc_meta": _HEX32,
    "kc_redacted": _HEX32,
    "kind": _WORD,
    "lv": re.compile(r"identity|redacted|full"),
    "origin": re.compile(r"[!-*,-~]{1,200}"),
    "pol": _WORD,
    "rd": _HEX32,
    "salt": _SID,
    "sha256": _HEX32,
    "sid": _SID,
    "xc": _HEX32,
    "xm": _HEX32,
    "xw": _HEX32,
}
_COMMON = frozenset({"epoch", "kind", "origin", "seq", "suite", "ts", "v"})
_SEALED = _COMMON | {"salt", "xm"}
_NONE: frozenset[str] = frozenset()
_CONTENT = frozenset({"ci", "cl", "xc"})
_ROW = frozenset({"kc", "sid", "xw"})
_Shapes = dict[str, tuple[frozenset[str], frozenset[str]]]
_FIRST: _Shapes = {
    Kind.EPOCH: (
        _COMMON | {"cert", "ck", "kc_full", "kc_meta", "kc_redacted", "range", "run", "xw"},
        frozenset({"prev"}),
    ),
    Kind.INTENT: (_SEALED | {"dec"}, _CONTENT | {"pol"}),
    Kind.OUTCOME: (_SEALED | {"end", "of"}, _CONTENT),
    Kind.POLICY: (_SEALED | {"pol"}, _NONE),
    Kind.HEARTBEAT: (_COMMON, frozenset({"salt", "xm"})),
    Kind.GAP: (_COMMON | {"at", "cause", "lost", "segment", "sha256"}, _NONE),
    Kind.SHUTDOWN: (_COMMON, _NONE),
}
_SECOND: _Shapes = _FIRST | {
    Kind.EPOCH: (_FIRST[Kind.EPOCH][0], frozenset({"prev", "rd", "rn"})),
    Kind.INTENT: (_SEALED | {"dec"}, _CONTENT | _ROW | {"pol"}),
    Kind.OUTCOME: (_SEALED | {"end", "of"}, _CONTENT | _ROW),
    Kind.ERASURE: (_SEALED | {"basis", "sids"}, _NONE),
    Kind.HOLD: (_SEALED | {"hold"}, _NONE),
    Kind.RELEASE: (_SEALED | {"hold"}, _NONE),
    Kind.PRUNE: (_SEALED | {"count", "lv", "until"}, _NONE),
    Kind.RESET: (_SEALED, _NONE),
    Kind.APPROVAL: (_SEALED | {"act", "digest"}, _NONE),
}
_SHAPES = {1: _FIRST, 2: _SECOND}
