"""Errors for what no dialect is asked about, in the OpenAI shape."""

import orjson
from aiohttp import web

from guardrail_gw.errors import Refusal


def error(
    status: int, code: str, message: str, kind: str = "invalid_request_error"
) -> web.Response:
    """One error as a whole answer."""
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")


def refused(refusal: Refusal) -> web.Response:
    """A refusal as a whole answer."""
    return error(refusal.status, refusal.code, refusal.detail, refusal.kind)
