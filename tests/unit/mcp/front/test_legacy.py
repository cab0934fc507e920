"""Clients of the legacy era, over a socket: sessions, streams, and what breaks off."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from guardrail_gw.errors import Blocked
from guardrail_gw.mcp.front.endpoint import Single
from guardrail_gw.mcp.ports import Era
from tests.support.mcp_front import KEY, OTHER_KEY, Front, ScriptedServer, events, front, rpc


def _call(name: str, id_: int | str = 1, **more: Any) -> Any:
    return rpc("tools/call", id_, name=name, arguments=more.pop("arguments", {}), **more)


def _get(at: Front, session: dict[str, str], **more: str) -> Any:
    sent = {"Authorization": f"Bearer {KEY}", "Accept": "text/event-stream"}
    return at.client.get(at.url, headers={**sent, **session, **more})


async def _event(response: aiohttp.ClientResponse) -> tuple[str, Any]:
    """The next event with data: its name and its data."""
    name = ""
    while True:
        read = await asyncio.wait_for(response.content.readline(), 5)
        assert read, "the stream is over"
        line = read.decode().strip()
        if line.startswith("id: "):
            name = line.removeprefix("id: ")
        elif line.startswith("data: "):
            return name, json.loads(line.removeprefix("data: "))


async def test_a_handshake_begins_a_session() -> None:
    """With the revision that both speak, and what the server says of itself."""
    async with front() as at:
        params: dict[str, Any] = {"protocolVersion": "2025-06-18", "capabilities": {}}
        status, body, headers = await at.post(rpc("initialize", **params))
        session = {"Mcp-Session-Id": headers["Mcp-Session-Id"]}
        begun = await at.post(rpc("notifications/initialized", None), session)

    assert (status, begun[0]) == (200, 202)
    assert body["result"]["protocolVersion"] == "2025-06-18"
    assert body["result"]["serverInfo"]["name"] == "scripted"
    assert body["result"]["instructions"] == "Be kind."
    assert len(session["Mcp-Session-Id"]) >= 32


async def test_a_client_that_sends_no_version_works() -> None:
    """What the handshake said counts for the session (gemini-cli sends no header after it)."""
    async with front() as at:
        session = await at.begin(protocolVersion="2025-06-18")
        _, body, headers = await at.post(_call("echo", arguments={"a": 1}), session)

        peer = at.server.asks[-1].peer

    assert body["result"]["content"][0]["text"] == '{"a": 1}'
    assert "resultType" not in body["result"]
    assert (peer.era, peer.revision) == (Era.LEGACY, "2025-06-18")
    assert (peer.session, peer.capabilities) == (
        session["Mcp-Session-Id"],
        {"elicitation": {}, "roots": {}},
    )
    assert headers["Mcp-Session-Id"] == peer.session


@pytest.mark.parametrize("how", ["post", "get", "delete"])
async def test_a_session_exists_for_the_credential_that_began_it_alone(how: str) -> None:
    """For another one it is as unknown as one that never was: 404, and nothing of it ends."""
    async with front() as at:
        session = await at.begin()
        told = []
        for key, name in ((OTHER_KEY, session["Mcp-Session-Id"]), (KEY, "made-up")):
            sent = {"Authorization": f"Bearer {key}", "Mcp-Session-Id": name}
            more = {"Accept": "application/json, text/event-stream"}
            body = json.dumps(_call("echo")) if how == "post" else None
            kind = {"Content-Type": "application/json"} if body else {}
            async with at.client.request(
                how, at.url, data=body, headers={**sent, **more, **kind}
            ) as answer:
                told.append((answer.status, (await answer.json())["error"]["data"]["code"]))
        alive = await at.post(_call("echo"), session)

    assert told == [(404, "mcp.session")] * 2
    assert alive[0] == 200


async def test_a_request_without_a_session_is_told_to_begin_one() -> None:
    """400, so that no client takes it for a session that is over."""
    async with front() as at:
        status, body, _ = await at.post(_call("echo"))

    assert (status, body["error"]["code"]) == (400, -32600)


async def test_there_are_only_so_many_sessions() -> None:
    """One more is refused, and those that are open go on."""
    async with front(max_sessions=1) as at:
        session = await at.begin()
        status, body, _ = await at.post(rpc("initialize", protocolVersion="2025-11-25"))
        alive = await at.post(rpc("ping"), session)

    assert (status, body["error"]["data"]["code"]) == (503, "server.overloaded")
    assert alive[1]["result"] == {}


async def test_a_session_that_its_client_ends_is_over() -> None:
    """The server is told, what runs in it is cancelled, and its name means nothing any more."""
    async with front() as at:
        session = await at.begin()
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(at.post(_call("hang"), session))
            call = await at.server.called.get()
            sent = {"Authorization": f"Bearer {KEY}", **session}
            ended = await at.client.delete(at.url, headers=sent)
        await asyncio.wait_for(call.left.wait(), 5)
        again = await at.post(rpc("ping"), session)

        assert at.server.sessions_left == [session["Mcp-Session-Id"]]

    assert (ended.status, again[0]) == (200, 404)
    assert asking.result()[1][-1]["error"]["code"] == -32800


async def test_a_session_that_nobody_uses_ends() -> None:
    """After its time; one with an open stream is in use."""
    async with front(idle_s=0.4) as at:
        used, unused = await at.begin(), await at.begin()
        async with _get(at, used) as stream:
            await asyncio.sleep(0.8)
            kept = await at.post(rpc("ping"), used)
            gone = await at.post(rpc("ping"), unused)
            assert stream.status == 200

    assert (kept[0], gone[0]) == (200, 404)


async def test_what_the_server_asks_is_answered_by_another_post() -> None:
    """Under an id of ours; the answer is an exchange of its own, and reaches the call it is of."""
    async with front() as at:
        session = await at.begin()
        sent = {**session, "Accept": "application/json, text/event-stream"}
        sent |= {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        async with at.client.post(at.url, json=_call("ask", "q"), headers=sent) as answer:
            _, asked = await _event(answer)
            reply = {"jsonrpc": "2.0", "id": asked["id"], "result": {"action": "accept"}}
            stolen = await at.post(reply, session, key=OTHER_KEY)
            taken = await at.post(reply, session)
            twice = await at.post(reply, session)
            _, told = await _event(answer)

        sources = [type(each.question.source).__name__ for each in at.chain.admitted[1:]]

    assert (asked["method"], asked["params"]["message"]) == ("elicitation/create", "Who?")
    assert asked["id"] != "s1"
    assert (stolen[0], taken[0], twice[0]) == (404, 202, 202)
    assert told["id"] == "q"
    said = json.loads(told["result"]["content"][0]["text"])
    assert said == {"id": "s1", "said": {"action": "accept"}}
    assert sources == ["Ask", "Told"]


async def test_an_answer_that_the_policy_forbids_ends_the_servers_wait() -> None:
    """The client is told why, and the server that there is no answer: nobody waits for ever."""
    async with front() as at:
        at.chain.refuse_told = Blocked("an entity of kind PERSON is blocked")
        session = await at.begin()
        async with at.client.post(
            at.url,
            json=_call("ask"),
            headers={**session, "Authorization": f"Bearer {KEY}"},
        ) as answer:
            _, asked = await _event(answer)
            reply = {"jsonrpc": "2.0", "id": asked["id"], "result": {"action": "accept"}}
            refused = await at.post(reply, session)
            _, told = await _event(answer)

    assert (refused[0], refused[1]["error"]["data"]["code"]) == (403, "policy.blocked")
    said = json.loads(told["result"]["content"][0]["text"])
    assert said == {"id": "s1", "said": "nothing"}


async def test_a_server_of_the_other_era_asks_by_requests_on_the_clients_stream() -> None:
    """And is asked again with the answers and its own state; the client sees one call."""
    async with front(ScriptedServer(era=Era.MODERN)) as at:
        session = await at.begin()
        sent = {**session, "Authorization": f"Bearer {KEY}"}
        async with at.client.post(at.url, json=_call("wish"), headers=sent) as answer:
            _, asked = await _event(answer)
            reply = {"jsonrpc": "2.0", "id": asked["id"], "result": {"action": "accept"}}
            await at.post(reply, session)
            _, told = await _event(answer)

    said = json.loads(told["result"]["content"][0]["text"])
    assert said == {
        "inputResponses": {"who": {"action": "accept"}},
        "requestState": "the server's state",
    }


async def test_a_client_that_cannot_answer_a_server_of_the_other_era_is_told() -> None:
    """The error names the capability that the client lacks."""
    async with front(ScriptedServer(era=Era.MODERN)) as at:
        session = await at.begin(capabilities={})
        _, told, _ = await at.post(_call("wish"), session)

    assert told[0]["error"]["data"]["code"] == "mcp.era"
    assert "elicitation" in told[0]["error"]["message"]


async def test_a_broken_connection_cancels_nothing_and_is_resumed() -> None:
    """What was said meanwhile comes with the last event that the client names, each once."""
    async with front() as at:
        session = await at.begin()
        sent = {**session, "Authorization": f"Bearer {KEY}"}
        asking = _call("wait", arguments={"steps": 3})
        async with at.client.post(at.url, json=asking, headers=sent) as answer:
            call = await at.server.called.get()
            await call.answers.put({})
            name, first = await _event(answer)
            answer.close()
        await call.answers.put({})
        await call.answers.put({})
        async with _get(at, session, **{"Last-Event-ID": name}) as resumed:
            rest = events(await asyncio.wait_for(resumed.text(), 5))
        unknown = await _get(at, session, **{"Last-Event-ID": "99-0"})

    assert first["params"]["data"] == 0
    assert [each["params"]["data"] for each in rest[:-1]] == [1, 2]
    assert rest[-1]["result"]["content"][0]["text"] == "done"
    assert unknown.status == 400


async def test_a_cancelled_call_is_left_and_its_stream_ends() -> None:
    """By the id that the client gave it; another session's id means another call."""
    async with front() as at:
        session, other = await at.begin(), await at.begin()
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(at.post(_call("hang", "mine"), session))
            call = await at.server.called.get()
            await at.post(rpc("notifications/cancelled", None, requestId="mine"), other)
            assert not call.left.is_set()
            await at.post(rpc("notifications/cancelled", None, requestId="mine"), session)
            await asyncio.wait_for(call.left.wait(), 5)

    assert asking.result()[1][-1]["error"]["code"] == -32800


