"""`guardrail-gw demo`: the whole product in one terminal, on loopback, with stand-in providers."""

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import click
import uvloop
from rich.console import Console

from guardrail_gw.app import Gateway
from guardrail_gw.cli.demo_folder import prepare
from guardrail_gw.cli.demo_story import tell, tell_audit
from guardrail_gw.observability.log import configure
from guardrail_gw.settings import Settings
from guardrail_gw.standin.server import StandIn


@click.command(name="demo")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("guardrail-demo"),
    show_default=True,
    help="Where configuration, keys, policies and the audit log are left.",
)
@click.option("--serve", is_flag=True, help="Keep serving until interrupted.")
@click.option("--port", default=8080, show_default=True, help="With --serve: where to listen.")
def command(folder: Path, serve: bool, port: int) -> None:
    """Send personal data through a gateway with an EU and a US stand-in, and show what happened."""
    configure(level="error")
    uvloop.run(_keep_serving(folder, port) if serve else _demo(folder))


async def _demo(folder: Path) -> None:
    console = Console()
    async with StandIn() as us, StandIn() as eu:
        settings = Settings.load(prepare(folder, us=us.base_url, eu=eu.base_url, port=0))
        async with AsyncExitStack() as stack:
            with console.status("starting detectors, policies and the audit log ..."):
                gateway = await stack.enter_async_context(Gateway(settings))
            requests = await tell(console, f"http://127.0.0.1:{gateway.port}/v1", us=us, eu=eu)
    tell_audit(console, folder, requests)


async def _keep_serving(folder: Path, port: int) -> None:
    async with StandIn() as us, StandIn() as eu:
        path = prepare(folder, us=us.base_url, eu=eu.base_url, port=port)
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with Gateway(Settings.load(path)) as gateway:
            click.echo(
                f"serving at http://127.0.0.1:{gateway.port}/v1 (model: assistant, any key); "
                f"configuration in {path}; Ctrl-C ends it"
            )
            await stop.wait()
