"""`guardrail-gw mcp call`: one call of a tool through a running gateway, as a client makes it."""

import asyncio
import base64
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click
import orjson
from rich.console import Console
from rich.text import Text

from guardrail_gw.cli.mcp_open import KEY_FILE, at_gateway
from guardrail_gw.cli.mcp_words import plain
from guardrail_gw.cli.policies import AS_JSON
from guardrail_gw.core.identity import Principal
from guardrail_gw.errors import UpstreamFault
from guardrail_gw.mcp.ports import Ask, Era, Message, Peer, Server

_PEER: Final = Peer(
    principal=Principal(tenant="", team="", user="", key_id="cli"),
    era=Era.MODERN,
    revision="2026-07-28",
)
_NO_METHOD: Final = -32601


@click.command(name="call")
@click.argument("tool")
@click.option(
    "--url", required=True, metavar="URL", help="The running gateway: http://127.0.0.1:8080."
)
@KEY_FILE
@click.option("--server", help="At this server's own endpoint, by the tool's own name.")
@click.option("--arg", "pairs", multiple=True, metavar="NAME=VALUE", help="Text; repeatable.")
@click.option("--arguments", metavar="JSON|-", help="All arguments; `-`: from standard input.")
@AS_JSON
def call(
    tool: str,
    url: str,
    key_file: Path | None,
    server: str | None,
    pairs: tuple[str, ...],
    arguments: str | None,
    as_json: bool,
) -> None:
    """Call TOOL through the gateway's endpoint, with the caller's key and policy.

    Exit codes: 0 it answered, 1 it answered with an error, was refused, or no gateway answers at
    --url, 2 wrong use.
    """
    params = {"name": tool, "arguments": _arguments(pairs, arguments)}

    async def asked(there: Server) -> Message:
        return await _answer(there, params)

    try:
        told = at_gateway(url, server, key_file, asked)
    except UpstreamFault as fault:
        raise click.ClickException(f"{url}: {fault.detail}") from None
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(told) + b"\n")
    else:
        _print(told)
    result = told.get("result")
    sys.exit("error" in told or not isinstance(result, dict) or result.get("isError") is True)


def _arguments(pairs: tuple[str, ...], written: str | None) -> dict[str, Any]:
    if written is not None and pairs:
        raise click.UsageError("give either --arg or --arguments")
    if written is None:
        split = [pair.partition("=") for pair in pairs]
        if any(not name or not sign for name, sign, _ in split):
            raise click.BadParameter("NAME=VALUE", param_hint="--arg")
        return {name: value for name, _, value in split}
    try:
        said = orjson.loads(sys.stdin.read() if written == "-" else written)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        raise click.BadParameter("a JSON object", param_hint="--arguments")
    return said


async def _answer(there: Server, params: Mapping[str, Any]) -> Message:
    """The response; progress is told on standard error meanwhile."""
    ask = Ask(peer=_PEER, method="tools/call", params=params, wants_progress=True)
    async with there.call(ask) as running:
        async for message in running:
            if "method" not in message:
                return message
            if "id" in message:
                refused = {"code": _NO_METHOD, "message": "nobody is there to be asked"}
                await running.reply({"id": message["id"], "error": refused})
            else:
                await asyncio.to_thread(_tell, message)
    raise click.ClickException("the answer ended before its end")


def _tell(message: Message) -> None:
    said = message.get("params", {}).get("message")
    if isinstance(said, str):
        click.echo(plain(said), err=True)


def _print(told: Message) -> None:
    console = Console()
    if "error" in told:
        error = told["error"]
        said = error.get("message") if isinstance(error, dict) else error
        console.print(Text(plain(str(said)), style="red"))
        return
    result = told["result"]
    for block in result.get("content") or ():
        console.print(Text(_block(block)), soft_wrap=True)
    if "structuredContent" in result:
        console.print_json(data=result["structuredContent"])


def _block(block: Any) -> str:  # noqa: ANN401 - what a server sent
    if not isinstance(block, dict):
        return plain(str(block))
    if isinstance(text := block.get("text"), str):
        return plain(text)
    if isinstance(data := block.get("data"), str):
        size = len(base64.b64decode(data, validate=False))
        return plain(f"[{block.get('type')}: {block.get('mimeType')}, {size} bytes]")
    return plain(orjson.dumps(block).decode())
