"""Prompts of the test server."""

from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

from tests.support.mcp_fixture_asking import answered, ask_form
from tests.support.mcp_fixture_tools import IMAGE, text

PROMPTS: tuple[dict[str, Any], ...] = (
    {"name": "test_simple_prompt", "description": "A prompt without arguments"},
    {
        "name": "test_prompt_with_arguments",
        "description": "A prompt with two arguments",
        "arguments": [
            {"name": "arg1", "description": "The first", "required": True},
            {"name": "arg2", "description": "The second", "required": True},
        ],
    },
    {
        "name": "test_prompt_with_embedded_resource",
        "description": "A prompt with a resource in it",
        "arguments": [{"name": "resourceUri", "description": "Which one", "required": True}],
    },
    {"name": "test_prompt_with_image", "description": "A prompt with a picture in it"},
    {"name": "test_input_required_result_prompt", "description": "A prompt that asks back"},
)


def _messages(*contents: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": each} for each in contents]}


def _embedded(uri: str) -> dict[str, Any]:
    said = "Embedded resource content for testing."
    resource = {"uri": uri, "mimeType": "text/plain", "text": said}
    return {"type": "resource", "resource": resource}


async def get_prompt(
    _: ServerRequestContext[Any, Any], params: types.GetPromptRequestParams
) -> dict[str, Any]:
    """Make one of them."""
    given = params.arguments or {}
    match params.name:
        case "test_simple_prompt":
            return _messages(text("This is a simple prompt for testing."))
        case "test_prompt_with_arguments":
            said = f"arg1='{given.get('arg1')}', arg2='{given.get('arg2')}'"
            return _messages(text(f"Prompt with arguments: {said}"))
        case "test_prompt_with_embedded_resource":
            please = text("Please process the embedded resource above.")
            return _messages(_embedded(str(given.get("resourceUri"))), please)
        case "test_prompt_with_image":
            return _messages(IMAGE, text("Please analyze the image above."))
        case "test_input_required_result_prompt":
            return _asking(params)
        case _:
            raise MCPError(types.INVALID_PARAMS, "Unknown prompt")


def _asking(params: types.GetPromptRequestParams) -> dict[str, Any]:
    said = answered(params, "user_context", "context")
    if said is None:
        return ask_form("user_context", "What context should the prompt use?", context="string")
    return _messages(text(f"The context is {said}."))
