"""The operations of the dialect; nothing of a client's headers or query goes on.

Source: OpenAI API reference, "Responses", as read in 2026.
"""

from typing import Final

from guardrail_gw.core.exchange import Head
from guardrail_gw.dialects import paths

RESPONSES: Final = "/responses"
COMPACT: Final = "/responses/compact"
INPUT_TOKENS: Final = "/responses/input_tokens"

_OTHERS: Final = (COMPACT, INPUT_TOKENS)
"""Their answers are never streamed, and providers keep nothing for them."""


def served() -> tuple[str, ...]:
    """Where clients ask."""
    return paths.openai(RESPONSES, *_OTHERS)


def read(target: str) -> Head:
    """Read the operation from path and query as sent; the query goes nowhere."""
    return Head(path=paths.operation(target, (RESPONSES, *_OTHERS)))


def answers(head: Head) -> bool:
    """Whether a response is asked for: what can be streamed and stored."""
    return head.path not in _OTHERS
