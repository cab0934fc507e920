"""`guardrail-gw standin`: a provider to try the gateway against."""

import asyncio
import signal
from pathlib import Path

import click
import uvloop

from guardrail_gw.standin.dropping import Dropping
from guardrail_gw.standin.plan import Plan
from guardrail_gw.standin.server import StandIn


@click.command(name="standin")
@click.option("--port", default=9001, show_default=True)
@click.option("--record", type=click.Path(path_type=Path), help="Append each request to this file.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    help="What so many requests meet instead, such as `5%:status-500`; may be given several times.",
)
@click.option("--seed", default=0, show_default=True, help="Chooses which requests they are.")
@click.option("--wave", help="`2/10`: faults come in the first 2 seconds of every 10 only.")
@click.option("--drop", is_flag=True, help="Reset each connection at its first bytes instead.")
def command(
    port: int, record: Path | None, faults: tuple[str, ...], seed: int, wave: str | None, drop: bool
) -> None:
    """Run a stand-in provider that speaks several dialects (docs/standin.md)."""
    try:
        plan = Plan.read(faults, seed=seed, wave=wave) if faults else None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    uvloop.run(_drop(port) if drop else _serve(StandIn(port=port, record=record, plan=plan)))


async def _serve(standin: StandIn) -> None:
    async with standin:
        click.echo(f"stand-in provider at {standin.base_url}")
        await _told_to_stop()


async def _drop(port: int) -> None:
    async with Dropping(port=port) as place:
        click.echo(f"resets what connects to 127.0.0.1:{place.port}")
        await _told_to_stop()


async def _told_to_stop() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
