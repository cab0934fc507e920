"""A client for the suite's scenarios, with the protocol's SDK; directly or through a gateway.

    python -m tests.conformance.client [--through] URL

The suite says by the environment which scenario it is, which revision it speaks and which tools it
wants called; whatever else a server has is called with what its schema asks for.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult

MODERN = "2026-07-28"


async def converse(url: str, revision: str, wanted: list[Mapping[str, Any]]) -> None:
    """List what there is, and call it."""
    mode = "auto" if revision == MODERN else "legacy"
    async with Client(url, mode=mode, elicitation_callback=_answered) as client:
        tools = (await client.list_tools()).tools
        focal = tools[0].input_schema if tools else {}
        calls = wanted or [
            {
                "name": each.name,
                "arguments": {**made(each.input_schema), **_echoed(each.name, focal)},
            }
            for each in tools
        ]
        for call in calls:
            try:
                await client.call_tool(call["name"], dict(call["arguments"]))
            except (MCPError, ValueError) as error:  # a scenario may answer wrongly on purpose
                sys.stderr.write(f"{call['name']}: {error}\n")


def _echoed(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """A tool of the suite that wants to see a schema as it arrived."""
    return {"schema": schema} if name == "json_schema_echo" else {}


def made(schema: Mapping[str, Any]) -> Any:
    """Something that a schema allows, where it is a plain one."""
    if "default" in schema:
        return schema["default"]
    if schema.get("enum"):
        return schema["enum"][0]
    kind = str(schema.get("type"))
    if kind == "object":
        members = schema.get("properties", {})
        return {name: made(members[name]) for name in schema.get("required", ()) if name in members}
    return {"string": "test", "integer": 1, "number": 1.5, "boolean": True, "array": []}.get(kind)


async def _answered(context: Any, params: ElicitRequestParams) -> ElicitResult:
    """Accept, with the defaults that the form gives."""
    if not isinstance(params, ElicitRequestFormParams):
        return ElicitResult(action="decline")
    members = params.requested_schema.get("properties", {})
    return ElicitResult(action="accept", content={name: made(members[name]) for name in members})


async def _main(url: str, *, through: bool) -> None:
    revision = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", MODERN)
    context = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT", "{}"))
    wanted = context.get("toolCalls", [])
    if not through:
        await converse(url, revision, wanted)
        return
    from tests.support.mcp_gateway import Blind, mcp_gateway  # noqa: PLC0415 - takes seconds to import

    with tempfile.TemporaryDirectory() as folder:
        server = {"id": "one", "url": url, "inference": ["DE"], "storage": ["DE"]}
        async with mcp_gateway(Path(folder), server, detectors=Blind()) as at:
            await converse(at.url(), revision, wanted)


def main() -> None:
    """Be the client."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--through", action="store_true")
    parser.add_argument("url")
    said = parser.parse_args()
    asyncio.run(_main(said.url, through=said.through))


if __name__ == "__main__":
    main()
