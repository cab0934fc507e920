"""What a Responses request asks of a provider beyond an answer, and what it may not ask at all.

What a provider remembers of an exchange holds placeholders, and nothing here remembers what they
stand for: an answer that goes on from there could not be restored (docs/adr/0021).

Source: OpenAI API reference, "Create a model response", as read in 2026.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from guardrail_gw.core.feature import Feature
from guardrail_gw.dialects.steering import members
from guardrail_gw.errors import OperationRefused

_STATEFUL: Final = frozenset({"previous_response_id", "conversation"})
_BACKGROUND: Final = frozenset({"background", "background_options"})
_IN_MEMORY: Final = (None, "in-memory", "in_memory")
SHORT_LIVED: Final = (None, "30m")
"""For how long a prompt may stay in the provider's cache without being stored."""
_NOTHING: Final[tuple[Any, ...]] = (None, False, "", [], {})


def refuse_unserved(body: Mapping[str, Any]) -> None:
    """Refuse what would be answered from a provider's memory, or later.

    Raises:
        OperationRefused: `operation.stateful`, `operation.background`; names the member.
    """
    for key, value in body.items():
        name = key.casefold()  # some servers read names without case
        if value in _NOTHING:
            continue
        if name in _STATEFUL:
            raise OperationRefused(
                f"'/{name}' goes on from what the provider keeps, which is not served here; "
                "send the earlier items in '/input'"
            )
        if name in _BACKGROUND:
            raise OperationRefused(
                f"'/{name}' has the answer made in the background, which is not served here; "
                "leave it out",
                code="operation.background",
            )


def features(body: Mapping[str, Any], content: Mapping[Feature, str]) -> dict[Feature, str]:
    """Each feature that a request asks for, with the place of the first member that does.

    Args:
        body: the request.
        content: what its items and tools ask for.
    """
    asked = dict(content)
    for feature, place in (*members(body), *_cached(body), *_template(body)):
        asked.setdefault(feature, place)
    return asked


def _cached(body: Mapping[str, Any]) -> Iterator[tuple[Feature, str]]:
    for key, value in body.items():
        name = key.casefold()
        is_kept = _KEPT.get(name)
        if is_kept is not None and is_kept(value):
            yield Feature.STORAGE, f"/{name}"


def _is_retained(retention: Any) -> bool:  # noqa: ANN401 - JSON
    return retention not in _IN_MEMORY


def _is_cached_long(options: Any) -> bool:  # noqa: ANN401 - JSON
    if type(options) is not dict:
        return options is not None
    stored = options.get("comparison_response_id")
    return options.get("ttl") not in SHORT_LIVED or stored not in _NOTHING


def _template(body: Mapping[str, Any]) -> Iterator[tuple[Feature, str]]:
    """A prompt that the provider keeps: nobody here sees its text, or the tools it brings."""
    for key, value in body.items():
        if key.casefold() == "prompt" and value not in _NOTHING:
            yield Feature.STORAGE, "/prompt"
            yield Feature.HOSTED_TOOLS, "/prompt"


_KEPT: Final[Mapping[str, Callable[[Any], bool]]] = {
    "prompt_cache_retention": _is_retained,
    "prompt_cache_options": _is_cached_long,
}
"""Members that say how long a prompt stays in a cache -> whether that is storing."""
