"""Tools of the test server that ask back: in the middle of a call, or by `input_required`."""

import json
from typing import Any

import mcp_types as types
from mcp.shared.exceptions import MCPError

from tests.support.mcp_fixture_tools import STRING, Ctx, FixtureTool, Run, Said, takes, text
from tests.support.mcp_fixture_world import World, lacks

FORMS = types.ClientCapabilities(elicitation=types.ElicitationCapability())
SAMPLING = types.ClientCapabilities(sampling=types.SamplingCapability())

DEFAULTS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {
            "type": "string",
            "enum": ["active", "inactive", "pending"],
            "default": "active",
        },
        "verified": {"type": "boolean", "default": True},
    },
}


def _titled(*titles: str) -> list[dict[str, Any]]:
    return [{"const": f"value{i}", "title": each} for i, each in enumerate(titles, 1)]


OPTIONS = ["option1", "option2", "option3"]
ENUMS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "untitledSingle": {"type": "string", "enum": OPTIONS},
        "titledSingle": {
            "type": "string",
            "oneOf": _titled("First Option", "Second Option", "Third Option"),
        },
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": OPTIONS}},
        "titledMulti": {
            "type": "array",
            "items": {"anyOf": _titled("First Choice", "Second Choice", "Third Choice")},
        },
    },
}
CONTACT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "username": {"type": "string", "description": "User's response"},
        "email": {"type": "string", "description": "User's email address"},
    },
    "required": ["username", "email"],
}


def _form(schema: dict[str, Any], label: str) -> Run:
    """A tool that asks for a form in the middle of its call, as the legacy era does."""

    async def run(_: World, ctx: Ctx, params: types.CallToolRequestParams) -> Said:
        message = str((params.arguments or {}).get("message", "Please fill in"))
        if lacks(ctx, FORMS) or not ctx.session.can_send_request:
            return {"content": [text("the client has no forms")], "isError": True}
        answer = await ctx.session.elicit_form(message, schema, ctx.request_id)
        said = f"action={answer.action}, content={json.dumps(answer.content)}"
        return {"content": [text(f"{label}: {said}")]}

    return run


async def _sample(_: World, ctx: Ctx, params: types.CallToolRequestParams) -> Said:
    """Asks the client's model in the middle of the call, as the legacy era does."""
    if lacks(ctx, SAMPLING) or not ctx.session.can_send_request:
        return {"content": [text("the client has no model")], "isError": True}
    prompt = str((params.arguments or {}).get("prompt", ""))
    message = types.SamplingMessage(
        role="user", content=types.TextContent(type="text", text=prompt)
    )
    answer = await ctx.session.create_message(  # type: ignore[deprecated] # what is tested
        [message], max_tokens=100, related_request_id=ctx.request_id
    )
    said = answer.content.text if isinstance(answer.content, types.TextContent) else "no text"
    return {"content": [text(f"LLM response: {said}")]}


async def _streaming(_: World, ctx: Ctx, params: types.CallToolRequestParams) -> Said:
    await ctx.session.report_progress(0, 1)
    return await _named(_, ctx, params)


def ask_form(key: str, message: str, state: str | None = None, **properties: str) -> Said:
    """A result that asks for a form."""
    return required({key: form(message, **properties)}, state)


def form(message: str, **properties: str) -> dict[str, Any]:
    """A question for a form."""
    schema = takes(**{name: {"type": kind} for name, kind in properties.items()})
    params = {"mode": "form", "message": message, "requestedSchema": schema}
    return {"method": "elicitation/create", "params": params}


def sampling(prompt: str, tokens: int) -> dict[str, Any]:
    """A question for the client's model."""
    message = {"role": "user", "content": text(prompt)}
    params = {"messages": [message], "maxTokens": tokens}
    return {"method": "sampling/createMessage", "params": params}


ROOTS: dict[str, Any] = {"method": "roots/list", "params": {}}


def required(requests: dict[str, Any], state: str | None = None) -> Said:
    """A result that asks for these."""
    said: Said = {"resultType": "input_required", "inputRequests": requests}
    if state is not None:
        said["requestState"] = state
    return said


