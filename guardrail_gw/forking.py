"""Processes that begin as a copy of this one, and share its memory until they change it.

Whoever forks has loaded what its children will need, has no thread beside its own, and runs no
event loop in that moment. A child begins with the signals' usual meanings, and with no descriptor
but standard ones and those that it is given.

Source: fork(2), environ(7), proc_pid_stat(5) (`env_start`, `env_end`).
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Final, NoReturn

_STANDARD: Final = (0, 1, 2)
_PR_SET_PDEATHSIG: Final = 1
_DEFECT: Final = 70
"""Of a child that nobody foresaw the end of (sysexits.h, EX_SOFTWARE)."""
_ENV: Final = slice(49, 51)
"""`env_start` and `env_end` among the numbers of /proc/self/stat."""
_BEFORE_NUMBERS: Final = b") "
"""Ends the program's name there, which may hold anything; one number stands before it."""


def fork(work: Callable[[], int], keep: Iterable[int]) -> int:
    """Begin a child that does `work` and ends with what that gives.

    Args:
        work: what it does.
        keep: descriptors that it keeps, besides the standard ones.

    Returns:
        The child's process id.

    Raises:
        RuntimeError: other threads run here: what they hold would be held for ever in the child.
        OSError: the system has no memory or no process for it now (EAGAIN, ENOMEM).
    """
    if threading.active_count() > 1:
        raise RuntimeError("a process with threads is not forked")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = os.fork()
        if pid == 0:
            _become(work, {*_STANDARD, *keep}, before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return pid


def _become(work: Callable[[], int], keep: set[int], mask: Iterable[int]) -> NoReturn:
    """Never returns: what the parent was in the middle of is none of the child's business."""
    status = _DEFECT
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        close_others(keep)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        status = work()
    finally:
        os._exit(status)


def close_others(keep: Iterable[int]) -> None:
    """Close every descriptor but these."""
    kept = frozenset(keep)
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names are all there is to them
        if int(name) not in kept:
            with suppress(OSError):  # the one by which they were listed
                os.close(int(name))


def die_with_parent(number: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel for a signal when the parent ends, also by SIGKILL (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)


def forget_environment(keep: Mapping[str, str]) -> None:
    """Have an environment of these variables alone, also for who looks from outside.

    It may hold keys, and whoever reads text that others wrote needs none.
    """
    os.environ.clear()
    if sys.platform == "linux":
        with open("/proc/self/stat", "rb") as file:  # noqa: PTH123 - no loop runs yet
            numbers = file.read().rpartition(_BEFORE_NUMBERS)[2].split()
        start, end = (int(n) for n in numbers[_ENV.start - 2 : _ENV.stop - 2])
        if end > start > 0:
            ctypes.memset(start, 0, end - start)
    os.environ.update(keep)
