"""OpenAI's surfaces that are served only where a policy opens them."""
