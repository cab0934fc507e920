"""One request of every surface of models that clients use, each with personal data of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Way(StrEnum):
    """Whom a request goes to."""

    MODELS = "models"
    TOOLS = "tools"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One way of asking."""

    name: str
    path: str
    body: Callable[[str], dict[str, Any]]
    key_header: str = "authorization"
    way: Way = Way.MODELS
    more: Mapping[str, str] = field(default_factory=dict)
    """Headers besides the key."""

    def headers(self, key: str) -> dict[str, str]:
        """How it says who asks, and what else."""
        value = f"Bearer {key}" if self.key_header == "authorization" else key
        return {self.key_header: value, **self.more}


def _said(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def _chat(model: str, *, stream: bool, **more: Any) -> Callable[[str], dict[str, Any]]:
    return lambda text: {"model": model, "messages": _said(text), "stream": stream, **more}


def _turns(text: str) -> dict[str, Any]:
    return {
        "model": "chat",
        "messages": [turn for line in text.split("\n") for turn in _said(line)],
    }


def _gemini(text: str) -> dict[str, Any]:
    return {"contents": [{"role": "user", "parts": [{"text": text}]}]}


KINDS: Final = (
    Kind(
        name="chat",
        path="/v1/chat/completions",
        body=_chat("chat", stream=False),
    ),
    Kind(
        name="chat, streamed",
        path="/v1/chat/completions",
        body=_chat("chat", stream=True),
    ),
    Kind(
        name="responses",
        path="/v1/responses",
        body=lambda text: {"model": "responses", "input": text, "store": False},
    ),
    Kind(
        name="responses, streamed",
        path="/v1/responses",
        body=lambda text: {"model": "responses", "input": text, "store": False, "stream": True},
    ),
    Kind(
        name="completions",
        path="/v1/completions",
        body=lambda text: {"model": "completions", "prompt": text},
    ),
    Kind(
        name="embeddings",
        path="/v1/embeddings",
        body=lambda text: {"model": "embeddings", "input": text},
    ),
    Kind(
        name="messages",
        path="/v1/messages",
        key_header="x-api-key",
        body=_chat("messages", stream=False, max_tokens=50),
    ),
    Kind(
        name="messages, streamed",
        path="/v1/messages",
        key_header="x-api-key",
        body=_chat("messages", stream=True, max_tokens=50),
    ),
    Kind(
        name="gemini",
        path="/v1beta/models/gemini:generateContent",
        key_header="x-goog-api-key",
        body=_gemini,
    ),
    Kind(
        name="gemini, streamed",
        path="/v1beta/models/gemini:streamGenerateContent?alt=sse",
        key_header="x-goog-api-key",
        body=_gemini,
    ),
)
CONVERSATION: Final = Kind(name="conversation", path="/v1/chat/completions", body=_turns)
"""A turn in each line of a text."""
DEPLOYED: Final = {
    "chat": "openai-compatible",
    "responses": "openai-compatible/openai_responses",
    "completions": "openai-compatible/openai_completions",
    "embeddings": "openai-compatible/openai_embeddings",
    "messages": "anthropic-compatible",
    "gemini": "gemini-compatible",
}
"""Virtual model -> provider, and the dialect where it is not its first."""
