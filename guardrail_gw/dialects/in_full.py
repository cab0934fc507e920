"""Whether an answer was said in full: it ended by itself, and was neither cut off nor filtered.

Every dialect says why an answer ended in words of its own; a reason that is not in a table here is
none of a whole answer. One of several answers to choose from is not looked at.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from guardrail_gw.dialects.anthropic_messages.request import NAME as ANTHROPIC_MESSAGES
from guardrail_gw.dialects.cohere_chat.request import NAME as COHERE_CHAT
from guardrail_gw.dialects.cohere_chat_v1.request import NAME as COHERE_CHAT_V1
from guardrail_gw.dialects.gemini_generate.answer import block_reason, candidates, reason_of
from guardrail_gw.dialects.gemini_generate.request import NAME as GEMINI_GENERATE
from guardrail_gw.dialects.openai_chat.request import NAME as OPENAI_CHAT
from guardrail_gw.dialects.openai_completions.request import NAME as OPENAI_COMPLETIONS
from guardrail_gw.dialects.openai_embeddings.request import NAME as OPENAI_EMBEDDINGS
from guardrail_gw.dialects.openai_responses.request import NAME as OPENAI_RESPONSES

Data = dict[str, Any]
InFull = Callable[[Data], bool | None]
"""Takes an event of an answer, or a whole one: True where it says that the answer ended by itself,
False where it was cut off, filtered or refused, or nobody knows; None where nothing ends."""

_CHAT: Final = frozenset({"stop", "tool_calls", "function_call"})
_MESSAGES: Final = frozenset({"end_turn", "tool_use", "stop_sequence"})
_GEMINI: Final = frozenset({"STOP"})
_COHERE: Final = frozenset({"COMPLETE", "STOP_SEQUENCE", "TOOL_CALL"})
_UNDER_WAY: Final = frozenset({"in_progress", "queued"})
_SAID: Final = ("delta", "message")
"""Where a choice has what the model says."""


def _is_one_of(reason: object, known: frozenset[str]) -> bool:
    """A provider may say anything; what is no text is no reason that is known."""
    return isinstance(reason, str) and reason in known


def _choice(data: Data) -> bool | None:
    """Of chat and of completions."""
    choices = data.get("choices")
    if not choices:
        return None
    if not isinstance(choices, list) or len(choices) > 1 or not isinstance(choices[0], dict):
        return False
    choice = choices[0]
    if choice.get("index", 0) != 0 or any(map(_refuses, (choice.get(n) for n in _SAID))):
        return False
    reason = choice.get("finish_reason")
    return None if reason is None else _is_one_of(reason, _CHAT)


def _refuses(said: object) -> bool:
    return isinstance(said, dict) and said.get("refusal") not in (None, "")


def _message(data: Data) -> bool | None:
    holder = data.get("delta") if data.get("type") == "message_delta" else data
    reason = holder.get("stop_reason") if isinstance(holder, dict) else None
    return None if reason is None else _is_one_of(reason, _MESSAGES)


def _candidate(data: Data) -> bool | None:
    if block_reason(data) is not None:
        return False
    found = candidates(data)
    if len(found) > 1 or any(index for index, _ in found):
        return False
    reasons = [reason_of(candidate) for _, candidate in found]
    return None if not reasons or reasons[0] is None else _is_one_of(reasons[0], _GEMINI)


def _response(data: Data) -> bool | None:
    kind = data.get("type")
    if isinstance(kind, str) and kind.startswith("response.refusal"):
        return False
    response = data.get("response") if kind is not None else data
    if not isinstance(response, dict):
        return None
    status = response.get("status")
    if status is None or _is_one_of(status, _UNDER_WAY):
        return None
    output = response.get("output") or []
    return status == "completed" and isinstance(output, list) and not any(map(_declines, output))


def _declines(item: object) -> bool:
    content = item.get("content") if isinstance(item, dict) else None
    parts = content if isinstance(content, list) else ()
    return any(isinstance(part, dict) and part.get("type") == "refusal" for part in parts)


def _cohere(data: Data) -> bool | None:
    """Of both chats: only what ends an answer has a reason, which is within its delta or not."""
    delta = data.get("delta")
    reason = (delta if isinstance(delta, dict) else data).get("finish_reason")
    return None if reason is None else _is_one_of(reason, _COHERE)


def _vectors(data: Data) -> bool | None:
    return True if isinstance(data.get("data"), list) else None


IN_FULL: Final[Mapping[str, InFull]] = {
    OPENAI_CHAT: _choice,
    OPENAI_COMPLETIONS: _choice,
    OPENAI_RESPONSES: _response,
    OPENAI_EMBEDDINGS: _vectors,
    ANTHROPIC_MESSAGES: _message,
    GEMINI_GENERATE: _candidate,
    COHERE_CHAT: _cohere,
    COHERE_CHAT_V1: _cohere,
}
"""By the dialect's name; answers of others are not judged."""
