"""`guardrail-gw serve`: run the gateway until it is told to stop."""

import asyncio
import gc
import signal
from pathlib import Path

import click
import uvloop

from guardrail_gw.app import Gateway
from guardrail_gw.core.memory import settle
from guardrail_gw.observability.log import configure
from guardrail_gw.settings import Settings

_COLLECT_AFTER = 10_000
"""Objects that may be unreachable before the collector looks for them: a few requests' worth."""


@click.command(name="serve")
@click.option(
    "--config",
    "path",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="gateway.yaml; see docs/configuration.md.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
)
def command(path: Path, log_level: str) -> None:
    """Run the gateway; SIGTERM drains it, SIGHUP loads the policies anew (so does a change)."""
    configure(level=log_level)
    uvloop.run(_serve(Settings.load(path)))


async def _serve(settings: Settings) -> None:
    stop, reload = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    async with Gateway(settings) as gateway, asyncio.TaskGroup() as tasks:
        _settle()
        background = [
            tasks.create_task(_reload_whenever(gateway, reload)),
            tasks.create_task(gateway.watch()),
        ]
        await stop.wait()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, gateway.hurry.set)
        await gateway.withdraw()
        for task in background:
            task.cancel()


def _settle() -> None:
    """What is loaded by now stays: the collector need not look at it again and again."""
    settle()
    gc.set_threshold(_COLLECT_AFTER)


async def _reload_whenever(gateway: Gateway, asked: asyncio.Event) -> None:
    while await asked.wait():
        asked.clear()
        await gateway.refresh()
