"""pydantic-ai: Gemini."""

from agent import Speaking
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider
from stage import KEY, URL

PROVIDER = GoogleProvider(base_url=URL, api_key=KEY)
Speaking(lambda name: GoogleModel(name, provider=PROVIDER))
