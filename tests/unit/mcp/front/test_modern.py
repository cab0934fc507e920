"""Clients of the modern era, over a socket."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from multidict import CIMultiDict

from guardrail_gw.dialects.mcp import eras
from guardrail_gw.errors import NoLawfulUpstream
from guardrail_gw.mcp.front.outlet import Outlet
from guardrail_gw.mcp.front.tasks import PROBE_S
from guardrail_gw.mcp.ports import Ask, Era
from tests.support.mcp_front import ScriptedCall, ScriptedServer, front, rpc

REVISION = "2026-07-28"


def _meta(**more: Any) -> dict[str, Any]:
    return {eras.REVISION: REVISION, eras.CAPABILITIES: more.pop("can", {}), **more}


def _call(name: str, can: dict[str, Any] | None = None, **more: Any) -> tuple[Any, dict[str, str]]:
    meta = _meta(can=can or {}, **more.pop("meta", {}))
    body = rpc("tools/call", name=name, arguments=more.pop("arguments", {}), _meta=meta, **more)
    sent = {"MCP-Protocol-Version": REVISION, "Mcp-Method": "tools/call", "Mcp-Name": name}
    return body, sent


def _ask(method: str, **params: Any) -> tuple[Any, dict[str, str]]:
    sent = {"MCP-Protocol-Version": REVISION, "Mcp-Method": method}
    return rpc(method, **params, _meta=_meta()), sent


async def test_a_call_is_answered_by_one_message() -> None:
    """With what the era asks of every result, and the name of the exchange that records it."""
    async with front() as at:
        status, body, headers = await at.post(*_call("echo", arguments={"a": 1}))

        inbound = at.chain.admitted[-1]  # behind the list of tools, which says what is repeated

    assert status == 200
    assert body["id"] == 1
    assert body["result"] == {
        "resultType": "complete",
        "content": [{"type": "text", "text": '{"a": 1}'}],
    }
    assert headers["x-request-id"] == inbound.arrival.id
    assert (inbound.arrival.surface, inbound.principal.key_id) == ("mcp", "one")


async def test_what_a_request_says_about_its_sender_does_not_reach_the_server() -> None:
    """Nor does its progress token; what else stands in `_meta` does."""
    async with front() as at:
        meta = {"progressToken": 9, eras.LOG_LEVEL: "debug", "vendor/x": "y"}
        await at.post(*_call("echo", can={"roots": {}}, meta=meta))

        ask = at.server.asks[0]

    assert ask.params == {"name": "echo", "arguments": {}, "_meta": {"vendor/x": "y"}}
    assert (ask.wants_progress, ask.peer.log_level) == (True, "debug")
    assert (ask.peer.era, ask.peer.session, ask.peer.capabilities) == (
        Era.MODERN,
        None,
        {"roots": {}},
    )


@pytest.mark.mcp_row(27)
async def test_notifications_make_the_answer_a_stream() -> None:
    """Progress bears the client's token, and log messages come only to who asked for them."""
    async with front() as at:
        _, quiet, _ = await at.post(*_call("progress", meta={"progressToken": "mine"}))
        _, loud, _ = await at.post(*_call("progress", meta={eras.LOG_LEVEL: "info"}))

    assert [e.get("method") for e in quiet] == ["notifications/progress"] * 2 + [None]
    assert [e["params"]["progressToken"] for e in quiet[:-1]] == ["mine", "mine"]
    assert [e.get("method") for e in loud] == ["notifications/message", None]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"Mcp-Method": "tools/list"}, 400, -32020),
        ({"Mcp-Name": "other"}, 400, -32020),
        ({"Mcp-Name": "=?base64?!?="}, 400, -32020),
        ({"MCP-Protocol-Version": "2099-01-01"}, 400, -32020),
    ],
)
async def test_headers_must_say_what_the_body_says(
    change: dict[str, str], status: int, code: int
) -> None:
    """Nothing reaches the server, and the refusal is on record."""
    async with front() as at:
        body, sent = _call("echo")
        told = await at.post(body, {**sent, **change})

        refused = at.chain.refused

    assert (told[0], told[1]["error"]["code"]) == (status, code)
    assert at.server.asks == []
    assert [why.code for why in refused] == ["mcp.header"]


@pytest.mark.parametrize("name", ["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"])
async def test_headers_that_say_it_stand_there_once(name: str) -> None:
    """Twice, even word for word, is refused: who routes by headers may read the other one."""
    async with front() as at:
        body, sent = _call("echo")
        twice = CIMultiDict(sent)
        twice.add(name, twice[name])
        told = await at.post(body, twice)

    assert (told[0], told[1]["error"]["code"]) == (400, -32020)
    assert at.server.asks == []


