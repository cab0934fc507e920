"""Cohere's first chat: what of its requests is structure, and what they ask for besides.

Source: Cohere API reference, "Chat" (v1); the SDK cohere 7.3.1 for Python, as read in 2026;
recorded traffic, whose roles are in letters of any size.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.core.body import Path, parse
from guardrail_gw.core.exchange import BARE, Head, Question
from guardrail_gw.core.feature import Feature
from guardrail_gw.dialects.cohere_chat.request import asked
from guardrail_gw.dialects.json_schema import schema
from guardrail_gw.dialects.parsed import addressed, wrong
from guardrail_gw.dialects.steering import members, noted
from guardrail_gw.dialects.walk import (
    Layer,
    Shape,
    Walk,
    free,
    kept,
    many,
    name,
    named,
    number,
    one_of,
    record,
)

NAME: Final = "cohere_chat_v1"
MESSAGE: Final = "message"

_WEB_SEARCH: Final = "web-search"
"""The connector that searches the web; any other is a program that Cohere asks."""

_ROLES: Final = ("USER", "CHATBOT", "SYSTEM", "TOOL")
_MODES: Final = ("ENABLED", "DISABLED", "FAST", "ACCURATE", "OFF")
_CALL = record({"name": name, "parameters": free})
_RESULT = record({"call": _CALL, "outputs": free})
_TURN = record(
    {
        "role": one_of(*_ROLES, *map(str.lower, _ROLES), *map(str.title, _ROLES)),
        "message": free,
        "tool_calls": many(_CALL),
        "tool_results": many(_RESULT),
    }
)
_PARAMETER = record(
    {
        "description": free,
        "type": one_of("str", "int", "float", "bool", "list", "dict", "string", "number"),
        "required": free,
    }
)


def _parameter() -> Shape:
    return _PARAMETER


_TOOL = record({"name": name, "description": free, "parameter_definitions": named(_parameter)})
_ANY_CONNECTOR: Final = kept("connector")


def _connector(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """Cohere's own one, or one that somebody has registered in the account that all share."""
    if value != _WEB_SEARCH:
        _ANY_CONNECTOR(walk, value, path, place)


_CONNECTOR = record(
    {"id": _connector, "user_access_token": free, "continue_on_failure": free, "options": free}
)

REQUEST: Final[dict[str, Shape]] = {
    MESSAGE: free,
    "preamble": free,
    "chat_history": many(_TURN),
    "conversation_id": kept("conversation"),
    "documents": many(record({"id": name, "title": free, "snippet": free, "text": free})),
    "connectors": many(_CONNECTOR),
    "tools": many(_TOOL),
    "tool_results": many(_RESULT),
    "prompt_truncation": one_of("OFF", "AUTO", "AUTO_PRESERVE_ORDER"),
    "citation_quality": one_of(*_MODES, *map(str.lower, _MODES)),
    "response_format": record({"type": one_of("text", "json_object"), "schema": schema}),
    "safety_mode": one_of("CONTEXTUAL", "STRICT", "NONE", "OFF"),
    "stop_sequences": free,
    **dict.fromkeys(("max_tokens", "max_input_tokens", "seed", "k", "p", "temperature"), number),
    **dict.fromkeys(("frequency_penalty", "presence_penalty"), number),
    **dict.fromkeys(("stream", "search_queries_only", "raw_prompting", "return_prompt"), free),
    "force_single_step": free,
}
"""Top-level members but for `model`; others are free-form."""

_SHOWN: Final = frozenset(REQUEST) | {"role", "name", "parameters", "outputs", "call", "tool_calls"}


def parse_question(raw: bytes, head: Head = BARE) -> Question:
    """Read a request; raises BodyRefused for anything not understood in full."""
    document = parse(raw, names=_SHOWN)
    body = addressed(document.value)
    if type(body.get(MESSAGE)) is not str:
        raise wrong(f"/{MESSAGE}", "a text")
    walk = Walk(layers=[Layer(document)])
    known = {key: value for key, value in body.items() if key != "model"}
    record(REQUEST)(walk, known, (), "")
    return asked(NAME, body, walk, head, features(body))


def features(body: Mapping[str, Any]) -> dict[Feature, str]:
    """Each feature that a request asks for, with the place of the first member that does."""
    return noted((*members(body), *_own(body)))


def _own(body: Mapping[str, Any]) -> Iterator[tuple[Feature, str]]:
    for key, value in body.items():
        folded = key.casefold()
        if folded == "conversation_id" and value:
            yield Feature.STORAGE, "/conversation_id"
        elif folded == "connectors" and value:
            for index, each in enumerate(value if type(value) is list else [value]):
                search = type(each) is dict and each.get("id") == _WEB_SEARCH
                feature = Feature.WEB_SEARCH if search else Feature.HOSTED_TOOLS
                yield feature, f"/connectors/{index}"
