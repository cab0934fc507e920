"""The MCP endpoint on loopback, before a chain that only notes what passes and a scripted server.

The server is a real one of the seam (`mcp/ports.py`): it speaks either era's words, asks in the
middle of calls, and notes what it is told.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from multidict import CIMultiDict

from guardrail_gw.chain import Answer
from guardrail_gw.core.exchange import Arrival, Inbound, Question
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.errors import Refusal
from guardrail_gw.mcp.front.admission import Admission, KeysOnly
from guardrail_gw.mcp.front.door import Door
from guardrail_gw.mcp.front.endpoint import Single
from guardrail_gw.mcp.front.legacy import LegacyFront
from guardrail_gw.mcp.front.listeners import Listeners
from guardrail_gw.mcp.front.modern import ModernFront
from guardrail_gw.mcp.front.pages import Pages
from guardrail_gw.mcp.front.replay import Kept
from guardrail_gw.mcp.front.schemas import Schemas
from guardrail_gw.mcp.front.session_calls import SessionCalls
from guardrail_gw.mcp.front.sessions import Sessions
from guardrail_gw.mcp.front.tasks import Tasks
from guardrail_gw.mcp.ports import LISTEN, Ask, Described, Era, Message, Peer, Told
from guardrail_gw.mcp.shares import Shares
from guardrail_gw.mcp_errors import MethodDenied, ServerFailed
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.server.access import KeyAccess, VirtualKey, digest
from guardrail_gw.server.application import Health, application
from guardrail_gw.server.chat import Load
from guardrail_gw.server.intake import Intake
from guardrail_gw.server.listener import Address, Listener
from guardrail_gw.server.strangers import Strangers

KEY, OTHER_KEY = "ggw-one", "ggw-other"
ME = Principal(tenant="t", team="a", user="u", key_id="one")
OTHER = Principal(tenant="t", team="a", user="u", key_id="other")
TOOLS = [
    {"name": "echo", "inputSchema": {"type": "object"}},
    {
        "name": "routed",
        "inputSchema": {
            "type": "object",
            "properties": {"region": {"type": "string", "x-mcp-header": "Region"}},
        },
    },
]
_CAPABILITIES = {
    "tools": {"listChanged": True},
    "logging": {},
    "resources": {"subscribe": True, "listChanged": True},
    "prompts": {},
}


def _text(text: str) -> Message:
    return {"result": {"content": [{"type": "text", "text": text}]}}


@dataclass(slots=True)
class ScriptedCall:
    """One call of the scripted server."""

    ask: Ask
    answers: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def reply(self, message: Message) -> None:
        await self.answers.put(message)

    def __aiter__(self) -> AsyncIterator[Message]:
        """Iterate over what the script says."""
        return self._said()

    async def _said(self) -> AsyncIterator[Message]:
        method, params = self.ask.method, self.ask.params
        if method == "tools/list":
            yield {"result": {"tools": TOOLS}}
        elif method == "server/discover":
            info = {"name": "scripted", "version": "1"}
            said = {"capabilities": _CAPABILITIES, "serverInfo": info, "instructions": "Be kind."}
            yield {"result": said}
        elif method == "tools/call":
            async for message in getattr(self, f"_{params['name']}")(params.get("arguments", {})):
                yield message
        else:
            yield {"error": {"code": -32602, "message": "nothing of that name"}}

    async def _echo(self, arguments: Mapping[str, Any]) -> AsyncIterator[Message]:
        yield _text(json.dumps(arguments))

    async def _routed(self, arguments: Mapping[str, Any]) -> AsyncIterator[Message]:
        yield _text(arguments["region"])

    async def _progress(self, _: Mapping[str, Any]) -> AsyncIterator[Message]:
        for step in (1, 2):
            params = {"progress": step, "total": 2, "progressToken": "the server's own"}
            yield {"method": "notifications/progress", "params": params}
        yield {"method": "notifications/message", "params": {"level": "info", "data": "half"}}
        yield _text("done")

    async def _ask(self, _: Mapping[str, Any]) -> AsyncIterator[Message]:
        schema = {"type": "object", "properties": {"name": {"type": "string"}}}
        params = {"mode": "form", "message": "Who?", "requestedSchema": schema}
        yield {"method": "elicitation/create", "id": "s1", "params": params}
        said = await self.answers.get()
        yield _text(json.dumps({"id": said["id"], "said": said.get("result", "nothing")}))

    async def _wish(self, _: Mapping[str, Any]) -> AsyncIterator[Message]:
        """As a server of the modern era asks."""
        if "inputResponses" in self.ask.params:
            said = {k: self.ask.params[k] for k in ("inputResponses", "requestState")}
            yield _text(json.dumps(said))
            return
        schema = {"type": "object", "properties": {"name": {"type": "string"}}}
        params = {"mode": "form", "message": "Who?", "requestedSchema": schema}
        wishes = {"who": {"method": "elicitation/create", "params": params}}
        state = {"resultType": "input_required", "requestState": "the server's state"}
        yield {"result": {**state, "inputRequests": wishes}}

    async def _hang(self, _: Mapping[str, Any]) -> AsyncIterator[Message]:
        try:
            yield {"method": "notifications/message", "params": {"level": "info", "data": "on"}}
            await asyncio.Event().wait()
        finally:
            self.left.set()

    async def _silent(self, _: Mapping[str, Any]) -> AsyncIterator[Message]:
        try:
            await asyncio.Event().wait()
            yield {}
        finally:
            self.left.set()

    async def _pause(self, _: Mapping[str, Any]) -> AsyncIterator[Message]:
        """End the stream in the middle of the call, and go on when the test says so."""
        self.ask.paused(0.2)
        await self.answers.get()
        yield _text("done")

    async def _wait(self, arguments: Mapping[str, Any]) -> AsyncIterator[Message]:
        """Go on when the test says so."""
        for step in range(arguments["steps"]):
            await self.answers.get()
            yield {"method": "notifications/message", "params": {"level": "info", "data": step}}
        yield _text("done")


@dataclass(slots=True, kw_only=True)
class ScriptedServer:
    """A server that says what its script says."""

    era: Era = Era.LEGACY
    id: str = "one"
    asks: list[Ask] = field(default_factory=list)
    called: asyncio.Queue[ScriptedCall] = field(default_factory=asyncio.Queue)
    """Its calls, in their order."""
    notified: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    sessions_left: list[str] = field(default_factory=list)
    wanted: list[tuple[str, ...]] = field(default_factory=list)
    unasked: asyncio.Queue[Message | None] = field(default_factory=asyncio.Queue)
    capabilities: Mapping[str, Any] = field(default_factory=lambda: dict(_CAPABILITIES))
    is_down: bool = False

    async def start(self) -> None:
        return None

    async def close(self) -> None:
        return None

    async def described(self, peer: Peer) -> Described:
        if self.is_down:
            raise ServerFailed("down")
        return Described(
            era=self.era,
            revision="2025-11-25",
            capabilities=self.capabilities,
            info={"name": "scripted", "version": "1"},
            instructions="Be kind.",
        )

    @asynccontextmanager
    async def call(self, ask: Ask) -> AsyncIterator[ScriptedCall]:
        if self.is_down:
            raise ServerFailed("down")
        call = ScriptedCall(ask)
        if ask.method != "server/discover":  # with which every session begins
            self.asks.append(ask)
            self.called.put_nowait(call)
        yield call

    async def notify(self, peer: Peer, method: str, params: Mapping[str, Any]) -> None:
        self.notified.append((method, params))

    @asynccontextmanager
    async def listen(
        self,
        peer: Peer,
        kinds: frozenset[str],
        resources: frozenset[str],
    ) -> AsyncIterator[AsyncIterator[Message]]:
        self.wanted.append(tuple(sorted(resources)))

        async def said() -> AsyncIterator[Message]:
            while (message := await self.unasked.get()) is not None:
                yield message

        yield said()

    async def left(self, session: str) -> None:
        self.sessions_left.append(session)


@dataclass(slots=True)
class Words:
    """Makes questions that hold what was asked."""

    def ask(self, server: str, ask: Ask) -> Question:
        if not ask.method.startswith(("tools/", "prompts/", "resources/", "server/", LISTEN)):
            raise MethodDenied("nobody listed this method")
        return _question(server, ask)

    def told(self, server: str, told: Told) -> Question:
        return _question(server, told)


def _question(server: str, source: Ask | Told) -> Question:
    return Question(
        dialect="mcp", model=server, stream=True, segments=(), attachments=(), source=source
    )


@dataclass(slots=True, kw_only=True)
class NotingChain:
    """Takes everything to the server, and notes who came and who was turned away."""

    server: ScriptedServer
    admitted: list[Inbound] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    refuse_told: Refusal | None = None
    open: dict[RequestId, ScriptedCall] = field(default_factory=dict)

    @asynccontextmanager
    async def exchange(
        self, arrival: Arrival, admit: Callable[[], Awaitable[Inbound]]
    ) -> AsyncIterator[Answer]:
        try:
            inbound = await admit()
        except Refusal as why:
            self.refused.append(why)
            raise
        self.admitted.append(inbound)
        source = inbound.question.source
        if isinstance(source, Told):
            if self.refuse_told is not None and "result" in source.message:
                raise self.refuse_told
            await self.open[source.exchange].reply(dict(source.message))
            yield _answer(arrival, _one({"result": {}}))
        elif source.method == LISTEN:
            uris = source.params["notifications"].get("resourceSubscriptions", ())
            async with self.server.listen(source.peer, frozenset(), frozenset(uris)) as said:
                yield _answer(arrival, said)
        else:
            async with self.server.call(source) as call:
                self.open[arrival.id] = call
                try:
                    yield _answer(arrival, aiter(call))
                finally:
                    del self.open[arrival.id]


def _answer(arrival: Arrival, messages: AsyncIterator[Message]) -> Answer:
    async def pieces() -> AsyncIterator[bytes]:
        async for message in messages:
            yield json.dumps(message).encode()

    return Answer(request_id=arrival.id, stream=True, media="", pieces=pieces())


async def _one(message: Message) -> AsyncIterator[Message]:
    yield message


@dataclass(slots=True, kw_only=True)
class Front:
    """A running endpoint."""

    server: ScriptedServer
    chain: NotingChain
    door: Door
    port: int
    client: aiohttp.ClientSession
    keys: KeyAccess
    in_force: list[object]
    """The last one is what is in force now."""
    defects: list[BaseException] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp/one"

    async def post(
        self, body: Any, headers: Mapping[str, str] | None = None, *, key: str | None = KEY
    ) -> tuple[int, Any, Mapping[str, str]]:
        """POST one message; events come as a list."""
        async with self.client.post(
            self.url, data=_bytes(body), headers=_sent(key, headers)
        ) as response:
            text = await response.text()
            if response.content_type == "text/event-stream":
                return response.status, events(text), response.headers
            return response.status, json.loads(text) if text else None, response.headers

    async def begin(self, **more: Any) -> dict[str, str]:
        """Begin a session; the headers that its requests have."""
        params = {
            "protocolVersion": "2025-11-25",
            "capabilities": {"elicitation": {}, "roots": {}},
            "clientInfo": {"name": "c", "version": "1"},
        }
        _, _, headers = await self.post(rpc("initialize", **{**params, **more}))
        return {"Mcp-Session-Id": headers["Mcp-Session-Id"]}


def rpc(method: str, id_: int | str | None = 1, **params: Any) -> dict[str, Any]:
    """A request, or a notification where there is no id."""
    body: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params}
    return body if id_ is None else {**body, "id": id_}


def events(text: str) -> list[Any]:
    """The data of the events of a stream."""
    lines = (line.partition("data: ") for line in text.splitlines() if line.startswith("data: "))
    return [json.loads(data) for _, _, data in lines if data]


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def _sent(key: str | None, more: Mapping[str, str] | None) -> CIMultiDict[str]:
    """What is given stands in the place of what is usual, as often as it was given."""
    sent = CIMultiDict(_USUAL if key is None else {**_USUAL, "Authorization": f"Bearer {key}"})
    for name in more or ():
        sent.popall(name, None)
    sent.extend(more or {})
    return sent


_USUAL = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
}


@asynccontextmanager
async def front(  # noqa: PLR0913, PLR0915 - what tests vary, and all that it takes
    server: ScriptedServer | None = None,
    *,
    admission: Admission | None = None,
    max_sessions: int = 100,
    max_listeners: int = 100,
    each: int | None = None,
    max_in_flight: int = 1000,
    idle_s: float = 60.0,
    pages: Pages | None = None,
) -> AsyncIterator[Front]:
    """Start the endpoint."""
    server, clock = server or ScriptedServer(), SystemClock()
    in_force = [object()]
    chain = NotingChain(server=server)
    defects: list[BaseException] = []
    tasks = Tasks(defects.append)
    keys = KeyAccess(
        VirtualKey(sha256=digest(key), principal=who)
        for key, who in ((KEY, ME), (OTHER_KEY, OTHER))
    )
    single = Single(
        server=server,
        chain=chain,
        words=Words(),
        clock=clock,
        load=Load(limit=max_in_flight),
        offload=_inline,
    )

    async def over(session: Any) -> None:
        await single.left(session.id)

    sessions = Sessions(
        clock=clock,
        shares=Shares(most=max_sessions, each=each or max_sessions, what="sessions"),
        idle_s=idle_s,
        kept=Kept(1 << 20),
        ended=over,
    )
    admission = admission or KeysOnly(access=keys)
    listeners = Listeners(
        tasks=tasks,
        clock=clock,
        admission=admission,
        in_force=lambda _: in_force[-1],
        shares=Shares(most=max_listeners, each=each or max_listeners, what="listeners"),
    )
    door = Door(
        endpoints={"one": single},
        admission=admission,
        pages=pages or Pages(hosts=frozenset(), origins=frozenset(), any_host=False),
        strangers=Strangers(chain=chain, clock=clock, counted=lambda _: None),
        chain=chain,
        intake=Intake(max_bytes=1 << 20, timeout_s=5),
        clock=clock,
        tasks=tasks,
        modern=ModernFront(schemas=Schemas(clock=clock), listeners=listeners),
        legacy=LegacyFront(
            sessions=sessions,
            calls=SessionCalls(tasks=tasks, in_force=listeners.in_force),
            listeners=listeners,
        ),
        write_timeout_s=5,
    )
    app = application(
        surfaces=[],
        models=[],
        access=keys,
        health=Health(ready=dict, generation=dict, metrics=_no_metrics),
        defect=defects.append,
    )
    for path in ("/mcp", "/mcp/{server}"):
        app.router.add_route("*", path, door.handle)
    listener = Listener(app, Address(host="127.0.0.1", port=0), drain_s=1)
    await door.start()
    await listener.start()
    try:
        async with aiohttp.ClientSession() as client:
            yield Front(
                server=server,
                chain=chain,
                door=door,
                port=listener.port,
                client=client,
                keys=keys,
                in_force=in_force,
                defects=defects,
            )
    finally:
        await door.close()
        await listener.close()
    assert not defects, defects


async def _no_metrics() -> bytes:
    return b""


async def _inline(function: Callable[[], Any], *, size: int) -> Any:
    return function()
