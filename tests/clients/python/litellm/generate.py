"""The litellm client: Gemini."""

from complete import Speaking

Speaking("gemini")
