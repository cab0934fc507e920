"""Servers over HTTP that go wrong in every way: real sockets."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import web

from guardrail_gw.errors import HeaderRefused
from guardrail_gw.mcp.ports import Ask, Busyness, Era
from guardrail_gw.mcp.servers.limits import Limits, Waits
from guardrail_gw.mcp_errors import EraMismatch, ResultTooLarge, ServerFailed, ServerTimeout
from tests.support.mcp_connected import (
    Answers,
    ask,
    call_tool,
    over_http,
    peer,
    said_text,
    started,
    tool_ask,
)
from tests.support.mcp_odd import Odd, event, events, listening, odd, refused, said, text

QUICK = Limits(connect_s=2.0, idle_s=0.3, total_s=1.0, max_result_bytes=1 << 20)
PROGRESS = {"method": "notifications/progress", "params": {"progressToken": 1, "progress": 1}}
Message = dict[str, Any]
BOTH = pytest.mark.parametrize("is_modern", [True, False])


async def _well(_: Odd, __: web.Request, message: Message) -> web.StreamResponse:
    if "id" not in message:
        return web.Response(status=202)
    return said(message, text("well"))


@BOTH
async def test_a_server_that_dies_in_the_middle_of_a_call(*, is_modern: bool) -> None:
    """The call fails, with what was said before it; the next one is answered."""
    dies = [True]

    async def handle(_: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        if "id" not in message or not dies or message["method"] != "tools/call":
            return await _well(_, request, message)
        dies.clear()
        response = await events(request)
        await event(response, {"method": "notifications/x", "params": {}})
        assert request.transport is not None
        request.transport.abort()
        return response

    heard = []
    async with odd(handle, is_modern=is_modern) as (url, _), started(over_http(url)) as server:
        with pytest.raises(ServerFailed, match="too early"):
            async with server.call(tool_ask(peer(), "any")) as call:
                async for message in call:
                    heard.append(message["method"])  # noqa: PERF401 - it ends in the middle
        after = await call_tool(server, peer(), "any")

    assert heard == ["notifications/x"]
    assert said_text(after) == "well"


async def test_what_fits_into_no_header_is_no_fault_of_the_server() -> None:
    """However often it is asked for: nothing leaves, and others are served."""
    long = replace(tool_ask(peer(), "any"), method="resources/read", params={"uri": "x" * 70_000})

    async with odd(_well) as (url, _), started(over_http(url)) as server:
        for _attempt in range(20):
            with pytest.raises(HeaderRefused, match="too long"):
                await ask(server, long)
        told = await call_tool(server, peer(), "any")

    assert said_text(told) == "well"


@pytest.mark.parametrize("is_broken", [True, False])
async def test_a_connection_that_breaks_is_no_pause(*, is_broken: bool) -> None:
    """Clients are let go where a server ended its stream, and not where an accident did."""
    pauses: list[float] = []
    asked = replace(tool_ask(peer(Era.LEGACY), "any"), paused=pauses.append)

    async def handle(_: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        if "id" not in message:
            return web.Response(status=202)
        response = await events(request)
        await response.write(b"id: 1\nretry: 10\ndata: \n\n")
        if is_broken:
            assert request.transport is not None
            request.transport.abort()
        return response

    async with odd(handle, is_modern=False) as (url, _), started(over_http(url)) as server:
        with pytest.raises(ServerFailed, match="too early"):
            await ask(server, asked)

    assert pauses == ([] if is_broken else [0.01])


@pytest.mark.mcp_row(15)
async def test_a_server_that_hangs_is_left() -> None:
    """Silence is waited for so long, and the server is told that nobody waits."""

    async def handle(_: Odd, __: web.Request, message: Message) -> web.StreamResponse:
        await asyncio.sleep(60 if message["method"] == "tools/call" else 0)
        return said(message, {"tools": []})

    async with odd(handle) as (url, it), started(over_http(url, QUICK)) as server:
        with pytest.raises(ServerTimeout, match="silent too long"):
            await call_tool(server, peer(), "any")
        await asyncio.wait_for(it.left.wait(), 5)


@pytest.mark.mcp_row(32)
async def test_progress_begins_the_wait_anew_within_a_limit() -> None:
    """Who says how far it is may take longer than one who is silent, but not for ever."""

    async def handle(_: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        if message["method"] != "tools/call":
            return said(message, {"tools": []})
        response = await events(request)
        for _step in range(3 if message["params"]["name"] == "short" else 300):
            await event(response, PROGRESS)
            await asyncio.sleep(0.2)
        await event(response, {"id": message["id"], "result": text("done")})
        return response

    async with odd(handle) as (url, _), started(over_http(url, QUICK)) as server:
        short = await call_tool(server, peer(), "short")
        with pytest.raises(ServerTimeout, match="took too long"):
            await call_tool(server, peer(), "endless")

    assert said_text(short) == "done"


@BOTH
async def test_a_server_that_floods_is_not_read_on(*, is_modern: bool) -> None:
    """Notifications without end are more than is let through."""

    async def handle(_: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        if message["method"] != "tools/call":
            return await _well(_, request, message)
        response = await events(request)
        while True:
            await event(response, PROGRESS | {"params": {"progress": 1, "message": "x" * 9000}})

    async with (
        odd(handle, is_modern=is_modern) as (url, it),
        started(over_http(url, replace(QUICK, total_s=30))) as server,
    ):
        with pytest.raises(ResultTooLarge):
            await call_tool(server, peer(), "any")
        await asyncio.wait_for(it.left.wait(), 5)


@pytest.mark.parametrize("streams", [True, False])
async def test_fifty_megabytes_are_not_read(*, streams: bool) -> None:
    """No more is read than is let through, whether it is one answer or one event of a stream."""
    written = []

    async def handle(_: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        if message["method"] != "tools/call":
            return said(message, {"tools": []})
        kind = "text/event-stream" if streams else "application/json"
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        await response.write(b'data: {"jsonrpc": "2.0", "result": "' if streams else b'{"a": "')
        for _mebibyte in range(50):
            await response.write(b"x" * (1 << 20))
            written.append(1)
        return response

    async with odd(handle) as (url, it), started(over_http(url, QUICK)) as server:
        with pytest.raises(ResultTooLarge):
            await call_tool(server, peer(), "any")
        await asyncio.wait_for(it.left.wait(), 5)

    assert len(written) < 20


@pytest.mark.parametrize(
    ("body", "kind", "match"),
    [
        (b'{"jsonrpc": "2.0", ', "application/json", "no JSON"),
        (b'"hello"', "application/json", "no MCP"),
        (b'{"jsonrpc": "1.0", "id": 1, "result": {}}', "application/json", "no MCP"),
        (b"<html>", "text/html", "no MCP"),
        (b"", "application/json", "too early"),
        (b"data: {\n\n", "text/event-stream", "no JSON"),
        (b"data: \xff\n\n", "text/event-stream", "cannot be read"),
        (b"data: hello\n\n", "text/event-stream", "no JSON"),
    ],
)
async def test_what_is_no_message_is_an_error(body: bytes, kind: str, match: str) -> None:
    """Whatever a server says instead, it is told apart and nothing of it is shown."""

    async def handle(_: Odd, __: web.Request, message: Message) -> web.StreamResponse:
        if message["method"] != "tools/call":
            return said(message, {"tools": []})
        return web.Response(body=body, content_type=kind)

    async with odd(handle) as (url, _), started(over_http(url, QUICK)) as server:
        with pytest.raises(ServerFailed, match=match) as fault:
            await call_tool(server, peer(), "any")

    assert "hello" not in str(fault.value)


@pytest.mark.mcp_row(20)
@pytest.mark.parametrize("status", [404, 400])
async def test_a_session_that_has_expired_begins_anew(status: int) -> None:
    """The client notices nothing, and what was not done is done once."""

    async def handle(it: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        if request.headers.get("Mcp-Session-Id") not in it.sessions[-1:]:
            return web.json_response(refused(message, -32000), status=status)
        return await _well(it, request, message)

    async with odd(handle, is_modern=False) as (url, it), started(over_http(url)) as server:
        await call_tool(server, peer(), "any")
        it.sessions.append("another one")
        again = await call_tool(server, peer(), "any")

    assert said_text(again) == "well"
    assert it.methods().count("initialize") == 2
    assert it.methods().count("tools/call") == 3


async def test_a_server_that_knows_no_session_is_asked_twice() -> None:
    """It is not asked for ever."""

    async def handle(_: Odd, __: web.Request, message: Message) -> web.StreamResponse:
        return web.Response(status=202 if "id" not in message else 404)

    async with odd(handle, is_modern=False) as (url, it), started(over_http(url)) as server:
        with pytest.raises(ServerFailed, match="ends what it begins"):
            await call_tool(server, peer(), "any")

    assert it.methods().count("tools/call") == 2


async def test_responses_that_nobody_asked_for_are_nobody_s() -> None:
    """Ids that are doubled or foreign are not mixed up; too many of them are an error."""

    async def handle(_: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        if message["method"] != "tools/call":
            return said(message, {"tools": []})
        name, response = message["params"]["name"], await events(request)
        for n in range(1 if name == "few" else 200):
            await event(response, {"id": f"foreign-{n}", "result": text("foreign")})
        await event(response, {"id": message["id"], "result": text(name)})
        await event(response, {"id": message["id"], "result": text("again")})
        return response

    async with odd(handle) as (url, _), started(over_http(url)) as server:
        few = await call_tool(server, peer(), "few")
        with pytest.raises(ServerFailed, match="never asked"):
            await call_tool(server, peer(), "many")

    assert [said_text([each]) for each in few] == ["few"]


async def test_a_tool_that_changed_its_headers_is_looked_at_again() -> None:
    """A server that wants other headers than it did gets them, and the tool is called once."""
    header = ["Region"]

    async def handle(_: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        schema = {"properties": {"place": {"type": "string", "x-mcp-header": header[0]}}}
        if message["method"] == "tools/list":
            tool = {"name": "find", "inputSchema": schema}
            return said(message, {"resultType": "complete", "tools": [tool]})
        if request.headers.get(f"Mcp-Param-{header[0]}") != "Vienna":
            return web.json_response(refused(message, -32020), status=400)
        return said(message, text(header[0]))

    async with odd(handle) as (url, it), started(over_http(url)) as server:
        first = await call_tool(server, peer(), "find", {"place": "Vienna"})
        header[0] = "Town"
        second = await call_tool(server, peer(), "find", {"place": "Vienna"})

    assert [said_text(first), said_text(second)] == ["Region", "Town"]
    assert it.methods() == [
        *("server/discover", "tools/list", "tools/call"),
        *("tools/call", "tools/list", "tools/call"),
    ]


@pytest.mark.mcp_row(22)
async def test_credentials_that_are_refused_are_named() -> None:
    """It is the gateway's own credential, so the client is told no more than that."""

    async def handle(_: Odd, __: web.Request, ___: Message) -> web.StreamResponse:
        challenge = {"WWW-Authenticate": 'Bearer realm="Jane Doe"'}
        return web.Response(status=401, headers=challenge)

    async with odd(handle) as (url, _), started(over_http(url)) as server:
        with pytest.raises(ServerFailed, match=r"refuses the gateway .*\(status 401\)") as fault:
            await call_tool(server, peer(), "any")

    assert "Jane" not in str(fault.value)


