"""Which members of a request ask a provider for more than an answer, in every dialect.

A member with an empty value asks for nothing. Names are compared without case, since some
servers read them so. What is in no table passes, scanned like everything else.

Source: the request schemas of aggregators and of servers with the wire formats of others, as read
in 2026.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from guardrail_gw.core.feature import Feature

_STORAGE: Final = ("store", "background", "previous_response_id", "conversation", "thread")
_ROUTING: Final = (
    *("provider", "providers", "provider_options", "provideroptions", "custom_llm_provider"),
    *("models", "model_list", "route", "router", "routing", "preset", "gateway"),
    *("fallback", "fallbacks", "context_window_fallbacks", "content_policy_fallbacks"),
    *("api_base", "base_url", "api_key", "api_version", "extra_headers", "extra_body"),
    *("callbacks", "success_callback", "failure_callback", "kv_transfer_params", "inference_geo"),
)
_WEB_SEARCH: Final = (
    *("web_search", "web_search_options", "search_parameters", "search_options"),
    *("enable_search", "search_mode", "search_domain_filter", "search_recency_filter"),
)
_HOSTED: Final = (
    *("plugins", "data_sources", "datasources", "mcp_servers", "server_tools", "agent_id"),
    "container",
)

FEATURES: Final[Mapping[str, Feature]] = {
    **dict.fromkeys(_STORAGE, Feature.STORAGE),
    **dict.fromkeys(_ROUTING, Feature.ROUTING),
    **dict.fromkeys(_WEB_SEARCH, Feature.WEB_SEARCH),
    **dict.fromkeys(_HOSTED, Feature.HOSTED_TOOLS),
}
"""Top-level member, in lower case -> what it asks for."""


STORE: Final = "/store"
"""Where a request says that its answer is to be kept."""


def noted(asked: Iterable[tuple[Feature, str]]) -> dict[Feature, str]:
    """Each feature with the place of the first member that asks for it, but `/store` last of all.

    What is asked for there can be taken back; what another member asks for cannot.
    """
    first: dict[Feature, str] = {}
    for feature, place in sorted(asked, key=lambda each: each[1] == STORE):
        first.setdefault(feature, place)
    return first


def members(body: Mapping[str, Any]) -> Iterator[tuple[Feature, str]]:
    """What the top-level members ask for, each with its place."""
    for key, value in body.items():
        name = key.casefold()
        feature = FEATURES.get(name)
        if feature is not None and value not in (None, False, "", [], {}):
            yield feature, f"/{name}"
        elif name == "model" and key != name:  # read by some servers in place of ours
            yield Feature.ROUTING, "/model in other letters"


def tools(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each tool of a request with its place."""
    for key, value in body.items():
        if key.casefold() == "tools" and value is not None:
            for index, tool in enumerate(value if type(value) is list else [value]):
                yield f"/tools/{index}", tool
