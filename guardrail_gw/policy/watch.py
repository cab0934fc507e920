"""Whether a policy folder has changed, by what its files look like; nothing in them is read."""

import os
from pathlib import Path

from guardrail_gw.errors import ConfigError
from guardrail_gw.policy.source import settled

Look = tuple[tuple[str | int, ...], ...]


def look(directory: Path) -> Look:
    """Name, inode, size and times of each file; of a folder that cannot be read, that it cannot.

    Two looks that differ mean a change. A changed file whose inode, size and times are all the same
    is not seen.
    """
    try:
        folder = settled(directory)
        with os.scandir(folder) as entries:
            return tuple(sorted(_file(each) for each in entries if each.name[0] != "."))
    except (OSError, ConfigError):
        return (("cannot be read",),)


def _file(entry: os.DirEntry[str]) -> tuple[str | int, ...]:
    stat = entry.stat()
    return entry.name, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
