"""What happens to a pod under load, one thing after another."""

import asyncio
import signal
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.pod import judging, killing
from tests.pod.playing import WORKERS, Came, Play, Size, more, under_load, until_received
from tests.pod.pod import KEY, SIDECAR, keys, pod, policy, start
from tests.pod.spaces import Spaces

_REFUSED: Final = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5)
except ConnectionRefusedError:
    raise SystemExit(7)
"""
_HEARD_S: Final = 0.5
"""After which a signal has been heard."""
_AT_ONCE_S: Final = 5.0
"""Far below `limits.drain_s`."""


async def isolated(folder: Path, spaces: Spaces, size: Size, _: Random) -> Came:
    """Another pod is refused at the sidecar's port while the application is served."""
    async with pod(folder, spaces) as here:
        app = here.app("app", size.connections, requests=size.between)
        probe = [sys.executable, "-c", _REFUSED, spaces.address, f"{SIDECAR}"]
        refused = await start(spaces.beside(probe), folder / "probe.log").ended()
        code = await app.ended()
        problems = list(judging.of_app(here.told("app")))
    if refused != 7:
        problems.append(f"another pod was not refused: exit code {refused}")
    if code:
        problems.append(f"the application ended with {code}")
    problems += [*judging.of_log(here), *judging.of_provider(here)]
    return Came(requests=len(here.told("app")), problems=problems, said="refused")


async def swapped(folder: Path, spaces: Spaces, size: Size, dice: Random, **how: Any) -> Came:
    """Policies are swapped as a kubelet does it: every request sees one digest, none fails."""
    workers = how.get("workers", 1)
    async with under_load(folder, spaces, size, **how) as (here, app):
        for number in range(1, size.swaps + 1):
            text = policy("mask" if number % 2 else "token")
            here.swap("policies", {"policy.yaml": text})
            await here.logged('"policy.loaded"', (number + 1) * workers)
            await more(here, size.between + dice.randrange(10))
        app.signal(signal.SIGTERM)
        await app.ended()
        problems = list(judging.of_app(here.told("app")))
    problems += [*judging.of_log(here), *judging.of_provider(here)]
    problems += judging.of_policies(here, size.swaps)
    return Came(requests=len(here.told("app")), problems=problems, said=f"{size.swaps} swaps")


async def rotated(folder: Path, spaces: Spaces, size: Size, dice: Random) -> Came:
    """Keys of clients are changed: first both count, then the application has the new one."""
    async with under_load(folder, spaces, size) as (here, app):
        old = KEY
        for number in range(1, size.swaps // 2 + 1):
            new = f"{KEY}-{number}"
            here.swap("clients", {"keys.yaml": keys(old, new)})
            await asyncio.sleep(1.5)  # as operators do: the old one counts until the new one does
            (folder / "app.key.new").write_text(new, encoding="utf-8")
            (folder / "app.key.new").rename(folder / "app.key")
            await more(here, size.between + dice.randrange(10))
            here.swap("clients", {"keys.yaml": keys(new)})
            old = new
        await asyncio.sleep(1.5)
        app.signal(signal.SIGTERM)
        await app.ended()
        told = here.told("app")
        problems = list(judging.of_app(told))
        (folder / "app.key").write_text(KEY, encoding="utf-8")
        await here.app("late", 1, requests=3).ended()
        if {line["came"] for line in here.told("late")} != {"auth.unknown_key"}:
            problems.append("a key that was taken away still counts")
    problems += [*judging.of_log(here), *judging.of_provider(here)]
    return Came(requests=len(told), problems=problems, said=f"{size.swaps // 2} changes of keys")


async def drained(folder: Path, spaces: Spaces, size: Size, _: Random) -> Came:
    """SIGTERM while so many streams run: each ends whole, then the sidecar does, with 0."""
    async with pod(folder, spaces) as here:
        app = here.app("app", size.streams, "dripping", requests=size.streams)
        await until_received(here, size.streams)
        here.sidecar.signal(signal.SIGTERM)
        await asyncio.sleep(_HEARD_S)
        late = here.app("late", 1, requests=1)
        code = await here.sidecar.ended()
        await app.ended()
        await late.ended()
        told = here.told("app")
        problems = list(judging.of_app(told))
        if [line["came"] for line in here.told("late")] != ["down"]:
            problems.append("somebody new was let in after SIGTERM")
    if code:
        problems.append(f"the sidecar ended with {code}")
    problems += [*judging.of_log(here), *judging.of_provider(here)]
    problems += [*judging.of_answers(here, "app"), *await judging.of_budget(here)]
    return Came(requests=len(told), problems=problems, said=f"exit code {code}")


async def hurried(folder: Path, spaces: Spaces, size: Size, _: Random, **more: Any) -> Came:
    """SIGTERM twice while streams run: each ends at once, in its dialect, and is on record."""
    async with pod(folder, spaces, **more) as here:
        app = here.app("app", size.streams, "slow", requests=size.streams)
        await until_received(here, size.streams)
        here.sidecar.signal(signal.SIGTERM)
        await asyncio.sleep(_HEARD_S)
        begun_s = asyncio.get_running_loop().time()
        here.sidecar.signal(signal.SIGTERM)
        code = await here.sidecar.ended()
        took_s = asyncio.get_running_loop().time() - begun_s
        await app.ended()
        told = here.told("app")
    came = Counter(line["came"] for line in told)
    problems = [] if came == {"server.stopping": size.streams} else [f"they were told {came}"]
    if code:
        problems.append(f"the sidecar ended with {code}")
    if took_s > _AT_ONCE_S:
        problems.append(f"it took {took_s:.1f} s to end")
    problems += [*judging.of_log(here), *judging.of_provider(here)]
    problems += await judging.of_budget(here)
    return Came(requests=len(told), problems=problems, said=f"exit code {code} in {took_s:.1f} s")


SCENES: Final[dict[str, Play]] = {
    "another pod is refused": isolated,
    "policies swapped": swapped,
    "policies swapped, workers": partial(swapped, **WORKERS),
    "keys rotated": rotated,
    "SIGTERM during streams": drained,
    "SIGTERM twice": hurried,
    "SIGTERM twice, workers": partial(hurried, **WORKERS),
    "kill -9 of each": killing.each,
    "kill -9 of each, workers": killing.each_of_several,
    "kill -9 of application": killing.application,
    "kill -9 of provider": killing.provider,
}
