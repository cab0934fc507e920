"""Anthropic Messages with count_tokens, as the provider and servers of its dialect speak it."""
