"""How other keys and certificates come into force while requests are served.

read and checked -> recorded -> swapped. Clients' keys, each provider's credential and the
certificate are sources of their own: one that is not valid stays as it was and holds none of the
others back, so that a key that was taken away is refused whatever else is wrong. A request under
way keeps the key it began with.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

import structlog

from guardrail_gw.audit.log import AuditLog
from guardrail_gw.callers import KeyConfig
from guardrail_gw.errors import AuditDown, ConfigError
from guardrail_gw.once_read import OnceRead, Stamp, stamp
from guardrail_gw.settings import Settings
from guardrail_gw.upstreams.credentials import Credentials

ROTATED, REFUSED = "rotated", "refused"
_PURPOSE: Final = b"guardrail-gw/secrets/v1\0"
_SHOWN: Final = 16
"""Hex digits of a digest: keyed, so that nobody can guess keys by it."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """All that was read at one time."""

    keys: tuple[KeyConfig, ...] = field(repr=False)
    credentials: Credentials
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Somebody who reads files of his own."""

    check: Callable[[], Awaitable[None]]
    """Raises ConfigError: what is wrong with them."""
    renew: Callable[[], None]
    """Takes them, once what else changed is on record; raises ConfigError: they are others now."""


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
    once_read: OnceRead
    number: int = 1
    """How many sets of keys were in force since the start."""
    problem: str | None = None
    """Why some of what lies there now is not in force; None when all is."""
    taken: list[Callable[[Held], None]] = field(default_factory=list)
    """Those who use what is held, and are given what comes into force."""
    sources: list[Source] = field(default_factory=list)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    async def begin(
        cls, settings: Settings, audit: AuditLog, secret: bytes, counted: Callable[[str], None]
    ) -> Self:
        """Read everything for the first time; raises ConfigError."""
        held = await asyncio.to_thread(read, settings, secret)
        once_read = await asyncio.to_thread(OnceRead.of, settings)
        return cls(
            settings=settings,
            audit=audit,
            secret=secret,
            counted=counted,
            held=held,
            once_read=once_read,
        )

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
            await self._look()
            try:
                wrong = await self._renewed()
            except AuditDown as error:
                self._kept([error])
                return True
            self._kept(wrong)
            return False

    async def _look(self) -> None:
        """Say which files have changed that nobody reads before a restart."""
        for what in await asyncio.to_thread(self.once_read.changed):
            log.warning("config.changed", about=what)

    def _kept(self, wrong: "list[ConfigError] | list[AuditDown]") -> None:
        """Say what stays as it was, and why."""
        self.problem = "; ".join(map(str, wrong)) or None
        if self.problem is not None:
            self.counted(REFUSED)
            log.error("secrets.kept", problem=self.problem, digest=self.digest)

    async def _renewed(self) -> list[ConfigError]:
        """Take what is valid; what is wrong with the rest. Raises AuditDown: nothing is taken."""
        found, wrong = await asyncio.to_thread(read_again, self.settings, self.secret, self.held)
        if found.digest != self.digest:
            await self.audit.loaded({"secrets": found.digest, "generation": self.number + 1})
            self._take(found)  # before anything else is looked at: a removed key is gone
        for source in self.sources:
            if await _is_sound(source, wrong):
                try:
                    source.renew()
                except ConfigError as error:
                    wrong.append(error)
        return wrong

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
            await self._look()
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


def read_again(settings: Settings, secret: bytes, held: Held) -> tuple[Held, list[ConfigError]]:
    """Read them while some are held: what cannot be read stays, and why comes beside it."""
    credentials, wrong = held.credentials.again(settings.gateway.credentials, settings.resolve)
    keys = held.keys
    try:
        keys = settings.virtual_keys()
    except ConfigError as error:
        wrong = [error, *wrong]
    digest = _digest(secret, keys, credentials)
    return Held(keys=keys, credentials=credentials, digest=digest), wrong


async def _is_sound(source: Source, wrong: list[ConfigError]) -> bool:
    try:
        await source.check()
    except ConfigError as error:
        wrong.append(error)
        return False
    return True


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
    return tuple(map(stamp, files))
