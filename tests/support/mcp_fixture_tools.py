"""Tools of the test server that ask nobody."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import (
    PromptsListChanged,
    ResourceUpdated,
    ToolsListChanged,
)

from tests.support.mcp_fixture_world import World, lacks

Ctx = ServerRequestContext[Any, Any]
Said = dict[str, Any]
Run = Callable[[World, Ctx, types.CallToolRequestParams], Awaitable[Said]]

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8"
    "z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="
NOTHING: dict[str, Any] = {"type": "object", "properties": {}}
STEP_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class FixtureTool:
    """One tool: how it is listed, and what it does."""

    name: str
    description: str
    run: Run
    schema: dict[str, Any] = field(default_factory=lambda: NOTHING)
    output: dict[str, Any] | None = None
    annotations: dict[str, Any] | None = None

    def wire(self) -> dict[str, Any]:
        """As `tools/list` has it."""
        listed = {"name": self.name, "description": self.description, "inputSchema": self.schema}
        if self.output is not None:
            listed["outputSchema"] = self.output
        if self.annotations is not None:
            listed["annotations"] = self.annotations
        return listed


def text(said: str) -> dict[str, Any]:
    """A block of text."""
    return {"type": "text", "text": said}


def takes(**properties: Any) -> dict[str, Any]:
    """A schema that requires all of these."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _always(*blocks: dict[str, Any]) -> Run:
    async def run(_: World, __: Ctx, ___: types.CallToolRequestParams) -> Said:
        return {"content": list(blocks)}

    return run


def _resource(uri: str, mime: str, said: str) -> dict[str, Any]:
    return {"type": "resource", "resource": {"uri": uri, "mimeType": mime, "text": said}}


IMAGE = {"type": "image", "data": PNG, "mimeType": "image/png"}
AUDIO = {"type": "audio", "data": WAV, "mimeType": "audio/wav"}


async def _fail(_: World, __: Ctx, ___: types.CallToolRequestParams) -> Said:
    said = "This tool intentionally returns an error for testing"
    return {"content": [text(said)], "isError": True}


async def _log(world: World, ctx: Ctx, _: types.CallToolRequestParams) -> Said:
    for each in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await ctx.session.send_log_message("info", each, "fixture", ctx.request_id)  # type: ignore[deprecated] # what is tested
        await asyncio.sleep(STEP_S)
    return {"content": [text(f"logged for {world.levels.get(world.session(ctx), 'any')}")]}


async def _progress(_: World, ctx: Ctx, __: types.CallToolRequestParams) -> Said:
    for done in (0, 50, 100):
        await ctx.session.report_progress(done, 100, f"{done} of 100")
        await asyncio.sleep(STEP_S)
    return {"content": [text("done")]}


async def _reconnect(_: World, ctx: Ctx, __: types.CallToolRequestParams) -> Said:
    await asyncio.sleep(STEP_S)  # else the id of the first event goes down with the stream
    if ctx.close_sse_stream is not None:
        await ctx.close_sse_stream()
    await asyncio.sleep(2 * STEP_S)
    return {"content": [text("said after the stream was closed")]}


async def _change_tools(world: World, ctx: Ctx, _: types.CallToolRequestParams) -> Said:
    await world.tell(ctx, ToolsListChanged())
    return {"content": [text("the tools changed")]}


async def _change_prompts(world: World, ctx: Ctx, _: types.CallToolRequestParams) -> Said:
    await world.tell(ctx, PromptsListChanged())
    return {"content": [text("the prompts changed")]}


async def _change_resource(world: World, ctx: Ctx, _: types.CallToolRequestParams) -> Said:
    await world.tell(ctx, ResourceUpdated(uri="test://watched-resource"))
    return {"content": [text("the resource changed")]}


async def _missing_capability(_: World, ctx: Ctx, __: types.CallToolRequestParams) -> Said:
    needed = types.ClientCapabilities(sampling=types.SamplingCapability())
    if lacks(ctx, needed):
        raise MCPError(
            types.MISSING_REQUIRED_CLIENT_CAPABILITY,
            "sampling is needed",
            {"requiredCapabilities": {"sampling": {}}},
        )
    return {"content": [text("sampling was declared")]}


async def _echo(_: World, __: Ctx, params: types.CallToolRequestParams) -> Said:
    given = params.arguments or {}
    return {"content": [text(json.dumps(given, sort_keys=True))], "structuredContent": given}


async def _seen(_: World, ctx: Ctx, params: types.CallToolRequestParams) -> Said:
    """What a server can know of who asks: headers, capabilities, `_meta`."""
    request = ctx.request
    seen = {
        "headers": dict(request.headers) if request is not None else {},
        "version": ctx.protocol_version,
        "capabilities": _plain(ctx.session.client_capabilities),
        "client": _plain(ctx.session.client_params),
        "meta": dict(ctx.meta) if ctx.meta else {},
        "arguments": params.arguments or {},
    }
    return {"content": [text(json.dumps(seen, sort_keys=True))], "structuredContent": seen}