@BOTH
async def test_a_request_that_a_server_forbids_is_no_failure_of_the_server(
    *, is_modern: bool
) -> None:
    """A policy of its own is its answer; however often it says so, it is not left alone."""

    async def handle(_: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        if message["method"] != "tools/call":
            return await _well(_, request, message)
        return web.json_response(status=403, data=refused(message, -31403))

    async with odd(handle, is_modern=is_modern) as (url, _), started(over_http(url)) as server:
        told = [await call_tool(server, peer(), "any") for _ in range(7)]

    assert {each[-1]["error"]["code"] for each in told} == {-31403}


async def test_nobody_is_led_elsewhere() -> None:
    """A redirect is not followed."""

    async def handle(_: Odd, __: web.Request, ___: Message) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect("http://127.0.0.1:1/mcp")

    async with odd(handle) as (url, _), started(over_http(url)) as server:
        with pytest.raises(ServerFailed, match="status 307"):
            await call_tool(server, peer(), "any")


async def test_a_server_that_became_another_one_is_found_out_again() -> None:
    """One of the modern era that is one of the legacy era after a restart."""

    async def handle(it: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        has_session = "Mcp-Session-Id" in request.headers
        if has_session is it.is_modern:
            return web.json_response(refused(message, -32000), status=400)
        return await _well(it, request, message)

    async with odd(handle) as (url, it), started(over_http(url)) as server:
        before = await call_tool(server, peer(), "any")
        it.is_modern = False
        after = await call_tool(server, peer(), "any")
        found = await server.described(peer())

    assert [said_text(before), said_text(after)] == ["well", "well"]
    assert found.era is Era.LEGACY


async def test_a_server_that_refuses_a_revision_it_speaks_is_asked_once_more() -> None:
    """It says that it is of the modern era, so no handshake is tried with it."""
    asked: list[str] = []

    class Shy(Odd):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            message = await request.json()
            asked.append(message["method"])
            if len(asked) > 1:
                return await Odd.answer(self, request)
            data = {"supported": ["2026-07-28"], "requested": "2026-07-28"}
            error = refused(message, -32022)
            error["error"]["data"] = data
            return web.json_response(error, status=400)

    async with listening(Shy(_well, is_modern=True)) as url, started(over_http(url)) as server:
        answer = await call_tool(server, peer(), "any")

    assert said_text(answer) == "well"
    assert asked[:2] == ["server/discover", "server/discover"]
    assert "initialize" not in asked


@pytest.mark.parametrize("how", ["hang", "html", "500", "wrong", "drop"])
async def test_whatever_is_no_answer_to_discovery_leads_to_the_handshake(how: str) -> None:
    """Servers of the legacy era say very different things to what they do not know."""

    async def discover(request: web.Request, message: Message) -> web.StreamResponse:
        if how == "hang":
            await asyncio.sleep(60)
        if how == "drop":
            assert request.transport is not None
            request.transport.abort()
        if how == "wrong":
            return said(message, {"supportedVersions": ["2030-01-01"], "capabilities": {}})
        return web.Response(text="<html>", status=500 if how == "500" else 200)

    class Strange(Odd):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            if request.method == "POST":
                message = await request.json()
                if message["method"] == "server/discover":
                    return await discover(request, message)
            return await Odd.answer(self, request)

    patient = replace(QUICK, connect_s=0.2, idle_s=5.0, total_s=9.0)
    it = Strange(_well, is_modern=False)
    async with listening(it) as url, started(over_http(url, patient)) as server:
        answer = await call_tool(server, peer(), "any")

    assert said_text(answer) == "well"


@pytest.mark.mcp_row(15)
async def test_who_keeps_failing_is_left_alone() -> None:
    """After five failures nobody is sent there, and who asks is told when to come again."""

    async def handle(_: Odd, __: web.Request, ___: Message) -> web.StreamResponse:
        return web.Response(status=503)

    async with odd(handle) as (url, it), started(over_http(url)) as server:
        for _ in range(5):
            with pytest.raises(ServerFailed, match="status 503"):
                await call_tool(server, peer(), "any")
        before = len(it.seen)
        busy = server.busyness
        with pytest.raises(ServerFailed, match="left alone") as refused_:
            await call_tool(server, peer(), "any")

    assert refused_.value.retry_after_s is not None
    assert len(it.seen) == before
    assert busy == Busyness(calls=0, parked=0, is_open=True)


async def test_there_are_no_more_calls_at_once_than_there_may_be() -> None:
    """Who finds no place in time is refused; a place that is given back is free."""

    async def handle(_: Odd, __: web.Request, message: Message) -> web.StreamResponse:
        await asyncio.sleep(0.4 if message["method"] == "tools/call" else 0)
        return said(message, text("well") | {"tools": []})

    limits = Limits(concurrent=2, connect_s=0.2)
    async with odd(handle) as (url, _), started(over_http(url, limits)) as server:
        await server.described(peer())
        calls = (call_tool(server, peer(), "any") for _ in range(4))
        done = await asyncio.gather(*calls, return_exceptions=True)
        after = await call_tool(server, peer(), "any")

    assert sorted(type(each).__name__ for each in done) == [
        *("ServerFailed", "ServerFailed"),
        *("list", "list"),
    ]
    assert said_text(after) == "well"


async def test_who_leaves_a_session_s_call_says_so() -> None:
    """In the legacy era a connection that ends means nothing, so the server is told."""

    async def handle(_: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        if message["method"] != "tools/call":
            return web.Response(status=202)
        response = await events(request)
        await asyncio.sleep(60)
        return response

    async with odd(handle, is_modern=False) as (url, it), started(over_http(url)) as server:
        async with server.call(tool_ask(peer(), "any")):
            pass
        await asyncio.wait_for(it.left.wait(), 5)
        await asyncio.sleep(0.1)

    (call,) = (each for each in it.seen if each["method"] == "tools/call")
    assert it.seen[-1]["method"] == "notifications/cancelled"
    assert it.seen[-1]["params"] == {"requestId": call["id"]}


async def test_a_question_comes_before_the_answer_begins() -> None:
    """A server that answers with JSON asks on the stream that no request began, and waits."""
    asked, answered = asyncio.Event(), asyncio.Event()

    class Asking(Odd):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            if request.method != "GET":
                return await Odd.answer(self, request)
            response = await events(request)
            await asked.wait()
            await event(response, {"id": "theirs", "method": "roots/list"})
            await answered.wait()
            return response

    async def handle(_: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        if message.get("id") == "theirs":
            answered.set()
        if message.get("method") != "tools/call":
            return web.Response(status=202)
        asked.set()
        await answered.wait()
        return said(message, text("well"))

    async with listening(Asking(handle, is_modern=False)) as url, started(over_http(url)) as server:
        answers = Answers({"roots/list": {"roots": []}})
        who = peer(Era.LEGACY, session="s-1", capabilities={"roots": {}})
        answer = await call_tool(server, who, "any", answers=answers)

    assert said_text(answer) == "well"
    assert answers.asked[0]["method"] == "roots/list"


async def test_a_method_that_one_era_only_has_is_an_error_with_a_name() -> None:
    """Nothing is sent; who asks is told why."""
    listed = Ask(peer=peer(Era.LEGACY), method="tasks/list", params={})

    async with odd(_well) as (url, it), started(over_http(url)) as server:
        with pytest.raises(EraMismatch):
            await ask(server, listed)

    assert it.methods() == ["initialize", "server/discover"]


async def test_a_kind_of_result_that_the_client_does_not_know_is_an_error() -> None:
    """One of an extension goes only to who declared extensions."""

    async def handle(_: Odd, __: web.Request, message: Message) -> web.StreamResponse:
        return said(message, {"resultType": "task", "taskId": "1", "tools": []})

    knowing = peer(capabilities={"extensions": {"io.modelcontextprotocol/tasks": {}}})
    async with odd(handle) as (url, _), started(over_http(url)) as server:
        with pytest.raises(ServerFailed, match="kind of result"):
            await call_tool(server, peer(), "any")
        known = await call_tool(server, knowing, "any")

    assert known[-1]["result"]["taskId"] == "1"


async def test_a_server_that_is_not_there_is_an_error() -> None:
    """Nobody listens at its address."""
    async with started(over_http("http://127.0.0.1:1/mcp", QUICK)) as server:
        with pytest.raises(ServerFailed, match="no connection"):
            await call_tool(server, peer(), "any")


async def test_nothing_is_left_open() -> None:
    """A gateway that stops in the middle of calls leaves no connection behind."""

    async def handle(_: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        if message["method"] != "tools/call":
            return await _well(_, request, message)
        response = await events(request)
        await asyncio.sleep(60)
        return response

    async with odd(handle, is_modern=False) as (url, it):
        async with started(over_http(url)) as server:
            calls = [asyncio.ensure_future(call_tool(server, peer(), "any")) for _ in range(3)]
            await asyncio.sleep(0.3)
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
        await asyncio.wait_for(it.left.wait(), 5)


@pytest.mark.parametrize("era", Era)
async def test_a_state_that_only_the_modern_era_has_goes_no_further(era: Era) -> None:
    """Nothing looks into a state, and that of a server of the legacy era is sealed by nobody."""

    async def handle(_: Odd, __: web.Request, message: Message) -> web.StreamResponse:
        if "id" not in message:
            return web.Response(status=202)
        return said(message, {**text("done"), "requestState": "Jane Doe"})

    async with odd(handle, is_modern=False) as (url, _), started(over_http(url)) as server:
        messages = await ask(server, tool_ask(peer(era), "add"))

    assert said_text(messages) == "done"
    assert "Jane Doe" not in str(messages)


@pytest.mark.parametrize(
    "odd_one",
    [
        {"result": {"resultType": "input_required", "inputRequests": ["who"]}},
        {"result": {"resultType": "input_required", "inputRequests": {"who": "Jane"}}},
        {"result": {"resultType": "input_required", "inputRequests": {"who": {"params": [1]}}}},
        {
            "result": {
                "resultType": "input_required",
                "inputRequests": {"who": {"method": "roots/list", "params": {"_meta": "x"}}},
            }
        },
        {"method": "notifications/message", "params": {"_meta": "x"}},
        {"error": {"code": [1], "message": "no"}},
    ],
)
async def test_what_has_not_the_form_of_the_protocol_is_an_error(odd_one: Message) -> None:
    """It is the server's failure, and no defect of the gateway."""

    async def handle(_: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        own = {} if "method" in odd_one else {"id": message["id"]}
        response = await events(request)
        await event(response, {**own, **odd_one})
        return response

    async with odd(handle) as (url, _), started(over_http(url)) as server:
        with pytest.raises(ServerFailed):
            await ask(server, tool_ask(peer(Era.LEGACY), "add"))


@dataclass
class _Waits:
    """Asks for roots in the middle of a call, or hangs."""

    gone: asyncio.Event = field(default_factory=asyncio.Event)
    hung: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _: Odd, request: web.Request, message: Message) -> web.StreamResponse:
        if message.get("method") != "tools/call":
            return web.Response(status=202)
        if message["params"]["name"] == "hang":
            self.hung.set()
            await asyncio.sleep(5)
        response = await events(request)
        await event(response, {"id": "s1", "method": "roots/list"})
        try:
            await asyncio.sleep(5)
        finally:
            self.gone.set()
        return response


async def test_a_call_that_waits_is_left_when_nobody_can_go_on_with_it() -> None:
    """Its client came back, and there was no place: it is nobody's any more."""
    waits, able = _Waits(), peer(capabilities={"roots": {}})
    limits = Limits(concurrent=1, connect_s=1.0)
    async with (
        odd(waits, is_modern=False) as (url, _),
        started(over_http(url, limits)) as server,
    ):
        (first,) = await call_tool(server, able, "ask")
        async with asyncio.TaskGroup() as group:
            hanging = group.create_task(call_tool(server, able, "hang"))
            await waits.hung.wait()
            busy = server.busyness
            state = first["result"]["requestState"]
            again = tool_ask(able, "ask", requestState=state, inputResponses={"ask-1": {}})
            with pytest.raises(ServerFailed):
                await ask(server, again)
            hanging.cancel()
        await asyncio.wait_for(waits.gone.wait(), 2)

    assert waits.gone.is_set()
    assert busy == Busyness(calls=1, parked=1, is_open=False)


@pytest.mark.mcp_row(15, 32)
async def test_one_tool_may_take_another_time_than_the_others() -> None:
    """A report may be slow, and a look-up need not be waited for as long."""

    async def handle(_: Odd, __: web.Request, message: Message) -> web.StreamResponse:
        await asyncio.sleep(0.5 if message["method"] == "tools/call" else 0)
        return said(message, text("awake") if "params" in message else {"tools": []})

    tools = {"report": Waits(idle_s=20, total_s=20)}
    async with (
        odd(handle) as (url, _),
        started(over_http(url, replace(QUICK, idle_s=0.2, tools=tools))) as server,
    ):
        with pytest.raises(ServerTimeout, match="silent too long"):
            await call_tool(server, peer(), "look")
        slow = await call_tool(server, peer(), "report")

    assert said_text(slow) == "awake"
