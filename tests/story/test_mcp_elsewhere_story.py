"""What users of other MCP gateways reported does not happen here (docs/mcp.md has the table).

One gateway stands before all servers, with a key for each team; every socket is a real one, and
clients of both eras ask at both kinds of endpoint.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx2
import pytest
import pytest_asyncio
from mcp import Client as SdkClient
from mcp.client.streamable_http import streamable_http_client

from guardrail_gw.server.access import digest
from guardrail_gw.standin.server import StandIn
from tests.support.mcp_asking import LEGACY, MODERN, Client, Message, Told, until
from tests.support.mcp_finds import Finds
from tests.support.mcp_gateway import McpGateway, mcp_gateway
from tests.support.mcp_watched import DONE, Watched, watched
from tests.support.policies import policy_text, write_policies

WHO = "Änne Schmidt-00aa"
TEAMS = ("crm", "few", "late", "nobody", "block")
SPEC = """\
pii: {default: {action: token}}
attachments: allow
tools: {changed: allow}"""
RULES = {
    "crm": "tools: {servers: [one, two], changed: allow}",
    "few": 'tools: {servers: [one], deny: ["one/drop"], changed: allow}',
    "late": "tools: {servers: [one, late], changed: allow}",
    "nobody": 'tools: {servers: [one], deny: ["*/*"], changed: allow}',
    "block": "tools: {servers: [one], changed: allow}",
}
OBJECT = {"type": "object"}
TOOLS: dict[str, Any] = {
    "tools": [
        {"name": "look", "inputSchema": OBJECT, "annotations": {"readOnlyHint": True}},
        {"name": "drop", "inputSchema": OBJECT},
    ]
}
LISTS: Mapping[str, Message] = {
    "tools/list": TOOLS,
    "prompts/list": {"prompts": [{"name": "letter"}]},
    "resources/list": {"resources": [{"uri": "file:///a", "name": "a"}]},
    "resources/templates/list": {"resourceTemplates": [{"uriTemplate": "crm://{id}", "name": "x"}]},
}
eras = pytest.mark.parametrize("era", [MODERN, LEGACY])
routes = pytest.mark.parametrize("route", ["own", "all"])
pytestmark = pytest.mark.asyncio(loop_scope="module")


def said(asked: Message) -> tuple[Message, ...]:
    """What a server does: its tools say what they were told."""
    text = json.dumps(asked["params"].get("arguments"), ensure_ascii=False)
    return ({"result": {"content": [{"type": "text", "text": text}]}},)


@dataclass(slots=True, kw_only=True)
class Place:
    """The gateway, what is behind it, and clients by team."""

    gateway: McpGateway
    detectors: Finds
    model: StandIn
    servers: Mapping[str, Watched]
    http: aiohttp.ClientSession
    clients: dict[tuple[str, str, str], Client] = field(default_factory=dict)

    async def client(self, team: str, era: str, route: str = "own", **more: Any) -> Client:
        """A client that has begun."""
        where = self.gateway.url("one" if route == "own" else "")
        made = Client(http=self.http, url=where, era=era, key=f"ggw-{team}", **more)
        await made.begin()
        return made

    async def names(self, client: Client, method: str = "tools/list") -> list[str]:
        """What a client is listed."""
        (listed,) = (await client.ask(method, {})).result.keys() & {
            *("tools", "prompts", "resources", "resourceTemplates")
        }
        entries = (await client.ask(method, {})).result[listed]
        return [entry.get("uri") or entry.get("uriTemplate") or entry["name"] for entry in entries]

    async def chat(self, team: str, text: str) -> tuple[int, bytes]:
        """Ask the model."""
        body = {"model": "none", "messages": [{"role": "user", "content": text}]}
        url = f"http://127.0.0.1:{self.gateway.gateway.port}/v1/chat/completions"
        headers = {"Authorization": f"Bearer ggw-{team}"}
        async with self.http.post(url, json=body, headers=headers) as response:
            return response.status, await response.read()

    def called(self, server: str = "one") -> int:
        """How many tools were called at a server."""
        return sum(b'"method":"tools/call"' in each for each in self.servers[server].seen)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """One gateway for all of these."""
    folder = tmp_path_factory.mktemp("elsewhere")
    texts = {
        team: policy_text(
            team,
            f"pii: {{default: {{action: token}}}}\nattachments: allow\n{rules}",
            f"team: [{team}]",
        )
        for team, rules in RULES.items()
    }
    texts["block"] = texts["block"].replace(
        "{default: {action: token}}",
        "{default: {action: token}, entities: {PERSON: {action: block}}}",
    )
    await asyncio.to_thread((folder / "policies").mkdir)
    await asyncio.to_thread(lambda: write_policies(folder / "policies", **texts))
    keys = [
        {"id": t, "sha256": digest(f"ggw-{t}"), "tenant": "acme", "team": t, "user": "ci"}
        for t in TEAMS
    ]
    servers = {name: Watched(script=said, lists=dict(LISTS)) for name in ("one", "two", "late")}
    servers["late"].may_list.clear()
    detectors = Finds()
    places = {"inference": ["DE"], "storage": ["DE"]}
    async with (
        watched(servers["one"]) as one,
        watched(servers["two"]) as two,
        watched(servers["late"]) as late,
        StandIn() as model,
        mcp_gateway(
            folder,
            {"id": "one", "url": one, **places},
            {"id": "two", "url": two, **places},
            {"id": "late", "url": late, "timeouts": {"list_s": 0.5}, **places},
            spec=SPEC,
            access={"keys": keys},
            detectors=detectors,
            model_url=model.base_url,
            lists_s=0.001,
        ) as gateway,
        aiohttp.ClientSession() as http,
    ):
        yield Place(gateway=gateway, detectors=detectors, model=model, servers=servers, http=http)


@pytest.fixture
def place(shared: Place) -> Place:
    """The gateway, whose servers do what they usually do."""
    for server in shared.servers.values():
        server.script, server.raw, server.status, server.headers = said, b"", 200, {}
        server.seen.clear()
    shared.detectors.broken = False
    return shared


def name(tool: str, route: str, server: str = "one") -> str:
    """A tool's name at an endpoint."""
    return tool if route == "own" else f"{server}__{tool}"


