"""The dialects that clients and providers may speak."""

from typing import Final

from guardrail_gw.dialects.anthropic_messages.dialect import AnthropicMessages
from guardrail_gw.dialects.openai_chat.dialect import OpenAIChat

OPENAI_CHAT: Final = OpenAIChat()
DIALECTS: Final[tuple[OpenAIChat | AnthropicMessages, ...]] = (OPENAI_CHAT, AnthropicMessages())
SURFACES: Final = frozenset(dialect.name for dialect in DIALECTS)
"""What policies may name as an endpoint."""
