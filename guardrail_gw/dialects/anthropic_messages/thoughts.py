"""Thoughts that a client hands back, and whose they are.

Source: Anthropic API reference, "Extended thinking", as read in 2026.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.core.body import Path, without
from guardrail_gw.dialects.foreign import MARK, is_foreign

_SEALS: Final[Mapping[str, str]] = {"thinking": "signature", "redacted_thinking": "data"}
"""Type of a block that is a thought -> the member that is its seal."""


def own(body: bytes) -> bytes:
    """A request without thoughts of other makers, whose seals this provider would refuse."""
    if MARK.encode() not in body:
        return body
    return without(body, list(_foreign(json.loads(body))))


def is_others(block: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether a block is a thought that was told from another dialect."""
    kind = block.get("type") if isinstance(block, dict) else None
    return isinstance(kind, str) and kind in _SEALS and is_foreign(block.get(_SEALS[kind]))


def _foreign(body: dict[str, Any]) -> Iterator[Path]:
    """Where they stand; a message that is nothing else goes as a whole, for none may be empty."""
    for number, message in enumerate(body["messages"]):
        content = message.get("content")
        blocks = content if isinstance(content, list) else []
        gone = [index for index, block in enumerate(blocks) if is_others(block)]
        if gone and len(gone) == len(blocks):
            yield ("messages", number)
        else:
            yield from (("messages", number, "content", index) for index in gone)
