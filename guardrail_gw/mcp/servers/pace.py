"""How often the program of a server is started, and when it is left alone."""

from typing import Final

from guardrail_gw.core.ports import Clock
from guardrail_gw.mcp_errors import ServerFailed

_A_SECOND: Final = 1.0
"""Starts a second, besides twice as many at once as there may be processes."""
_SOON_S: Final = 5.0
_YOUNG_S: Final = 60.0
"""One that ends so soon after its start counts as broken."""
_FIRST_S, _MOST_S = 0.5, 60.0


class Pace:
    """Of one server."""

    def __init__(self, name: str, processes: int, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._at_once = self._left = 2.0 * processes
        self._counted_s = clock.monotonic_s()
        self._broken = 0
        self._until_s = 0.0

    async def start(self) -> None:
        """Count one more start, and wait for its turn if that is soon.

        Raises:
            ServerFailed: it is not.
        """
        now = self._clock.monotonic_s()
        if now < self._until_s:
            raise ServerFailed(
                f"the program of {self._name} keeps ending, and is started again later",
                retry_after_s=self._until_s - now,
            )
        self._left = min(self._at_once, self._left + (now - self._counted_s) * _A_SECOND)
        self._counted_s = now
        wait_s = (1 - self._left) / _A_SECOND
        if wait_s > _SOON_S:
            raise ServerFailed(
                f"the program of {self._name} was started too often", retry_after_s=wait_s
            )
        self._left -= 1
        if wait_s > 0:
            await self._clock.sleep(wait_s)

    def ended(self, lived_s: float) -> None:
        """One ended by itself; the first may be started again at once."""
        self._broken = self._broken + 1 if lived_s < _YOUNG_S else 1
        if self._broken > 1:
            wait_s = min(_FIRST_S * 2.0 ** min(self._broken - 2, 20), _MOST_S)
            self._until_s = self._clock.monotonic_s() + wait_s
