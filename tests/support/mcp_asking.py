"""A client of either era that keeps every byte it was answered with, for tests."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

Message = Mapping[str, Any]
MODERN, LEGACY = "modern", "legacy"
REVISIONS: Final = {MODERN: "2026-07-28", LEGACY: "2025-11-25"}
CAN: Final[Message] = {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}}
_PREFIX: Final = "io.modelcontextprotocol/"
_NAMED: Final = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


def _nobody(_: Message) -> Message:
    return {"error": {"code": -32601, "message": "nobody is there"}}


@dataclass(slots=True, kw_only=True)
class Told:
    """An answer."""

    status: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)
    """Notifications and questions, then the response."""
    raw: bytes = b""
    """Every byte, of the head as well."""

    @property
    def last(self) -> dict[str, Any]:
        """The response."""
        return self.messages[-1]

    @property
    def result(self) -> dict[str, Any]:
        """The result."""
        found: dict[str, Any] = self.last["result"]
        return found

    @property
    def text(self) -> str:
        """The text of the result's first block."""
        found: str = self.result["content"][0]["text"]
        return found

    @property
    def code(self) -> str | None:
        """The stable code of a refusal; None: it is none."""
        data = self.last.get("error", {}).get("data") or {}
        found: str | None = data.get("code")
        return found


@dataclass(slots=True, kw_only=True)
class Client:
    """One client at one endpoint."""

    http: aiohttp.ClientSession
    url: str
    era: str
    key: str | None = None
    can: Message = field(default_factory=lambda: CAN)
    session: str | None = None
    number: int = 0

    async def begin(self, **more: Any) -> Told:
        """Begin a session; in the modern era ask what the server is."""
        if self.era == MODERN:
            return await self.ask("server/discover", {})
        params = {"protocolVersion": REVISIONS[LEGACY], "capabilities": self.can}
        params |= {"clientInfo": {"name": "test", "version": "1"}, **more}
        told = await self.ask("initialize", params)
        await self.note("notifications/initialized")
        return told

    async def end(self) -> None:
        """End the session, if there is one."""
        if self.session is not None:
            async with self.http.delete(self.url, headers=self._headers("", {})):
                self.session = None

    async def ask(
        self,
        method: str,
        params: Message,
        *,
        answers: Callable[[Message], Message] = _nobody,
        headers: Mapping[str, str] | None = None,
    ) -> Told:
        """The answer to a request; what is asked in its middle is answered by `answers`."""
        self.number += 1
        body = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}
        sent = self._headers(method, params) | dict(headers or {})
        if self.era == MODERN:
            body["params"] = {**params, "_meta": {**self._meta(), **params.get("_meta", {})}}
        elif method == "tools/call":
            own = {"progressToken": self.number, **params.get("_meta", {})}
            body["params"] = {**params, "_meta": own}
        told = Told()
        async with self.http.post(self.url, data=json.dumps(body), headers=sent) as response:
            if method == "initialize":
                self.session = response.headers.get("Mcp-Session-Id")
            told.status = response.status
            told.raw += "".join(f"{n}: {v}\n" for n, v in response.headers.items()).encode()
            await self._read(response, told, answers)
        return told

    async def note(self, method: str, params: Message | None = None) -> int:
        """Tell a notification; its status."""
        body = {"jsonrpc": "2.0", "method": method, "params": dict(params or {})}
        headers = self._headers(method, {})
        async with self.http.post(self.url, data=json.dumps(body), headers=headers) as response:
            return response.status

    @asynccontextmanager
    async def listening(self, *uris: str) -> AsyncIterator[Callable[[], Any]]:
        """What is said unasked; the function gives the next message."""
        wanted = {f"{kind}ListChanged": True for kind in ("tools", "prompts", "resources")}
        params = {"notifications": {**wanted, "resourceSubscriptions": [*uris]}}
        headers = self._headers("subscriptions/listen", {})
        if self.era == MODERN:
            body = {"jsonrpc": "2.0", "id": "listens", "method": "subscriptions/listen"}
            body |= {"params": {**params, "_meta": self._meta()}}  # type: ignore[dict-item] # JSON
            asking = self.http.post(self.url, data=json.dumps(body), headers=headers)
        else:
            for uri in uris:
                await self.ask("resources/subscribe", {"uri": uri})
            asking = self.http.get(self.url, headers=headers)
        async with asking as response:
            lines = aiter(response.content)

            async def heard() -> dict[str, Any]:
                async with asyncio.timeout(20):
                    async for line in lines:
                        if line.startswith(b"data: {"):
                            found: dict[str, Any] = json.loads(line[6:])
                            return found
                raise EOFError

            if self.era == MODERN:
                await heard()  # that it listens
            yield heard

    def _headers(self, method: str, params: Message) -> dict[str, str]:
        own = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if self.key is not None:
            own["Authorization"] = f"Bearer {self.key}"
        if self.era == LEGACY:
            return own | ({} if self.session is None else {"Mcp-Session-Id": self.session})
        own |= {"MCP-Protocol-Version": REVISIONS[MODERN], "Mcp-Method": method}
        if isinstance(name := params.get(_NAMED.get(method, "")), str):
            own["Mcp-Name"] = wrapped(name)
        return own

    def _meta(self) -> dict[str, Any]:
        return {
            f"{_PREFIX}protocolVersion": REVISIONS[MODERN],
            f"{_PREFIX}clientCapabilities": self.can,
            f"{_PREFIX}clientInfo": {"name": "test", "version": "1"},
            f"{_PREFIX}logLevel": "debug",
            "progressToken": self.number,
        }

    async def _read(
        self,
        response: aiohttp.ClientResponse,
        told: Told,
        answers: Callable[[Message], Message],
    ) -> None:
        if response.content_type != "text/event-stream":
            raw = await response.read()
            told.raw += raw
            told.messages += [json.loads(raw)] if raw.startswith(b"{") else []
            return
        async for line in response.content:
            told.raw += line
            if not line.startswith(b"data: {"):
                continue
            message = json.loads(line[6:])
            told.messages.append(message)
            if "method" in message and "id" in message:
                await self._reply(message, answers)

    async def _reply(self, asked: Message, answers: Callable[[Message], Message]) -> None:
        body = {"jsonrpc": "2.0", "id": asked["id"], **answers(asked)}
        async with self.http.post(
            self.url, data=json.dumps(body), headers=self._headers("", {})
        ) as response:
            assert response.status == 202, await response.text()


async def until(heard: Callable[[], Awaitable[dict[str, Any]]], method: str) -> dict[str, Any]:
    """The next message of a method; lists may change meanwhile."""
    while (message := await heard())["method"] != method:
        pass
    return message


def wrapped(value: str) -> str:
    """A value as the protocol has it in a header."""
    if value.isascii() and value.isprintable() and value == value.strip():
        return value
    return f"=?base64?{b64encode(value.encode()).decode()}?="


def spellings(value: str) -> Sequence[bytes]:
    """The end of a value, which is plain ASCII, as it may stand in bytes: plain, and in base64."""
    tail = value[-12:].encode()
    assert tail.isascii()
    shifted = (b64encode(b"\0" * n + tail)[(n * 8 + 5) // 6 : -4] for n in range(3))
    return [tail, *shifted]
