"""Asking for a token over HTTP, as OAuth 2.0 has it.

Source: RFC 6749, sections 5.1 and 5.2.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from guardrail_gw.upstreams.connections import Answer, Connections, Target
from guardrail_gw.upstreams.tokens import NoToken, Token

_MAX_BYTES: Final = 64 << 10
_OK: Final = 200
_LONGEST_S: Final = 86400.0
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,16384}")
_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_PROBLEMS: Final = frozenset(
    {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client"}
    | {"unsupported_grant_type", "invalid_scope", "temporarily_unavailable", "server_error"}
)
"""What a server may say of its refusal; nothing else of it is repeated."""
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


async def granted(url: URL, form: Mapping[str, str], connections: Connections) -> Token[str]:
    """What a token endpoint answers to a form.

    Raises:
        NoToken: no answer, a refusal, or something that is no token.
    """
    return await told(Target(url, _FORM), urlencode(form).encode(), connections)


async def told(target: Target, body: bytes, connections: Connections) -> Token[str]:
    """What a server answers to a request for a token.

    Raises:
        NoToken: no answer, a refusal, or something that is no token.
    """
    return _token(await answered(target, body, connections))


async def answered(
    target: Target,
    body: bytes,
    connections: Connections,
    own: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """The JSON object that a server answers with.

    Args:
        target: the server.
        body: what it is sent.
        connections: over which it is asked.
        own: headers besides the target's.

    Raises:
        NoToken: no answer, or a refusal.
    """
    try:
        answer = await connections.post(target, body, (), own)
        try:
            text = await _text(answer)
        finally:
            answer.close()
    except (aiohttp.ClientError, HttpProcessingError, OSError, TimeoutError, ValueError):
        raise NoToken("no_answer") from None
    said = _object(text)
    if answer.message.code != _OK:
        problem = said.get("error")
        word = f" {problem}" if isinstance(problem, str) and problem in _PROBLEMS else ""
        raise NoToken(f"http_{answer.message.code}{word}")
    return said


async def _text(answer: Answer) -> bytes:
    text = b""
    while chunk := await answer.content.readany():
        text += chunk
        if len(text) > _MAX_BYTES:
            raise ValueError("too long")
    return text


def _object(text: bytes) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _token(said: Mapping[str, Any]) -> Token[str]:
    value, lasts, kind = said.get("access_token"), said.get("expires_in"), said.get("token_type")
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise NoToken("no_token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise NoToken("no_bearer")
    seconds = str(lasts) if type(lasts) in (int, str) else ""
    if not _SECONDS.fullmatch(seconds) or not int(seconds):
        raise NoToken("no_end")
    return Token(value=value, lasts_s=min(float(seconds), _LONGEST_S))
