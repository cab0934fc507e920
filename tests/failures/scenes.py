"""What fails, one thing at a time, and what came of it."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from guardrail_gw.errors import ConfigError
from tests.failures import elsewhere, hurting, tools
from tests.failures.place import Place, place
from tests.failures.playing import Came, Hurt, judged, played
from tests.support.postgres import server
from tests.support.redis import redis


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One failure."""

    name: str
    how: str
    """How it is made, for the page."""
    play: Callable[[Path], Awaitable[Came]] = field(repr=False)
    refuses: frozenset[str]
    """The codes that clients may be told, besides an answer."""


async def _full(folder: Path) -> Came:
    """A disk of its own, so that it is really full."""
    space = {"warn_bytes": 8 << 20, "stop_bytes": 4 << 20, "ballast_bytes": 4 << 20}
    with hurting.small_disk(folder / "audit"):
        return await played(folder, hurting.disk_full, audit={"space": space})


async def _lying(folder: Path) -> Came:
    """The host is the true one, but for what it answers while a file is there."""
    flag = folder / "lie"
    program = hurting.LYING.format(flag=str(flag))

    @asynccontextmanager
    async def lies(_: Place) -> AsyncIterator[None]:
        flag.touch()
        yield
        flag.unlink()

    return await played(folder, lies, command=(sys.executable, "-c", program))


async def _blind(folder: Path) -> Came:
    """Nothing is served by detectors that do not find the canary."""
    try:
        async with place(folder, command=(sys.executable, "-c", hurting.BLIND)) as there:
            return judged(there, await there.ask_many(4), 0.0, "it serves")
    except ConfigError as error:
        return Came(
            saw=Counter({"nothing is served": 1}),
            records=Counter(),
            lost=[],
            recovered_s=None,
            noted=str(error),
        )


async def _redis(folder: Path, how: str) -> Came:
    with redis() as engine:
        (folder / "url").write_text(engine.url, encoding="utf-8")
        state = {"store": "redis", "redis": {"url": {"file": "url"}}}

        @asynccontextmanager
        async def hurt(_: Place) -> AsyncIterator[None]:
            if how == "flushed":
                await asyncio.to_thread(engine.flush)
                yield
                return
            (engine.kill if how == "down" else engine.pause)()
            yield
            if how == "down":
                await asyncio.to_thread(engine.restart)
            else:
                engine.go_on()

        return await played(folder, hurt, state=state)


async def _postgres(folder: Path) -> Came:
    with server() as engine:
        address = folder / "dsn"
        address.write_text(engine.address, encoding="utf-8")
        address.chmod(0o600)

        @asynccontextmanager
        async def hurt(_: Place) -> AsyncIterator[None]:
            await asyncio.to_thread(engine.kill)
            yield
            await asyncio.to_thread(engine.start)

        audit = {"key_register": {"postgres": "dsn"}}
        return await played(folder, hurt, strangers=True, requests=8, audit=audit)


async def _clock(folder: Path, shift_s: float) -> Came:
    clock = hurting.ShiftedClock()

    @asynccontextmanager
    async def hurt(_: Place) -> AsyncIterator[None]:
        clock.shift_s = shift_s
        yield
        clock.shift_s = 0.0

    return await played(folder, hurt, clock=clock)


async def _names(folder: Path, stale_s: float) -> Came:
    names = {"names": {"ttl_s": 1, "stale_s": stale_s, "failed_s": 0}, "connections": {"idle_s": 1}}

    @asynccontextmanager
    async def hurt(there: Place) -> AsyncIterator[None]:
        async with hurting.names_gone(there):
            await asyncio.sleep(1.6)  # what was known is over, and so are kept connections
            yield

    return await played(folder, hurt, host="localhost", network=names)


async def _memory(folder: Path) -> Came:
    detection = {"memory_limit_mb": 64}

    @asynccontextmanager
    async def hurt(_: Place) -> AsyncIterator[None]:
        yield

    return await played(folder, hurt, detection=detection, at_once=1)


def _hurt(hurt: Hurt, **more: Any) -> Callable[[Path], Awaitable[Came]]:
    return partial(played, hurt=hurt, **more)