def answers(params: Any) -> dict[str, Any]:
    """What was answered, by key."""
    given = params.input_responses or {}
    return {
        key: each if isinstance(each, dict) else each.model_dump(mode="json", by_alias=True)
        for key, each in given.items()
    }


def answered(params: Any, key: str, member: str) -> Any:
    """A member of a form that was filled in; None: it was not."""
    content = answers(params).get(key, {}).get("content")
    return content.get(member) if isinstance(content, dict) else None


async def _named(_: World, __: Ctx, params: types.CallToolRequestParams) -> Said:
    name = answered(params, "user_name", "name")
    if not isinstance(name, str):
        return ask_form("user_name", "What is your name?", name="string")
    return {"content": [text(f"Hello, {name}!")]}


async def _capital(_: World, __: Ctx, params: types.CallToolRequestParams) -> Said:
    answer = answers(params).get("capital_question")
    if answer is None:
        return required({"capital_question": sampling("What is the capital of France?", 100)})
    return {"content": [text(json.dumps(answer.get("content")))]}


async def _roots(_: World, __: Ctx, params: types.CallToolRequestParams) -> Said:
    answer = answers(params).get("client_roots")
    if answer is None:
        return required({"client_roots": ROOTS})
    return {"content": [text(json.dumps([root.get("uri") for root in answer["roots"]]))]}


async def _stated(_: World, __: Ctx, params: types.CallToolRequestParams) -> Said:
    if answered(params, "confirm", "ok") is None or params.request_state is None:
        return ask_form("confirm", "Please confirm", "asked", ok="boolean")
    return {"content": [text("state-ok" if params.request_state == "asked" else "state-wrong")]}


async def _several(_: World, __: Ctx, params: types.CallToolRequestParams) -> Said:
    given = answers(params)
    if {"user_name", "greeting", "client_roots"} <= given.keys():
        return {"content": [text(f"{len(given)} answers")]}
    asked = {
        "user_name": form("What is your name?", name="string"),
        "greeting": sampling("Generate a greeting", 50),
        "client_roots": ROOTS,
    }
    return required(asked, "several")


async def _rounds(_: World, __: Ctx, params: types.CallToolRequestParams) -> Said:
    if params.request_state is None:
        return ask_form("step1", "Step 1: What is your name?", "round-1", name="string")
    if params.request_state == "round-1":
        return ask_form("step2", "Step 2: What is your favorite color?", "round-2", color="string")
    return {"content": [text(f"liked: {answered(params, 'step2', 'color')}")]}


async def _declared_only(_: World, ctx: Ctx, __: types.CallToolRequestParams) -> Said:
    asked: dict[str, Any] = {}
    if not lacks(ctx, SAMPLING):
        asked["greeting"] = sampling("Generate a greeting", 50)
    if not lacks(ctx, FORMS):
        asked["user_name"] = form("What is your name?", name="string")
    if not asked:
        raise MCPError(
            types.MISSING_REQUIRED_CLIENT_CAPABILITY,
            "sampling or elicitation is needed",
            {"requiredCapabilities": {"sampling": {}}},
        )
    return required(asked)


def _tool(name: str, run: Run, **properties: Any) -> FixtureTool:
    described = name.removeprefix("test_").replace("_", " ")
    schema = takes(**properties) if properties else {"type": "object", "properties": {}}
    return FixtureTool(name=name, description=f"Asks back: {described}", run=run, schema=schema)


ASKING: tuple[FixtureTool, ...] = (
    _tool("test_sampling", _sample, prompt=STRING),
    _tool("test_elicitation", _form(CONTACT, "User response"), message=STRING),
    _tool("test_elicitation_sep1034_defaults", _form(DEFAULTS, "Elicitation completed")),
    _tool("test_elicitation_sep1330_enums", _form(ENUMS, "Elicitation completed")),
    _tool("test_streaming_elicitation", _streaming),
    _tool("test_input_required_result_elicitation", _named),
    _tool("test_input_required_result_sampling", _capital),
    _tool("test_input_required_result_list_roots", _roots),
    _tool("test_input_required_result_request_state", _stated),
    _tool("test_input_required_result_multiple_inputs", _several),
    _tool("test_input_required_result_multi_round", _rounds),
    _tool("test_input_required_result_tampered_state", _stated),
    _tool("test_input_required_result_capabilities", _declared_only),
)