async def test_a_revision_that_nobody_speaks_is_answered_with_those_that_are() -> None:
    """-32022 with the list, so that a client can choose."""
    async with front() as at:
        meta = {eras.REVISION: "2099-01-01", eras.CAPABILITIES: {}}
        sent = {"MCP-Protocol-Version": "2099-01-01", "Mcp-Method": "tools/list"}
        status, body, _ = await at.post(rpc("tools/list", _meta=meta), sent)

    assert status == 400
    assert body["error"]["code"] == -32022
    assert body["error"]["data"] == {"supported": [REVISION], "requested": "2099-01-01"}


async def test_arguments_and_their_headers_must_agree() -> None:
    """A tool whose schema wants an argument repeated: absent and different are refused."""
    async with front() as at:
        body, sent = _call("routed", arguments={"region": "eu"})
        right = await at.post(body, {**sent, "Mcp-Param-Region": "eu"})
        wrong = await at.post(body, {**sent, "Mcp-Param-Region": "us"})
        absent = await at.post(body, sent)

    assert right[1]["result"]["content"][0]["text"] == "eu"
    assert (wrong[0], wrong[1]["error"]["code"]) == (400, -32020)
    assert (absent[0], absent[1]["error"]["code"]) == (400, -32020)


@pytest.mark.mcp_row(3)
@pytest.mark.parametrize("method", ["initialize", "ping", "logging/setLevel", "made/up"])
async def test_a_method_of_the_other_era_or_of_nobody_is_not_found(method: str) -> None:
    """404 and -32601; it does not reach the server."""
    async with front() as at:
        status, body, _ = await at.post(*_ask(method))

    assert (status, body["error"]["code"]) == (404, -32601)
    assert body["error"]["data"]["code"] == "mcp.method"
    assert at.server.asks == []


async def test_discovery_tells_what_the_server_is() -> None:
    """And that nobody else may keep it."""
    async with front() as at:
        _, body, _ = await at.post(*_ask("server/discover"))

    found = body["result"]
    assert found["supportedVersions"] == [REVISION]
    assert found["instructions"] == "Be kind."
    assert (found["cacheScope"], found["ttlMs"]) == ("private", 0)
    assert found["_meta"][eras.PREFIX + "serverInfo"]["name"] == "scripted"


async def test_there_is_nothing_but_post() -> None:
    """Streams and sessions to end are of the other era."""
    async with front() as at:
        sent = {"MCP-Protocol-Version": REVISION, "Authorization": "Bearer ggw-one"}
        got = await at.client.get(at.url, headers=sent)
        deleted = await at.client.delete(at.url, headers=sent)

    assert (got.status, deleted.status) == (405, 405)
    assert got.headers["Allow"] == "OPTIONS, POST"


async def test_a_notification_is_accepted_and_goes_no_further() -> None:
    """This era has none for servers; a revision that nobody speaks is told so."""
    async with front() as at:
        sent = {"MCP-Protocol-Version": REVISION}
        taken = await at.post(rpc("notifications/cancelled", None, requestId=1), sent)
        odd = await at.post(rpc("notifications/x", None), {"MCP-Protocol-Version": "2099-01-01"})

    assert (taken[0], odd[0]) == (202, 400)
    assert at.server.notified == []


async def test_a_lists_answer_is_nobody_elses() -> None:
    """A policy decides what is in it, so no cache between may keep it for others."""
    async with front() as at:
        _, body, _ = await at.post(*_ask("tools/list"))

    assert body["result"]["cacheScope"] == "private"


async def test_what_a_server_wants_to_know_is_asked_by_the_answer() -> None:
    """And comes back with the next request, with the state as it was."""
    async with front(ScriptedServer(era=Era.MODERN)) as at:
        _, wish, _ = await at.post(*_call("wish", can={"elicitation": {}}))
        more = {"inputResponses": {"who": {"action": "accept"}}}
        state = wish["result"]["requestState"]
        _, body, _ = await at.post(*_call("wish", **more, requestState=state))

    assert wish["result"]["resultType"] == "input_required"
    assert "cacheScope" not in wish["result"]
    said = json.loads(body["result"]["content"][0]["text"])
    assert said == {**more, "requestState": "the server's state"}


async def test_a_question_that_this_era_cannot_ask_ends_the_call() -> None:
    """It is named by the capability that it takes, and nothing waits for an answer."""
    async with front() as at:
        plain = await at.post(*_call("ask"))
        other = await at.post(*_call("ask", can={"roots": {}}))

    for status, body, _ in (plain, other):
        assert (status, body["error"]["code"]) == (400, -32021)
        assert body["error"]["data"] == {"requiredCapabilities": {"elicitation": {}}}
    assert at.chain.open == {}