def _plain(model: Any) -> Any:
    return (
        None if model is None else model.model_dump(mode="json", by_alias=True, exclude_none=True)
    )


async def _remember(world: World, ctx: Ctx, params: types.CallToolRequestParams) -> Said:
    world.told[world.session(ctx)] = str((params.arguments or {}).get("word"))
    return {"content": [text("remembered")]}


async def _recall(world: World, ctx: Ctx, _: types.CallToolRequestParams) -> Said:
    return {"content": [text(world.told.get(world.session(ctx), "nothing"))]}


async def _slow(_: World, ctx: Ctx, params: types.CallToolRequestParams) -> Said:
    given = params.arguments or {}
    seconds, steps = float(given.get("seconds", 1)), int(given.get("steps", 1))
    for step in range(steps):
        await asyncio.sleep(seconds / steps)
        await ctx.session.report_progress(step + 1, steps)
    return {"content": [text("awake")]}


async def _large(_: World, __: Ctx, params: types.CallToolRequestParams) -> Said:
    return {"content": [text("x" * int((params.arguments or {}).get("size", 1000)))]}


SCHEMA_2020 = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}

WITH_HEADERS = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "priority": {"type": "integer", "x-mcp-header": "Priority"},
        "text": {"type": "string"},
    },
}

STRING = {"type": "string"}
MIXED = _resource(
    "test://mixed-content-resource", "application/json", '{"test":"data","value":123}'
)
EMBEDDED = _resource(
    "test://embedded-resource", "text/plain", "This is an embedded resource content."
)

TOOLS: tuple[FixtureTool, ...] = (
    FixtureTool(
        name="test_simple_text",
        description="One block of text",
        run=_always(text("This is a simple text response for testing.")),
        annotations={"readOnlyHint": True, "destructiveHint": False, "openWorldHint": False},
    ),
    FixtureTool(name="test_image_content", description="A picture", run=_always(IMAGE)),
    FixtureTool(name="test_audio_content", description="A sound", run=_always(AUDIO)),
    FixtureTool(name="test_embedded_resource", description="A resource", run=_always(EMBEDDED)),
    FixtureTool(
        name="test_multiple_content_types",
        description="Text, a picture and a resource",
        run=_always(text("Multiple content types test:"), IMAGE, MIXED),
    ),
    FixtureTool(name="test_tool_with_logging", description="Writes to the log", run=_log),
    FixtureTool(name="test_logging_tool", description="Writes to the log", run=_log),
    FixtureTool(name="test_tool_with_progress", description="Tells how far it is", run=_progress),
    FixtureTool(name="test_reconnection", description="Closes its stream", run=_reconnect),
    FixtureTool(name="test_error_handling", description="Always fails", run=_fail),
    FixtureTool(
        name="json_schema_2020_12_tool",
        description="Has a schema of draft 2020-12",
        run=_echo,
        schema=SCHEMA_2020,
    ),
    FixtureTool(
        name="test_custom_headers",
        description="Has arguments that are also headers",
        run=_seen,
        schema=WITH_HEADERS,
    ),
    FixtureTool(
        name="test_missing_capability", description="Needs sampling", run=_missing_capability
    ),
    FixtureTool(
        name="test_trigger_tool_change", description="Changes the tools", run=_change_tools
    ),
    FixtureTool(
        name="test_trigger_prompt_change", description="Changes the prompts", run=_change_prompts
    ),
    FixtureTool(name="change_resource", description="Changes a resource", run=_change_resource),
    FixtureTool(
        name="echo",
        description="Says what it was told",
        run=_echo,
        schema={"type": "object"},
        output={"type": "object"},
        annotations={"readOnlyHint": True},
    ),
    FixtureTool(name="seen", description="Says who asks", run=_seen, schema={"type": "object"}),
    FixtureTool(
        name="remember",
        description="Keeps a word for the session",
        run=_remember,
        schema=takes(word=STRING),
        annotations={"readOnlyHint": False, "destructiveHint": True},
    ),
    FixtureTool(name="recall", description="Says the word again", run=_recall),
    FixtureTool(
        name="slow",
        description="Takes its time",
        run=_slow,
        schema={
            "type": "object",
            "properties": {"seconds": {"type": "number"}, "steps": {"type": "integer"}},
        },
    ),
    FixtureTool(
        name="large",
        description="Says a lot",
        run=_large,
        schema={"type": "object", "properties": {"size": {"type": "integer"}}},
    ),
)
