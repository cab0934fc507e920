"""The endpoint of all servers: each request reaches the one it means, in that one's own words."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest

from guardrail_gw.errors import StateDown
from guardrail_gw.mcp.aggregate.kinds import Kind
from guardrail_gw.mcp.front.endpoint import Posted
from guardrail_gw.mcp.ports import LISTEN, Ask, Message, Told
from guardrail_gw.mcp_errors import MethodDenied, SessionUnknown, ToolUnknown
from guardrail_gw.policy.tools import ToolRules
from tests.support.mcp_all import ME, Direct, World, world
from tests.support.mcp_offers import Offers

ALL = ToolRules()
NOT_GIT = ToolRules(servers=frozenset({("files",)}))
URI = "file:///a"


def files() -> Offers:
    """A server with resources, which it links to in its answers."""
    server = Offers("files")
    server.offer({"name": "read"})
    link = {"type": "resource_link", "uri": URI, "name": "a"}
    server.answers = {
        "tools/call": {"result": {"content": [link]}},
        "resources/read": {"result": {"contents": [{"uri": URI, "text": "x"}]}},
        "completion/complete": {"error": {"code": -32602, "message": "no"}},
    }
    return server


def git() -> Offers:
    """Another server with a tool of the same name."""
    server = Offers("git", instructions="Be brief.")
    server.offer({"name": "read"})
    server.lists["prompts/list"] = [{"prompts": [{"name": "commit"}]}]
    server.answers = {"prompts/get": {"result": {"messages": []}}}
    return server


async def test_a_call_reaches_the_server_it_means(tmp_path: Path) -> None:
    """By its own name, and what it answers is in names of this endpoint."""
    one, other = files(), git()
    async with world(tmp_path, one, other) as here:
        result = await here.result(ALL, "tools/call", {"name": "files__read", "arguments": {}})

    [called] = [ask for ask in one.asked if ask.method == "tools/call"]
    assert (called.params["name"], called.peer) == ("read", ME)
    assert [ask.method for ask in other.asked] == ["tools/list"]
    assert result["content"][0]["uri"] == f"files+{URI}"


@pytest.mark.mcp_row(18)
async def test_what_a_call_answered_can_be_read(tmp_path: Path) -> None:
    """A link of an answer is what `resources/read` takes, and what that answers is as well."""
    async with world(tmp_path, files(), git()) as here:
        called = await here.result(ALL, "tools/call", {"name": "files__read"})
        read = await here.result(ALL, "resources/read", {"uri": called["content"][0]["uri"]})

    assert read["contents"][0]["uri"] == called["content"][0]["uri"]


async def test_prompts_and_completions_find_their_server(tmp_path: Path) -> None:
    """A prompt by its name here; an error of a server is passed on as it is."""
    other = git()
    ref = {"ref": {"type": "ref/resource", "uri": "files+file:///{p}"}, "argument": {}}
    async with world(tmp_path, files(), other) as here:
        await here.result(ALL, "prompts/get", {"name": "git__commit"})
        completed = await here.asked(ALL, "completion/complete", ref)

    assert other.asked[-1].params == {"name": "commit"}
    assert completed == [{"error": {"code": -32602, "message": "no"}}]


@pytest.mark.parametrize("method", ["tasks/get", "sampling/createMessage", "x/y"])
async def test_what_names_no_server_is_refused(tmp_path: Path, method: str) -> None:
    """A method that nobody knows a server of goes to none of them."""
    one = files()
    async with world(tmp_path, one) as here:
        with pytest.raises(MethodDenied):
            await here.asked(ALL, method, {})

    assert one.asked == []


@pytest.mark.mcp_row(12)
async def test_a_slow_server_does_not_delay_calls_of_others(tmp_path: Path) -> None:
    """Once a tool is known, nobody else's list is waited for."""
    slow, one = git(), files()
    slow.may_answer.clear()
    async with world(tmp_path, one, slow) as here:
        await here.result(ALL, "tools/list")
        before = len(slow.asked)
        async with asyncio.timeout(0.15):  # less than the 0.2 s that a list is waited for
            await here.result(ALL, "tools/call", {"name": "files__read"})

    assert len(slow.asked) == before


class Down(Direct):
    """An endpoint whose chain cannot do its work."""

    def call(self, ask: Ask, posted: Posted) -> NoReturn:
        """Refuse."""
        raise StateDown("no state")


async def test_a_safeguard_that_is_down_shows_no_list(tmp_path: Path) -> None:
    """What the chain refuses for other reasons than the policy or the server fails the list."""
    async with world(tmp_path, files(), git()) as here:
        endpoint = here.all(ALL)
        endpoint.singles = {**endpoint.singles, "git": Down(git(), here.governed, ALL)}
        ask = Ask(peer=ME, method="tools/list", params={})
        with pytest.raises(StateDown):
            async with endpoint.call(ask, Posted()):
                pass


async def test_answers_in_the_middle_of_a_call_find_their_server(tmp_path: Path) -> None:
    """What a client answers goes to the server of that call, and nowhere once it is over."""
    one, other = files(), git()
    async with world(tmp_path, one, other) as here:
        endpoint = here.all(ALL)
        await here.result(ALL, "tools/list")
        ask = Ask(peer=ME, method="tools/call", params={"name": "git__read"})
        async with endpoint.call(ask, Posted()) as running:
            told = Told(peer=ME, exchange=running.exchange, method="roots/list", message={"id": 1})
            await endpoint.tell(told, Posted())
        with pytest.raises(SessionUnknown):
            await endpoint.tell(told, Posted())

    assert (one.told, other.told) == ([], [("roots/list", {"id": 1})])


