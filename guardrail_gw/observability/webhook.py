"""News for a receiver of the operator's: signed, tried again, and never waited for.

The form is that of Standard Webhooks (version 1, symmetric): three headers, HMAC-SHA-256 over id,
time and body, so that a receiver can use any library for it.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp
import orjson
import structlog

from guardrail_gw import __version__
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import ConfigError

_PREFIX: Final = "whsec_"
_KEY_BYTES: Final = range(24, 65)
_AGAIN_S: Final = (1.0, 5.0, 30.0, 120.0, 600.0, 3600.0)
_MOST_WAITING: Final = 256
_LAST_CHANCE_S: Final = 2.0
_GONE: Final = 410
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """What is delivered, the same at every attempt."""

    id: str
    kind: str
    body: bytes


def key_of(secret: str) -> bytes:
    """The key within a secret as receivers have it: `whsec_` and base64 of 24 to 64 bytes.

    Raises:
        ConfigError: it is not written so.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(_PREFIX) or len(key) not in _KEY_BYTES:
        raise ConfigError("webhook.secret: write whsec_ and the base64 of 24 to 64 random bytes")
    return key


def signed(key: bytes, id_: str, at_s: int, body: bytes) -> dict[str, str]:
    """The headers of one attempt.

    Args:
        key: the shared secret.
        id_: of the message, the same at every attempt.
        at_s: seconds since the epoch, of this attempt.
        body: as it is sent.
    """
    mac = hmac.new(key, b"%b.%d.%b" % (id_.encode(), at_s, body), hashlib.sha256).digest()
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(at_s),
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


class Webhook:
    """Delivers one message after another, in a task of its own."""

    def __init__(  # noqa: PLR0913 - what a delivery is made of, each by name
        self,
        *,
        url: str,
        key: bytes,
        clock: Clock,
        timeout_s: float,
        counted: Callable[[str], None] = lambda _: None,
        again_s: Sequence[float] = _AGAIN_S,
    ) -> None:
        """`counted` hears `delivered`, `failed` or `dropped`; `again_s` are waits between tries."""
        self._url = url
        self._key = key
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._counted = counted
        self._again_s = again_s
        self._waiting: deque[_Message] = deque()
        self._news = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._session: aiohttp.ClientSession | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Be ready to deliver."""
        self._session = aiohttp.ClientSession(timeout=self._timeout, trust_env=False)
        self._task = asyncio.create_task(self._deliver_on())  # noqa: TID251 - `close` awaits it

    async def close(self) -> None:
        """Give what waits a last chance, and drop the rest; twice is no fault."""
        task, self._task = self._task, None
        if task is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), _LAST_CHANCE_S)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        while self._waiting:
            self._drop()
        if self._session is not None:
            await self._session.close()

    def post(self, kind: str, data: Mapping[str, Any]) -> None:
        """Have it delivered; when too many wait, the oldest is dropped.

        Args:
            kind: what it is, such as `budget.reached`.
            data: names of the configuration and numbers; nothing that a person wrote.
        """
        if len(self._waiting) >= _MOST_WAITING:
            self._drop()
        now = datetime.fromtimestamp(self._clock.now_us() / 1e6, tz=UTC)
        body = orjson.dumps({"type": kind, "timestamp": now, "data": data}, option=orjson.OPT_UTC_Z)
        id_ = f"msg_{secrets.token_hex(16)}"
        self._waiting.append(_Message(id=id_, kind=kind, body=body))
        self._empty.clear()
        self._news.set()

    def _drop(self) -> None:
        message = self._waiting.popleft()
        self._counted("dropped")
        log.warning("webhook.failed", problem="dropped", about=message.kind)

    async def _deliver_on(self) -> None:
        while await self._news.wait():
            while self._waiting:
                await self._deliver(self._waiting[0])
            self._news.clear()
            self._empty.set()

    async def _deliver(self, message: _Message) -> None:
        """One message, until it is taken or has been tried often enough."""
        problem = ""
        for wait_s in (*self._again_s, None):
            problem = await self._tried(message)
            if not problem or problem == f"HTTP {_GONE}" or wait_s is None:
                break
            await self._clock.sleep(wait_s)
        if not self._waiting or self._waiting[0] is not message:
            return  # it was dropped meanwhile, and is counted as that
        self._waiting.popleft()
        self._counted("failed" if problem else "delivered")
        if problem:
            log.warning("webhook.failed", problem=problem, about=message.kind)

    async def _tried(self, message: _Message) -> str:
        """Deliver it once; what stood in the way, nothing if it was taken."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"guardrail-gw/{__version__}",
            **signed(self._key, message.id, self._clock.now_us() // 1_000_000, message.body),
        }
        assert self._session is not None  # noqa: S101 - `start` comes first
        try:
            async with self._session.post(
                self._url, data=message.body, headers=headers, allow_redirects=False
            ) as response:
                return "" if response.ok and response.status < 300 else f"HTTP {response.status}"  # noqa: PLR2004 - HTTP
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return type(error).__name__
