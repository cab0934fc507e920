"""What a request asks of a model besides an answer, by dialect."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from guardrail_gw.core.ability import Ability, Asks
from guardrail_gw.core.exchange import Attachment
from guardrail_gw.dialects.bounds import is_answered, is_mapping, most_of_one
from guardrail_gw.dialects.gemini_generate.spelling import said
from guardrail_gw.dialects.tiers import asked_tier

_MEDIA: Final = {"image": Ability.IMAGE, "audio": Ability.AUDIO}


def asks_of(
    dialect: str,
    operation: str,
    members: Mapping[str, Any],
    attachments: Iterable[Attachment] = (),
    *,
    stream: bool = False,
) -> Asks | None:
    """What a model has to be able to do; None where no model answers.

    Args:
        dialect: the client's.
        operation: what it asks for, as `Spoken.operation` says.
        members: the body's top-level members.
        attachments: what is in it besides text.
        stream: the answer is to come in pieces.
    """
    schema = _SCHEMA.get(dialect)
    if schema is None or not is_answered(operation):
        return None
    found = {_MEDIA[each.media] for each in attachments if each.media in _MEDIA}
    if members.get("tools") or members.get("functions"):
        found.add(Ability.TOOLS)
    if schema(members):
        found.add(Ability.STRUCTURED_OUTPUT)
    if stream:
        found.add(Ability.STREAMING)
    return Asks(
        abilities=frozenset(found),
        written=most_of_one(dialect, members),
        tier=asked_tier(dialect, members),
    )


def _in_chat(members: Mapping[str, Any]) -> bool:
    return _is_schema(members.get("response_format"))


def _in_responses(members: Mapping[str, Any]) -> bool:
    text = members.get("text")
    return isinstance(text, Mapping) and _is_schema(text.get("format"))


def _in_messages(members: Mapping[str, Any]) -> bool:
    config = members.get("output_config")
    asked = config.get("format") if isinstance(config, Mapping) else None
    return _is_schema(asked or members.get("output_format"))


def _in_gemini(members: Mapping[str, Any]) -> bool:
    configs = (config for _, config in said(members, "generationConfig"))
    return any(
        schema for c in configs for _, schema in said(c, "responseSchema", "responseJsonSchema")
    )


def _in_cohere(members: Mapping[str, Any]) -> bool:
    form = members.get("response_format")
    return isinstance(form, Mapping) and bool(form.get("json_schema") or form.get("schema"))


def _is_schema(form: object) -> bool:
    return is_mapping(form) and form.get("type") == "json_schema"


def _never(members: Mapping[str, Any]) -> bool:  # noqa: ARG001 - the table's
    return False


_SCHEMA: Final[Mapping[str, Callable[[Mapping[str, Any]], bool]]] = {
    "openai_chat": _in_chat,
    "openai_completions": _never,
    "openai_responses": _in_responses,
    "anthropic_messages": _in_messages,
    "gemini_generate": _in_gemini,
    "cohere_chat": _in_cohere,
    "cohere_chat_v1": _in_cohere,
}
"""Those that ask a model for an answer -> whether it is to follow a schema."""
