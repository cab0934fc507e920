"""The dialects that clients and providers may speak."""

from collections.abc import Mapping
from typing import Final

from guardrail_gw.core.ports import Spoken
from guardrail_gw.dialects.anthropic_messages.dialect import AnthropicMessages
from guardrail_gw.dialects.bedrock_converse.dialect import BedrockConverse
from guardrail_gw.dialects.gemini_generate.dialect import GeminiGenerate
from guardrail_gw.dialects.openai_chat.dialect import OpenAIChat
from guardrail_gw.dialects.openai_completions.dialect import OpenAICompletions
from guardrail_gw.dialects.openai_embeddings.dialect import OpenAIEmbeddings
from guardrail_gw.dialects.openai_responses.dialect import OpenAIResponses

DIALECTS: Final[
    tuple[OpenAIChat | AnthropicMessages | GeminiGenerate | OpenAIResponses | OpenAIEmbeddings, ...]
] = (
    OpenAIChat(),
    AnthropicMessages(),
    GeminiGenerate(),
    OpenAIResponses(),
    OpenAICompletions(),
    OpenAIEmbeddings(),
)
BY_NAME: Final = {dialect.name: dialect for dialect in DIALECTS}
PROVIDERS: Final[Mapping[str, Spoken]] = {**BY_NAME, "bedrock_converse": BedrockConverse()}
"""With those that only providers speak."""
SURFACES: Final = frozenset(BY_NAME)
"""What policies may name as an endpoint."""
