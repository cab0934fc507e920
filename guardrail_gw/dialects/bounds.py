"""Where a request says how much may be written in its answer, by dialect."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeGuard

_MOST: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "openai_chat": (("max_completion_tokens",), ("max_tokens",)),
    "openai_completions": (("max_tokens",),),
    "openai_responses": (("max_output_tokens",),),
    "anthropic_messages": (("max_tokens",),),
    "gemini_generate": (("generationConfig", "maxOutputTokens"),),
    "bedrock_converse": (("inferenceConfig", "maxTokens"),),
    "cohere_chat": (("max_tokens",),),
    "cohere_chat_v1": (("max_tokens",),),
}
_ANSWERS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "openai_chat": (("n",),),
    "openai_completions": (("best_of",), ("n",)),
    "gemini_generate": (("generationConfig", "candidateCount"),),
}
_KINDS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "openai_chat": (("modalities",),),
    "gemini_generate": (
        ("generationConfig", "responseModalities"),
        ("generation_config", "response_modalities"),
    ),
}
_WRITES_NOTHING: Final = frozenset({"openai_embeddings", "openai_moderations"})
_EMBED: Final = ("embedContent", "batchEmbedContents")
_COUNT: Final = ("count_tokens", "countTokens")
_ANSWERS_NOTHING: Final = (*_EMBED, *_COUNT)


def is_answered(operation: str) -> bool:
    """Whether a model writes an answer: where tokens are counted, or texts embedded, it does not.

    Embeddings are asked for in the Gemini dialect, too.
    """
    return not operation.partition("?")[0].endswith(_ANSWERS_NOTHING)


def is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether it has members; most of what is asked about is a `dict`, or nothing."""
    return type(value) is dict or (value is not None and isinstance(value, Mapping))


def is_free(operation: str) -> bool:
    """Whether an operation costs nothing at any provider: it counts tokens."""
    return operation.partition("?")[0].endswith(_COUNT)


def most_written(dialect: str, operation: str, members: Mapping[str, Any], most: int) -> int:
    """The most tokens that the answers to a request may have together.

    Args:
        dialect: the client's.
        operation: what it asks for, as `Spoken.operation` says.
        members: the body's top-level members.
        most: what one answer may have if the request does not say.
    """
    if dialect in _WRITES_NOTHING or operation.partition("?")[0].endswith(_EMBED):
        return 0
    asked = most_of_one(dialect, members)
    answers = _number(members, _ANSWERS.get(dialect, ()))
    return (most if asked is None else asked) * max(1, answers or 1)


def most_of_one(dialect: str, members: Mapping[str, Any]) -> int | None:
    """The most tokens that one answer may have, if the request says so."""
    return _number(members, _MOST.get(dialect, ()))


def shows(dialect: str, members: Mapping[str, Any]) -> bool:
    """Whether a request asks for an answer that is not text alone: speech, images."""
    return any(
        isinstance(kinds, list) and any(str(kind).lower() != "text" for kind in kinds)
        for kinds in _at(members, _KINDS.get(dialect, ()))
    )


def _at(members: Mapping[str, Any], places: tuple[tuple[str, ...], ...]) -> Iterator[Any]:
    """What stands at each of these places."""
    for place in places:
        value: Any = members
        for name in place:
            value = value.get(name) if is_mapping(value) else None
        yield value


def _number(members: Mapping[str, Any], places: tuple[tuple[str, ...], ...]) -> int | None:
    for value in _at(members, places):
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return int(value)
    return None
