"""OpenAI's embeddings: texts go out, and numbers come back."""
