"""The litellm client: Anthropic Messages."""

from complete import Speaking

Speaking("anthropic")
