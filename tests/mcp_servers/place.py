"""Seven real MCP servers behind one gateway, and every byte that reaches them.

The servers are programs of `build/mcp-servers`, made from the locks beside this file. None of them
is trusted, so none may see a person's data.
"""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.mcp_clients.house import PERSON
from tests.support.mcp_gateway import KEYED, McpGateway, mcp_gateway

MADE: Final = Path(__file__).parents[2] / "build" / "mcp-servers"
AUTHOR: Final = ("Anna Schmidt", "anna.schmidt@example.org")
"""Who wrote what the git server tells; nobody sends it."""
SPEC: Final = """\
pii: {default: {action: token}}
attachments: allow"""
_TEE: Final = 'tee -a "$0" | "$@"'
_TOOLS: Final = ("sh", "tee", "git")
"""All that servers find on this machine."""


@dataclass(slots=True, kw_only=True)
class Place:
    """What is tried."""

    gateway: McpGateway
    folder: Path
    page: str
    """The address of a page that names somebody."""

    def heard(self, server: str) -> bytes:
        """Every byte that reached a server."""
        path = self.folder / f"{server}.heard"
        return path.read_bytes() if path.exists() else b""

    def kept(self) -> bytes:
        """What servers have written into files of their own."""
        files = [*(self.folder / "files").rglob("*"), self.folder / "memory.json"]
        return b"".join(path.read_bytes() for path in files if path.is_file())


@asynccontextmanager
async def place(folder: Path) -> AsyncIterator[Place]:
    """Start it in an empty folder."""
    await asyncio.to_thread(_prepare, folder)
    app = web.Application()
    app.router.add_get("/page", _page)
    async with TestServer(app) as pages:
        servers = [_server(name, command, folder) for name, command in _commands(folder).items()]
        async with mcp_gateway(
            folder / "gateway", *servers, spec=SPEC, access=KEYED, approvals={"wait_s": 1}
        ) as gateway:
            yield Place(
                gateway=gateway,
                folder=folder,
                page=str(pages.make_url("/page").with_host("localhost")),
            )


async def _page(_: web.Request) -> web.Response:
    body = f"<html><body><p>The office: write to {PERSON[0]}, IBAN {PERSON[2]}.</p></body></html>"
    return web.Response(text=body, content_type="text/html")


def _commands(folder: Path) -> dict[str, list[str]]:
    python, node = MADE / "python" / "bin", MADE / "node_modules" / ".bin"
    return {
        "time": [str(python / "mcp-server-time"), "--local-timezone", "UTC"],
        "git": [str(python / "mcp-server-git")],
        "fetch": [str(python / "mcp-server-fetch"), "--allow-private-ips"],
        "filesystem": [str(node / "mcp-server-filesystem"), str(folder / "files")],
        "memory": [str(node / "mcp-server-memory")],
        "everything": [str(node / "mcp-server-everything"), "stdio"],
        "thinking": [str(node / "mcp-server-sequential-thinking")],
    }


def _server(name: str, command: list[str], folder: Path) -> dict[str, Any]:
    (node,) = MADE.glob("node_modules/node-linux-*/bin")
    tools = folder / "tools"
    # the fetch server's reader of pages has npm install something wherever it finds Node
    path = f"{node}:{tools}" if "node_modules" in command[0] else str(tools)
    env = {"PATH": path, "MEMORY_FILE_PATH": str(folder / "memory.json")}
    process = {
        "command": [str(tools / "sh"), "-c", _TEE, str(folder / f"{name}.heard"), *command],
        "env": env,
    }
    return {
        "id": name,
        "process": process,
        "timeouts": {"connect_s": 60, "list_s": 60},
        "inference": ["DE"],
        "storage": ["DE"],
    }


def _prepare(folder: Path) -> None:
    for name in ("gateway", "files", "repository", "tools"):
        (folder / name).mkdir()
    for name in _TOOLS:
        (folder / "tools" / name).symlink_to(shutil.which(name) or name)
    repository = folder / "repository"
    (repository / "letter.txt").write_text("Dear all\n", "utf-8")
    who = ["-c", f"user.name={AUTHOR[0]}", "-c", f"user.email={AUTHOR[1]}"]
    for words in (
        ["init", "--quiet", "--initial-branch", "main"],
        ["add", "letter.txt"],
        ["commit", "--quiet", "--message", "Add the letter"],
    ):
        command = ["git", *who, *words]
        subprocess.run(command, cwd=repository, check=True, capture_output=True)
