"""Files that hold keys: written once, readable by their owner alone."""

import os
import stat
from pathlib import Path

from guardrail_gw.errors import ConfigError


def write_new(path: Path, data: bytes, *, mode: int) -> None:
    """Create a file with that mode; an existing one is never touched.

    Raises:
        ConfigError: the file exists or cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, mode)
            file.write(data)
            file.flush()
            os.fsync(handle)
    except FileExistsError:
        raise ConfigError(
            f"{path} exists; keys are never overwritten, choose another folder"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None


def read_secret(path: Path) -> bytes:
    """Read a key file.

    Raises:
        ConfigError: it cannot be read, or others than its owner may read or write it.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            data = file.read()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    if mode & 0o077:
        raise ConfigError(f"{path} is open to others (mode {mode:04o}); use: chmod 600 {path.name}")
    return data


def read_public(path: Path) -> bytes:
    """Read a file that is no secret.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None


def replace_public(path: Path, data: bytes) -> None:
    """Put a file that is no secret in the place of another, whole or not at all.

    Raises:
        ConfigError: it cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.new")
    try:
        unfinished.unlink(missing_ok=True)
        write_new(unfinished, data, mode=0o644)
        unfinished.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
