"""Servers over HTTP, of both eras."""

import asyncio
from dataclasses import replace

import pytest

from guardrail_gw.mcp.ports import Ask, Era
from tests.support.mcp_connected import (
    ASKABLE,
    BOB,
    Answers,
    ask,
    call_tool,
    over_http,
    peer,
    said_text,
    started,
    tool_ask,
)

BOTH = pytest.mark.parametrize("url", ["modern", "legacy"], indirect=True)
EVERY_CLIENT = pytest.mark.parametrize("era", [Era.MODERN, Era.LEGACY])


@BOTH
@EVERY_CLIENT
async def test_every_client_calls_every_server(url: str, era: Era) -> None:
    """Whatever era each of both is of, the tool gets its arguments and its result comes back."""
    async with started(over_http(url)) as server:
        said = await call_tool(server, peer(era), "echo", {"word": "hello"})

    assert [message["result"]["structuredContent"] for message in said] == [{"word": "hello"}]
    assert "id" not in said[-1]


@pytest.mark.parametrize(
    ("url", "era"), [("modern", Era.MODERN), ("legacy", Era.LEGACY)], indirect=["url"]
)
async def test_the_era_is_found_out(url: str, era: Era) -> None:
    """A server says of which era it is when it is asked first."""
    async with started(over_http(url)) as server:
        found = await server.described(peer())

    assert (found.era, found.info["name"]) == (era, "fixture")
    assert "tools" in found.capabilities


@EVERY_CLIENT
async def test_a_server_of_both_eras_is_asked_in_its_client_s(both_url: str, era: Era) -> None:
    """Nothing is translated that need not be: what a tool can do it can do through the gateway."""
    async with started(over_http(both_url)) as server:
        found = await server.described(peer(era))

    assert found.era is era


async def test_what_a_server_sees_is_nothing_of_the_client(modern_url: str) -> None:
    """It is a request that says all about itself: capabilities, and no word of somebody's."""
    asked = peer(
        info={"name": "Jane Doe's notebook"},
        capabilities={"roots": {}, "experimental": {"x": "Jane Doe, Vienna"}},
    )

    async with started(over_http(modern_url)) as server:
        said = await call_tool(server, asked, "seen")

    seen = said[-1]["result"]["structuredContent"]
    assert seen["version"] == "2026-07-28"
    assert seen["capabilities"] == {"roots": {}, "experimental": {}}
    assert seen["headers"]["mcp-name"] == "seen"
    assert "Jane" not in said_text(said)


@pytest.mark.mcp_row(35)
async def test_arguments_are_repeated_in_headers_as_the_server_wants_it(modern_url: str) -> None:
    """Headers are made from the arguments that leave, wrapped where they are no plain text."""
    async with started(over_http(modern_url)) as server:
        said = await call_tool(
            server, peer(), "test_custom_headers", {"region": "Österreich", "priority": 3}
        )

    headers = said[-1]["result"]["structuredContent"]["headers"]
    assert headers["mcp-param-priority"] == "3"
    assert headers["mcp-param-region"] == "=?base64?w5ZzdGVycmVpY2g=?="


@BOTH
@EVERY_CLIENT
async def test_progress_comes_when_it_is_wanted(url: str, era: Era) -> None:
    """Progress is told without the token of this hop, and only to who asked for it."""
    wanting = Ask(
        peer=peer(era),
        method="tools/call",
        params={"name": "test_tool_with_progress", "arguments": {}},
        wants_progress=True,
    )

    async with started(over_http(url)) as server:
        told = await ask(server, wanting)
        untold = await call_tool(server, peer(era), "test_tool_with_progress")

    assert [each["params"]["progress"] for each in told[:-1]] == [0, 50, 100]
    assert all("progressToken" not in each["params"] for each in told[:-1])
    assert len(untold) == 1


@BOTH
async def test_log_messages_come_from_the_level_on_that_is_wanted(url: str) -> None:
    """A client of the modern era gets those that it asked for, and else none."""
    async with started(over_http(url)) as server:
        quiet = await call_tool(server, peer(), "test_tool_with_logging")
        loud = await call_tool(server, peer(log_level="info"), "test_tool_with_logging")
        grave = await call_tool(server, peer(log_level="error"), "test_tool_with_logging")

    assert (len(quiet), len(loud), len(grave)) == (1, 4, 1)


async def test_a_legacy_client_is_asked_in_the_middle_of_a_call(legacy_url: str) -> None:
    """The question has an id of this side, and the answer reaches the server."""
    answers = Answers({"elicitation/create": {"action": "accept", "content": {"username": "x"}}})
    asked = peer(Era.LEGACY, session="s-1", capabilities=ASKABLE)

    async with started(over_http(legacy_url)) as server:
        said = await call_tool(
            server, asked, "test_elicitation", {"message": "Who?"}, answers=answers
        )

    assert answers.asked[0]["params"]["message"] == "Who?"
    assert said_text(said) == 'User response: action=accept, content={"username": "x"}'


async def test_a_modern_client_is_asked_by_a_legacy_server(legacy_url: str) -> None:
    """The call waits, and the client's next request brings the answer."""
    asked = peer(capabilities=ASKABLE)
    answer = {"role": "assistant", "content": {"type": "text", "text": "Paris"}, "model": "m"}

    async with started(over_http(legacy_url)) as server:
        first = await call_tool(server, asked, "test_sampling", {"prompt": "Capital?"})
        wanted = first[-1]["result"]
        again = tool_ask(
            asked,
            "test_sampling",
            {"prompt": "Capital?"},
            requestState=wanted["requestState"],
            inputResponses={"ask-1": answer},
        )
        said = await ask(server, again)

    assert wanted["resultType"] == "input_required"
    assert wanted["inputRequests"]["ask-1"]["method"] == "sampling/createMessage"
    assert said_text(said) == "LLM response: Paris"


