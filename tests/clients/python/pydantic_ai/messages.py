"""pydantic-ai: Anthropic Messages."""

from agent import Speaking
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from stage import KEY, URL

PROVIDER = AnthropicProvider(base_url=URL, api_key=KEY)
Speaking(lambda name: AnthropicModel(name, provider=PROVIDER))
