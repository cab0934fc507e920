"""OpenAI Responses with compact and input_tokens, as OpenAI, Azure and near-copies speak it."""