async def test_who_can_not_be_asked_is_not(legacy_url: str) -> None:
    """A client that declared nothing is asked nothing; the tool says that it cannot work."""
    async with started(over_http(legacy_url)) as server:
        said = await call_tool(server, peer(), "test_sampling", {"prompt": "Capital?"})

    assert said[-1]["result"]["isError"]


@EVERY_CLIENT
async def test_what_a_modern_server_requires_is_a_result(modern_url: str, era: Era) -> None:
    """Rounds go on with the state that the server gave, which the client gets sealed."""
    asked = peer(era, capabilities=ASKABLE)
    form = {"action": "accept", "content": {"ok": True}}

    async with started(over_http(modern_url)) as server:
        first = await call_tool(server, asked, "test_input_required_result_request_state")
        state = first[-1]["result"]["requestState"]
        again = tool_ask(
            asked,
            "test_input_required_result_request_state",
            requestState=state,
            inputResponses={"confirm": form},
        )
        said = await ask(server, again)

    assert said_text(said) == "state-ok"


@pytest.mark.mcp_row(17)
@BOTH
async def test_nobody_goes_on_with_what_is_another_s(url: str) -> None:
    """The state of a round is of no use to another principal, nor with other arguments."""
    tool = {"modern": "test_input_required_result_request_state", "legacy": "test_sampling"}
    asked = peer(capabilities=ASKABLE)

    async with started(over_http(url)) as server:
        era = (await server.described(asked)).era
        name, arguments = tool[era.value], {"prompt": "Capital?"}
        first = await call_tool(server, asked, name, arguments)
        state = first[-1]["result"]["requestState"]
        stolen = tool_ask(
            peer(principal=BOB, capabilities=ASKABLE), name, arguments, requestState=state
        )
        altered = tool_ask(asked, name, {"prompt": "Else?"}, requestState=state)
        said = [await ask(server, each) for each in (stolen, altered)]

    assert [each[-1]["error"]["code"] for each in said] == [-32602, -32602]


@pytest.mark.mcp_row(17)
async def test_sessions_are_never_shared(legacy_url: str) -> None:
    """What one client's session was told, no other session knows, whosever it is."""
    mine, other = peer(Era.LEGACY, session="s-1"), peer(Era.LEGACY, session="s-2")
    stranger = peer(principal=BOB)

    async with started(over_http(legacy_url)) as server:
        await call_tool(server, mine, "remember", {"word": "secret"})
        known = [await call_tool(server, each, "recall") for each in (mine, other, stranger)]

    assert [said_text(each) for each in known] == ["secret", "nothing", "nothing"]


async def test_a_session_ends_with_its_client_s(legacy_url: str) -> None:
    """Who comes again after it left is somebody new."""
    mine = peer(Era.LEGACY, session="s-1")

    async with started(over_http(legacy_url)) as server:
        await call_tool(server, mine, "remember", {"word": "secret"})
        await server.left("s-1")
        said = await call_tool(server, mine, "recall")

    assert said_text(said) == "nothing"


async def test_an_answer_goes_on_where_its_stream_ended(legacy_url: str) -> None:
    """A server that closes the stream of an answer is asked for the rest of it, when it wants."""
    pauses: list[float] = []
    asked = replace(tool_ask(peer(), "test_reconnection"), paused=pauses.append)

    async with started(over_http(legacy_url)) as server:
        said = await ask(server, asked)

    assert said_text(said) == "said after the stream was closed"
    assert pauses == [0.2]


@BOTH
@EVERY_CLIENT
async def test_changes_are_heard(url: str, era: Era) -> None:
    """Who listens hears of the lists and resources that it wants to hear of, and of no others."""
    kinds = frozenset({"notifications/tools/list_changed"})
    watched = frozenset({"test://watched-resource"})
    asked = peer(era, session="s-1" if era is Era.LEGACY else None)

    async with (
        started(over_http(url)) as server,
        server.listen(asked, kinds, watched) as said,
    ):
        await asyncio.sleep(0.3)
        await call_tool(server, asked, "test_trigger_prompt_change")
        await call_tool(server, asked, "test_trigger_tool_change")
        await call_tool(server, asked, "change_resource")
        heard = [await anext(said), await anext(said)]

    assert [each["method"] for each in heard] == [
        "notifications/tools/list_changed",
        "notifications/resources/updated",
    ]
    assert heard[1]["params"] == {"uri": "test://watched-resource"}


async def test_a_refusal_of_a_server_is_its_answer(modern_url: str) -> None:
    """What it says with an HTTP status is said as the JSON-RPC error that it is."""
    async with started(over_http(modern_url)) as server:
        said = await call_tool(server, peer(), "test_missing_capability")

    assert said[-1]["error"]["data"] == {"requiredCapabilities": {"sampling": {}}}


async def test_what_is_not_found_has_the_code_of_the_client_s_era(legacy_url: str) -> None:
    """A resource that is not there."""
    missing = Ask(peer=peer(), method="resources/read", params={"uri": "test://nothing"})

    async with started(over_http(legacy_url)) as server:
        said = await ask(server, missing)

    assert said[-1]["error"]["code"] == -32602
