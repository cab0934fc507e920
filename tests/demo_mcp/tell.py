"""`make demo-mcp`: two real MCP servers behind one gateway, a scripted client, and what each sees.

python -m tests.demo_mcp.tell FOLDER PROGRAMS
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from mcp import Client
from rich.console import Console
from rich.table import Table
from rich.text import Text

from guardrail_gw.app import Gateway
from guardrail_gw.audit.review import show, verify_directory
from guardrail_gw.cli.audit import report_panel
from guardrail_gw.cli.mcp import command
from guardrail_gw.keys.audit_keys import load_recipient
from guardrail_gw.observability.log import configure
from guardrail_gw.settings import Settings
from tests.demo_mcp.folder import AUTHOR, git, prepare

_VALUES = "|".join(AUTHOR)
_PLACEHOLDER = r"\b[A-Z][A-Z_]*_[0-9A-HJKMNP-TV-Z]{8}\b"
_SHOWN = ("decision", "code", "ending", "entities", "tool", "deployment", "restored")


class Demo:
    """One run, told as it goes."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._console = Console()
        self._folder = folder
        self._path = prepare(folder, programs)
        self._url = ""

    async def run(self) -> None:
        """Start the gateway, and tell the story."""
        async with AsyncExitStack() as stack:
            with self._console.status(
                "starting detectors, policies, servers and the audit log ..."
            ):
                gateway = await stack.enter_async_context(Gateway(Settings.load(self._path)))
            self._url = f"http://127.0.0.1:{gateway.port}/mcp"
            await self._offers()
            await self._approved()
            await self._reads()
            await self._denied()
            await self._waits()
        self._record()

    async def _offers(self) -> None:
        self._title("1  One endpoint, two servers; git has to be approved first")
        self._console.print(f"{self._url} lists: {', '.join(await self._names())}")

    async def _approved(self) -> None:
        self._title("2  A person approves what it says of its tools; a change would show")
        said = await self._command("approve", "git", "--yes", "--by", "anna")
        lines = [line for line in said.splitlines() if line and not line.startswith(" ")]
        self._console.print(Text("\n".join(["…", *lines[-1:]])))
        async with asyncio.timeout(30):
            while len(names := await self._names()) < 3:  # noqa: ASYNC110 - it looks by itself
                await asyncio.sleep(0.2)
        self._console.print(f"now: {', '.join(names)}")

    async def _reads(self) -> None:
        self._title("3  A tool's answer holds personal data that nobody sent")
        repository = self._folder.resolve() / "repository"
        told = await self._call("git__git_log", repo_path=str(repository))
        table = Table(expand=True)
        table.add_column("The server said", ratio=1)
        table.add_column("The client got", ratio=1)
        said = await asyncio.to_thread(git, repository, "log", "--format=%an <%ae>%n%s")
        table.add_row(self._marked(said), self._marked(told))
        self._console.print(table)

    async def _denied(self) -> None:
        self._title("4  A tool that the policy denies is in no list, and not called either")
        names = await self._names()
        self._console.print(f"listed: {'git__git_checkout' in names}")
        self._console.print(Text(await self._call("git__git_checkout", branch_name="main")))

    async def _waits(self) -> None:
        self._title("5  A destructive call waits for a person")
        repository = str(self._folder.resolve() / "repository")
        async with asyncio.TaskGroup() as tasks:
            calling = tasks.create_task(self._call("git__git_reset", repo_path=repository))
            tasks.create_task(self._decide())
        self._console.print(Text(f"the client got: {calling.result()}"))

    async def _decide(self) -> None:
        async with asyncio.timeout(60):
            while not (calls := json.loads(await self._command("waiting", "--json"))):  # noqa: ASYNC110 - as people look
                await asyncio.sleep(0.2)
        self._console.print(Text((await self._command("waiting")).rstrip()))
        words = ("--call", calls[0]["id"], "--by", "anna", "--reason", "a demo")
        self._console.print(Text((await self._command("approve", *words)).strip()))

    def _record(self) -> None:
        self._title("6  All of it is on record")
        now_us = time.time_ns() // 1000
        public = self._folder / "keys" / "audit-public"
        for name in ("audit", "audit-acts"):
            self._console.print(
                report_panel(verify_directory(self._folder / name, public, now_us=now_us))
            )
        key = load_recipient(self._folder / "keys" / "auditors" / "auditor.key")
        table = Table("record", "what it says", expand=True)
        for record in show(self._folder / "audit", [key]):
            meta = {n: v for n, v in (record.meta or {}).items() if n in _SHOWN and v}
            is_call = "tools/call" in str(record.meta) or "code" in meta
            if record.kind in ("intent", "outcome") and is_call:
                table.add_row(f"{record.index} {record.kind}", Text(str(meta)))
        self._console.print(table)

    async def _names(self) -> list[str]:
        async with Client(self._url) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    async def _call(self, name: str, **arguments: Any) -> str:
        """What a call is answered with, as text."""
        try:
            async with Client(self._url) as client:
                result = await client.call_tool(name, arguments)
        except Exception as refused:  # noqa: BLE001 - of the client's library, which tells it
            return f"refused: {_innermost(refused)}"
        return "\n".join(getattr(block, "text", "") for block in result.content)

    async def _command(self, *arguments: str) -> str:
        """What a command says, as another person runs it."""
        words = [*arguments, "--config", str(self._path)]
        run: Callable[..., Any] = CliRunner().invoke
        done = await asyncio.to_thread(
            run, command, words, env={"COLUMNS": str(self._console.width)}
        )
        return str(done.output)

    def _title(self, text: str) -> None:
        self._console.rule(f"[bold]{text}", align="left")

    @staticmethod
    def _marked(text: str) -> Text:
        marked = Text(text.strip())
        marked.highlight_regex(_VALUES, "bold red")
        marked.highlight_regex(_PLACEHOLDER, "bold green")
        return marked


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


if __name__ == "__main__":
    configure(level="error")
    asyncio.run(Demo(Path(sys.argv[1]), Path(sys.argv[2])).run())