DETECTION: Final = frozenset({"503 `detection.unavailable`", "503 `detection.timeout`"})
AUDIT: Final = frozenset({"503 `audit.unavailable`", "503 `audit.full`", "503 `audit.replaced`"})
REGISTER: Final = frozenset({"503 `audit.register_unavailable`"})
STATE: Final = frozenset({"503 `state.unavailable`"})
UPSTREAM: Final = frozenset({"502 `upstream.failed`", "504 `upstream.timeout`"})
SCENES: Final = (
    Scene(
        name="detector down",
        how="detectors and their host are killed (`kill -9`) twenty times a second",
        play=_hurt(hurting.detectors_killed),
        refuses=DETECTION,
    ),
    Scene(
        name="detector slow",
        how="every detector is stopped (SIGSTOP); `detection.deadline_s: 1`",
        play=_hurt(hurting.detectors_stopped, detection={"deadline_s": 1}, requests=8),
        refuses=DETECTION,
    ),
    Scene(
        name="detector lying",
        how="it tells places that its texts do not have",
        play=_lying,
        refuses=DETECTION,
    ),
    Scene(
        name="detector blind",
        how="it says of every text that nothing is in it, from the start",
        play=_blind,
        refuses=frozenset({"nothing is served"}),
    ),
    Scene(
        name="disk full",
        how="somebody else fills the log's file system (a tmpfs of 24 MiB), and makes room again",
        play=_full,
        refuses=AUDIT,
    ),
    Scene(
        name="disk slow",
        how="each sync of the log's files takes half a second more",
        play=_hurt(hurting.disk_slow, requests=8),
        refuses=AUDIT,
    ),
    Scene(
        name="disk read-only",
        how="writes to the log's files fail with EROFS",
        play=_hurt(hurting.disk_read_only),
        refuses=AUDIT,
    ),
    Scene(
        name="key register down",
        how="another process keeps the SQLite file locked; callers who never asked before",
        play=_hurt(hurting.register_locked, strangers=True, requests=4),
        refuses=REGISTER,
    ),
    Scene(
        name="Redis down",
        how="the state server is killed, and starts again with what it had on disk",
        play=partial(_redis, how="down"),
        refuses=STATE,
    ),
    Scene(
        name="Redis frozen",
        how="it is stopped (SIGSTOP): it takes connections and answers nothing",
        play=partial(_redis, how="frozen"),
        refuses=STATE,
    ),
    Scene(
        name="Redis flushed",
        how="FLUSHALL",
        play=partial(_redis, how="flushed"),
        refuses=frozenset(),
    ),
    Scene(
        name="PostgreSQL down",
        how="the server of the key register is killed; callers who never asked before",
        play=_postgres,
        refuses=REGISTER,
    ),
    Scene(
        name="collector down, policy waits",
        how="the audit collector stops and starts again; `durability: remote`",
        play=partial(elsewhere.collector_gone, durability="remote"),
        refuses=frozenset({"503 `audit.collector_unavailable`"}),
    ),
    Scene(
        name="collector down, policy does not wait",
        how="the audit collector stops and starts again; `durability: local`",
        play=partial(elsewhere.collector_gone, durability="local"),
        refuses=frozenset(),
    ),
    Scene(
        name="audit archive down",
        how="its folder is a share that is not mounted, while a segment closes",
        play=elsewhere.archive_gone,
        refuses=frozenset(),
    ),
    Scene(
        name="provider down",
        how="nobody listens at the only lawful deployment",
        play=_hurt(hurting.provider_gone, requests=8),
        refuses=UPSTREAM,
    ),
    Scene(
        name="MCP server down",
        how="nobody listens at the only MCP server; its tool is called",
        play=tools.server_gone,
        refuses=frozenset({"502 `mcp.server_failed`", "504 `mcp.server_timeout`"}),
    ),
    Scene(
        name="DNS down, name known",
        how="no name is resolved; `network.names.stale_s: 300`",
        play=partial(_names, stale_s=300),
        refuses=frozenset(),
    ),
    Scene(
        name="DNS down, name forgotten",
        how="no name is resolved; `network.names.stale_s: 0`",
        play=partial(_names, stale_s=0),
        refuses=UPSTREAM,
    ),
    Scene(
        name="clock jumps 1 h ahead",
        how="the wall clock is set, and set back",
        play=partial(_clock, shift_s=3600.0),
        refuses=frozenset(),
    ),
    Scene(
        name="clock jumps 1 h back",
        how="the wall clock is set, and set right again",
        play=partial(_clock, shift_s=-3600.0),
        refuses=frozenset(),
    ),
    Scene(
        name="policy broken",
        how="a policy file with a typing error is saved",
        play=_hurt(hurting.policy_broken),
        refuses=frozenset(),
    ),
    Scene(
        name="memory limit hit",
        how="every detector is larger than `detection.memory_limit_mb` after its first text",
        play=_memory,
        refuses=DETECTION,
    ),
)
