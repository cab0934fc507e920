"""The spoke of OpenAI Responses."""
