"""`guardrail-gw standin`: a provider to try the gateway against."""

import asyncio
import signal
from pathlib import Path

import click
import uvloop

from guardrail_gw.standin.server import StandIn


@click.command(name="standin")
@click.option("--port", default=9001, show_default=True)
@click.option("--record", type=click.Path(path_type=Path), help="Append each request to this file.")
def command(port: int, record: Path | None) -> None:
    """Run a stand-in provider that speaks several dialects (docs/standin.md)."""
    uvloop.run(_serve(port, record))


async def _serve(port: int, record: Path | None) -> None:
    async with StandIn(port=port, record=record) as standin:
        click.echo(f"stand-in provider at {standin.base_url}")
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await stop.wait()