async def test_leaving_the_answer_cancels_the_call() -> None:
    """Before its first byte, and in the middle of a stream."""
    async with front() as at:
        for name, meta in (("hang", {eras.LOG_LEVEL: "info"}), ("silent", {})):
            body, sent = _call(name, meta=meta)
            async with asyncio.TaskGroup() as group:
                asking = group.create_task(at.post(body, sent))
                call = await at.server.called.get()
                asking.cancel()
            await asyncio.wait_for(call.left.wait(), 5)


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Nobody looks for garbage during a test, however it ends."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
async def test_a_long_silence_leaves_no_circle() -> None:
    """What watched whether the client is there ends with the answer, and all that it held."""
    async with front() as at:
        body, sent = _call("silent")
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(at.post(body, sent))
            call = await at.server.called.get()
            await asyncio.sleep(PROBE_S + 0.3)
            gc.collect()
            there = _outlets()
            asking.cancel()
        await asyncio.wait_for(call.left.wait(), 5)
        await asyncio.sleep(0.1)
        left = _outlets()

    assert left == there - 1


def _outlets() -> int:
    return sum(isinstance(each, Outlet) for each in gc.get_objects())


async def test_a_subscription_is_acknowledged_first_and_every_event_bears_its_id() -> None:
    """And ends with a result when the server says no more."""
    async with front() as at:
        wanted = {"toolsListChanged": True, "resourceSubscriptions": ["test://a"], "x": True}
        await at.server.unasked.put({"method": "notifications/tools/list_changed", "params": {}})
        await at.server.unasked.put(None)
        _, events, _ = await at.post(*_ask("subscriptions/listen", notifications=wanted))

    assert [each.get("method") for each in events] == [
        "notifications/subscriptions/acknowledged",
        "notifications/tools/list_changed",
        None,
    ]
    assert events[0]["params"]["notifications"] == {
        "toolsListChanged": True,
        "resourceSubscriptions": ["test://a"],
    }
    metas = [
        events[0]["params"]["_meta"],
        events[1]["params"]["_meta"],
        events[2]["result"]["_meta"],
    ]
    assert [each[eras.SUBSCRIPTION] for each in metas] == [1, 1, 1]
    assert at.server.wanted == [("test://a",)]


async def test_a_refusal_says_its_code_and_its_status() -> None:
    """A policy's no does not look like a tool that is not there (stacklok/toolhive#5827)."""
    why = NoLawfulUpstream("no upstream within ['EU']")

    class Refusing(ScriptedServer):
        def call(self, ask: Any) -> Any:
            raise why

    async with front(Refusing()) as at:
        status, body, headers = await at.post(*_call("echo"))

    assert status == 451
    assert body["error"]["code"] == -31451
    assert body["error"]["data"]["code"] == "residency.no_lawful_upstream"
    assert body["error"]["data"]["request_id"] == headers["x-request-id"]


@dataclass(slots=True, kw_only=True)
class Lingering(ScriptedServer):
    """A server whose calls take long to tidy up."""

    tidied: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def call(self, ask: Ask) -> AsyncIterator[ScriptedCall]:
        async with ScriptedServer.call(self, ask) as call:
            yield call
        if ask.method == "tools/call":
            await self.tidied.wait()


async def test_an_answer_leaves_before_its_exchange_is_tidied_up() -> None:
    """Once, and its connection serves the next request."""
    server = Lingering()
    async with front(server) as at, asyncio.timeout(9):
        status, body, headers = await at.post(*_call("echo"))
        server.tidied.set()
        again = await at.post(*_call("echo"))

    assert (status, body) == again[:2]
    assert body["result"]["content"][0]["text"] == "{}"
    assert headers["Content-Length"] == again[2]["Content-Length"]


async def test_an_answer_that_takes_long_to_send_keeps_no_exchange_open() -> None:
    """It is sent when everything is tidied up: a client that reads slowly holds up nobody."""
    server, word = Lingering(), "x" * 100_000
    async with front(server) as at, asyncio.timeout(9):
        asking = asyncio.ensure_future(at.post(*_call("echo", arguments={"word": word})))
        while (await server.called.get()).ask.method != "tools/call":
            pass  # the list of tools says what headers repeat
        done, _ = await asyncio.wait([asking], timeout=0.2)
        server.tidied.set()
        _, body, _ = await asking

    assert not done
    assert json.loads(body["result"]["content"][0]["text"]) == {"word": word}
