"""One gateway that serves until it is told to stop: the whole, or one worker of several."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable

from guardrail_gw.app import Gateway
from guardrail_gw.core.memory import settle

_COLLECT_AFTER = 10_000
"""Objects that may be unreachable before the collector looks for them: a few requests' worth."""
_TURN_S = 0.001
"""How long a thread may compute while the event loop waits for its turn, each time that it has to:
policies are loaded beside it. Python's 5 ms were felt as twice the p99 (docs/benchmarks.md)."""


async def serve(gateway: Gateway, stop: asyncio.Event, started: Callable[[], None]) -> None:
    """Serve until a signal, or until `stop` is set.

    Args:
        gateway: not started yet.
        stop: set by somebody else for the same reason.
        started: called when it serves.
    """
    reload = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    async with gateway, asyncio.TaskGroup() as tasks:
        _settle()
        background = [
            tasks.create_task(_reload_whenever(gateway, reload)),
            tasks.create_task(gateway.watch()),
        ]
        started()
        await stop.wait()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, gateway.drain.hurry.set)
        await gateway.drain.withdraw()
        for task in background:
            task.cancel()


def _settle() -> None:
    """What is loaded by now stays: the collector need not look at it again and again."""
    settle()
    gc.set_threshold(_COLLECT_AFTER)
    sys.setswitchinterval(_TURN_S)


async def _reload_whenever(gateway: Gateway, asked: asyncio.Event) -> None:
    while await asked.wait():
        asked.clear()
        await gateway.refresh()
