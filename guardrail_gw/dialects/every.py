"""The dialects that clients and providers may speak."""

from collections.abc import Mapping
from typing import Final

from guardrail_gw.core.ports import Spoken
from guardrail_gw.dialects.anthropic_messages.dialect import AnthropicMessages
from guardrail_gw.dialects.batches.anthropic import AnthropicBatches
from guardrail_gw.dialects.batches.openai import OpenAIBatches
from guardrail_gw.dialects.bedrock_converse.dialect import BedrockConverse
from guardrail_gw.dialects.cohere_chat.dialect import CohereChat
from guardrail_gw.dialects.cohere_chat_v1.dialect import CohereChatV1
from guardrail_gw.dialects.files.dialect import AnthropicFiles, OpenAIFiles
from guardrail_gw.dialects.gemini_generate.dialect import GeminiGenerate
from guardrail_gw.dialects.mcp import NAME as MCP
from guardrail_gw.dialects.openai_chat.dialect import OpenAIChat
from guardrail_gw.dialects.openai_completions.dialect import OpenAICompletions
from guardrail_gw.dialects.openai_embeddings.dialect import OpenAIEmbeddings
from guardrail_gw.dialects.openai_responses.dialect import OpenAIResponses
from guardrail_gw.dialects.opened.dialect import OPENED

DIALECTS: Final[
    tuple[
        OpenAIChat
        | AnthropicMessages
        | GeminiGenerate
        | OpenAIResponses
        | OpenAIEmbeddings
        | CohereChat,
        ...,
    ]
] = (
    OpenAIChat(),
    AnthropicMessages(),
    GeminiGenerate(),
    OpenAIResponses(),
    OpenAICompletions(),
    OpenAIEmbeddings(),
    CohereChat(),
    CohereChatV1(),
)
"""Those that are always served."""
BY_NAME: Final = {dialect.name: dialect for dialect in DIALECTS}
KEEPING: Final = (OpenAIFiles(), OpenAIBatches(), AnthropicFiles(), AnthropicBatches())
"""What providers keep for longer than a conversation; a policy opens it, too."""
WITH_OPENED: Final = {**BY_NAME, **{dialect.name: dialect for dialect in (*OPENED, *KEEPING)}}
"""With those that a policy opens."""
PROVIDERS: Final[Mapping[str, Spoken]] = {**WITH_OPENED, "bedrock_converse": BedrockConverse()}
"""With those that only providers speak."""
SURFACES: Final = frozenset({*WITH_OPENED, MCP})
"""What policies may name as an endpoint."""
