"""Where clients ask: the paths of operations behind the prefixes that base URLs put before them.

Source: base URLs that providers and clients document, as read in 2026: `/v1`, none at all
(litellm), `/openai/v1` (Groq, Azure OpenAI), `/anthropic/v1` (DeepSeek, Moonshot, MiniMax).
"""

import re
from typing import Final

_OPENAI: Final = ("/v1", "", "/openai/v1")
_ANTHROPIC: Final = ("/v1", "", "/anthropic/v1")
_PREFIX: Final = re.compile(r"(?:/(?:openai|anthropic))?/v1(?=/)")


MODELS: Final = (
    "/v1/models",
    "/v1/models/",
    "/openai/v1/models",
    "/anthropic/v1/models",
    "/models",
)
"""Where models are listed."""


def openai(*operations: str) -> tuple[str, ...]:
    """Every path on which OpenAI's clients ask for these, `/v1` first."""
    return _spelled(_OPENAI, operations)


def anthropic(*operations: str) -> tuple[str, ...]:
    """Every path on which Anthropic's clients ask for these, `/v1` first."""
    return _spelled(_ANTHROPIC, operations)


def operation(target: str) -> str:
    """What is asked for, from path and query as sent: `/messages/count_tokens`."""
    path = target.partition("?")[0].rstrip("/")
    return _PREFIX.sub("", path, count=1) if _PREFIX.match(path) else path


def _spelled(prefixes: tuple[str, ...], operations: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        f"{prefix}{operation}{end}"
        for end in ("", "/")
        for prefix in prefixes
        for operation in operations
    )
