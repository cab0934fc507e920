"""What a client waits for an answer that is given again, and what it costs to keep one.

A whole gateway and its stand-in on loopback, in one process; detectors are the shipped ones, in a
thread. The stand-in answers at once, so what a hit spares here is the least that it can. Three ways
are taken in turn, and the least of many rounds counts: `hit`; `kept`, the client asks for a new
answer, which is kept; `left alone`, it asks that nothing be kept. Processor time is that of the
whole process: gateway, client and stand-in. On a busy machine these rows mean little; the first
ones do: what one event takes to be kept and to be given again, and a body to be named.

python -m tests.bench.caching [--quick]
"""

import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import structlog

from guardrail_gw.cache.name import name_of
from guardrail_gw.cache.recording import Recording, streamed
from guardrail_gw.core.exchange import Envelope
from guardrail_gw.dialects.in_full import IN_FULL
from tests.bench.verdicts import target
from tests.support.caching import answer, chunk, redacted, reply
from tests.support.world import KEY, World, world

Row = dict[str, Any]

_TEXT: Final = "It goes on and on about towers and bridges and " * 10
_HEADERS: Final = {"Authorization": f"Bearer {KEY}"}
_WAYS: Final[Mapping[str, Mapping[str, str]]] = {
    "hit": {},
    "kept": {"Cache-Control": "no-cache"},
    "left alone": {"Cache-Control": "no-store"},
}
_EVENTS: Final = 1000
_SHAPES: Final = ("whole", "streamed")


async def _asked(here: World, shape: str, way: str) -> tuple[float, float]:
    """Milliseconds by the clock, and of processor time."""
    body = {
        "model": "assistant",
        "stream": shape == "streamed",
        "messages": [{"role": "user", "content": _TEXT}],
    }
    url, headers = f"{here.base_url}/v1/chat/completions", {**_HEADERS, **_WAYS[way]}
    worked, began = time.process_time(), time.perf_counter()
    async with here.client.post(url, json=body, headers=headers) as response:
        await response.read()
        status = response.headers["Cache-Status"]
    if ("hit" in status) is not (way == "hit"):
        raise SystemExit(f"{way}: {status}")
    return (time.perf_counter() - began) * 1e3, (time.process_time() - worked) * 1e3


async def _measured(rounds: int) -> dict[str, tuple[float, float]]:
    least: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        async with world(Path(folder), cache={"ttl_s": 3600}) as here:
            for _ in range(rounds):
                for shape in _SHAPES:
                    await _asked(here, shape, "left alone")  # the one before was of another shape
                    for way in ("kept", "left alone", "hit"):
                        taken, name = await _asked(here, shape, way), f"{shape}, {way}"
                        before = least.get(name, taken)
                        least[name] = min(before[0], taken[0]), min(before[1], taken[1])
    return least


async def _event_us() -> tuple[float, float]:
    """Microseconds of processor time that an event takes: to be kept, to be given again."""
    kept, given = [], []
    for _ in range(60):
        events = [chunk("word ") for _ in range(_EVENTS)]
        for event in events:
            event.text = json.dumps(event.data)
        recording = Recording(reply([*events, *answer()]), IN_FULL["openai_chat"], 1 << 24)
        began = time.process_time()
        async for _ in recording:
            pass
        between = time.process_time()
        again = sum(1 for _ in streamed(recording.events or ()))
        kept.append((between - began) / again * 1e6)
        given.append((time.process_time() - between) / again * 1e6)
    return min(kept), min(given)


def _name_us(size: int) -> float:
    """Microseconds of processor time that the name of so large a request takes."""
    request, taken = redacted(envelope=Envelope(before=b"", after=b"x" * size)), list[float]()
    for _ in range(60):
        began = time.process_time()
        name_of(bytes(32), request)
        taken.append((time.process_time() - began) * 1e6)
    return min(taken)


def parts() -> Iterator[Row]:
    """What the cache itself does, without a gateway."""
    kept, given = asyncio.run(_event_us())
    yield {"what": "us, an event is kept", "wanted": "", "measured": kept}
    yield {"what": "us, an event is given again", "wanted": "", "measured": given}
    for size in (1_000, 100_000, 1_000_000):
        yield {"what": f"us, a body of {size:,} bytes", "wanted": "", "measured": _name_us(size)}


def answers(quick: bool) -> Iterator[Row]:  # noqa: FBT001 - every row's
    """The least of each way, and what keeping costs, in milliseconds."""
    least = asyncio.run(_measured(20 if quick else 60))
    for name, (waited, worked) in least.items():
        bound = least[name.replace("hit", "left alone")][0] if name.endswith("hit") else None
        if bound is not None:
            yield target(f"ms, {name}", waited, at_most=bound)
        else:
            yield {"what": f"ms, {name}", "wanted": "", "measured": waited}
        yield {"what": f"ms, {name}, processor", "wanted": "", "measured": worked}
    for shape in _SHAPES:
        more = least[f"{shape}, kept"][1] - least[f"{shape}, left alone"][1]
        yield {"what": f"ms, {shape}, to keep it, processor", "wanted": "", "measured": more}


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    for row in (*parts(), *answers("--quick" in sys.argv)):
        print(f"{row['measured']:8.2f}  {row['wanted']:>8}  {row['what']}")
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} CPUs")
