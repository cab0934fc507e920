"""Reasoning that a client hands back, and whose it is.

Source: OpenAI API reference, "Create a model response", as read in 2026.
"""

import json
from typing import Any, Final

from guardrail_gw.core.body import without
from guardrail_gw.dialects.foreign import MARK, is_foreign

_REASONING: Final = "reasoning"


def own(body: bytes) -> bytes:
    """A request without reasoning of other makers, whose seals this provider would refuse."""
    if MARK.encode() not in body:
        return body
    items = json.loads(body).get("input")
    listed = items if isinstance(items, list) else []
    return without(body, [("input", at) for at, item in enumerate(listed) if is_others(item)])


def is_others(item: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether an item is reasoning that was told from another dialect."""
    is_reasoning = isinstance(item, dict) and item.get("type") == _REASONING
    return is_reasoning and is_foreign(item.get("encrypted_content"))
