"""Memory of a process that has just loaded what it will need for as long as it runs."""

import ctypes
import gc
import sys


def settle() -> None:
    """Give back what loading left behind, and never look through the rest for garbage again.

    Loading frees much memory that the C library keeps; forked processes would share it for ever.
    """
    gc.collect()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)  # glibc's alone
    gc.freeze()
