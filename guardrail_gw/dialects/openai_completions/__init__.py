"""OpenAI's completions of a text: a prompt goes on, and nobody has a turn."""