async def test_an_id_that_is_in_use_is_refused() -> None:
    """Two calls with one id could not be told apart."""
    async with front() as at:
        session = await at.begin()
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(at.post(_call("hang", 5), session))
            await at.server.called.get()
            status, body, _ = await at.post(_call("echo", 5), session)
            await at.post(rpc("notifications/cancelled", None, requestId=5), session)
        assert asking.done()

    assert (status, body["error"]["code"]) == (400, -32600)


async def test_what_the_server_says_unasked_comes_on_the_stream_that_no_request_began() -> None:
    """One reader at a time; what came while nobody read is read later."""
    async with front() as at:
        session = await at.begin()
        changed = {"method": "notifications/tools/list_changed", "params": {}}
        async with _get(at, session) as stream:
            await at.server.unasked.put(changed)
            name, first = await _event(stream)
            second = await _get(at, session)
        await at.server.unasked.put({**changed, "params": {"n": 2}})
        async with _get(at, session, **{"Last-Event-ID": name}) as resumed:
            _, later = await _event(resumed)

    assert first == {"jsonrpc": "2.0", **changed}
    assert second.status == 409
    assert later["params"] == {"n": 2}


async def test_a_subscription_to_a_resource_is_kept_for_the_session() -> None:
    """And is over when the client says so; a server without them is not asked."""
    async with front() as at:
        session = await at.begin()
        one = await at.post(rpc("resources/subscribe", uri="test://a"), session)
        await at.post(rpc("resources/subscribe", uri="test://b"), session)
        await at.post(rpc("resources/unsubscribe", uri="test://a"), session)
        await asyncio.sleep(0.05)
        wanted = at.server.wanted
        at.server.capabilities = {"tools": {}}
        refused = await at.post(rpc("resources/subscribe", uri="test://a"), session)

    assert one[1]["result"] == {}
    assert wanted[-1] == ("test://b",)
    assert (refused[0], refused[1]["error"]["code"]) == (404, -32601)


