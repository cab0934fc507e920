"""What an API answers, as the result of a tool.

Source: Model Context Protocol 2026-07-28, server/tools ("Tool results").
"""

import base64
from collections.abc import Mapping
from typing import Any

from guardrail_gw.dialects.mcp.exact import parsed, written

_GOOD = range(200, 300)


def result(status: int, kind: str, charset: str | None, body: bytes) -> dict[str, Any]:
    """A result: text, for JSON its structure as well; what is no success is an error of the tool.

    Args:
        status: of the answer.
        kind: media type, in small letters.
        charset: of a text; None: it does not say.
        body: all of it.
    """
    is_error = status not in _GOOD
    content = _content(kind, charset, body)
    if is_error:
        content = {
            "content": [_text(f"The API answered with status {status}."), *content["content"]]
        }
    return {"resultType": "complete", "isError": is_error, **content}


def _content(kind: str, charset: str | None, body: bytes) -> dict[str, Any]:
    if not body:
        return {"content": []}
    if kind == "application/json" or kind.endswith("+json"):
        return _json(body)
    if kind.startswith("text/"):
        return {"content": [_text(_decoded(body, charset))]}
    if kind.startswith(("image/", "audio/")):
        data = base64.b64encode(body).decode()
        return {"content": [{"type": kind.partition("/")[0], "data": data, "mimeType": kind}]}
    return {"content": [_text("The answer is of a kind that is not passed on.")], "isError": True}


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = parsed(body)
    except (ValueError, RecursionError):
        return {"content": [_text("The answer is no JSON, though it says so.")], "isError": True}
    text = written(value).decode()
    structure = value if isinstance(value, Mapping) else {"result": value}
    return {"content": [_text(text)], "structuredContent": structure}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _decoded(body: bytes, charset: str | None) -> str:
    try:
        return body.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return body.decode("utf-8", errors="replace")
