"""Which members of a chat request ask a provider for more than an answer, as a table.

A member with an empty value asks for nothing. Names are compared without case, since some
servers read them so. What is in no table passes, scanned like everything else.

Source: OpenAI API reference, "Create chat completion"; the request schemas of aggregators and of
servers with the same wire format, as read in 2026.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.core.feature import Feature

_STORAGE: Final = ("store", "background", "previous_response_id", "conversation")
_ROUTING: Final = (
    *("provider", "providers", "provider_options", "provideroptions", "custom_llm_provider"),
    *("models", "model_list", "route", "router", "routing", "preset", "gateway"),
    *("fallback", "fallbacks", "context_window_fallbacks", "content_policy_fallbacks"),
    *("api_base", "base_url", "api_key", "api_version", "extra_headers", "extra_body"),
    *("callbacks", "success_callback", "failure_callback", "kv_transfer_params"),
)
_WEB_SEARCH: Final = (
    *("web_search", "web_search_options", "search_parameters", "search_options"),
    *("enable_search", "search_mode", "search_domain_filter", "search_recency_filter"),
)
_HOSTED: Final = ("plugins", "data_sources", "mcp_servers", "server_tools", "agent_id", "container")

FEATURES: Final[Mapping[str, Feature]] = {
    **dict.fromkeys(_STORAGE, Feature.STORAGE),
    **dict.fromkeys(_ROUTING, Feature.ROUTING),
    **dict.fromkeys(_WEB_SEARCH, Feature.WEB_SEARCH),
    **dict.fromkeys(_HOSTED, Feature.HOSTED_TOOLS),
}
"""Top-level member, in lower case -> what it asks for."""

_RETENTION: Final = "prompt_cache_retention"
_IN_MEMORY: Final = (None, "in-memory", "in_memory")
_CLIENTS_OWN: Final = ("function", "custom")
"""Types of tools that the client itself runs."""


def features(body: Mapping[str, Any]) -> dict[Feature, str]:
    """Each feature that a request asks for, with the place of the first member that does."""
    asked: dict[Feature, str] = {}
    for feature, place in (*_members(body), *_tools(body)):
        asked.setdefault(feature, place)
    return asked


def _members(body: Mapping[str, Any]) -> Iterator[tuple[Feature, str]]:
    for key, value in body.items():
        name = key.casefold()
        feature = FEATURES.get(name)
        if feature is not None and value not in (None, False, "", [], {}):
            yield feature, f"/{name}"
        elif name == _RETENTION and value not in _IN_MEMORY:
            yield Feature.STORAGE, f"/{_RETENTION}"
        elif name == "model" and key != name:  # read by some servers in place of ours
            yield Feature.ROUTING, "/model in other letters"


def _tools(body: Mapping[str, Any]) -> Iterator[tuple[Feature, str]]:
    for key, value in body.items():
        if key.casefold() != "tools" or value is None:
            continue
        for index, tool in enumerate(value if type(value) is list else [value]):
            if not _is_clients_own(tool):
                yield _hosted(tool), f"/tools/{index}"


def _is_clients_own(tool: Any) -> bool:  # noqa: ANN401 - JSON
    if type(tool) is not dict:
        return False
    kind = tool.get("type")
    return kind in _CLIENTS_OWN if type(kind) is str else kind is None and "function" in tool


def _hosted(tool: Any) -> Feature:  # noqa: ANN401 - JSON
    kind = tool.get("type") if type(tool) is dict else None
    search = type(kind) is str and "search" in kind and not kind.startswith("file")
    return Feature.WEB_SEARCH if search else Feature.HOSTED_TOOLS
