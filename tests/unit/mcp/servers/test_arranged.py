"""Servers as the configuration has them."""

import json
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.errors import ConfigError
from guardrail_gw.mcp.servers.arranged import Surroundings, arranged_servers
from guardrail_gw.mcp_servers import McpConfig
from guardrail_gw.routing.breaker import Breaker
from guardrail_gw.upstreams.servers import ServerHttp
from tests.support.mcp_connected import CLOCK, call_tool, peer, started
from tests.support.mcp_served import stdio_command

pytestmark = pytest.mark.allow_blocking

ROOT = Path(__file__).parents[4]


def around(folder: Path) -> Surroundings:
    """What the composition root gives."""
    return Surroundings(
        clock=CLOCK,
        secret=bytes(32),
        breaker=Breaker,
        resolve=lambda name: folder / name,
        connect=ServerHttp,
    )


def config(**server: Any) -> McpConfig:
    """One server."""
    return McpConfig.model_validate_json(json.dumps({"servers": [{"id": "files", **server}]}))


async def test_a_server_gets_the_gateway_s_own_credentials(modern_url: str, tmp_path: Path) -> None:
    """They are read from a file, and sent with every request."""
    (tmp_path / "token").write_text("Bearer abc\n")
    written = config(url=modern_url, headers={"Authorization": {"file": "token"}})

    async with started(arranged_servers(written, around(tmp_path))["files"]) as server:
        said = await call_tool(server, peer(), "seen")

    assert said[-1]["result"]["structuredContent"]["headers"]["authorization"] == "Bearer abc"


async def test_a_program_gets_what_is_configured(tmp_path: Path) -> None:
    """Its command, its environment and its folder."""
    process = {
        "command": list(stdio_command()),
        "env": {"PYTHONPATH": str(ROOT)},
        "directory": str(ROOT),
    }

    async with started(arranged_servers(config(process=process), around(tmp_path))["files"]) as it:
        said = await call_tool(it, peer(), "echo", {"word": "hello"})

    assert said[-1]["result"]["structuredContent"] == {"word": "hello"}


@pytest.mark.parametrize("name", ["Host", "Mcp-Session-Id", "mcp-param-region", "Cookie"])
def test_the_gateway_s_headers_are_its_own(name: str, tmp_path: Path) -> None:
    """What it writes itself cannot be configured."""
    with pytest.raises(ConfigError, match="itself writes"):
        arranged_servers(
            config(url="https://example.org/mcp", headers={name: "x"}), around(tmp_path)
        )


@pytest.mark.parametrize("said", ["", "two\nlines"])
def test_a_secret_that_cannot_be_sent_is_an_error(said: str, tmp_path: Path) -> None:
    """It is told at the start, by the file's name."""
    (tmp_path / "token").write_text(said)
    written = config(url="https://example.org/mcp", headers={"X-Key": {"file": "token"}})

    with pytest.raises(ConfigError, match="token holds nothing that can be sent"):
        arranged_servers(written, around(tmp_path))


def test_a_secret_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """It is told at the start."""
    written = config(url="https://example.org/mcp", headers={"X-Key": {"env": "NO_SUCH_KEY"}})

    with pytest.raises(ConfigError, match="NO_SUCH_KEY is not set"):
        arranged_servers(written, around(tmp_path))
