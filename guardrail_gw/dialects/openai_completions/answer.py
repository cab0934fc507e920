"""Completions: whole bodies and streams of chunks, which are those of chat but for their text.

Source: OpenAI API reference, "The completion object" (legacy), as read in 2026.
"""

from dataclasses import dataclass
from typing import Any

from guardrail_gw.dialects.openai_chat import answer


@dataclass(slots=True)
class WholeReader(answer.WholeReader):
    """Reads an answer that is one JSON object."""

    def is_whole(self, choice: dict[str, Any]) -> bool:
        """Whether it is a choice of a whole completion."""
        return isinstance(choice.get("text"), str)
