"""Which era a request speaks, and what one of the modern era says about itself.

A request whose version header names none of the revisions with a handshake is held to the modern
era, so that it is told what is wrong with it; one without that header is of a session.

Source: Model Context Protocol 2026-07-28, basic ("Per-request protocol fields"), basic/versioning,
basic/transports/streamable-http.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.dialects.mcp import headers as repeating
from guardrail_gw.dialects.mcp.headers import VERSION

HANDSHAKE: Final = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
"""Revisions that begin with `initialize`, oldest first."""
MODERN: Final = ("2026-07-28",)
UNSAID: Final = "2025-03-26"
"""What a client of a session speaks that sends no version."""

PREFIX: Final = "io.modelcontextprotocol/"
REVISION: Final = PREFIX + "protocolVersion"
CAPABILITIES: Final = PREFIX + "clientCapabilities"
INFO: Final = PREFIX + "clientInfo"
LOG_LEVEL: Final = PREFIX + "logLevel"
SUBSCRIPTION: Final = PREFIX + "subscriptionId"

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
HEADER_MISMATCH: Final = -32020
MISSING_CAPABILITY: Final = -32021
UNSUPPORTED_REVISION: Final = -32022

LEVELS: Final = (
    *("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"),
)
"""Of log messages, the least grave first."""
_REVISION_LIKE: Final = re.compile(r"[A-Za-z0-9._-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Modern:
    """What a request of the modern era says about who sends it."""

    revision: str
    capabilities: Mapping[str, Any] = field(repr=False)
    info: Mapping[str, Any] = field(repr=False)
    log_level: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a request is none of its era's, as a JSON-RPC error says it."""

    code: int
    message: str
    data: Mapping[str, Any] | None = None


def is_modern(said: str | None) -> bool:
    """Whether a request is held to the modern era, by its version header."""
    return said is not None and said not in HANDSHAKE


def negotiated(asked: object) -> str:
    """The revision that a handshake ends with: the one asked for, or the newest that has one."""
    return asked if isinstance(asked, str) and asked in HANDSHAKE else HANDSHAKE[-1]


def modern(method: object, params: object, headers: Mapping[str, str]) -> Modern | Fault:
    """Read what a request says about itself; the first fault counts.

    Args:
        method: the body's.
        params: the body's.
        headers: by lower-case names.
    """
    meta = params.get("_meta") if isinstance(params, dict) else None
    if not isinstance(params, dict) or not isinstance(meta, dict):
        return _missing("params._meta must be an object with", REVISION, CAPABILITIES)
    absent = [key for key in (REVISION, CAPABILITIES) if key not in meta]
    if absent:
        return _missing("params._meta is without", *absent)
    if headers.get(VERSION) is None or headers.get(VERSION) != meta[REVISION]:
        return _mismatch(VERSION)
    if (wrong := repeating.mismatch(method, params, headers)) is not None:
        return _mismatch(wrong)
    return unsupported(meta[REVISION]) or _said(meta)


def unsupported(revision: str) -> Fault | None:
    """The fault of a revision of the modern era that is not spoken here."""
    if revision in MODERN:
        return None
    requested = revision if _REVISION_LIKE.fullmatch(revision) else ""
    return Fault(
        code=UNSUPPORTED_REVISION,
        message="Unsupported protocol version",
        data={"supported": list(MODERN), "requested": requested},
    )


def _said(meta: Mapping[str, Any]) -> Modern | Fault:
    capabilities, info = meta[CAPABILITIES], meta.get(INFO)
    if not isinstance(capabilities, dict):
        return Fault(code=INVALID_PARAMS, message=f"params._meta: {CAPABILITIES} must be an object")
    level = meta.get(LOG_LEVEL)
    if level is not None and level not in LEVELS:  # it goes on to the server as it is
        return Fault(
            code=INVALID_PARAMS, message=f"params._meta: {LOG_LEVEL} is none of the protocol's"
        )
    return Modern(
        revision=meta[REVISION],
        capabilities=capabilities,
        info=info if isinstance(info, dict) else {},
        log_level=level,
    )


def _missing(what: str, *keys: str) -> Fault:
    return Fault(code=INVALID_PARAMS, message=f"{what} {' and '.join(keys)}")


def _mismatch(header: str) -> Fault:
    return Fault(
        code=HEADER_MISMATCH, message=f"the header {header} does not say what the body says"
    )
