"""`kill -9` of each process under load, in turn: nothing lost, nothing leaked."""

import asyncio
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Final

from tests.pod import judging
from tests.pod.playing import (
    CUT_OFF,
    DETECTION,
    WORKERS,
    Came,
    Size,
    all_serve,
    below,
    children,
    kept,
    more,
    open_files,
    served,
    stopped,
    under_load,
    until_empty,
)
from tests.pod.pod import Pod
from tests.pod.spaces import Spaces

_STOPPING: Final = frozenset({"server.stopping"})
_UPSTREAM: Final = frozenset({"upstream.failed", "upstream.malformed", "upstream.timeout"})
_WITHIN_S: Final = 60


async def each(folder: Path, spaces: Spaces, size: Size, dice: Random) -> Came:
    """The sidecar, a detector, and the detectors' host: what is on record stays."""
    async with under_load(folder, spaces, size) as (here, app):
        for kill in [_sidecar, _detectors, _host] * size.rounds:
            await more(here, size.between + dice.randrange(20))
            await kill(here)
        await more(here, size.between)
        code = await stopped(here, app)
    told = here.told("app")
    problems = list(judging.of_app(told, CUT_OFF | DETECTION))
    problems += await _judged(here, code, killed=size.rounds)
    said = f"{size.rounds} times sidecar, detectors, their host"
    return Came(requests=len(told), problems=problems, said=said)


async def each_of_several(folder: Path, spaces: Spaces, size: Size, dice: Random) -> Came:
    """A worker, detectors, their host, the supervisor, and all of them at once."""
    kills = [_worker, _detectors_of_all, _host_of_all, _supervisor, _everything]
    async with under_load(folder, spaces, size, **WORKERS) as (here, app):
        problems = list[str]()
        for kill in kills * size.rounds:
            await all_serve(here)
            await more(here, size.between + dice.randrange(20))
            if left := await kill(here):
                problems.append(f"{len(left)} processes outlived their supervisor")
        await all_serve(here)
        await more(here, size.between)
        code = await stopped(here, app)
    told = here.told("app")
    problems += judging.of_app(told, CUT_OFF | DETECTION | _STOPPING)
    problems += await _judged(here, code, killed=2 * size.rounds)
    said = f"{size.rounds} times worker, detectors, host, supervisor, all"
    return Came(requests=len(told), problems=problems, said=said)


async def application(folder: Path, spaces: Spaces, size: Size, dice: Random) -> Came:
    """Its streams break off: each is on record and settled, and nothing stays open."""
    names = [f"app-{number}" for number in range(2 * size.rounds)]
    async with under_load(folder, spaces, size) as (here, app):
        for name in names:
            one = here.app(name, size.connections, "dripping")
            await more(here, size.between + dice.randrange(20))
            await more(here, size.connections, name)
            one.signal(signal.SIGKILL)
            await one.ended()
        app.signal(signal.SIGTERM)
        await app.ended()
    told = here.told("app")
    problems = list(judging.of_app(told))
    problems += await _judged(here, await here.sidecar.ended(), killed=0)
    ended = {(r.meta or {}).get("ending") for r in judging.records(here) if r.kind == "outcome"}
    if ended != {"ok", "client_cancel"}:
        problems.append(f"outcomes say {sorted(map(str, ended))}")
    return Came(requests=len(told), problems=problems, said=f"{len(names)} applications")


async def provider(folder: Path, spaces: Spaces, size: Size, dice: Random) -> Came:
    """Requests to it fail, as the client's dialect says it; it is found again when it is back."""
    async with under_load(folder, spaces, size) as (here, app):
        for _ in range(size.rounds):
            streams = here.app(f"streams-{here.provider.log.stem}", size.connections, "dripping")
            await more(here, size.between + dice.randrange(20))
            here.provider.signal(signal.SIGKILL)
            await here.provider.ended()
            await more(here, size.between)
            here.provide()
            await _answered_again(here)
            streams.signal(signal.SIGTERM)
            await streams.ended()
        app.signal(signal.SIGTERM)
        await app.ended()
    every = [line for out in sorted(here.folder.glob("*.jsonl")) for line in _told(here, out)]
    problems = list(judging.of_app(every, _UPSTREAM))
    problems += await _judged(
        here, await here.sidecar.ended(), killed=0, unsure_of=judging.CUT, apps=_apps(here)
    )
    return Came(requests=len(every), problems=problems, said=f"{size.rounds} providers")


def _apps(here: Pod) -> list[str]:
    outs = (out.stem for out in here.folder.glob("*.jsonl"))
    return sorted(name for name in outs if name != "received")


def _told(here: Pod, out: Path) -> Iterable[dict[str, object]]:
    return here.told(out.stem) if out.stem != "received" else ()


async def _answered_again(here: Pod) -> None:
    begun = len(here.told("app"))
    async with asyncio.timeout(_WITHIN_S):
        while True:
            await asyncio.sleep(0.1)
            if any(line["came"] == "ok" for line in here.told("app")[begun:]):
                return


async def _judged(
    here: Pod,
    code: int,
    *,
    killed: int,
    unsure_of: frozenset[str] = judging.UNSURE,
    apps: Iterable[str] = ("app",),
) -> list[str]:
    """What did not hold, once the sidecar has ended with a code."""
    problems = [f"the sidecar ended with {code}"] if code else []
    problems += judging.of_log(here, killed=killed)
    problems += judging.of_provider(here, killed=killed, unsure_of=unsure_of)
    problems += judging.of_answers(here, *apps)
    problems += await judging.of_budget(here, killed=killed)
    return problems


# who is killed; those of several give who is left of them


async def _sidecar(here: Pod) -> None:
    """And start it again, as a kubelet does."""
    await _gone(here)
    await here.restart()


async def _detectors(here: Pod) -> None:
    [host] = children(served(here))
    _kill(children(host))


async def _host(here: Pod) -> None:
    [host] = children(served(here))
    _kill([host])


async def _worker(here: Pod) -> list[int]:
    before = open_files(here)
    [one, _] = await all_serve(here)
    _kill([one["pid"]])
    await all_serve(here)
    kept(here, before)
    return []


async def _detectors_of_all(here: Pod) -> list[int]:
    _kill(pid for each in await all_serve(here) for pid in each["detectors"])
    return []


async def _host_of_all(here: Pod) -> list[int]:
    before = open_files(here)
    workers = {each["pid"] for each in await all_serve(here)}
    [host] = [pid for pid in children(served(here)) if pid not in workers]
    _kill([host])
    await all_serve(here)
    kept(here, before)
    return []


async def _supervisor(here: Pod) -> list[int]:
    """Its workers end in order, and so does what they have; then it is started again."""
    all_of_it = below(served(here))
    await _gone(here)
    left = await until_empty(here.spaces, all_of_it)
    await here.restart()
    return left


async def _everything(here: Pod) -> list[int]:
    """As when a container runs out of memory."""
    all_of_it = below(served(here))
    here.sidecar.signal(signal.SIGKILL)
    _kill(all_of_it)
    await _gone(here)
    left = await until_empty(here.spaces, all_of_it)
    await here.restart()
    return left


async def _gone(here: Pod) -> None:
    here.sidecar.signal(signal.SIGKILL)
    code = await here.sidecar.ended()
    assert code == -signal.SIGKILL, code


def _kill(pids: Iterable[int]) -> None:
    found = list(pids)
    assert found, "nobody is there"
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