async def call(client: Client, tool: str, **arguments: Any) -> Told:
    """Call a tool."""
    return await client.ask("tools/call", {"name": tool, "arguments": arguments})


@pytest.mark.mcp_row(1, 2, 5, 6)
@eras
@routes
async def test_what_is_not_listed_is_not_called(place: Place, era: str, route: str) -> None:
    """In both eras, however its name is written; others list and call it; the refusal says why."""
    few, many = [await place.client(team, era, route) for team in ("few", "crm")]
    drop = name("drop", route)

    listed = [await place.names(each) for each in (few, many)]
    denied = await call(few, drop)
    unknown = [await call(few, each) for each in (drop.upper(), f"{drop} ", "nothing")]
    before = place.called()
    allowed = await call(many, drop)

    assert (drop in listed[0], drop in listed[1]) == (False, True)
    assert denied.code == "tools.denied"
    assert denied.status == (403 if era == MODERN else 200)
    assert [each.code for each in unknown] == ["tools.unknown"] * 3
    assert (before, place.called()) == (0, 1)
    assert "result" in allowed.last


@pytest.mark.mcp_row(3)
@eras
@routes
async def test_a_method_that_nobody_listed_is_refused(place: Place, era: str, route: str) -> None:
    """It reaches no server, and is no way around what a key may use."""
    client = await place.client("few", era, route)
    place.servers["one"].seen.clear()

    told = [await client.ask(m, {"name": "drop"}) for m in ("tools/run", "tasks/get", "x/y")]

    assert {each.code for each in told} == {"mcp.method"}
    assert place.servers["one"].seen == []


@pytest.mark.mcp_row(4)
@eras
async def test_lists_are_those_of_the_caller(place: Place, era: str) -> None:
    """Tools, prompts, resources and templates of a server that a key may not ask are not there."""
    few, many = [await place.client(team, era, "all") for team in ("few", "crm")]

    for method in LISTS:
        own, all_of_them = await place.names(few, method), await place.names(many, method)

        assert own
        assert all(each.startswith("one") for each in own)
        assert any(each.startswith("two") for each in all_of_them)
    refused = await few.ask("resources/read", {"uri": "two+file:///a"})
    assert refused.code == "tools.denied"


@pytest.mark.mcp_row(6)
@eras
@routes
@pytest.mark.parametrize(
    "odd", [{"arguments": []}, {"arguments": "x"}, {"arguments": None}, {"name": 5}, {"name": None}]
)
async def test_a_call_that_is_malformed_is_refused(
    place: Place, era: str, route: str, odd: Message
) -> None:
    """Nobody guesses what it means, and no server is asked to."""
    client = await place.client("crm", era, route)

    told = await client.ask("tools/call", {"name": name("look", route), "arguments": {}, **odd})

    assert "error" in told.last
    assert place.called() == 0


