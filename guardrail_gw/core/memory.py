"""Memory of a process that has just loaded what it will need for as long as it runs.

Source: mallopt(3), "M_MMAP_THRESHOLD" and "M_TRIM_THRESHOLD": by default glibc raises both, up to
32 and 64 MiB, whenever a large block is freed, and then keeps so much of what is freed later.
"""

import ctypes
import gc
import sys
from typing import Final

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_LARGE: Final = 1 << 20
"""Bytes from which on a block is the system's own, and goes back to it when it is freed."""
_SPARE: Final = 4 << 20
"""Free bytes at the end of the heap that are kept for what comes next."""


def settle() -> None:
    """Give back what loading left behind, and never look through the rest for garbage again.

    Loading frees much memory that the C library keeps; forked processes would share it for ever.
    From now on large blocks that are freed go back at once.
    """
    gc.collect()
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "malloc_trim"):
        library.mallopt(_MMAP_THRESHOLD, _LARGE)  # all three are glibc's alone
        library.mallopt(_TRIM_THRESHOLD, _SPARE)
        library.malloc_trim(0)
    gc.freeze()
