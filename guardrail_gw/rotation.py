"""How other keys and certificates come into force while requests are served.

read and checked -> recorded -> swapped, all of them or none. What is not valid leaves everything
as it was; a request under way keeps the key it began with.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

import structlog

from guardrail_gw.audit.log import AuditLog
from guardrail_gw.callers import KeyConfig
from guardrail_gw.errors import AuditDown, ConfigError
from guardrail_gw.settings import Settings
from guardrail_gw.upstreams.credentials import Credentials

ROTATED, REFUSED = "rotated", "refused"
_PURPOSE: Final = b"guardrail-gw/secrets/v1\0"
_SHOWN: Final = 16
"""Hex digits of a digest: keyed, so that nobody can guess keys by it."""
log = structlog.get_logger()

Stamp = tuple[int, int, int, int] | None
"""What the system says of a file behind its name: device, inode, time of change, size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """All that was read at one time."""

    keys: tuple[KeyConfig, ...] = field(repr=False)
    credentials: Credentials
    digest: str


@dataclass(slots=True, kw_only=True)
class Rotation:
    """Puts keys in force, one change at a time."""

    settings: Settings
    audit: AuditLog
    secret: bytes = field(repr=False)
    """Keys the digest; of the gateway's own keys."""
    counted: Callable[[str], None]
    """Told `rotated` or `refused`."""
    held: Held
    number: int = 1
    """How many sets of keys were in force since the start."""
    problem: str | None = None
    """Why what lies there now is not in force; None when it is."""
    taken: list[Callable[[Held], None]] = field(default_factory=list)
    """Those who use what is held, and are given what comes into force."""
    checked: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """Those who read files of their own say what is wrong with them; each raises ConfigError."""
    renewed: list[Callable[[], None]] = field(default_factory=list)
    """The same take them, once what else changed is on record."""
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def digest(self) -> str:
        """Of what is in force: the same at every gateway with the same keys."""
        return self.held.digest

    def generation(self) -> dict[str, str | int | bool]:
        """What is in force, for `/readyz`."""
        return {
            "secrets_generation": self.number,
            "secrets_digest": self.digest,
            "secrets_refused": self.problem is not None,
        }

    async def refresh(self) -> bool:
        """Read everything anew; what is wrong with it is in the log. Whether to try again."""
        async with self._one_at_a_time:
            try:
                await self._renewed()
                self.problem = None
            except (ConfigError, AuditDown) as error:
                self.problem = str(error)
                self.counted(REFUSED)
                again = isinstance(error, AuditDown)
            else:
                return False
        log.error("secrets.kept", problem=self.problem, digest=self.digest)
        return again

    async def _renewed(self) -> None:
        found = await asyncio.to_thread(read, self.settings, self.secret)
        for check in self.checked:
            await check()
        is_other = found.digest != self.digest
        if is_other:
            await self.audit.loaded({"secrets": found.digest, "generation": self.number + 1})
        for renew in self.renewed:
            renew()
        if is_other:
            self._take(found)

    def _take(self, found: Held) -> None:
        self.held = found
        self.number += 1
        for take in self.taken:
            take(found)
        self.counted(ROTATED)
        log.info("secrets.loaded", digest=found.digest, serial=self.number)

    async def watch(self, every_s: float) -> None:
        """Refresh whenever a file has changed and then stood still for one look.

        And once at first: what changed between the reading at the start and now shows nowhere.
        """
        files = watched(self.settings)
        tried: tuple[Stamp, ...] | None = None
        before: tuple[Stamp, ...] | None = None
        while True:
            await asyncio.sleep(every_s)
            now = await asyncio.to_thread(stamps, files)
            if now == before and now != tried:
                again = await self.refresh()
                tried = None if again else now
            before = now


def read(settings: Settings, secret: bytes) -> Held:
    """Read clients' keys and providers' credentials.

    Raises:
        ConfigError: one is missing or is none; names the place only.
    """
    keys = settings.virtual_keys()
    credentials = Credentials.load(settings.gateway.credentials, settings.resolve)
    return Held(keys=keys, credentials=credentials, digest=_digest(secret, keys, credentials))


def _digest(secret: bytes, keys: Iterable[KeyConfig], credentials: Credentials) -> str:
    mac = hmac.new(secret, _PURPOSE, sha256)
    for key in keys:
        mac.update(key.model_dump_json().encode() + b"\n")
    for line in credentials.fingerprinted():
        mac.update(line)
    return mac.hexdigest()[:_SHOWN]


def watched(settings: Settings) -> tuple[Path, ...]:
    """The files that are looked at, links not followed yet."""
    gateway = settings.gateway
    names = [gateway.access.keys_file]
    if (tls := gateway.listen.tls) is not None:
        names += [tls.certificate, tls.private_key]
    for credential in gateway.credentials.values():
        names += credential.files
    return tuple(settings.resolve(name) for name in names if name is not None)


def stamps(files: Iterable[Path]) -> tuple[Stamp, ...]:
    """What the system says of each now."""
    return tuple(map(_stamp, files))


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
