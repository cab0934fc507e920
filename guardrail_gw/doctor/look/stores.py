"""Whether what outlives a request is there: state, budgets, the register of keys, the collector."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

from guardrail_gw.audit.configured import opened_register
from guardrail_gw.checked import revealing
from guardrail_gw.core.counting import Standing
from guardrail_gw.core.ports import Clock
from guardrail_gw.doctor.check import Check, Verdict
from guardrail_gw.errors import ConfigError, RegisterDown, StateDown
from guardrail_gw.settings import Settings
from guardrail_gw.state.arranged import arranged_counters

_SLOW_MS: Final = 25.0
_TIMEOUT_S: Final = 5.0


async def looked_at(settings: Settings, clock: Clock) -> list[Check]:
    """The state server or file, the register of keys, the collector."""
    return [
        await _state(settings, clock),
        await _register(settings),
        *await _collector(settings),
    ]


async def _state(settings: Settings, clock: Clock) -> Check:
    config = settings.gateway.state
    if config.store == "memory":
        return Check(
            name="state",
            verdict=Verdict.WARN,
            said="state and budgets are in memory",
            advice="each process counts by itself, and a restart forgets: use sqlite or redis",
        )
    if config.store == "sqlite":
        return _file("state", settings.resolve(config.path))

    alone = config.model_copy(update={"on_state_failure": "closed"})  # so that it is asked itself
    strict = Settings(settings.path, settings.gateway.model_copy(update={"state": alone}))
    counters = arranged_counters(strict, clock, revealing(settings), Standing())

    async def asked() -> float:
        try:
            await counters.start()
            return await _took_ms(lambda: counters.used("doctor", ("nothing",)))
        finally:
            await counters.close()

    return await _asked("state", "Redis", asked)


async def _register(settings: Settings) -> Check:
    config = settings.gateway.audit
    if config.key_register.postgres is None:
        return _file("register", settings.resolve(config.register_file))

    async def asked() -> float:
        register = await opened_register(settings)
        try:
            return await _took_ms(register.holds)
        finally:
            await register.close()

    return await _asked("register", "PostgreSQL", asked)


async def _collector(settings: Settings) -> list[Check]:
    config = settings.gateway.audit.collector
    if config is None:
        return []
    parts = urlsplit(config.url)

    async def asked() -> float:
        begun_s = perf_counter()
        _, writer = await asyncio.open_connection(parts.hostname, parts.port or 443)
        took_ms = 1000 * (perf_counter() - begun_s)
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()
        return took_ms

    return [await _asked("collector", "the collector's port", asked)]


async def _took_ms(ask: Callable[[], Awaitable[object]]) -> float:
    """How long an answer takes once there is a connection."""
    await ask()
    begun_s = perf_counter()
    await ask()
    return 1000 * (perf_counter() - begun_s)


async def _asked(name: str, what: str, ask: Callable[[], Awaitable[float]]) -> Check:
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            took_ms = await ask()
    except ConfigError as error:
        return Check(name=name, verdict=Verdict.FAIL, said=str(error), advice="see the message")
    except (StateDown, RegisterDown, OSError, TimeoutError):
        return Check(
            name=name,
            verdict=Verdict.FAIL,
            said=f"{what} does not answer",
            advice="see docs/operations.md, what is down",
        )
    slow = took_ms >= _SLOW_MS
    return Check(
        name=name,
        verdict=Verdict.WARN if slow else Verdict.OK,
        said=f"{what} answers in {took_ms:.1f} ms",
        advice="it should be near: each request waits for it" if slow else "",
    )


def _file(name: str, path: Path) -> Check:
    """A file that is there can be written, or can be made where it is to be."""
    at = path if path.exists() else next((p for p in path.parents if p.exists()), path)
    if os.access(at, os.W_OK) and not path.is_symlink():
        said = "its file is there" if path.exists() else "its file is made when it is needed"
        return Check(name=name, verdict=Verdict.OK, said=f"SQLite: {said}")
    return Check(
        name=name,
        verdict=Verdict.FAIL,
        said=f"SQLite: {path} cannot be written",
        advice="let the gateway's user write there; it must be no symbolic link",
    )
