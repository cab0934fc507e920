"""The leak matrix: an original in every surface of both directions never crosses against policy."""

import asyncio
import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.audit.review import show
from guardrail_gw.core.identity import RequestId
from guardrail_gw.errors import Blocked, UnsupportedContent
from guardrail_gw.mcp.ports import Ask, Told
from tests.support.audit_world import World
from tests.support.tool_world import (
    NAME,
    PEER,
    PHONE,
    Scripted,
    answers,
    echo,
    says,
    tool_world,
)

BLOB = base64.b64encode(f"Dear {NAME}".encode()).decode()
NESTED = json.dumps({"to": [NAME]})
REQUESTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "argument": ("tools/call", {"name": "do", "arguments": {"who": NAME}}),
    "deep": ("tools/call", {"name": "do", "arguments": {"a": [{"b": [f"to {NAME}!"]}]}}),
    "key": ("tools/call", {"name": "do", "arguments": {NAME: 1}}),
    "json": ("tools/call", {"name": "do", "arguments": {"body": NESTED}}),
    "tool": ("tools/call", {"name": f"do {NAME}", "arguments": {}}),
    "responses": (
        "tools/call",
        {"name": "do", "inputResponses": {"q": {"action": "accept", "content": {"n": NAME}}}},
    ),
    "sampled": (
        "tools/call",
        {
            "name": "do",
            "inputResponses": {"q": {"role": "user", "content": {"type": "text", "text": NAME}}},
        },
    ),
    "roots": (
        "tools/call",
        {"name": "do", "inputResponses": {"q": {"roots": [{"uri": f"file:///{NAME}"}]}}},
    ),
    "meta": ("tools/call", {"name": "do", "_meta": {"example.com/user": NAME}}),
    "baggage": ("tools/call", {"name": "do", "_meta": {"baggage": f"user={NAME}"}}),
    "unknown": ("tools/call", {"name": "do", "nobody_knows": {"x": [NAME]}}),
    "prompt": ("prompts/get", {"name": "p", "arguments": {"who": NAME}}),
    "completed": (
        "completion/complete",
        {"ref": {"type": "ref/prompt", "name": "p"}, "argument": {"name": "who", "value": NAME}},
    ),
    "context": (
        "completion/complete",
        {
            "ref": {"type": "ref/resource", "uri": f"crm://{NAME}"},
            "argument": {"name": "who", "value": "A"},
            "context": {"arguments": {"other": NAME}},
        },
    ),
    "resource": ("resources/read", {"uri": f"crm://people/{NAME}"}),
    "subscribed": ("resources/subscribe", {"uri": f"crm://people/{NAME}"}),
    "cursor": ("tools/list", {"cursor": NAME}),
    "listened": (
        "subscriptions/listen",
        {"notifications": {"resourceSubscriptions": [f"crm://{NAME}"]}},
    ),
}
"""Where a client may write -> a request that says it there."""
SCHEMA = {"type": "object", "properties": {"who": {"type": "string", "description": f"as {PHONE}"}}}
ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "text": {"result": {"content": [{"type": "text", "text": f"It is {NAME}"}]}},
    "structured": {"result": {"content": [], "structuredContent": {"who": [NAME], NAME: 1}}},
    "embedded": {
        "result": {
            "content": [{"type": "resource", "resource": {"uri": f"crm://{NAME}", "text": NAME}}]
        }
    },
    "blob": {
        "result": {"content": [{"type": "resource", "resource": {"uri": "crm://x", "blob": BLOB}}]}
    },
    "data": {"result": {"content": [{"type": "image", "mimeType": "text/plain", "data": BLOB}]}},
    "link": {
        "result": {
            "content": [
                {
                    "type": "resource_link",
                    "uri": f"crm://{NAME}",
                    "name": NAME,
                    "title": NAME,
                    "description": f"of {NAME}",
                }
            ]
        }
    },
    "meta": {"result": {"content": [], "_meta": {"example.com/who": NAME}}},
    "json": {"result": {"content": [{"type": "text", "text": NESTED}]}},
    "unknown": {"result": {"content": [], "nobody_knows": [NAME]}},
    "error": {"error": {"code": -32602, "message": f"no {NAME}", "data": {"who": NAME}}},
    "wish": {
        "result": {
            "resultType": "input_required",
            "inputRequests": {
                "q": {
                    "method": "elicitation/create",
                    "params": {
                        "message": f"Is it {NAME}?",
                        "url": f"https://example.com/{NAME}",
                        "requestedSchema": {
                            "type": "object",
                            "properties": {"who": {"type": "string", "default": NAME}},
                        },
                    },
                },
                "s": {
                    "method": "sampling/createMessage",
                    "params": {
                        "systemPrompt": f"You are {NAME}",
                        "messages": [
                            {"role": "user", "content": {"type": "text", "text": f"Hi {NAME}"}}
                        ],
                    },
                },
            },
        }
    },
}
NOTICES: Mapping[str, Mapping[str, Any]] = {
    "progress": {
        "method": "notifications/progress",
        "params": {"progress": 1, "message": f"reading {NAME}"},
    },
    "log": {
        "method": "notifications/message",
        "params": {"level": "info", "logger": "x", "data": {"who": NAME}},
    },
    "updated": {"method": "notifications/resources/updated", "params": {"uri": f"crm://{NAME}"}},
    "status": {
        "method": "notifications/tasks/status",
        "params": {"taskId": "t", "statusMessage": f"at {NAME}"},
    },
    "elicitation": {
        "id": "s1",
        "method": "elicitation/create",
        "params": {"message": f"Is it {NAME}?", "requestedSchema": {"type": "object"}},
    },
    "sampling": {
        "id": "s1",
        "method": "sampling/createMessage",
        "params": {"messages": [{"role": "user", "content": {"type": "text", "text": NAME}}]},
    },
}
OTHERS: Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]] = {
    "prompt": (
        "prompts/get",
        {"name": "p"},
        {
            "description": f"for {NAME}",
            "messages": [{"role": "user", "content": {"type": "text", "text": NAME}}],
        },
    ),
    "resource": (
        "resources/read",
        {"uri": "crm://x"},
        {"contents": [{"uri": "crm://x", "text": NAME}, {"uri": "crm://y", "blob": BLOB}]},
    ),
    "completion": (
        "completion/complete",
        {"ref": {"type": "ref/prompt", "name": "p"}, "argument": {"name": "a", "value": "b"}},
        {"completion": {"values": [NAME]}},
    ),
    "tools": (
        "tools/list",
        {},
        {
            "tools": [
                {
                    "name": "find",
                    "title": f"Ring {PHONE}",
                    "description": f"Ring {PHONE}",
                    "inputSchema": SCHEMA,
                    "outputSchema": {**SCHEMA, "default": {"x": PHONE}},
                    "annotations": {"title": PHONE},
                }
            ]
        },
    ),
    "prompts": ("prompts/list", {}, {"prompts": [{"name": "p", "description": f"Ring {PHONE}"}]}),
    "resources": (
        "resources/list",
        {},
        {"resources": [{"uri": "crm://x", "name": "x", "description": f"Ring {PHONE}"}]},
    ),
}


