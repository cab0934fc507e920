"""How grave a log message is, and whether it is wanted.

Source: RFC 5424, 6.2.1; Model Context Protocol 2026-07-28, server/utilities/logging.
"""

from typing import Any

from guardrail_gw.dialects.mcp.eras import LEVELS
from guardrail_gw.mcp.ports import Era, Message, Peer


def is_wanted(message: Message, peer: Peer) -> bool:
    """Whether a client wants this `notifications/message`.

    One of the legacy era that never said from which level on gets what the server sends, one of the
    modern era gets nothing.
    """
    if peer.log_level is None:
        return peer.era is Era.LEGACY
    params: dict[str, Any] = message.get("params", {})
    level = params.get("level")
    if level not in LEVELS or peer.log_level not in LEVELS:
        return False
    return LEVELS.index(level) >= LEVELS.index(peer.log_level)
