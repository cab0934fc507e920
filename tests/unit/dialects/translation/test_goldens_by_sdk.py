"""What the filed conversations say is of the types that the makers' own SDKs give for it.

Converse has no such types here; its requests are held to a schema in `test_goldens`.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import pytest
from anthropic.types import Message, RawMessageStreamEvent
from anthropic.types.message_create_params import MessageCreateParamsStreaming as MessagesRequest
from google.genai.types import (
    Content,
    GenerateContentResponse,
    GenerationConfig,
    Tool,
    ToolConfig,
)
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.completion_create_params import (
    CompletionCreateParamsStreaming as ChatRequest,
)
from openai.types.responses import Response, ResponseStreamEvent
from openai.types.responses.response_create_params import (
    ResponseCreateParamsStreaming as ResponsesRequest,
)
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from tests.support.goldens import CONVERSE, FOLDER, GEMINI, PAIRS

CHAT, MESSAGES, RESPONSES = "openai_chat", "anthropic_messages", "openai_responses"


class GeminiRequest(BaseModel):
    """Google's SDK has types for the members of a request, and none for all of it."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    contents: list[Content]
    system_instruction: Content | None = None
    tools: list[Tool] | None = None
    tool_config: ToolConfig | None = None
    generation_config: GenerationConfig | None = None


ASKED: dict[str, Any] = {
    CHAT: ChatRequest,
    MESSAGES: MessagesRequest,
    RESPONSES: ResponsesRequest,
    GEMINI: GeminiRequest,
}
"""Dialect -> the type of requests for a stream."""
TOLD: dict[str, Any] = {
    CHAT: ChatCompletionChunk,
    MESSAGES: RawMessageStreamEvent,
    RESPONSES: ResponseStreamEvent,
    GEMINI: GenerateContentResponse,
}
"""Dialect -> the type of a stream's events."""
WHOLE: dict[str, Any] = {
    CHAT: ChatCompletion,
    MESSAGES: Message,
    RESPONSES: Response,
    GEMINI: GenerateContentResponse,
}
"""Dialect -> the type of answers that are not streamed."""
adapter = cache(TypeAdapter)


def read(type_: Any, value: Any) -> None:
    """Read JSON to its last entry: some lists are not looked at before they are asked for."""
    if isinstance(type_, type) and issubclass(type_, BaseModel):
        type_.model_validate_json(json.dumps(value))
    else:
        _exhaust(adapter(type_).validate_python(value))


def _exhaust(value: Any) -> None:
    if isinstance(value, Mapping):
        value = value.values()
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | BaseModel):
        for entry in value:
            _exhaust(entry)


@pytest.mark.parametrize(("client", "provider"), PAIRS)
def test_both_sides_are_of_the_sdks_types(client: str, provider: str) -> None:
    """Requests of the provider's, events and bodies of the client's."""
    cases = json.loads((FOLDER / f"{client}--{provider}.json").read_text(encoding="utf-8"))

    for case in cases.values():
        if "sent" in case and provider != CONVERSE:
            named = {} if provider == GEMINI else {"model": "m"}
            read(ASKED[provider], {**named, **case["sent"]})
        told = case.get("told", [])
        if isinstance(told, list):
            for event in filter(None, told):
                read(TOLD[client], event)
        else:
            read(WHOLE[client], told)


@pytest.mark.parametrize(
    ("dialect", "request_"),
    [
        (CHAT, {"messages": [{"role": "tool", "content": "x"}]}),
        (MESSAGES, {"max_tokens": 1, "messages": [{"role": "user", "content": [{"text": "a"}]}]}),
        (RESPONSES, {"input": [{"type": "function_call", "name": "x"}]}),
        (GEMINI, {"contents": [{"parts": [{"txt": "a"}]}]}),
    ],
)
def test_the_types_see_a_fault(dialect: str, request_: dict[str, Any]) -> None:
    """They are not so lenient that the test above would say nothing."""
    said = {} if dialect == GEMINI else {"model": "m", "stream": True}

    with pytest.raises(ValidationError):
        read(ASKED[dialect], {**said, **request_})
