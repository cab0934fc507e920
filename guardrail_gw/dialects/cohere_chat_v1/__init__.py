"""Cohere's chat as its first API had it: one message with a history, answered in JSON lines."""
