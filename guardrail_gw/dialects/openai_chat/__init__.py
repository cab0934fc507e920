"""OpenAI chat completions and its near-copies (Azure, Mistral, Groq, vLLM, OpenRouter ...)."""
