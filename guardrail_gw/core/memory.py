"""Memory of a process that has just loaded what it will need for as long as it runs.

Source: mallopt(3), "M_MMAP_THRESHOLD" and "M_TRIM_THRESHOLD": by default glibc raises both, up to
32 and 64 MiB, whenever a large block is freed, and then keeps so much of what is freed later.
madvise(2), "MADV_DONTNEED"; proc_pid_smaps(5).
"""

import ctypes
import gc
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_LARGE: Final = 1 << 20
"""Bytes from which on a block is the system's own, and goes back to it when it is freed."""
_SPARE: Final = 4 << 20
"""Free bytes at the end of the heap that are kept for what comes next."""

_DONTNEED: Final = 4
_SMAPS: Final = Path("/proc/self/smaps")
_MAPPED: Final = re.compile(
    r"([0-9a-f]+)-([0-9a-f]+) r-[x-]p [0-9a-f]+ \S+ [1-9]\d* +/.*\.so(?:\.[0-9.]+)?$"
)
"""From where to where a library lies that nobody writes to there; none is ever unloaded."""
_MAPPING: Final = re.compile(r"[0-9a-f]+-[0-9a-f]+ ")
_CLEAN: Final = (re.compile(r"Anonymous:\s+0 kB"), re.compile(r"Swap:\s+0 kB"))
"""What has to stand there of a mapping: no page of its own is in memory, and none elsewhere."""


def settle() -> None:
    """Give back what loading left behind, and never look through the rest for garbage again.

    Loading frees much memory that the C library keeps; forked processes would share it for ever.
    From now on large blocks that are freed go back at once. Of libraries it needs far more than
    serving does: pages of theirs come back, from the page cache, as they are used again.
    """
    files = _files()
    gc.collect()
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "malloc_trim"):
        library.mallopt(_MMAP_THRESHOLD, _LARGE)  # all three are glibc's alone
        library.mallopt(_TRIM_THRESHOLD, _SPARE)
        library.malloc_trim(0)
        for start, size in files:
            library.madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), _DONTNEED)
    gc.freeze()


def clean(smaps: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where libraries lie in memory exactly as they are on disk, and how many bytes of each.

    What was relocated is not among them: it would be lost.
    """
    at, known = (0, 0), len(_CLEAN)
    for line in smaps:
        if _MAPPING.match(line):
            found = _MAPPED.match(line)
            known = 0 if found else len(_CLEAN)
            at = (int(found[1], 16), int(found[2], 16)) if found else at
        elif known < len(_CLEAN) and _CLEAN[known].match(line):
            known += 1
            if known == len(_CLEAN):
                yield at[0], at[1] - at[0]


def _files() -> list[tuple[int, int]]:
    try:
        with _SMAPS.open(encoding="utf-8", errors="replace") as lines:
            return [*clean(lines)]
    except OSError:
        return []
