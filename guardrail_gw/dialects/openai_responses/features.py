"""What a Responses request asks of a provider beyond an answer, and what it may not ask at all.

What a provider remembers of an exchange holds placeholders; what they stand for is remembered here,
if the exchange went through here (docs/adr/0030).

Source: OpenAI API reference, "Create a model response", as read in 2026.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from guardrail_gw.core.feature import Feature
from guardrail_gw.core.kept import Kept, Named, Recall
from guardrail_gw.dialects.steering import members, noted
from guardrail_gw.errors import OperationRefused

KEPT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""What a provider calls something that it keeps."""
_KINDS: Final[Mapping[str, Kept]] = {
    "previous_response_id": Kept.RESPONSE,
    "conversation": Kept.CONVERSATION,
}
_STATEFUL: Final = frozenset(_KINDS)
_BACKGROUND: Final = frozenset({"background", "background_options"})
_IN_MEMORY: Final = (None, "in-memory", "in_memory")
SHORT_LIVED: Final = (None, "30m")
"""For how long a prompt may stay in the provider's cache without being stored."""
_NOTHING: Final[tuple[Any, ...]] = (None, False, "", [], {})


def recall(body: Mapping[str, Any]) -> Recall | None:
    """What the request goes on from.

    Raises:
        OperationRefused: `operation.stateful`: nobody can say what that is; names the member.
    """
    named = [name for name, value in body.items() if _goes_on(name, value)]
    if not named:
        return None
    kind = _KINDS.get(named[0])
    id_ = _id(body[named[0]]) if kind is not None else None
    if len(named) > 1 or kind is None or id_ is None:
        raise OperationRefused(
            f"'/{named[-1].casefold()}' does not say, as its dialect has it, the one thing that "
            "the request goes on from"
        )
    return Recall(kind=kind, id=id_, place=f"/{named[0]}", adds=kind is Kept.CONVERSATION)


def refuse_unserved(body: Mapping[str, Any]) -> None:
    """Refuse what would be answered later.

    Raises:
        OperationRefused: `operation.background`; names the member.
    """
    for key, value in body.items():
        name = key.casefold()  # some servers read names without case
        if value not in _NOTHING and name in _BACKGROUND:
            raise OperationRefused(
                f"'/{name}' has the answer made in the background, which is not served here; "
                "leave it out",
                code="operation.background",
            )


def _goes_on(name: str, value: Any) -> bool:  # noqa: ANN401 - JSON
    return value not in _NOTHING and name.casefold() in _STATEFUL


def _id(value: Any) -> str | None:  # noqa: ANN401 - JSON
    """The name of something kept, as such or in an object of its own."""
    if type(value) is dict and value.keys() == {"id"}:
        value = value["id"]
    return value if type(value) is str and KEPT_ID.fullmatch(value) else None


def features(body: Mapping[str, Any], content: Mapping[Feature, str]) -> dict[Feature, str]:
    """Each feature that a request asks for, with the place of the first member that does.

    Args:
        body: the request.
        content: what its items and tools ask for.
    """
    own = (*members(body), *_cached(body), *_template(body))
    return noted((*content.items(), *own))


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


def unnamed(body: Mapping[str, Any], kept: Sequence[Named]) -> Iterator[Named]:
    """A prompt that the provider keeps, where its name is not where the dialect has it."""
    if any(named.what == "prompt" for named in kept):
        return
    if any(place == "/prompt" for _, place in _template(body)):
        yield Named(what="prompt", id="", place="/prompt")


_KEPT: Final[Mapping[str, Callable[[Any], bool]]] = {
    "prompt_cache_retention": _is_retained,
    "prompt_cache_options": _is_cached_long,
}
"""Members that say how long a prompt stays in a cache -> whether that is storing."""
