"""A client for the suite's scenarios, with the protocol's SDK; directly or through the gateway.

A scenario says which tools it wants called; whatever else a server has is called with what its
schema asks for. Where a server asks for an access token, the client gets one by OAuth; through the
gateway it is whoever runs the gateway that gets it, and gives it to the gateway.
"""

import json
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult

from tests.conformance.desk import Scene
from tests.conformance.oauth import AUTH, Wallet, provider
from tests.support.mcp_gateway import Blind, mcp_gateway

MODERN: Final = "2026-07-28"


async def direct(scene: Scene) -> Mapping[str, str]:
    """Play a scene as a client of the server: what it asked -> what it got."""
    if scene.scenario.startswith(AUTH):
        return (await _authorized(scene))[1]
    return await converse(scene, scene.url)


async def through(scene: Scene) -> Mapping[str, str]:
    """Play a scene as a client of the gateway in front of the server."""
    token = (await _authorized(scene))[0] if scene.scenario.startswith(AUTH) else None
    async with _gateway(scene.url, token) as url:
        return await converse(scene, url)


async def converse(
    scene: Scene, url: str, auth: OAuthClientProvider | None = None
) -> Mapping[str, str]:
    """List what there is, and call it."""
    async with _connected(scene, url, auth) as client:
        tools = (await client.list_tools()).tools
        focal = tools[0].input_schema if tools else {}
        calls = scene.context.get("toolCalls") or [
            {
                "name": each.name,
                "arguments": {**made(each.input_schema), **_echoed(each.name, focal)},
            }
            for each in tools
        ]
        got = {"client": " ".join(["lists", *sorted(each.name for each in tools)])}
        for number, call in enumerate(calls):
            asked = f"client {number} {call['name']}"
            got[asked] = await _called(client, call["name"], dict(call["arguments"]))
        return got


async def _called(client: Client, name: str, arguments: dict[str, Any]) -> str:
    """What a call comes to; a scenario may answer wrongly on purpose."""
    try:
        said = await client.call_tool(name, arguments)
    except MCPError as error:
        return f"error {error.error.code}"
    except ValueError as error:
        return type(error).__name__
    return "is error" if said.is_error else json.dumps([kind.type for kind in said.content])


@asynccontextmanager
async def _connected(
    scene: Scene, url: str, auth: OAuthClientProvider | None
) -> AsyncIterator[Client]:
    mode = "auto" if scene.revision == MODERN else "legacy"
    async with create_mcp_http_client(auth=auth) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, mode=mode, elicitation_callback=_answered) as client:
            yield client


async def _authorized(scene: Scene) -> tuple[str, Mapping[str, str]]:
    """Get an access token at the server, and use it there; the token, and what came of it."""
    wallet = Wallet()
    got = await converse(scene, scene.url, provider(scene, wallet))
    assert wallet.tokens is not None
    return wallet.tokens.access_token, got


@asynccontextmanager
async def _gateway(url: str, token: str | None) -> AsyncIterator[str]:
    server: dict[str, Any] = {"id": "one", "url": url, "inference": ["DE"], "storage": ["DE"]}
    if token is not None:
        server["headers"] = {"Authorization": f"Bearer {token}"}
    with tempfile.TemporaryDirectory() as folder:
        async with mcp_gateway(Path(folder), server, detectors=Blind()) as at:
            yield at.url()


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
