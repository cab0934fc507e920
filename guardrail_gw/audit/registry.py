"""What gateways of one origin key keep away from their logs, so that a log cannot go missing.

    origins                        the signed list of all logs ever begun
    <16 hex digits>.checkpoint     the last checkpoint of each of them
    lock                           held for the moment of a change

The folder belongs on another disk than the logs. A checkpoint is swapped in before the log shows
it, and only if the one before is still there: whoever continues a log from an older copy is told,
and signs nothing. Format and order are normative in FORMAT.md, 10.
"""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.note import Checkpoint, SignedCheckpoint, parse_note
from guardrail_gw.audit.origins import Origin, Origins, listed, written
from guardrail_gw.audit.record import RecordError
from guardrail_gw.audit.segments import sync_directory
from guardrail_gw.keys.vkey import Verifier

ORIGINS = "origins"
CHECKPOINT = ".checkpoint"
_PATIENCE_S = 2.0
_PAUSE_S = 0.01


class ForkedError(RecordError):
    """Another process went on with this log: it, or this one, runs on a copy."""


class Registry(Protocol):
    """A place for the last checkpoint of each log that changes only by compare and swap."""

    def enter(self, origin: str, seat: str, now_us: int) -> None:
        """List a log, if it is not listed. Raises OSError or RecordError."""
        ...

    def lists(self, origin: str) -> bool:
        """Whether a log is listed. Raises OSError or RecordError."""
        ...

    def last(self, origin: str) -> Checkpoint | None:
        """The last checkpoint of a log. Raises OSError or RecordError."""
        ...

    def swap(self, note: bytes) -> None:
        """Put a signed checkpoint in the place of the one that `last` or `swap` knew.

        Raises:
            ForkedError: another one is there; nothing was changed.
            OSError: the place cannot be written.
        """
        ...

    def seated(self, seat: str) -> Checkpoint | None:
        """The last checkpoint of the log that was begun last at a seat. Raises as `last`."""
        ...


def seat_of(directory: Path) -> str:
    """What names a log's folder on its machine, and tells nobody where that is."""
    return sha256(f"{socket.gethostname()}\n{directory.resolve()}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signer:
    name: str
    key: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        return Verifier(name=self.name, public=self.key.public_key().public_bytes_raw())


class FolderRegistry:
    """A registry in a folder that all these gateways can write."""

    def __init__(
        self,
        directory: Path,
        name: str,
        key: Ed25519PrivateKey,
        former: tuple[Verifier, ...] = (),
    ) -> None:
        """Nothing is touched yet.

        Args:
            directory: the registry's folder.
            name: of the origin key.
            key: the origin key, which signs the list from now on.
            former: the origin keys that it followed; what they signed is believed.
        """
        self.directory = directory
        self._signer = _Signer(name=name, key=key)
        self._keys = (self._signer.verifier, *former)
        self._known: dict[str, bytes | None] = {}

    def enter(self, origin: str, seat: str, now_us: int) -> None:
        """List a log, if it is not listed. Raises OSError or RecordError."""
        with self._locked():
            origins = self._listed()
            if origin not in {each.origin for each in origins}:
                more = Origin(origin=origin, began_us=now_us, seat=seat)
                signer = self._signer
                _replace(
                    self.directory / ORIGINS, written((*origins, more), signer.name, signer.key)
                )

    def lists(self, origin: str) -> bool:
        """Whether a log is listed. Raises OSError or RecordError."""
        return origin in {each.origin for each in self._listed()}

    def last(self, origin: str) -> Checkpoint | None:
        """The last checkpoint of a log. Raises OSError or RecordError."""
        note = self._known[origin] = _read(self.directory / checkpoint_name(origin))
        if note is None:
            return None
        signed = _signed(note, self._keys)
        if signed.checkpoint.origin != origin:
            raise RecordError("the registry's checkpoint is of another log")
        return signed.checkpoint

    def swap(self, note: bytes) -> None:
        """See `Registry`."""
        origin = parse_note(note).checkpoint.origin
        path = self.directory / checkpoint_name(origin)
        with self._locked():
            if _read(path) != self._known.get(origin):
                raise ForkedError("another process has continued this log")
            _replace(path, note)
        self._known[origin] = note

    def seated(self, seat: str) -> Checkpoint | None:
        """See `Registry`."""
        for each in reversed(self._listed()):
            if each.seat == seat and (found := self.last(each.origin)) is not None:
                return found
        return None

    def _listed(self) -> Origins:
        data = _read(self.directory / ORIGINS)
        return () if data is None else listed(data, *self._keys)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _take(handle)
            yield
        finally:
            os.close(handle)


def checkpoint_name(origin: str) -> str:
    """The file of a log's last checkpoint: what is random in the log's name."""
    return origin.rpartition("/")[2] + CHECKPOINT


def _signed(note: bytes, keys: tuple[Verifier, ...]) -> SignedCheckpoint:
    signed = parse_note(note)
    if not any(signed.signed_by(key) for key in keys):
        raise RecordError("the registry's checkpoint is not signed by the origin key")
    return signed


def _take(handle: int) -> None:
    """Wait a little: others hold the lock for a moment only. Raises BlockingIOError."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise TimeoutError("the registry is held by another process") from None
            time.sleep(_PAUSE_S)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _replace(path: Path, data: bytes) -> None:
    """Durable and whole: a reader sees the former file or the new one."""
    fresh = path.with_name(f"{path.name}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    fresh.replace(path)
    sync_directory(path.parent)
