"""Gemini's way into the hub and out of it."""
