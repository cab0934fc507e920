"""The disk of the audit log, its clock, and files that hold secrets."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Final

from cryptography import x509

from guardrail_gw.audit.frame import leaves
from guardrail_gw.audit.record import RecordError, parse
from guardrail_gw.audit.segments import segment_firsts, segment_name
from guardrail_gw.audit.space import free_bytes
from guardrail_gw.catalog.credential import CredentialConfig, SecretConfig
from guardrail_gw.core.ports import Clock
from guardrail_gw.doctor.clock import Times
from guardrail_gw.doctor.disk import Disk
from guardrail_gw.doctor.ends import End, Mode
from guardrail_gw.settings import Settings

_WRITES: Final = 40
_BYTES: Final = 4096
_MOST_READ: Final = 256 << 20
"""Of the newest segment; a larger one is read by `audit verify`."""


def looked_at(folder: Path, place: str) -> Disk:
    """Write and sync a few blocks beside the log, and take them away again.

    Args:
        folder: the log's; it need not be there yet.
        place: what it is called.
    """
    try:
        there = _nearest(folder)
        syncs_ms = tuple(_syncs_ms(_beside(there)))
        return Disk(place=place, kind=_kind(there), free=free_bytes(there), syncs_ms=syncs_ms)
    except OSError as error:
        return Disk(place=place, problem=error.strerror or type(error).__name__)


def times(folder: Path, clock: Clock) -> Times:
    """What the clock, the log and the log's file system say of the time."""
    filed_us = None
    with suppress(OSError):
        filed_us = _filed_us(_beside(_nearest(folder)))
    return Times(now_us=clock.now_us(), recorded_us=_recorded_us(folder), filed_us=filed_us)


def modes(settings: Settings) -> Iterator[Mode]:
    """Who may read or change the credentials' files; one that is missing is told elsewhere."""
    for name, config in settings.gateway.credentials.items():
        for file in _files(config):
            with suppress(OSError):
                mode = settings.resolve(file).stat().st_mode
                yield Mode(name=name, mode=stat.S_IMODE(mode))


def certificates(settings: Settings) -> Iterator[End]:
    """When our own certificates end; one that cannot be read is told at start."""
    gateway = settings.gateway
    named = []
    if (tls := gateway.listen.tls) is not None:
        named.append(("keys.tls", "the certificate of `listen`", tls.certificate))
    if (collector := gateway.audit.collector) is not None:
        named.append(("keys.collector", "the certificate to the collector", collector.certificate))
    for name, what, file in named:
        with suppress(OSError, ValueError):
            found = x509.load_pem_x509_certificate(settings.resolve(file).read_bytes())
            ends_us = int(found.not_valid_after_utc.timestamp() * 1e6)
            yield End(name=name, what=what, ends_us=ends_us, then="renew it, and start anew")


def _files(config: CredentialConfig) -> Iterator[str]:
    """Each file that a credential is read from."""
    if config.file is not None:
        yield config.file
    for part in (config.entra, config.google, config.aws):
        for name in type(part).model_fields if part is not None else ():
            place = getattr(part, name)
            if isinstance(place, SecretConfig) and place.file is not None:
                yield place.file


def _nearest(folder: Path) -> Path:
    """The folder, or the one in which it will be made."""
    return next(each for each in (folder, *folder.parents) if each.is_dir())


def _beside(folder: Path) -> Path:
    """A new file's path on the same disk: beside the log, so that nobody takes it for a part."""
    same = folder.parent.stat().st_dev == folder.stat().st_dev
    place = folder.parent if same and os.access(folder.parent, os.W_OK) else folder
    return place / f".doctor-{secrets.token_hex(8)}"


def _syncs_ms(path: Path) -> Iterator[float]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        for _ in range(_WRITES):
            begun_s = perf_counter()
            os.write(handle, bytes(_BYTES))
            os.fdatasync(handle)
            yield 1000 * (perf_counter() - begun_s)
    finally:
        os.close(handle)
        path.unlink()


def _filed_us(path: Path) -> int:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, b"\0")
        return os.fstat(handle).st_mtime_ns // 1000
    finally:
        os.close(handle)
        path.unlink()


def _kind(folder: Path) -> str:
    """The kind of the file system, as the kernel's list of mounts has it; empty: not told."""
    best, kind = -1, ""
    with suppress(OSError, ValueError):
        for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
            _, at, named, *_ = line.split(" ")
            where = Path(at.replace("\\040", " "))
            if folder.resolve().is_relative_to(where) and len(where.parts) > best:
                best, kind = len(where.parts), named
    return kind


def _recorded_us(folder: Path) -> int | None:
    """When the newest whole record of a log was written; None: there is none, or it is not told."""
    with suppress(OSError):
        for first in reversed(segment_firsts(folder)):
            path = folder / segment_name(first)
            if path.stat().st_size > _MOST_READ:
                return path.stat().st_mtime_ns // 1000
            if (found := _newest_us(path.read_bytes())) is not None:
                return found
    return None


def _newest_us(data: bytes) -> int | None:
    newest, at = b"", None
    with suppress(RecordError):  # the last one may still be in the making
        for leaf in leaves(data):
            newest = leaf
    with suppress(RecordError):
        at = parse(newest).get("ts")
    return at if isinstance(at, int) else None
