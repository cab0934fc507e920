"""Pages for a browser on this machine, until the command is ended."""

import asyncio
import signal

from rich.console import Console

from guardrail_gw.console.serving import Serving


async def offered(serving: Serving) -> None:
    """Serve, and say where, until Ctrl-C or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving:
        console = Console()
        console.print("Open this once, in your browser:\n")
        console.print(f"  {serving.link}\n", style="bold", soft_wrap=True, highlight=False)
        console.print("Ctrl-C ends it.")
        await stop.wait()
