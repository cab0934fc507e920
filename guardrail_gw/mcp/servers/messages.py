"""JSON-RPC messages, as they are made and told apart.

Source: JSON-RPC 2.0; Model Context Protocol, basic ("Messages").
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, Final

from guardrail_gw.dialects.mcp.exact import parsed
from guardrail_gw.mcp.ports import Message
from guardrail_gw.mcp_errors import ServerFailed

INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
Id = int | str


class Kind(Enum):
    """What a message is."""

    REQUEST = auto()
    NOTIFICATION = auto()
    RESPONSE = auto()


def request(id_: Id, method: str, params: Mapping[str, Any]) -> Message:
    """A request; without members its params are left out."""
    message: Message = {"jsonrpc": "2.0", "id": id_, "method": method}
    return message | {"params": params} if params else message


def notification(method: str, params: Mapping[str, Any]) -> Message:
    """A notification."""
    message: Message = {"jsonrpc": "2.0", "method": method}
    return message | {"params": params} if params else message


def answer(id_: object, said: Mapping[str, Any]) -> Message:
    """A response with this id, and the `result` or `error` of another message."""
    message: Message = {"jsonrpc": "2.0", "id": id_}
    return message | {key: said[key] for key in ("result", "error") if key in said}


def error(code: int, message: str, data: Mapping[str, Any] | None = None) -> Message:
    """A response that is an error, without an id."""
    said: dict[str, Any] = {"code": code, "message": message}
    return {"jsonrpc": "2.0", "error": said if data is None else said | {"data": data}}


def kind(message: Message) -> Kind | None:
    """Which of three it is; None: none of them."""
    if message.get("jsonrpc") != "2.0":
        return None
    has_id = isinstance(message.get("id"), int | str)
    if isinstance(message.get("method"), str):
        if not is_params(message.get("params", {})):
            return None
        return Kind.REQUEST if has_id else Kind.NOTIFICATION
    return Kind.RESPONSE if _is_response(message) else None


def is_params(value: object) -> bool:
    """Whether these are parameters: an object, whose `_meta` is one, too."""
    return isinstance(value, dict) and isinstance(value.get("_meta", {}), dict)


def _is_response(message: Message) -> bool:
    said = message.get("error")
    has_error = isinstance(said, dict) and not isinstance(said.get("code"), dict | list)
    return isinstance(message.get("result"), dict) != has_error


def read(name: str, data: bytes | str) -> list[Message]:
    """The messages that a server sent at once: nearly always one.

    Args:
        name: the server's.
        data: JSON.

    Raises:
        ServerFailed: it is no JSON, or no message.
    """
    try:
        said = parsed(data)
    except (ValueError, RecursionError):
        raise ServerFailed(f"{name} says what is no JSON") from None
    messages = said if isinstance(said, list) else [said]
    for message in messages:
        if not isinstance(message, dict) or kind(message) is None:
            raise ServerFailed(f"{name} says what is no MCP")
    return messages


def error_code(message: Message) -> int | None:
    """The code of a response that is an error."""
    said = message.get("error")
    code = said.get("code") if isinstance(said, dict) else None
    return code if isinstance(code, int) else None


def shown(message: Message) -> Message:
    """A message as it goes on: without this hop's id, if it is a response."""
    return {key: value for key, value in message.items() if key != "id"}
