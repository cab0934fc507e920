"""What each client does, and what of it must be true."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.clients.environments import environment
from tests.clients.roster import ROSTER, Client as Tried
from tests.mcp_clients.house import PERSON, TEXT, House, Route

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "build" / "mcp-clients"
_PATIENCE_S: Final = 240
_AGENTS: Final = {"claude": "agents/claude_code.py", "codex": "agents/codex.py"}


class FailedError(Exception):
    """The client did not do what it was asked; the text says what it printed."""


Run = Callable[[House, Route, Path], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Trial:
    """One client."""

    name: str
    run: Run
    """Returns what the client got at the end."""
    turns: int = 1
    """How often a tool is called."""

    async def faults(self, at: House, route: Route, folder: Path) -> list[str]:
        """What is wrong; nothing, if all is as it must be."""
        before = at.calls(route.server)
        try:
            got = await self.run(at, route, folder)
        except FailedError as failed:
            return [str(failed)]
        wrong = [f"{len(at.leaked)} values leaked"] if at.leaked else []
        calls = at.calls(route.server) - before
        if calls != self.turns:
            wrong.append(f"{calls} calls of a tool")
        missing = [value for value in PERSON if value not in got]
        return [*wrong, *([f"{len(missing)} values did not come back"] if missing else [])]


def _python(mode: str) -> Run:
    async def run(at: House, route: Route, _: Path) -> str:
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {at.key}"}) as http,
            Client(
                streamable_http_client(f"{at.url}{route.path}", http_client=http), mode=mode
            ) as client,
        ):
            return str(await client.call_tool(route.tool, {"text": TEXT}))

    return run


async def _ai_sdk(at: House, route: Route, _: Path) -> str:
    script = FOLDER / "ai.mjs"
    await asyncio.to_thread(_copied, script)
    asked = [f"{at.url}{route.path}", at.key, route.tool, TEXT]
    return await _ran([_node(), str(script), *asked], {}, FOLDER)


def _inspector(era: str) -> Run:
    async def run(at: House, route: Route, folder: Path) -> str:
        program = FOLDER / "node_modules" / ".bin" / "mcp-inspector"
        server = {"type": "http", "url": f"{at.url}{route.path}", "protocolEra": era}
        server |= {"headers": {"Authorization": f"Bearer {at.key}"}}  # type: ignore[dict-item] # JSON
        config = folder / "inspector.json"
        config.write_text(json.dumps({"mcpServers": {"gw": server}}), "utf-8")
        command = [_node(), str(program), "--cli", "--config", str(config), "--server", "gw"]
        asked = ["--method", "tools/call", "--tool-name", route.tool, "--tool-arg", f"text={TEXT}"]
        return await _ran([*command, *asked, "--format", "json"], {}, FOLDER)

    return run


async def _claude(at: House, route: Route, folder: Path) -> str:
    made = await environment(_client("claude"))
    assert made.modules is not None
    (program,) = made.modules.glob("@anthropic-ai/claude-code-linux-*64/claude")
    server = {"type": "http", "url": f"{at.url}{route.path}"}
    server |= {"headers": {"Authorization": f"Bearer {at.key}"}}  # type: ignore[dict-item] # JSON
    config = folder / "mcp.json"
    config.write_text(json.dumps({"mcpServers": {"gw": server}}), "utf-8")
    command = [str(program), "-p", "--model", f"claude-{route.tool}"]
    command += ["--mcp-config", str(config)]
    command += ["--strict-mcp-config", "--allowedTools", "mcp__gw", "--max-turns", "4"]
    own = {"ANTHROPIC_BASE_URL": at.url, "ANTHROPIC_API_KEY": at.key, "DISABLE_AUTOUPDATER": "1"}
    own |= {"CLAUDE_CONFIG_DIR": str(folder / "claude"), "ENABLE_TOOL_SEARCH": "false"}
    own |= {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_TELEMETRY": "1"}
    return await _ran(command, own, folder, f"Call the tool.\n{TEXT}")


async def _codex(at: House, route: Route, folder: Path) -> str:
    made = await environment(_client("codex"))
    home = folder / "codex"
    home.mkdir()
    (home / "config.toml").write_text(
        f'model_provider = "gateway"\nweb_search = "disabled"\n\n'
        f'[model_providers.gateway]\nname = "gateway"\nbase_url = "{at.url}/v1"\n'
        f'env_key = "GATEWAY_KEY"\nwire_api = "responses"\n\n'
        f'[mcp_servers.gw]\nurl = "{at.url}{route.path}"\nbearer_token_env_var = "GATEWAY_KEY"\n'
        "required = true\n",  # else it asks the model whether the server's tools are there or not
        "utf-8",
    )
    options = ["--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]
    path = os.pathsep.join([*map(str, made.path), os.environ["PATH"]])
    own = {"CODEX_HOME": str(home), "GATEWAY_KEY": at.key, "PATH": path}
    options += ["--model", f"codex-{route.tool}"]
    return await _ran(["codex", "exec", *options, f"Call the tool.\n{TEXT}"], own, folder)


TRIALS: Final = (
    Trial("mcp (Python), 2026-07-28", _python("2026-07-28")),
    Trial("mcp (Python), legacy", _python("legacy")),
    Trial("mcp (Python), auto", _python("auto")),
    Trial("@ai-sdk/mcp", _ai_sdk),
    Trial("inspector CLI, 2026-07-28", _inspector("modern")),
    Trial("inspector CLI, legacy", _inspector("legacy")),
    Trial("claude-code", _claude),
    Trial("codex", _codex),
)


async def _ran(
    command: Sequence[str], variables: Mapping[str, str], folder: Path, said: str = ""
) -> str:
    """What a program prints; it must end well."""
    program = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={
            **os.environ,
            "HOME": str(folder),
            "MCP_INSPECTOR_SECRET_STORE": "memory",
            **variables,
        },
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = await asyncio.wait_for(program.communicate(said.encode()), _PATIENCE_S)
    except TimeoutError:
        raise FailedError("it did not end in time") from None
    finally:
        if program.returncode is None:
            os.killpg(program.pid, signal.SIGKILL)
            await program.wait()
    sys.stderr.write(f"$ {command[0]}\n{out.decode()}\n{err.decode()}\n")
    if program.returncode:
        raise FailedError(f"exit {program.returncode}")
    return out.decode()


def _node() -> str:
    (found,) = (FOLDER / "node_modules").glob("node-linux-*/bin/node")
    return str(found)


def _copied(script: Path) -> None:
    """A module looks for packages from where it lies."""
    script.write_bytes((Path(__file__).parent / script.name).read_bytes())


def _client(name: str) -> Tried:
    return next(each for each in ROSTER if each.script == _AGENTS[name])