async def test_the_level_of_log_messages_is_the_sessions() -> None:
    """What is no level is refused."""
    async with front() as at:
        session = await at.begin()
        told = await at.post(rpc("logging/setLevel", level="warning"), session)
        await at.post(_call("echo"), session)
        odd = await at.post(rpc("logging/setLevel", level="loud"), session)

    assert told[1]["result"] == {}
    assert at.server.asks[-1].peer.log_level == "warning"
    assert odd[1]["error"]["code"] == -32602


async def test_changed_roots_are_told_without_what_came_with_them() -> None:
    """Other notifications go no further."""
    async with front() as at:
        session = await at.begin()
        note = rpc("notifications/roots/list_changed", None, _meta={"a": "Jane Doe"})
        taken = await at.post(note, session)
        odd = await at.post(rpc("notifications/made_up", None, a="Jane Doe"), session)

    assert (taken[0], odd[0]) == (202, 202)
    assert at.server.notified == [("notifications/roots/list_changed", {})]


async def test_the_newest_revision_can_resume_before_anything_was_said() -> None:
    """A silent stream begins with an event without data, whose name is enough to come back with."""
    async with front() as at:
        session = await at.begin()
        sent = {**session, "Authorization": f"Bearer {KEY}"}
        asking = _call("wait", arguments={"steps": 1})
        async with at.client.post(at.url, json=asking, headers=sent) as answer:
            lines = [(await answer.content.readline()).decode().strip() for _ in range(4)]
            answer.close()
        call = await at.server.called.get()
        await call.answers.put({})
        async with _get(at, session, **{"Last-Event-ID": "1-0"}) as resumed:
            rest = events(await asyncio.wait_for(resumed.text(), 5))

    assert lines == ["id: 1-0", "retry: 1000", "data:", ""]
    assert rest[0]["params"]["data"] == 0
    assert rest[-1]["result"]["content"][0]["text"] == "done"


