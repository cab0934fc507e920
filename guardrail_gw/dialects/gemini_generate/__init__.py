"""Gemini: generateContent whole and streamed, countTokens and embeddings, as Google speaks it."""
