"""An issuer's keys: from a file, or fetched from where the configuration says, and nowhere else.

What a token names never chooses an address. No redirect is followed, the answer is bounded in size
and time, and it is not asked for more often than so.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
import structlog

from guardrail_gw.core.ports import Clock
from guardrail_gw.keys.json_web_keys import MAX_BYTES, KeySetError, VerifyingKey, key_set

_TIMEOUT_S: Final = 5.0
_AGAIN_S: Final = 10.0
"""How long after one attempt another is made for a key that is not known."""
_OK: Final = 200
log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class KeySets:
    """The keys of one issuer, as far as they are known."""

    clock: Clock
    file: Path | None
    url: str | None
    refresh_s: float
    _keys: Sequence[VerifyingKey] = ()
    _asked_s: float = float("-inf")
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def known(self) -> Sequence[VerifyingKey]:
        """The keys; asked for again once they are old, and kept when that fails."""
        if self.clock.monotonic_s() - self._asked_s >= self.refresh_s or not self._keys:
            await self._renew(self.refresh_s if self._keys else _AGAIN_S)
        return self._keys

    async def newer(self) -> Sequence[VerifyingKey]:
        """The keys, asked for again because one is missing; not more often than so."""
        await self._renew(_AGAIN_S)
        return self._keys

    async def _renew(self, after_s: float) -> None:
        async with self._lock:
            if self.clock.monotonic_s() - self._asked_s < after_s:
                return
            self._asked_s = self.clock.monotonic_s()
            try:
                self._keys = key_set(await self._read())
            except (OSError, TimeoutError, aiohttp.ClientError, KeySetError) as error:
                log.warning("mcp.keys_unavailable", exception=type(error).__name__)

    async def _read(self) -> bytes:
        if self.file is not None:
            return await asyncio.to_thread(self.file.read_bytes)
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
            session.get(str(self.url), allow_redirects=False) as response,
        ):
            if response.status != _OK:
                raise KeySetError("the issuer does not give its keys")
            raw = await response.content.read(MAX_BYTES + 1)
            while len(raw) <= MAX_BYTES and (more := await response.content.read(MAX_BYTES)):
                raw += more
            return raw
