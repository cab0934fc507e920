"""Requests of 100 kB as coding agents send them.

`turns` is made of recorded requests where these are beside
the checkout: their turns behind one another, their tools together; many short texts of many people,
so that there is much to find. `code` is a session in which files are read: modules of the running
Python, between short remarks, with a few things to find. In `clean` the files hold nothing that is
found. Without recordings `turns` is `code`. The same request goes out `again` and again, or a
conversation is `grown` by a turn with each, up to that request.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from guardrail_gw.dialects.every import BY_NAME
from tests.bench.bodies import FILLER
from tests.bench.technical import python
from tests.support.recorded import RECORDINGS, recorded

DIALECTS: Final = ("openai_chat", "anthropic_messages")
KINDS: Final = ("turns", "code", "clean")
WAYS: Final = ("again", "grown")
_SIZE: Final = 100_000
_TOOLS: Final = {"turns": 12_000, "code": 700, "clean": 700}
_LONGEST_TURN: Final = 12_000
_REFUSED: Final = (
    *(";base64,", '"base64"', '"input_audio"', '"image_url"', '"image"', '"document"'),
    *('"file"', '"file_id"', '"file_data"', '"container"', '"mcp_servers"'),
)
"""Marks of content that a policy refuses unless it says otherwise."""
_SCHEMA: Final = {"type": "object", "properties": {"path": {"type": "string"}}}


def agent_request(dialect: str, kind: str) -> dict[str, Any]:
    """The body: always the same one."""
    turns: list[Any] = []
    tools: dict[str, Any] = {}
    size = 0
    for asked in _conversations(dialect, kind):
        for tool in filter(_is_own, asked["tools"]):
            tools.setdefault(json.dumps(tool.get("function", tool).get("name")), tool)
        for turn in asked["messages"]:
            written = len(json.dumps(turn))
            if size + written <= _SIZE - _TOOLS[kind] and written <= _LONGEST_TURN:
                turns.append(turn)
                size += written
    kept = _within(tools.values(), _SIZE - size)
    return {"model": "bench", "max_tokens": 1024, "messages": turns, "tools": kept}


def _is_own(tool: dict[str, Any]) -> bool:
    """Whether the client runs it: those of the provider are refused, too."""
    return tool.get("type", "function") in ("function", "custom")


def _within(tools: Iterable[Any], room: int) -> list[Any]:
    kept: list[Any] = []
    for tool in tools:
        room -= len(json.dumps(tool))
        if room < 0:
            break
        kept.append(tool)
    return kept


def _conversations(dialect: str, kind: str) -> Iterable[dict[str, Any]]:
    if kind == "turns" and RECORDINGS.is_dir():
        return _recorded(dialect)
    files = [FILLER * 6] * 40 if kind == "clean" else python()
    return _session(dialect, files[:: max(1, len(files) // 40)])


def _recorded(dialect: str) -> list[dict[str, Any]]:
    """Whole conversations without content that a policy would refuse; the long ones first."""
    asked = [(e.get("request") or {}).get("body") for e in recorded(dialect)]
    chats = [a for a in asked if a and "messages" in a and not _is_refused(a)]
    plain = [{**a, "tools": a.get("tools") or ()} for a in chats]
    return sorted(plain, key=lambda a: -len(json.dumps(a)))


def _is_refused(asked: dict[str, Any]) -> bool:
    text = json.dumps(asked)
    return any(mark in text for mark in _REFUSED)


def _session(dialect: str, files: list[str]) -> Iterator[dict[str, Any]]:
    """Files that an agent reads, one after the other."""
    told = _chat if dialect == "openai_chat" else _messages
    for number, text in enumerate(files):
        yield told(number, text, FILLER[number * 7 :][:120])


def _chat(number: int, text: str, remark: str) -> dict[str, Any]:
    source = json.dumps({"path": f"src/module{number}.py"})
    call = {"id": f"call_{number}", "type": "function"}
    called = [{**call, "function": {"name": "read_file", "arguments": source}}]
    function = {"name": "read_file", "description": FILLER, "parameters": _SCHEMA}
    return {
        "tools": [{"type": "function", "function": function}],
        "messages": [
            {"role": "user", "content": remark},
            {"role": "assistant", "content": None, "tool_calls": called},
            {"role": "tool", "tool_call_id": call["id"], "content": text},
        ],
    }


def _messages(number: int, text: str, remark: str) -> dict[str, Any]:
    name, given = f"toolu_{number}", {"path": f"src/module{number}.py"}
    call = {"type": "tool_use", "id": name, "name": "read_file", "input": given}
    result = {"type": "tool_result", "tool_use_id": name, "content": text}
    return {
        "tools": [{"name": "read_file", "description": FILLER, "input_schema": _SCHEMA}],
        "messages": [
            {"role": "user", "content": remark},
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [result]},
        ],
    }


def requests(dialect: str, kind: str, count: int, way: str) -> list[bytes]:
    """So many requests as they go over the wire, one behind the other."""
    asked = agent_request(dialect, kind)
    if way == "again":
        return [request(dialect, asked)] * count
    turns = asked["messages"]
    ends = range(len(turns) - count + 1, len(turns) + 1)
    return [request(dialect, {**asked, "messages": turns[:end]}) for end in ends]


def request(dialect: str, asked: dict[str, Any]) -> bytes:
    """The request as it goes over the wire."""
    wire = BY_NAME[dialect]
    body = json.dumps(asked).encode()
    head = (
        f"POST {wire.served[0]} HTTP/1.1\r\nHost: 127.0.0.1\r\nanthropic-version: 2023-06-01\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