async def test_a_stream_that_the_server_ends_in_mid_call_ends_for_the_client_too() -> None:
    """With an event to come back with, after as long as the server wants; the call goes on."""
    async with front() as at:
        session = await at.begin()
        sent = {**session, "Authorization": f"Bearer {KEY}"}
        async with at.client.post(at.url, json=_call("pause"), headers=sent) as answer:
            first = (await asyncio.wait_for(answer.text(), 5)).split("\n\n")
        call = await at.server.called.get()
        await call.answers.put({})
        async with _get(at, session, **{"Last-Event-ID": "1-1"}) as resumed:
            rest = events(await asyncio.wait_for(resumed.text(), 5))

    assert first == ["id: 1-0\nretry: 1000\ndata: ", "id: 1-1\nretry: 200\ndata: ", ""]
    assert [each["result"]["content"][0]["text"] for each in rest] == ["done"]


async def test_a_client_that_knows_no_pause_keeps_its_stream() -> None:
    """In revisions before 2025-11-25 an answer comes on the stream that its request began."""
    async with front() as at:
        session = await at.begin(protocolVersion="2025-06-18")
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(at.post(_call("pause"), session))
            call = await at.server.called.get()
            await call.answers.put({})

    assert asking.result()[1]["result"]["content"][0]["text"] == "done"


async def test_who_only_listens_leaves_the_room_to_others() -> None:
    """Clients keep a stream open for hours, and requests in progress are counted."""
    async with front(max_in_flight=1) as at:
        session = await at.begin()
        await at.server.unasked.put({"method": "notifications/tools/list_changed", "params": {}})
        async with _get(at, session) as stream:
            await _event(stream)
            _, told, _ = await at.post(_call("echo"), session)

    assert told[-1]["result"]["content"][0]["text"] == "{}"


async def test_nothing_new_begins_while_the_gateway_stops() -> None:
    """Other workers pass requests on until they have heard of it."""
    async with front() as at:
        session = await at.begin()
        single = at.door.endpoints["one"]
        assert isinstance(single, Single)
        single.load.is_over = True
        _, told, _ = await at.post(_call("echo"), session)

    assert told[-1]["error"]["data"]["code"] == "server.stopping"


async def test_a_subscription_of_the_other_era_is_no_request_of_a_session() -> None:
    """It would never end; a session has a stream for that."""
    async with front() as at:
        session = await at.begin()
        told = await at.post(rpc("subscriptions/listen", notifications="all"), session)

    assert (told[0], told[1]["error"]["code"]) == (404, -32601)
    assert not at.defects


async def test_a_session_keeps_a_bounded_number_of_bytes() -> None:
    """Of what its client says about itself, and of what it subscribes to."""
    async with front() as at:
        large = rpc("initialize", capabilities={"experimental": {"x": "y" * 70_000}})
        begun = await at.post(large)
        session = await at.begin()
        long = await at.post(rpc("resources/subscribe", uri="test://" + "y" * 9_000), session)
        for number in range(256):
            await at.post(rpc("resources/subscribe", uri=f"test://{number}"), session)
        last = await at.post(rpc("resources/subscribe", uri="test://256"), session)

    assert (begun[0], begun[1]["error"]["data"]["code"]) == (413, "body.too_large")
    assert long[1]["error"]["code"] == -32602
    assert (last[0], last[1]["error"]["data"]["code"]) == (503, "server.overloaded")