@pytest.mark.mcp_row(8)
@eras
@routes
async def test_what_is_blocked_does_not_pass(place: Place, era: str, route: str) -> None:
    """Neither to the server nor back from it."""
    client = await place.client("block", era, route)
    look = name("look", route)

    to = await call(client, look, who=WHO)
    asked = place.called()
    place.servers["one"].script = lambda _: (
        {"result": {"content": [{"type": "text", "text": f"It is {WHO}"}]}},
    )
    back = await call(client, look)

    assert (to.code, back.code) == ("policy.blocked", "policy.blocked")
    assert asked == 0
    assert WHO.encode() not in to.raw + back.raw


@pytest.mark.mcp_row(9)
async def test_models_and_tools_are_under_one_policy(place: Place) -> None:
    """A key's policy binds both, and the same value is the same placeholder on both sides."""
    client = await place.client("crm", MODERN)

    chatted = await place.chat("crm", f"Who is {WHO}?")
    told = await call(client, "look", who=WHO)
    blocked = [await place.chat("block", f"Who is {WHO}?")]
    sent = json.loads(place.model.received[-1].body)["messages"][0]["content"]

    token = sent.removeprefix("Who is ").removesuffix("?")
    assert chatted[0] == 200
    assert token.startswith("PERSON_")
    assert token.encode() in place.servers["one"].heard
    assert WHO in told.text
    assert [(s, b"policy.blocked" in b) for s, b in blocked] == [(403, True)]
    assert len(place.model.received) == 1


@pytest.mark.mcp_row(11)
@eras
async def test_no_tools_at_all_is_an_error(place: Place, era: str) -> None:
    """A model would make up what it lacks."""
    client = await place.client("nobody", era, "all")

    told = await client.ask("tools/list", {})

    assert told.code == "tools.denied"
    assert told.last["error"]["message"]


@pytest.mark.mcp_row(12, 13, 14, 25)
@eras
async def test_a_server_that_is_late_delays_nobody_and_joins(place: Place, era: str) -> None:
    """The others' tools are there in its time, with the reason; its own when it can, and told."""
    late = place.servers["late"]
    late.may_list.clear()
    client = await place.client("late", era, "all")
    async with client.listening() as heard:
        first = await client.ask("tools/list", {})
        await call(client, "one__look")
        late.lists = {**LISTS, "tools/list": {"tools": [*TOOLS["tools"], _tool(f"new-{era}")]}}
        late.may_list.set()
        told = await until(heard, "notifications/tools/list_changed")
        again = await place.names(client)

    names = [each["name"] for each in first.result["tools"]]
    assert names[:2] == ["one__look", "one__drop"]
    assert f"late__new-{era}" not in names
    assert list(first.result["_meta"]["guardrail-gw/partial"].values())
    assert told["method"] == "notifications/tools/list_changed"
    assert again[:2] == names[:2]
    assert f"late__new-{era}" in again


@pytest.mark.mcp_row(18, 19)
@eras
async def test_resources_of_all_servers_are_found(place: Place, era: str) -> None:
    """Whatever names one: links, embedded ones, apps, templates; each is read as it was told."""
    one = place.servers["one"]
    client = await place.client("crm", era, "all")
    ui = {"ui": {"resourceUri": "ui://form/x"}}
    blocks = [
        {"type": "resource_link", "uri": "file:///b", "name": "b"},
        {"type": "resource", "resource": {"uri": "file:///c", "text": "c"}},
    ]
    one.script = lambda _: ({"result": {"content": blocks, "_meta": ui}},)

    told = (await call(client, "one__look")).result
    uris = [
        told["content"][0]["uri"],
        told["content"][1]["resource"]["uri"],
        told["_meta"]["ui"]["resourceUri"],
        "one+crm://7",
    ]
    one.script = lambda asked: (
        {"result": {"contents": [{"uri": asked["params"]["uri"], "text": "here"}]}},
    )
    read = [(await client.ask("resources/read", {"uri": uri})).result["contents"] for uri in uris]

    assert uris[:3] == ["one+file:///b", "one+file:///c", "ui://one+form/x"]
    assert [contents[0]["uri"] for contents in read] == uris
    sent = [each for each in one.seen if b'"resources/read"' in each]
    for own, raw in zip(("file:///b", "file:///c", "ui://form/x", "crm://7"), sent, strict=True):
        assert f'"uri":"{own}"'.encode() in raw


@pytest.mark.mcp_row(20)
async def test_a_session_that_a_server_forgot_costs_nobody_anything(place: Place) -> None:
    """It begins another one; the client's own, and those of other servers, go on."""
    one, two = place.servers["one"], place.servers["two"]
    client = await place.client("crm", LEGACY, "all")
    for server in ("one", "two"):
        await call(client, f"{server}__look")
    one.forgotten |= {f"session-{n}" for n in range(one.sessions + 1)}
    before = (one.sessions, two.sessions)

    told = [await call(client, each) for each in ("one__look", "two__look", "one__look")]

    assert all("result" in each.last for each in told)
    assert (one.sessions - before[0], two.sessions - before[1]) == (1, 0)


