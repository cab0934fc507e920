"""Tokens that end: kept, asked for anew in time and by one at a time.

Without a token that is valid nothing is sent.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import structlog

from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import UpstreamFailed

EARLY_S: Final = 300.0
"""How long before its end a token is asked for anew; of a short one half its life."""
SKEW_S: Final = 10.0
"""A token that ends so soon may have ended when it arrives."""
PAUSE_S: Final = 5.0
"""Between two requests for a token when the first has failed."""

log = structlog.get_logger()


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token(Generic[T]):
    """What stands for a key for a while: a text, or keys that end."""

    value: T = field(repr=False)
    lasts_s: float


class NoToken(Exception):  # noqa: N818 - whoever asked says what it means
    """No token was given. The text is a status or a word of a closed list, never a server's own."""


class Tokens(Generic[T]):
    """The tokens of one credential, one after another."""

    def __init__(self, name: str, ask: Callable[[], Awaitable[Token[T]]], clock: Clock) -> None:
        """Ask for none yet.

        Args:
            name: the credential's.
            ask: raises NoToken.
            clock: time.
        """
        self._name = name
        self._ask = ask
        self._clock = clock
        self._asking = asyncio.Lock()
        self._token: Token[T] | None = None
        self._renew_s = self._ends_s = self._again_s = float("-inf")

    async def current(self) -> T:
        """A token that is valid now.

        While one is asked for, those that have a valid one use it and the others wait. If none is
        given, what is valid is used on, and nobody asks again at once.

        Raises:
            UpstreamFailed: there is none.
        """
        now_s = self._clock.monotonic_s()
        if now_s < self._renew_s or (now_s < self._ends_s and self._asking.locked()):
            return self._valid(now_s)
        async with self._asking:
            now_s = self._clock.monotonic_s()
            if now_s >= self._renew_s and now_s >= self._again_s:
                await self._renewed(now_s)
        return self._valid(self._clock.monotonic_s())

    def _valid(self, now_s: float) -> T:
        if self._token is None or now_s >= self._ends_s:
            raise UpstreamFailed(f"there is no token for credential {self._name!r}")
        return self._token.value

    async def _renewed(self, now_s: float) -> None:
        try:
            self._token = token = await self._ask()
        except NoToken as why:
            self._again_s = now_s + PAUSE_S
            log.warning("credential.no_token", credential=self._name, problem=str(why))
            return
        self._renew_s = now_s + max(token.lasts_s - EARLY_S, token.lasts_s / 2)
        self._ends_s = now_s + token.lasts_s - SKEW_S

    def __repr__(self) -> str:  # noqa: D105 - says nothing, by intent
        return "Tokens()"
