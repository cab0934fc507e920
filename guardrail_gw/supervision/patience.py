"""How soon a process that ended is replaced, and when that is no use any more. Pure."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.errors import GuardrailError

FIRST_S: Final = 0.1
LONGEST_S: Final = 5.0
WINDOW_S: Final = 60.0
MOST: Final = 5
"""Ends within the window; one more, and whatever is wrong is not mended by starting it again."""
HOPELESS: Final = frozenset({2, 4})
"""Exit codes of what would only happen again: an unusable file, a safeguard that fails."""


class CrashLoopError(GuardrailError):
    """A process of the gateway ended again and again, or could not be started for too long."""

    exit_code = 5


@dataclass(slots=True)
class Patience:
    """With one place that a process has."""

    _ends: deque[float] = field(default_factory=deque)
    _refused: int = 0
    """How often in a row no process could be started at all."""
    _refused_since_s: float = 0.0

    def pause_s(self, now_s: float) -> float | None:
        """Note that the process ended.

        Args:
            now_s: in seconds that never go back.

        Returns:
            How long to wait before the next; None: not again.
        """
        while self._ends and now_s - self._ends[0] > WINDOW_S:
            self._ends.popleft()
        self._ends.append(now_s)
        if len(self._ends) > MOST:
            return None
        return min(FIRST_S * float(1 << (len(self._ends) - 1)), LONGEST_S)

    def refused_s(self, now_s: float) -> float | None:
        """Note that the system had no process to give; that is no fault of what would have run.

        Returns:
            How long to wait before it is asked again; None: it has had none for a whole window.
        """
        if not self._refused:
            self._refused_since_s = now_s
        self._refused += 1
        if now_s - self._refused_since_s > WINDOW_S:
            return None
        return min(FIRST_S * float(1 << min(self._refused - 1, 10)), LONGEST_S)

    def started(self) -> None:
        """Note that it had one."""
        self._refused = 0


def how(status: int) -> str:
    """What `os.waitpid` said of an end, for people: `exit code 2`, `signal 9`."""
    return f"exit code {status}" if status >= 0 else f"signal {-status}"
