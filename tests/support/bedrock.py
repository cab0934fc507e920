"""Bedrock on loopback: it checks signatures itself, and answers in Converse.

Source: AWS General Reference, "Create a signed AWS API request"; Amazon Bedrock Runtime API, as
read in 2026. The check of a signature is written from the other side, not with the signer.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import jsonschema
from aiohttp import web

from guardrail_gw.dialects.event_stream import encode
from guardrail_gw.standin import answers, messages
from guardrail_gw.standin.behaviour import parse
from tests.support import converse

ID, SECRET, SESSION = "AKIDTEST", "a/secret+of=nobody", "session//token+=="
REGION = "eu-central-1"
_FORM = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<id>[A-Z]+)/(?P<scope>(?P<day>\d{8})/[a-z0-9-]+/[a-z]+"
    r"/aws4_request), SignedHeaders=(?P<names>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)
_ECHO = parse("echo")
SCENES = ("", "tool", "busy", "throttled", "damaged", "cut")
"""What happens, by the bound of tokens that is asked for: 100 and the place in this list."""


def is_signed(request: web.Request, body: bytes, *, session: str = "") -> bool:
    """Whether a request is signed by `ID`, for `REGION`, now, with all of it as it came."""
    match = _FORM.fullmatch(request.headers.get("Authorization", ""))
    stamped = request.headers.get("X-Amz-Date", "")
    if match is None or not stamped:
        return False
    at = datetime.strptime(stamped, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    now = datetime.now(tz=UTC)  # noqa: TID251 - the server's clock is the machine's
    names = match["names"].split(";")
    lines = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names)
    path = quote(request.raw_path.partition("?")[0], safe="/-_.~")
    digest = hashlib.sha256(body).hexdigest()
    canonical = f"{request.method}\n{path}\n\n{lines}\n{match['names']}\n{digest}"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{stamped}\n{match['scope']}\n{hashed}"
    key = b"AWS4" + SECRET.encode()
    for part in match["scope"].split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    expected = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return (
        hmac.compare_digest(expected, match["signature"])
        and match["id"] == ID
        and match["scope"] == f"{stamped[:8]}/{REGION}/bedrock/aws4_request"
        and abs(now - at) < timedelta(minutes=5)
        and {"host", "x-amz-date"} <= set(names)
        and request.headers.get("X-Amz-Security-Token", "") == session
        and ("x-amz-security-token" in names) == bool(session)
    )


@dataclass(slots=True, kw_only=True)
class Bedrock:
    """Echoes the last text, or plays a scene."""

    may_ask: Callable[[web.Request, bytes], bool]
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def routes(self) -> tuple[tuple[str, str, Any], ...]:
        """Methods, paths and handlers."""
        return (
            ("POST", "/model/{model}/converse", self.whole),
            ("POST", "/model/{model}/converse-stream", self.streamed),
            ("POST", "/model/{model}/invoke", self.invoked),
            ("POST", "/model/{model}/count-tokens", self.counted),
            ("POST", "/model/{model}/invoke-with-response-stream", self.invoked),
            ("POST", "/openai/v1/chat/completions", self.chat),
        )

    async def whole(self, request: web.Request) -> web.StreamResponse:
        """Converse."""
        body = await self._read(request)
        if isinstance(body, web.Response):
            return body
        scene, said = _scene(body), _last_text(body)
        content: list[dict[str, Any]] = [{"text": said}]
        if scene == "tool":
            call = {"toolUseId": "tooluse_1", "name": "look", "input": {"text": said}}
            content = [{"toolUse": call}]
        answer = converse.whole(*content, reason="tool_use" if scene == "tool" else "end_turn")
        return web.json_response(answer, headers={"x-amzn-requestid": "req-1"})

    async def streamed(self, request: web.Request) -> web.StreamResponse:
        """ConverseStream, in pieces of seven bytes."""
        body = await self._read(request)
        if isinstance(body, web.Response):
            return body
        raw = _stream(_scene(body), _last_text(body))
        head = {"Content-Type": "application/vnd.amazon.eventstream", "x-amzn-requestid": "req-1"}
        response = web.StreamResponse(headers=head)
        await response.prepare(request)
        for start in range(0, len(raw), 7):
            await response.write(raw[start : start + 7])
        return response

    async def counted(self, request: web.Request) -> web.StreamResponse:
        """CountTokens, of what a Claude would be invoked with."""
        raw = await request.read()
        body = json.loads(base64.b64decode(json.loads(raw)["input"]["invokeModel"]["body"]))
        self.received.append((request.raw_path, body))
        if not self.may_ask(request, raw):
            return _error(403, "InvalidSignatureException")
        needed = {"anthropic_version", "max_tokens", "messages"}
        if not needed <= body.keys() or "model" in body:
            return _error(400, "ValidationException")
        ask = messages.asked({**body, "model": "echo"}, raw)
        return web.json_response({"inputTokens": messages.counted(ask)["input_tokens"]})

    async def invoked(self, request: web.Request) -> web.StreamResponse:
        """InvokeModel of a Claude, with a stream or without."""
        raw = await request.read()
        body = json.loads(raw)
        self.received.append((request.raw_path, body))
        if not self.may_ask(request, raw):
            return _error(403, "InvalidSignatureException")
        if {"model", "stream"} & body.keys() or body["anthropic_version"] != "bedrock-2023-05-31":
            return _error(400, "ValidationException")
        ask = messages.asked({**body, "model": "echo"}, raw)
        if not request.path.endswith("-stream"):
            return web.json_response(messages.whole(ask, _ECHO, "a1"))
        events = [data for _, data in messages.events(ask, _ECHO, "a1")]
        said = [event.partition(b"data: ")[2] for event in (*events, messages.DONE)]
        headers = {":message-type": "event", ":event-type": "chunk"}
        payloads = (json.dumps({"bytes": base64.b64encode(each).decode()}) for each in said)
        return web.Response(body=b"".join(encode(headers, each.encode()) for each in payloads))

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """The OpenAI-compatible address."""
        raw = await request.read()
        self.received.append((request.raw_path, json.loads(raw)))
        if not self.may_ask(request, raw):
            return _error(403, "InvalidSignatureException")
        return web.json_response(answers.whole(answers.asked(json.loads(raw), raw), _ECHO, "a1"))

    async def _read(self, request: web.Request) -> dict[str, Any] | web.Response:
        raw = await request.read()
        if not self.may_ask(request, raw):
            return _error(403, "InvalidSignatureException")
        body: dict[str, Any] = json.loads(raw)
        self.received.append((request.raw_path, body))
        try:
            converse.check(body)
        except jsonschema.ValidationError:
            return _error(400, "ValidationException")
        if _scene(body) == "busy":
            return _error(429, "ThrottlingException")
        return body


def _error(status: int, name: str) -> web.Response:
    head = {"x-amzn-errortype": f"{name}:http://internal.amazon.com/", "x-amzn-requestid": "req-1"}
    return web.json_response({"message": "says Anna Schmidt"}, status=status, headers=head)


def _stream(scene: str, said: str) -> bytes:
    half = len(said) // 2
    if scene == "tool":
        given = json.dumps({"text": said})
        call = converse.call(0, "tooluse_1", "", given[:9], given[9:])
        return converse.stream(*converse.answered(call, reason="tool_use"))
    events = converse.answered(converse.text(0, said[:half], said[half:]))
    if scene == "throttled":
        return converse.stream(*events[:2], ("throttlingException", {}))
    if scene == "damaged":
        raw = bytearray(converse.stream(*events))
        raw[-20] ^= 1
        return bytes(raw)
    return converse.stream(*(events[:3] if scene == "cut" else events))


def _scene(body: Mapping[str, Any]) -> str:
    most: int = body.get("inferenceConfig", {}).get("maxTokens", 100)
    return SCENES[most - 100]


def _last_text(body: Mapping[str, Any]) -> str:
    texts = [b["text"] for m in body["messages"] for b in m["content"] if "text" in b]
    return str(texts[-1]) if texts else ""