@pytest.mark.parametrize("surface", REQUESTS)
async def test_nothing_reaches_a_server_that_is_not_trusted(
    tmp_path: Path, keyed: World, surface: str
) -> None:
    """Wherever a client writes it; nor is it in what anybody may read of the log."""
    method, params = REQUESTS[surface]
    server = Scripted("crm", echo)
    async with tool_world(tmp_path, keyed, [server], DETAILED) as here:
        told = await here.ask("crm", method, params)

    assert len(server.asked) == 1
    assert not any(part in server.seen for part in (NAME, BLOB, "Schmidt"))
    assert NAME not in await asyncio.to_thread(_readable, tmp_path / "log")
    assert NAME not in await asyncio.to_thread(_recorded, tmp_path / "log", keyed)
    assert told


@pytest.mark.parametrize("surface", ["elicited", "sampled", "roots", "error"])
async def test_nothing_of_an_answer_reaches_a_server_that_asked(
    tmp_path: Path, keyed: World, surface: str
) -> None:
    """What a client says in the middle of a call is a request like others."""
    said: dict[str, tuple[str, dict[str, Any]]] = {
        "elicited": (
            "elicitation/create",
            {"result": {"action": "accept", "content": {"n": NAME}}},
        ),
        "sampled": (
            "sampling/createMessage",
            {"result": {"role": "user", "content": {"type": "text", "text": NAME}}},
        ),
        "roots": ("roots/list", {"result": {"roots": [{"uri": f"file:///{NAME}", "name": NAME}]}}),
        "error": ("elicitation/create", {"error": {"code": 1, "message": f"no {NAME}"}}),
    }
    method, message = said[surface]
    server = Scripted("crm", says(dict(NOTICES["elicitation"]), {"result": {"content": []}}))
    async with tool_world(tmp_path, keyed, [server]) as here:
        running = here.messages(lambda: here.words.ask("crm", _ask("tools/call", {"name": "do"})))
        asked = await anext(running)
        answer = Told(
            peer=PEER,
            exchange=RequestId("r1"),
            method=method,
            message={"id": asked["id"], **message},
        )
        (told,) = await here.tell("crm", answer)
        rest = [each async for each in running]

    assert told == {"result": {}}
    assert server.replies[0]["id"] == "s1"
    assert NAME not in server.seen
    assert rest[-1]["result"] == {"content": []}


@pytest.mark.parametrize("surface", ANSWERS)
async def test_nothing_of_an_answer_reaches_a_client(
    tmp_path: Path, keyed: World, surface: str
) -> None:
    """Wherever a server says it."""
    server = Scripted("crm", says(dict(ANSWERS[surface])))
    async with tool_world(tmp_path, keyed, [server], OPEN) as here:
        (told,) = await here.call("crm", {"id": 1})

    _clean(told)
    assert NAME not in await asyncio.to_thread(_readable, tmp_path / "log")


