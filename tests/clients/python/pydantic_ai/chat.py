"""pydantic-ai: chat completions."""

from agent import Speaking
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from stage import KEY, URL

PROVIDER = OpenAIProvider(base_url=f"{URL}/v1", api_key=KEY)
Speaking(lambda name: OpenAIChatModel(name, provider=PROVIDER))
