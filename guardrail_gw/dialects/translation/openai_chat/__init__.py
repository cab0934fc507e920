"""The spoke of OpenAI chat completions."""
