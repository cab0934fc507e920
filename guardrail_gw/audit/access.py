"""Who opened what: a reader's look into a log is itself on record, before anything is shown.

One line of restricted JSON for each look, in a file beside the log. Every line names the hash of
the line before it and is signed by a key that follows from the reader's private key: a line cannot
be changed, moved, or taken out of the middle without its neighbours showing it. That lines are
missing at the end shows who kept the last line's hash, which is what `audit access` prints.
"""

import fcntl
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from io import BufferedRandom
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from guardrail_gw.audit.record import RecordError, canonical, parse_json
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.private import RecipientKey, x25519_of
from guardrail_gw.keys.vkey import Verifier

SUFFIX = ".access"
_INFO = b"guardrail-gw/audit/v1/access"
_START = "0" * 64
_OWNER_ONLY = 0o600
_MAX_RUNS = 200
_MAX_LINE = 32 * 1024
_OF_A_PERSON, _WITHHELD = frozenset({"subject", "person"}), "a person"
_MAX_REASON = 1000
_HEX32 = re.compile(r"[0-9a-f]{64}")

Runs = tuple[tuple[int, int], ...]
"""First and last index of each run of records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One look."""

    number: int
    ts_us: int
    act: str
    """`show`, `export`, `search`, `exchange`, …; with `.ended` when it is over."""
    records: Runs
    reason: str = field(repr=False)
    """In the reader's words; empty where none is asked for."""
    reader: str
    """Hex, public half of the key that signed."""
    asked: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What narrowed the look: a request id, a time."""
    hash: str = ""
    """Hex, of the line: what the next one names, and what may be kept elsewhere."""
    intact: bool
    """It follows the line before, and the signature is the reader's."""


class AccessLog:
    """Writes one reader's looks into one log."""

    def __init__(self, path: Path, key: RecipientKey, clock: Clock) -> None:
        """Nothing is written yet."""
        self.path = path
        self._signer = reader_key(key)
        self._clock = clock

    def record(
        self,
        act: str,
        records: Iterable[int] = (),
        *,
        reason: str = "",
        asked: Mapping[str, str] | None = None,
    ) -> None:
        """Write a look down and wait until it is on disk.

        The file is in clear and outlives erasures, so a person who was asked for is not named: the
        records that were found are.

        Raises:
            ConfigError: it cannot be written; then nothing may be shown.
        """
        said = {
            "act": act,
            "asked": {k: _WITHHELD if k in _OF_A_PERSON else v for k, v in (asked or {}).items()},
            "reader": self._signer.public_key().public_bytes_raw().hex(),
            "reason": reason[:_MAX_REASON],
            "records": [list(run) for run in runs(records)],
            "ts": self._clock.now_us(),
        }
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(self.path, flags, _OWNER_ONLY), "rb+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.write(self._line(said, *_end(file)))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            why = error.strerror or "it cannot be written"
            raise ConfigError(f"{self.path}: {why}; no look without a record of it") from None

    def _line(self, said: dict[str, Any], number: int, before: str, torn: bytes) -> bytes:
        """A line to append; what a killed process left behind without a line end gets one."""
        said |= {"n": number, "prev": before}
        signature = self._signer.sign(_INFO + canonical(said))
        return torn + canonical(said | {"sig": signature.hex()}) + b"\n"


def access_path(directory: Path) -> Path:
    """Where looks into a log are recorded, if nothing else is said: beside its folder."""
    return directory.resolve().with_name(directory.resolve().name + SUFFIX)


def reader_key(key: RecipientKey) -> Ed25519PrivateKey:
    """Another key for another purpose, which only the owner of the first can make."""
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO)
    return Ed25519PrivateKey.from_private_bytes(kdf.derive(x25519_of(key).private_bytes_raw()))


def accesses(path: Path) -> Iterator[Access]:
    """The looks in a file, oldest first; no file, no look. Raises OSError."""
    before = _START
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    for number, line in enumerate(lines):
        yield _read(line, number, before)
        before = _hash(line)


def runs(records: Iterable[int]) -> list[tuple[int, int]]:
    """Neighbouring indices as runs; of very many runs, the nearest become one, so none is hidden.

    The result covers every record, and more than those only where a line would become too long.
    """
    found: list[tuple[int, int]] = []
    for index in sorted(set(records)):
        if found and found[-1][1] == index - 1:
            found[-1] = (found[-1][0], index)
        else:
            found.append((index, index))
    if len(found) <= _MAX_RUNS:
        return found
    gaps = sorted((after[0] - before[1] for before, after in pairwise(found)), reverse=True)
    return _joined(found, gaps[_MAX_RUNS - 1])


def _joined(found: list[tuple[int, int]], width: int) -> list[tuple[int, int]]:
    """Runs with gaps of at most `width` between them as one."""
    wide = [found[0]]
    for first, last in found[1:]:
        if first - wide[-1][1] <= width:
            wide[-1] = (wide[-1][0], last)
        else:
            wide.append((first, last))
    return wide


def _end(file: BufferedRandom) -> tuple[int, str, bytes]:
    """The next line's number, the hash of the last line, and a line end if it has none."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return 0, _START, b""
    last = _last_line(file, size)
    torn = b"" if last.endswith(b"\n") else b"\n"
    try:
        number = parse_json(last.rstrip(b"\n"))["n"] + 1
    except (RecordError, KeyError, TypeError):
        file.seek(0)
        number = len(file.read().splitlines())
    return number, _hash(last + torn), torn


def _last_line(file: BufferedRandom, size: int) -> bytes:
    """The whole of it, however long somebody made it: the next line names its hash."""
    before: list[bytes] = []
    start, last = size, b""
    while start > 0 and not before:
        start = max(0, start - _MAX_LINE)
        file.seek(start)
        *before, last = file.read().splitlines(keepends=True)
    return last


def _read(line: bytes, number: int, before: str) -> Access:
    try:
        said = parse_json(line.removesuffix(b"\n"))
        if not _well_formed(said):
            return _unreadable(line, number)
        spelt: str = said.pop("sig")
        signature = bytes.fromhex(spelt)
        reader = Verifier(name="reader", public=bytes.fromhex(said["reader"]))
        one_form = spelt == signature.hex() and line.endswith(b"\n")
        in_place = said["prev"] == before and said["n"] == number
        return Access(
            number=number,
            ts_us=said["ts"],
            act=said["act"],
            records=tuple((first, last) for first, last in said["records"]),
            reason=said["reason"],
            reader=said["reader"],
            asked=said["asked"],
            hash=_hash(line),
            intact=one_form and in_place and reader.verifies(signature, _INFO + canonical(said)),
        )
    except (RecordError, KeyError, TypeError, ValueError, AttributeError):
        return _unreadable(line, number)


def _well_formed(said: Mapping[str, Any]) -> bool:
    """Whether every field has the form of a look: anybody may have signed it, with any key."""
    texts = ("act", "prev", "reader", "reason", "sig")
    counts = (said["n"], said["ts"], *(n for run in said["records"] for n in run))
    return (
        all(isinstance(said[name], str) for name in texts)
        and _HEX32.fullmatch(said["reader"]) is not None
        and all(type(count) is int and count >= 0 for count in counts)
        and all(isinstance(value, str) for value in said["asked"].values())
    )


def _unreadable(line: bytes, number: int) -> Access:
    return Access(
        number=number,
        ts_us=0,
        act="unreadable",
        records=(),
        reason="",
        reader="",
        hash=_hash(line),
        intact=False,
    )


def _hash(line: bytes) -> str:
    return sha256(line.removesuffix(b"\n")).hexdigest()
