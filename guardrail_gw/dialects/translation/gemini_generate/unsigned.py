"""Calls that another model made.

Source: Gemini API, "Thought signatures", as read in 2026: from Gemini 3 on, the first call of each
step must carry the signature of the thought that led to it; history of other models carries a word
in its place.
"""

from typing import Final

UNSIGNED: Final = "skip_thought_signature_validator"
