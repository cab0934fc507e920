"""The litellm client: chat completions."""

from complete import Speaking

Speaking("openai", "/v1")
