"""`guardrail-gw standin`: a provider to try the gateway against."""

import asyncio
import signal
from pathlib import Path

import click
import uvloop

from guardrail_gw.standin.server import StandIn


@click.command(name="standin")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=9001, show_default=True)
@click.option("--record", type=click.Path(path_type=Path), help="Append each request to this file.")
def command(host: str, port: int, record: Path | None) -> None:
    """Run a stand-in provider that speaks the OpenAI dialect (docs/standin.md)."""
    uvloop.run(_serve(host, port, record))


async def _serve(host: str, port: int, record: Path | None) -> None:
    standin = StandIn(record=record)
    await standin.start(host, port)
    click.echo(f"stand-in provider at {standin.base_url}")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await standin.close()
