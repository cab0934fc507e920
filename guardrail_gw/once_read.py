"""Files that are read at the start only, and which of them are others by now.

They are gateway.yaml, the files that secrets come from besides `credentials` (of MCP servers, of
the receiver of telemetry, of the webhook, of stores and archives), and some that it names.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel

from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.settings import Settings

_READ_ANEW: Final = frozenset({"access", "credentials", "listen"})
"""Fields whose files are read whenever they change; see `rotation`."""
_NAMED: Final = re.compile(
    r"policy_signing\.signers|semantic\.classes|detection\.recognizer_files\.\d+"
    r"|telemetry\.authority|audit\.collector\.(authority|certificate|private_key)"
    r"|audit\.key_register\.postgres|mcp\.servers\.[^.]+\.openapi\.document"
)
"""Fields that name a file by its path alone."""

_HOLDING: Final = (str, BaseModel, Mapping, tuple)
"""What may name a file, itself or in a part."""

Stamp = tuple[int, int, int, int] | None
"""What the system says of a file behind its name: device, inode, time of change, size."""


def stamp(file: Path) -> Stamp:
    """What the system says of it now; None: it is not there."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


@dataclass(slots=True, kw_only=True)
class OnceRead:
    """What they held when this was made."""

    files: Mapping[str, Path]
    """What names it -> where it is: `gateway.yaml`, or a field of that."""
    _first: dict[str, bytes] = field(repr=False)
    _stamps: dict[str, Stamp]
    _changed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Of one gateway; blocks."""
        files = {"gateway.yaml": settings.path, **named(settings)}
        stamps = {what: stamp(file) for what, file in files.items()}
        first = {what: _digest(file) for what, file in files.items()}
        if settings.digest:  # what was read, and not what lies there now
            first["gateway.yaml"] = bytes.fromhex(settings.digest.rpartition(":")[2])
        stamps["gateway.yaml"] = None
        return cls(files=files, _first=first, _stamps=stamps)

    def changed(self) -> list[str]:
        """Those that became others since the last look; blocks."""
        now = {what: stamp(file) for what, file in self.files.items()}
        others = set(self._changed)
        for what in (what for what in now if now[what] != self._stamps[what]):
            is_other = _digest(self.files[what]) != self._first[what]
            (others.add if is_other else others.discard)(what)
        fresh = sorted(others - self._changed)
        self._stamps, self._changed = now, frozenset(others)
        return fresh


def named(settings: Settings) -> dict[str, Path]:
    """The files that gateway.yaml names, by the field that does."""
    return {
        what: settings.resolve(file)
        for what, file in _of(settings.gateway, "")
        if what.partition(".")[0] not in _READ_ANEW
    }


def _of(value: object, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, SecretConfig):
        if value.file is not None:
            yield at, value.file
        return
    if isinstance(value, str):
        if _NAMED.fullmatch(at):
            yield at, value
        return
    for name, part in _parts(value):
        if isinstance(part, _HOLDING):  # most are numbers or nothing
            yield from _of(part, f"{at}.{name}" if at else name)


def _parts(value: object) -> Iterator[tuple[str, object]]:
    match value:
        case BaseModel():
            yield from ((name, getattr(value, name)) for name in type(value).model_fields)
        case Mapping():
            yield from ((str(name), each) for name, each in value.items())
        case tuple():
            yield from ((str(getattr(e, "id", n)), e) for n, e in enumerate(value))
        case _:
            return


def _digest(file: Path) -> bytes:
    try:
        return sha256(file.read_bytes()).digest()
    except OSError:
        return b""