@pytest.mark.parametrize("surface", NOTICES)
async def test_nothing_of_what_comes_before_an_answer_reaches_a_client(
    tmp_path: Path, keyed: World, surface: str
) -> None:
    """Progress, log messages, and what servers ask."""
    server = Scripted("crm", says(dict(NOTICES[surface]), {"result": {"content": []}}))
    async with tool_world(tmp_path, keyed, [server]) as here:
        first, last = await here.call("crm", {"id": 1})

    _clean(first)
    assert first["method"] == NOTICES[surface]["method"]
    assert last == {"result": {"content": []}}


@pytest.mark.parametrize("surface", OTHERS)
async def test_nothing_of_other_answers_reaches_a_client(
    tmp_path: Path, keyed: World, surface: str
) -> None:
    """Prompts, resources, completions and the words of definitions."""
    method, params, result = OTHERS[surface]
    async with tool_world(tmp_path, keyed, [Scripted("crm", answers(result))]) as here:
        (told,) = await here.ask("crm", method, params)

    _clean(told)


@pytest.mark.mcp_row(8)
@pytest.mark.parametrize("surface", [*ANSWERS, *NOTICES])
async def test_an_answer_that_says_it_is_refused_where_the_policy_says_so(
    tmp_path: Path, keyed: World, surface: str
) -> None:
    """`results: block` lets nothing pass that the policy names."""
    message = ANSWERS.get(surface) or NOTICES[surface]
    server = Scripted("crm", says(dict(message)))
    spec = f"{OPEN}\ntools: {{results: block}}"
    async with tool_world(tmp_path, keyed, [server], spec) as here:
        with pytest.raises(Blocked, match="PERSON") as refused:
            await here.call("crm", {"id": 1})

    assert NAME not in str(refused.value)


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"])
async def test_no_encoding_of_a_file_hides_a_name(tmp_path: Path, keyed: World, codec: str) -> None:
    """Where files may pass, a name within one does not pass with it, nor into the log."""
    file = f"Dear {NAME}, déjà vu: {PHONE}".encode(codec)
    content = {"type": "image", "mimeType": "image/png", "data": base64.b64encode(file).decode()}
    async with tool_world(
        tmp_path, keyed, [Scripted("crm", answers({"content": [content]}))], OPEN
    ) as here:
        (told,) = await here.call("crm", {"id": 1})

    left = base64.b64decode(told["result"]["content"][0]["data"]).decode(codec)
    assert "déjà vu" in left
    assert NAME not in left
    assert PHONE not in left


async def test_what_cannot_be_looked_into_is_refused(tmp_path: Path, keyed: World) -> None:
    """A picture passes only where the policy lets attachments pass."""
    picture = base64.b64encode(b"\x89PNG\x00\xff").decode()
    result = {"content": [{"type": "image", "mimeType": "image/png", "data": picture}]}
    async with tool_world(tmp_path / "a", keyed, [Scripted("crm", answers(result))]) as here:
        with pytest.raises(UnsupportedContent):
            await here.call("crm", {"id": 1})
    async with tool_world(tmp_path / "b", keyed, [Scripted("crm", answers(result))], OPEN) as here:
        (told,) = await here.call("crm", {"id": 1})

    assert told["result"] == result


async def test_a_method_that_nobody_knows_is_looked_at(tmp_path: Path, keyed: World) -> None:
    """A server could say anything in the name of a notification."""
    notice = {"method": f"notifications/{PHONE}", "params": {}}
    script = says(notice, {"result": {"content": []}})
    async with tool_world(tmp_path, keyed, [Scripted("crm", script)]) as at:
        told = await at.call("crm", {"id": 1})

    assert len(told) == 2
    _clean({"told": told})


OPEN = "pii: {default: {action: token}}\nattachments: allow"
DETAILED = "pii: {default: {action: token}}\naudit: {detail: redacted}"


def _ask(method: str, params: Mapping[str, Any]) -> Ask:
    return Ask(peer=PEER, method=method, params=params)


def _clean(told: Mapping[str, Any]) -> None:
    """No original is in it, plain, in JSON of JSON, or in base64."""
    text = json.dumps(told, ensure_ascii=False)
    assert NAME not in text
    assert PHONE not in text
    assert "Schmidt" not in text
    for blob in _blobs(told):
        assert NAME not in base64.b64decode(blob).decode()


def _blobs(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value[name] for name in ("blob", "data") if isinstance(value.get(name), str)]
        return own + [each for member in value.values() for each in _blobs(member)]
    return [each for member in value for each in _blobs(member)] if isinstance(value, list) else []


def _readable(log: Path) -> str:
    return "".join(p.read_bytes().decode("latin-1") for p in log.iterdir() if p.is_file())


def _recorded(log: Path, keyed: World) -> str:
    """All that an auditor reads."""
    return repr([(o.meta, o.content) for o in show(log, [keyed.auditor, keyed.escrow])])
