"""Where closed segments go: a folder on another disk, or an object store (`store_s3`)."""

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol

from guardrail_gw.audit.segments import sync_directory
from guardrail_gw.errors import GuardrailError

CHUNK = 1 << 20


class StoreError(GuardrailError):
    """The archive cannot be used, or does not do what it is asked. The text names a cause."""


class TakenError(StoreError):
    """Something is there under that name already; it was not touched."""


class Store(Protocol):
    """Holds files by name; what it has taken it keeps as it is."""

    def put(self, name: str, file: BinaryIO, digest: str) -> None:
        """Take a file.

        Args:
            name: with `/` between its parts.
            file: open at its beginning.
            digest: SHA-256 of all of it, hex.

        Raises:
            TakenError: the name is taken.
            StoreError: it was not stored.
        """
        ...

    def digest(self, name: str) -> str | None:
        """Read back all of a file, and say its SHA-256; None if there is none of that name.

        Raises:
            StoreError: it cannot be read.
        """
        ...

    def fetch(self, name: str, to: BinaryIO) -> None:
        """Copy a file; raises StoreError."""
        ...

    def names(self, below: str) -> list[str]:
        """The files whose names begin so, in order; raises StoreError."""
        ...


def digest_of(file: BinaryIO) -> str:
    """SHA-256 of what is left of a file, hex."""
    hashed = sha256()
    while chunk := file.read(CHUNK):
        hashed.update(chunk)
    return hashed.hexdigest()


class FolderStore:
    """An archive in a folder. Whether it keeps what it took is for its disk's owner to see to."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, name: str, file: BinaryIO, digest: str) -> None:
        """See `Store`. A file gets its name when all of it is on the disk, and is what it was."""
        path = self._directory / name
        fresh = path.with_name(f"{path.name}.new")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _copied(file, fresh)
            with fresh.open("rb") as copy:
                if digest_of(copy) != digest:
                    raise StoreError(f"{name} changed while it was copied")
            os.link(fresh, path)  # unlike a rename it replaces nothing
            sync_directory(path.parent)
        except FileExistsError:
            raise TakenError(f"{name} is in the archive already") from None
        except OSError as error:
            raise StoreError(f"the archive cannot be written: {error.strerror}") from None
        finally:
            with suppress(OSError):
                fresh.unlink()

    def digest(self, name: str) -> str | None:
        """See `Store`."""
        try:
            with (self._directory / name).open("rb") as file:
                return digest_of(file)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"the archive cannot be read: {error.strerror}") from None

    def fetch(self, name: str, to: BinaryIO) -> None:
        """See `Store`."""
        try:
            with (self._directory / name).open("rb") as file:
                while chunk := file.read(CHUNK):
                    to.write(chunk)
        except OSError as error:
            raise StoreError(f"the archive cannot be read: {error.strerror}") from None

    def names(self, below: str) -> list[str]:
        """See `Store`."""
        found = (path for path in self._directory.rglob("*") if path.is_file())
        names = (path.relative_to(self._directory).as_posix() for path in found)
        return sorted(name for name in names if name.startswith(below))


def _copied(file: BinaryIO, to: Path) -> None:
    with to.open("wb") as copy:
        while chunk := file.read(CHUNK):
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
