"""Where a client, and where a server, of MCP may write what a person said: every place, by name.

`§` stands for a value; a text that begins with `b64:` is encoded. Source: Model Context Protocol
2025-11-25 and 2026-07-28, schemas.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.mcp.aggregate.uris import outward
from tests.support.mcp_watched import ALL, TOOLS

Planted = Mapping[str, Any]
_TOOL: Final[Planted] = {"name": "do", "arguments": {}}
_SAMPLE: Final[Planted] = {"role": "user", "content": {"type": "text", "text": "§"}}
_ELICITED: Final[Planted] = {"action": "accept", "content": {"n": "§"}}
_ROOTS: Final[Planted] = {"roots": [{"uri": "file:///§", "name": "§"}]}

ASKED: Final[Mapping[str, tuple[str, Planted]]] = {
    "argument and its header": ("tools/call", {"name": "do", "arguments": {"who": "§"}}),
    "deep argument": ("tools/call", {"name": "do", "arguments": {"a": [{"b": ["to §!"]}]}}),
    "key of an argument": ("tools/call", {"name": "do", "arguments": {"§": 1}}),
    "JSON in an argument": ("tools/call", {"name": "do", "arguments": {"j": '{"to": ["§"]}'}}),
    "elicited answer": ("tools/call", {**_TOOL, "inputResponses": {"q": _ELICITED}}),
    "sampled answer": ("tools/call", {**_TOOL, "inputResponses": {"q": _SAMPLE}}),
    "roots": ("tools/call", {**_TOOL, "inputResponses": {"q": _ROOTS}}),
    "_meta": ("tools/call", {**_TOOL, "_meta": {"example.com/user": "§"}}),
    "baggage": ("tools/call", {**_TOOL, "_meta": {"baggage": "user=§"}}),
    "trace state": ("tools/call", {**_TOOL, "_meta": {"tracestate": "v=§"}}),
    "unknown member": ("tools/call", {**_TOOL, "nobody_knows": {"x": ["§"]}}),
    "argument of a prompt": ("prompts/get", {"name": "p", "arguments": {"who": "§"}}),
    "completion": (
        "completion/complete",
        {"ref": {"type": "ref/prompt", "name": "p"}, "argument": {"name": "who", "value": "§"}},
    ),
    "context of a completion": (
        "completion/complete",
        {
            "ref": {"type": "ref/prompt", "name": "p"},
            "argument": {"name": "who", "value": "A"},
            "context": {"arguments": {"other": "§"}},
        },
    ),
    "template that is completed": (
        "completion/complete",
        {"ref": {"type": "ref/resource", "uri": "crm://§"}, "argument": {"name": "a", "value": ""}},
    ),
    "URI and its header": ("resources/read", {"uri": "crm://people/§"}),
}
"""Requests that a server gets."""

OWN: Final[Mapping[str, tuple[str, Planted]]] = {
    "name of a tool": ("tools/call", {"name": "do §", "arguments": {}}),
    "name of a prompt": ("prompts/get", {"name": "p §"}),
    "cursor": ("tools/list", {"cursor": "§"}),
    "subscription": ("resources/subscribe", {"uri": "crm://§"}),
    "end of a subscription": ("resources/unsubscribe", {"uri": "crm://§"}),
    "level": ("logging/setLevel", {"level": "§"}),
    "method": ("do/§", {}),
    "task": ("tasks/get", {"taskId": "§"}),
    "progress token": ("tools/call", {**_TOOL, "_meta": {"progressToken": "§"}}),
    "state that is nobody's": ("tools/call", {**_TOOL, "requestState": "§"}),
    "capability": (
        "tools/call",
        {**_TOOL, "_meta": {"io.modelcontextprotocol/clientCapabilities": {"x": {"y": "§"}}}},
    ),
    "client": (
        "tools/call",
        {**_TOOL, "_meta": {"io.modelcontextprotocol/clientInfo": {"name": "§", "version": "§"}}},
    ),
}
"""Requests that are refused, or whose words no server gets."""

REPLIED: Final[Mapping[str, tuple[str, Planted]]] = {
    "elicited": ("elicitation/create", {"result": _ELICITED}),
    "sampled": ("sampling/createMessage", {"result": _SAMPLE}),
    "roots": ("roots/list", {"result": _ROOTS}),
    "refused": ("elicitation/create", {"error": {"code": 1, "message": "no §", "data": "§"}}),
}
"""What a client answers in the middle of a call."""

_SCHEMA: Final[Planted] = {
    "type": "object",
    "title": "§",
    "properties": {
        "who": {
            "type": "string",
            "description": "as §",
            "default": "§",
            "examples": ["§"],
            "enum": ["§"],
        }
    },
}
_LINK: Final[Planted] = {
    "type": "resource_link",
    "uri": "crm://§",
    "name": "§",
    "title": "§",
    "description": "of §",
    "_meta": {"ui": {"resourceUri": "ui://§"}},
}
_ENTRY: Final[Planted] = {"title": "§", "description": "of §", "_meta": {"example.com/x": "§"}}
_FORM: Final[Planted] = {"mode": "form", "message": "Is it §?", "requestedSchema": _SCHEMA}
_VISIT: Final[Planted] = {
    "mode": "url",
    "message": "See §",
    "url": "https://example.com/§",
    "elicitationId": "e1",
}
_PROMPTED: Final[Planted] = {
    "systemPrompt": "You are §",
    "messages": [_SAMPLE],
    "maxTokens": 5,
    "metadata": {"user": "§"},
    "stopSequences": ["§"],
}


def _content(*blocks: Planted, **more: Any) -> Planted:
    return {"result": {"content": [*blocks], **more}}


ANSWERED: Final[Mapping[str, tuple[str, Planted, Planted]]] = {
    name: ("tools/call", _TOOL, message)
    for name, message in {
        "text": _content({"type": "text", "text": "It is §"}),
        "structured content": _content(structuredContent={"who": ["§"], "§": 1}),
        "embedded resource": _content(
            {"type": "resource", "resource": {"uri": "crm://§", "text": "§", "_meta": {"x": "§"}}}
        ),
        "blob": _content({"type": "resource", "resource": {"uri": "crm://x", "blob": "b64:To §"}}),
        "data": _content({"type": "image", "mimeType": "text/plain", "data": "b64:To §"}),
        "sound": _content({"type": "audio", "mimeType": "text/plain", "data": "b64:To §"}),
        "link": _content(_LINK),
        "icon": _content({**_LINK, "uri": "crm://x", "icons": [{"src": "https://x/§"}]}),
        "_meta": _content(_meta={"example.com/who": "§"}),
        "_meta of a block": _content({"type": "text", "text": "x", "_meta": {"x": "§"}}),
        "JSON in a text": _content({"type": "text", "text": '{"to": ["§"]}'}),
        "unknown member": _content(nobody_knows=["§"]),
        "unknown block": _content({"type": "hologram", "beam": "§"}),
        "failure of the tool": _content({"type": "text", "text": "no §"}, isError=True),
        "error": {"error": {"code": -32602, "message": "no §", "data": {"who": "§"}}},
    }.items()
} | {
    "prompt": (
        "prompts/get",
        {"name": "p"},
        {"result": {"description": "for §", "messages": [_SAMPLE]}},
    ),
    "contents of a resource": (
        "resources/read",
        {"uri": "crm://x"},
        {
            "result": {
                "contents": [{"uri": "crm://§", "text": "§"}, {"uri": "x:y", "blob": "b64:§"}]
            }
        },
    ),
    "completions": (
        "completion/complete",
        {"ref": {"type": "ref/prompt", "name": "p"}, "argument": {"name": "a", "value": "b"}},
        {"result": {"completion": {"values": ["§"]}}},
    ),
}
"""What is asked, and an answer that says it."""

LISTED: Final[Mapping[str, Planted]] = {
    "tools/list": {
        "tools": [
            *TOOLS,
            {
                **_ENTRY,
                "name": "find",
                "inputSchema": _SCHEMA,
                "outputSchema": {**_SCHEMA, "default": {"x": "§"}},
                "annotations": {"title": "§"},
                "icons": [{"src": "https://x/§"}],
            },
        ]
    },
    "prompts/list": {
        "prompts": [
            {**_ENTRY, "name": "p", "arguments": [{"name": "a", "title": "§", "description": "§"}]}
        ]
    },
    "resources/list": {"resources": [{**_ENTRY, "uri": "crm://§", "name": "x"}]},
    "resources/templates/list": {
        "resourceTemplates": [{**_ENTRY, "uriTemplate": "crm://§/{id}", "name": "x"}]
    },
}
"""Lists that say it."""

MEANWHILE: Final[Mapping[str, Planted]] = {
    "progress": {
        "method": "notifications/progress",
        "params": {"progress": 1, "message": "reading §"},
    },
    "log": {
        "method": "notifications/message",
        "params": {"level": "info", "logger": "of §", "data": {"who": "§"}},
    },
    "updated": {"method": "notifications/resources/updated", "params": {"uri": "crm://§"}},
    "state of a task": {
        "method": "notifications/tasks/status",
        "params": {"taskId": "t", "status": "working", "statusMessage": "at §"},
    },
    "unknown notification": {"method": "notifications/§", "params": {"x": "§"}},
}
"""What a server says before its answer."""

WANTED: Final[Mapping[str, tuple[str, Planted]]] = {
    "form": ("elicitation/create", _FORM),
    "address": ("elicitation/create", _VISIT),
    "sample": ("sampling/createMessage", _PROMPTED),
}
"""What a server asks a client."""

ITSELF: Final[Planted] = {
    "instructions": "Ask § first.",
    "info": {
        "name": "of §",
        "title": "§",
        "version": "1 §",
        "description": "§",
        "websiteUrl": "https://x/§",
    },
    "capabilities": {**ALL, "experimental": {"§": {"who": "§"}}},
}
"""What a server says of itself."""


def planted(template: Any, value: str) -> Any:
    """The template with the value in it."""
    if isinstance(template, str):
        text = template.replace("§", value)
        is_encoded = text.startswith("b64:")
        return b64encode(text[4:].encode()).decode() if is_encoded else text
    if isinstance(template, Mapping):
        return {planted(n, value): planted(each, value) for n, each in template.items()}
    if isinstance(template, list | tuple):
        return [planted(each, value) for each in template]
    return template


def named(server: str, params: Planted) -> dict[str, Any]:
    """Parameters as they are said at the endpoint of all servers."""
    return dict(_named(server, params))


def _named(server: str, params: Planted) -> Iterator[tuple[str, Any]]:
    for name, value in params.items():
        if name == "name":
            yield name, f"{server}__{value}"
        elif name == "uri":
            yield name, outward(server, value)
        elif name == "ref":
            yield name, named(server, value)
        else:
            yield name, value
