"""Every method of the protocol, and what its parameters and its answer may hold.

A method that stands in no table is passed on only where a server's configuration lists it; then all
of it is free-form. What fits no shape is free-form everywhere.

Source: Model Context Protocol 2025-11-25 and 2026-07-28, schemas.
"""

from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.core.body import Path
from guardrail_gw.dialects.mcp.content import (
    ANNOTATIONS,
    CONTENTS,
    ICONS,
    MESSAGES,
    RESOURCE,
    ROLE,
    TOOL,
    schema,
)
from guardrail_gw.dialects.walk import Shape, Walk, free, many, name, named, number, one_of, record


def _opaque(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """What only who said it reads: the front seals it, so that no client does."""
    if type(value) is not str:
        free(walk, value, path, place)


CALL: Final = "tools/call"
DISCOVER: Final = "server/discover"
"""Asks what a server says of itself; in the legacy era a part of `initialize`."""
LISTS: Final[Mapping[str, str]] = {
    "tools/list": "tools",
    "prompts/list": "prompts",
    "resources/list": "resources",
    "resources/templates/list": "resourceTemplates",
}
"""Methods that list something -> the member that holds it."""
BY_URI: Final = frozenset(
    {
        *("resources/read", "resources/subscribe", "resources/unsubscribe"),
        *("completion/complete", "subscriptions/listen"),
    }
)
"""Methods that name something by its URI."""
DEFINED: Final = frozenset({"tools/list", "prompts/list"})
"""Lists of definitions, written by whoever made the server; resources are data, and so are files'
names."""
_LEVEL: Final = one_of(
    *("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
)
_ANY: Final[dict[str, Shape]] = {"_meta": free, "inputResponses": free}
"""Free-form, but for their own names."""
_CURSOR: Final = record({**_ANY, "cursor": name})
_URI: Final = record({**_ANY, "uri": free})
_NAMED: Final = record({**_ANY, "name": name, "arguments": free})

ASKED: Final[Mapping[str, Shape]] = {
    CALL: _NAMED,
    "prompts/get": _NAMED,
    "resources/read": _URI,
    "resources/subscribe": _URI,
    "resources/unsubscribe": _URI,
    "completion/complete": record(
        {
            **_ANY,
            "context": record({"arguments": free}),
            "ref": record(
                {"type": one_of("ref/prompt", "ref/resource"), "name": name, "uri": free}
            ),
            "argument": record({"name": name, "value": free}),
        }
    ),
    "logging/setLevel": record({**_ANY, "level": _LEVEL}),
    "subscriptions/listen": record(
        {**_ANY, "notifications": record({"resourceSubscriptions": many(free)})}
    ),
    DISCOVER: record(_ANY),
    **dict.fromkeys(LISTS, _CURSOR),
}
"""Parameters of what clients ask."""

_TEXT: Final = (str, "a text")
_OBJECT: Final = (dict, "an object")
TYPED: Final[Mapping[str, tuple[tuple[str, type, str], ...]]] = {
    **dict.fromkeys((CALL, "prompts/get"), (("name", *_TEXT), ("arguments", *_OBJECT))),
    **{f"resources/{each}": (("uri", *_TEXT),) for each in ("read", "subscribe", "unsubscribe")},
    "completion/complete": (("ref", *_OBJECT), ("argument", *_OBJECT), ("context", *_OBJECT)),
    "subscriptions/listen": (("notifications", *_OBJECT),),
}
"""Parameters that have one type: name, type, and the word for it."""

_ELICITED: Final = record({"action": one_of("accept", "decline", "cancel"), "content": free})
_SAMPLED: Final = record({"role": ROLE, "content": CONTENTS, "model": name, "stopReason": name})
REPLIED: Final[Mapping[str, Shape]] = {
    "elicitation/create": _ELICITED,
    "sampling/createMessage": _SAMPLED,
    "roots/list": record({"roots": many(record({"uri": free, "name": free}))}),
}
"""Results of what servers ask in the middle of a call."""

TOLD: Final[Mapping[str, Shape]] = {
    "notifications/progress": record(
        {"progressToken": name, "progress": number, "total": number, "message": free}
    ),
    "notifications/message": record({"level": _LEVEL, "logger": name, "data": free}),
    "notifications/resources/updated": _URI,
    "elicitation/create": record(
        {
            "mode": one_of("form", "url"),
            "message": free,
            "requestedSchema": schema,
            "url": free,
            "elicitationId": name,
        }
    ),
    "sampling/createMessage": record(
        {
            **dict.fromkeys(
                ("systemPrompt", "modelPreferences", "stopSequences", "metadata", "toolChoice"),
                free,
            ),
            "messages": MESSAGES,
            "includeContext": one_of("none", "thisServer", "allServers"),
            "maxTokens": number,
            "tools": many(TOOL),
        }
    ),
}
"""Parameters of what servers say or ask in the middle of a call."""

KNOWN: Final = frozenset(
    {
        *(*TOLD, "roots/list", "notifications/cancelled", "notifications/elicitation/complete"),
        *(f"notifications/{each}/list_changed" for each in ("tools", "prompts", "resources")),
    }
)
"""Methods that servers name which are the protocol's; any other is the server's own word."""

_WISH: Final = record(
    {
        **dict.fromkeys(("message", "url", "systemPrompt"), free),
        "mode": one_of("form", "url"),
        "requestedSchema": schema,
        "messages": MESSAGES,
        "tools": many(TOOL),
        "maxTokens": number,
        "elicitationId": name,
    }
)
"""The parameters of a wish for input; which method has which is nothing to rely on."""
_WISHES: Final = named(lambda: record({"method": one_of(*REPLIED), "params": _WISH}))
_COMMON: Final[dict[str, Shape]] = {
    "resultType": one_of("complete", "input_required", "task"),
    "requestState": _opaque,
    "inputRequests": _WISHES,
    "cacheScope": one_of("public", "private"),
    "ttlMs": number,
    "nextCursor": name,
    "_meta": free,
    "description": free,
    "structuredContent": free,
    "isError": free,
}
_PROMPT: Final = record(
    {
        **dict.fromkeys(("title", "description", "_meta"), free),
        "name": name,
        "arguments": many(
            record({"name": name, "title": free, "description": free, "required": free})
        ),
        "icons": ICONS,
    }
)
_RESOURCE: Final = record(
    {
        **dict.fromkeys(("name", "title", "description", "uri", "uriTemplate", "_meta"), free),
        "icons": ICONS,
        "mimeType": name,
        "size": number,
        "annotations": ANNOTATIONS,
    }
)
_ABILITY: Final = record(dict.fromkeys(("listChanged", "subscribe"), free))
_ABILITIES: Final = record(
    {
        **dict.fromkeys(("tools", "prompts", "resources", "completions", "logging"), _ABILITY),
        "experimental": free,
        "extensions": free,
        "tasks": free,
    }
)
_INFO: Final = record(
    {
        **dict.fromkeys(("name", "title", "description", "websiteUrl"), free),
        "version": name,
        "icons": ICONS,
    }
)
_COMPLETION: Final = record({"values": many(free), "total": number, "hasMore": free})
ANSWERED: Final[Mapping[str, Shape]] = {
    DISCOVER: record(
        {**_COMMON, "capabilities": _ABILITIES, "serverInfo": _INFO, "instructions": free}
    ),
    CALL: record({**_COMMON, "content": CONTENTS}),
    "prompts/get": record({**_COMMON, "messages": MESSAGES}),
    "resources/read": record({**_COMMON, "contents": many(RESOURCE)}),
    "completion/complete": record({**_COMMON, "completion": _COMPLETION}),
    "tools/list": record({**_COMMON, "tools": many(TOOL)}),
    "prompts/list": record({**_COMMON, "prompts": many(_PROMPT)}),
    "resources/list": record({**_COMMON, "resources": many(_RESOURCE)}),
    "resources/templates/list": record({**_COMMON, "resourceTemplates": many(_RESOURCE)}),
}
"""Results of what clients ask."""
OTHERWISE: Final = record(_COMMON)
"""Of all others."""
ERROR: Final = record({"code": number, "message": free, "data": free})
