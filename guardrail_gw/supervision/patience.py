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
    """A process of the gateway ended again and again; starting it once more would not mend it."""

    exit_code = 5


@dataclass(slots=True)
class Patience:
    """With one place that a process has."""

    _ends: deque[float] = field(default_factory=deque)

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


def how(status: int) -> str:
    """What `os.waitpid` said of an end, for people: `exit code 2`, `signal 9`."""
    return f"exit code {status}" if status >= 0 else f"signal {-status}"
