"""Which members of a chat request ask a provider for more than an answer.

Source: OpenAI API reference, "Create chat completion", as read in 2026.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.core.feature import Feature
from guardrail_gw.dialects.steering import members, noted, tools

_RETENTION: Final = "prompt_cache_retention"
_IN_MEMORY: Final = (None, "in-memory", "in_memory")
_CLIENTS_OWN: Final = ("function", "custom")
"""Types of tools that the client itself runs."""
_QUIET: Final = frozenset(
    {
        *("model", "messages", "stream", "stream_options", "temperature", "top_p", "max_tokens"),
        *("max_completion_tokens", "n", "stop", "seed", "user", "response_format"),
        *("presence_penalty", "frequency_penalty", "logprobs", "top_logprobs"),
    }
)
"""Members that ask for no more, whatever they hold: what most requests are made of."""


def features(body: Mapping[str, Any]) -> dict[Feature, str]:
    """Each feature that a request asks for, with the place of the first member that does."""
    if body.keys() <= _QUIET:
        return {}
    return noted((*members(body), *_retention(body), *_hosted_tools(body)))


def _retention(body: Mapping[str, Any]) -> Iterator[tuple[Feature, str]]:
    for key, value in body.items():
        if key.casefold() == _RETENTION and value not in _IN_MEMORY:
            yield Feature.STORAGE, f"/{_RETENTION}"


def _hosted_tools(body: Mapping[str, Any]) -> Iterator[tuple[Feature, str]]:
    for place, tool in tools(body):
        if not _is_clients_own(tool):
            yield _hosted(tool), place


def _is_clients_own(tool: Any) -> bool:  # noqa: ANN401 - JSON
    if type(tool) is not dict:
        return False
    kind = tool.get("type")
    return kind in _CLIENTS_OWN if type(kind) is str else kind is None and "function" in tool


def _hosted(tool: Any) -> Feature:  # noqa: ANN401 - JSON
    kind = tool.get("type") if type(tool) is dict else None
    search = type(kind) is str and "search" in kind and not kind.startswith("file")
    return Feature.WEB_SEARCH if search else Feature.HOSTED_TOOLS