@pytest.mark.mcp_row(21)
@routes
@pytest.mark.parametrize("mode", ["auto", "legacy", "2026-07-28"])
async def test_a_real_client_works(place: Place, mode: str, route: str) -> None:
    """The SDK's, however it begins; more of them are tried by `make mcp-clients`."""
    url = place.gateway.url("one" if route == "own" else "")
    headers = {"Authorization": "Bearer ggw-crm"}
    async with (
        httpx2.AsyncClient(headers=headers) as http,
        SdkClient(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        listed = [tool.name for tool in (await client.list_tools()).tools]
        told = await client.call_tool(name("look", route), {"who": WHO})

    assert name("look", route) in listed
    assert WHO in str(told)
    assert WHO.encode() not in place.servers["one"].heard


@pytest.mark.mcp_row(22)
@eras
@routes
@pytest.mark.parametrize("status", [401, 403])
async def test_a_servers_no_to_the_gateway_is_told_as_that(
    place: Place, era: str, route: str, status: int
) -> None:
    """A clear error; the server's challenge is for the gateway, and stays here."""
    one = place.servers["one"]
    one.raw, one.status = b"{}", status
    one.headers = {"WWW-Authenticate": 'Bearer resource_metadata="https://elsewhere"'}
    client = await place.client("crm", era, route)

    told = await call(client, name("look", route))

    assert told.code == "mcp.server_refused"
    assert "credential" in told.last["error"]["message"]
    assert told.status == (502 if era == MODERN else 200)
    assert b"elsewhere" not in told.raw


@pytest.mark.mcp_row(27)
@eras
@routes
async def test_what_a_server_says_meanwhile_arrives(place: Place, era: str, route: str) -> None:
    """Progress with the client's own token, log messages, `_meta`, and what has changed."""
    one = place.servers["one"]
    client = await place.client("crm", era, route)
    if era == LEGACY:
        await client.ask("logging/setLevel", {"level": "debug"})
    one.script = lambda _: (
        {"method": "notifications/progress", "params": {"progress": 1, "total": 2}},
        {"method": "notifications/message", "params": {"level": "info", "data": {"a": 1}}},
        {"result": {**DONE["result"], "_meta": {"example.com/x": 1}}},
    )

    params = {"name": name("look", route), "_meta": {"progressToken": "mine"}}
    told = await client.ask("tools/call", params)
    one.script = said
    uri = "file:///a" if route == "own" else "one+file:///a"
    async with client.listening(uri) as heard:
        own = {"uri": "file:///a"}
        update = {"method": "notifications/resources/updated", "params": own}
        changed = await one.tell_until(update, until(heard, "notifications/resources/updated"))

    progress, logged, last = told.messages
    assert progress["params"] == {"progress": 1, "total": 2, "progressToken": "mine"}
    assert logged["params"] == {"level": "info", "data": {"a": 1}}
    assert last["result"]["_meta"]["example.com/x"] == 1
    assert changed["params"]["uri"] == uri


@pytest.mark.mcp_row(31)
@eras
@routes
async def test_nothing_passes_while_a_safeguard_is_down(place: Place, era: str, route: str) -> None:
    """A request is refused before its server hears of it, and an answer is not passed on."""
    client = await place.client("crm", era, route)
    look = name("look", route)

    def breaks(_: Message) -> tuple[Message, ...]:
        place.detectors.broken = True
        return (DONE,)

    place.servers["one"].script = breaks
    back = await call(client, look, who="x")
    to = await call(client, look, who=WHO)

    assert [each.code for each in (back, to)] == ["detection.unavailable"] * 2
    assert place.called() == 1


@pytest.mark.mcp_row(34)
@eras
@routes
async def test_who_asks_is_known_before_anything_is_read(
    place: Place, era: str, route: str
) -> None:
    """Without a key, or with one that nobody has: 401, whatever the body is, and nothing more."""
    for key in (None, "ggw-nobody-has-it"):
        client = await place.client("crm", era, route)
        client.key = key

        told = [await call(client, name("look", route)), await client.ask("no/method", {})]
        async with place.http.post(client.url, data=b"{") as response:
            status = response.status

        assert {each.status for each in told} | {status} <= {401, 429}  # strangers come too often
    assert place.called() == 0


def _tool(called: str) -> Message:
    return {"name": called, "inputSchema": OBJECT}
