"""The spoke of Anthropic Messages."""
