"""Files that hold keys: written once, readable by their owner alone.

A platform that hands a file to a process which is not root keeps it and lends it to the group of
that process: so do Secrets in Kubernetes, as root's with mode 0440 and the group `fsGroup`.
"""

import os
import stat
from collections.abc import Collection
from pathlib import Path

from guardrail_gw.errors import ConfigError

REDACTION_KEY = "redaction.key"
REGISTER_KEY = "register.key"
"""Makes the tags by which the key register finds a person; it opens nothing."""


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
        ConfigError: it cannot be read, or others than its owner may read or write it, save a group
            of ours that root lends it to.
    """
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            data = file.read()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    mode = stat.S_IMODE(found.st_mode)
    ours = {os.getegid(), *os.getgroups()}
    if mode & 0o077 and not lent(found, user=os.geteuid(), groups=ours):
        raise ConfigError(f"{path} is open to others (mode {mode:04o}); use: chmod 600 {path.name}")
    return data


def lent(file: os.stat_result, *, user: int, groups: Collection[int]) -> bool:
    """Whether root lends a file of its own to one group of a user that is not root, to read."""
    wider = stat.S_IMODE(file.st_mode) & 0o037
    return file.st_uid == 0 != user and file.st_gid in groups and not wider


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
