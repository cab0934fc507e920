"""What a server asks in the middle of a call: told to clients of both eras.

Source: Model Context Protocol 2025-11-25, client/*; 2026-07-28, basic/patterns/mrtr.
"""

import itertools
from typing import Any, Final

from guardrail_gw.mcp.ports import Message, Peer
from guardrail_gw.mcp.servers.messages import INVALID_REQUEST, METHOD_NOT_FOUND, answer, error
from guardrail_gw.mcp.servers.told import has

PING: Final = "ping"


class Asked:
    """The questions of one call that nobody has answered yet; ids of this side, ids of theirs."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._open: dict[str, Any] = {}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._open)

    def add(self, message: Message) -> Message:
        """A question as it goes on, with an id of this side."""
        id_ = f"ask-{next(self._numbers)}"
        self._open[id_] = message["id"]
        return {"jsonrpc": "2.0", "id": id_, "method": message["method"], "params": params(message)}

    def answered(self, reply: Message) -> Message | None:
        """An answer as the server knows it; None: nothing like that was asked."""
        theirs = self._open.pop(str(reply.get("id")), None)
        return None if theirs is None else answer(theirs, reply)

    def withdrawn(self, message: Message) -> Message | None:
        """`notifications/cancelled` of the server's, with the id of this side; None: of nothing."""
        theirs = message.get("params", {}).get("requestId")
        for ours, id_ in self._open.items():
            if id_ == theirs:
                del self._open[ours]
                return message | {"params": message["params"] | {"requestId": ours}}
        return None


def params(message: Message) -> dict[str, Any]:
    """The params of a question, without the token of this hop's progress."""
    asked: dict[str, Any] = dict(message.get("params", {}))
    meta = asked.pop("_meta", None)
    kept = {key: value for key, value in (meta or {}).items() if key != "progressToken"}
    return asked | {"_meta": kept} if kept else asked


def at_once(message: Message, peer: Peer) -> Message | None:
    """The answer that needs no client; None: this client can be asked."""
    if message["method"] == PING:
        return answer(message["id"], {"result": {}})
    if not has(peer.capabilities, message["method"]):
        return answer(message["id"], error(METHOD_NOT_FOUND, "Method not found"))
    return None


def in_vain(message: Message) -> Message:
    """The answer to what is asked in the middle of a request that no client has made."""
    if message["method"] == PING:
        return answer(message["id"], {"result": {}})
    return answer(message["id"], error(INVALID_REQUEST, "nobody can be asked in this request"))
