"""Cohere's chat (API v2), as the provider and servers of its dialect speak it."""