async def test_a_session_is_told_of_where_it_has_been(tmp_path: Path) -> None:
    """Notifications and the end of a session reach the servers that were asked in it."""
    one, other = files(), git()
    async with world(tmp_path, one, other) as here:
        endpoint = here.all(ALL)
        ask = Ask(peer=ME, method="resources/read", params={"uri": f"files+{URI}"})
        async with endpoint.call(ask, Posted()):
            pass
        await endpoint.notify(ME, "notifications/roots/list_changed", {})
        await endpoint.left("s1")
        await endpoint.left("s1")

    assert (len(one.told), one.sessions_left) == (1, ["s1"])
    assert (other.told, other.sessions_left) == ([], [])


async def test_the_exchange_of_a_call_is_named(tmp_path: Path) -> None:
    """Whoever asks learns the name of the exchange, as at a server's own endpoint."""
    begun = list[str]()
    async with world(tmp_path, files(), git()) as here:
        endpoint = here.all(ALL)
        for ask in (
            Ask(peer=ME, method="tools/list", params={}),
            Ask(peer=ME, method="tools/call", params={"name": "git__read"}),
        ):
            async with endpoint.call(ask, Posted(begun=begun.append)) as running:
                _ = [message async for message in running.messages]

    assert begun == ["to files", "to git"]


async def test_the_endpoint_describes_itself(tmp_path: Path) -> None:
    """It offers what any server may come to offer, and says whose instructions are whose."""
    down = Offers("down", is_down=True)
    async with world(tmp_path, files(), git(), down) as here:
        described = await here.all(ALL).introduced(ME, Posted())
        other = await here.all(NOT_GIT).introduced(ME, Posted())

    assert described.capabilities["tools"] == {"listChanged": True}
    assert (described.instructions, other.instructions) == ("git: Be brief.", None)


async def next_of(messages: AsyncIterator[Message]) -> Message:
    """The next message, in time."""
    async with asyncio.timeout(5):
        return await anext(messages)


@pytest.mark.mcp_row(25)
async def test_changes_of_all_servers_are_told(tmp_path: Path) -> None:
    """A list that is another one, and a resource that was subscribed to, by its URI here."""
    one, other = files(), git()
    wanted = {"toolsListChanged": True, "resourceSubscriptions": [f"files+{URI}", "x+y:z"]}
    async with world(tmp_path, one, other) as here:
        await here.result(ALL, "tools/list")
        ask = Ask(peer=ME, method=LISTEN, params={"notifications": wanted})
        async with here.all(ALL).call(ask, Posted()) as running:
            updated = {"method": "notifications/resources/updated", "params": {"uri": URI}}
            one.says.put_nowait(updated)
            first = await next_of(running.messages)
            await changed(here, other)
            second = await next_of(running.messages)

    assert first["params"]["uri"] == f"files+{URI}"
    assert second["method"] == "notifications/tools/list_changed"
    assert (one.wanted, other.wanted) == ([frozenset({URI})], [])


async def test_changes_of_servers_that_may_not_be_asked_are_not_told(tmp_path: Path) -> None:
    """Who may not ask a server hears nothing of it, whatever was subscribed to."""
    one, other = files(), git()
    wanted = {"toolsListChanged": True, "resourceSubscriptions": [f"git+{URI}"]}
    async with world(tmp_path, one, other) as here:
        await here.result(ALL, "tools/list")
        ask = Ask(peer=ME, method=LISTEN, params={"notifications": wanted})
        async with here.all(NOT_GIT).call(ask, Posted()) as running:
            await changed(here, other)
            await changed(here, one)
            await next_of(running.messages)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await anext(running.messages)

    assert other.wanted == []


async def test_a_subscription_that_ends_leaves_nothing(tmp_path: Path) -> None:
    """Afterwards nobody is told anything, and no task is left."""
    one = files()
    async with world(tmp_path, one) as here:
        await here.result(ALL, "tools/list")
        before = len(asyncio.all_tasks())
        wanted = {"resourceSubscriptions": [f"files+{URI}"], "toolsListChanged": True}
        ask = Ask(peer=ME, method=LISTEN, params={"notifications": wanted})
        async with here.all(ALL).call(ask, Posted()):
            await asyncio.sleep(0)
        await changed(here, one)

        assert len(asyncio.all_tasks()) == before


async def changed(here: World, server: Offers) -> None:
    """Have a server's tools be others, and the catalogue see it."""
    more: dict[str, Any] = {"name": f"more{len(server.asked)}"}
    server.offer({"name": "read"}, more)
    here.governed.catalogue.stale(server.id, Kind.TOOLS)
    await here.governed.catalogue.listing(server.id, Kind.TOOLS)


async def test_names_are_not_guessed(tmp_path: Path) -> None:
    """The name that a server has itself is nobody's here, nor one of a server that is unknown."""
    async with world(tmp_path, files()) as here:
        for name in ("read", "evil__read", "files__"):
            with pytest.raises(ToolUnknown):
                await here.asked(ALL, "tools/call", {"name": name})


async def test_callers_capabilities_go_with_a_call(tmp_path: Path) -> None:
    """A server is told what this client declared, and whether it wants progress."""
    one = files()
    async with world(tmp_path, one) as here:
        await here.result(ALL, "tools/list")
        peer = replace(ME, capabilities={"sampling": {}})
        params = {"name": "files__read"}
        ask = Ask(peer=peer, method="tools/call", params=params, wants_progress=True)
        async with here.all(ALL).call(ask, Posted()):
            pass

    assert (one.asked[-1].peer, one.asked[-1].wants_progress) == (peer, True)
