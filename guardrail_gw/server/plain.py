"""Errors for what no dialect is asked about, in the OpenAI shape."""

import orjson
from aiohttp import web

from guardrail_gw.errors import Refusal

SERVER = "guardrail-gw"
"""What the header `Server` says: aiohttp's own default tells versions to whoever asks."""


def error(
    status: int, code: str, message: str, kind: str = "invalid_request_error"
) -> web.Response:
    """One error as a whole answer."""
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    headers = {"Content-Type": "application/json; charset=utf-8", "Server": SERVER}
    return web.Response(status=status, body=orjson.dumps(body), headers=headers)


def refused(refusal: Refusal) -> web.Response:
    """A refusal as a whole answer."""
    return error(refusal.status, refusal.code, refusal.detail, refusal.kind)
