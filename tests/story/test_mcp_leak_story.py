"""What a person said crosses in no place of MCP: in both eras, at both kinds of endpoint.

Sockets on both sides are real, and every byte is looked through: head and body of what a server
gets, of what a client gets, what the gateway prints, its metrics, and every file of its log. A
client at a server's own endpoint asks one of its era, at the endpoint of all servers one of the
other era, so that every way between both is taken.
"""

import asyncio
import base64
import io
import itertools
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from guardrail_gw.audit.review import show
from guardrail_gw.keys.audit_keys import load_recipient
from guardrail_gw.observability.log import configure
from tests.support.mcp_asking import LEGACY, MODERN, Client, Told, spellings, until, wrapped
from tests.support.mcp_finds import Finds
from tests.support.mcp_gateway import KEYED, McpGateway, mcp_gateway
from tests.support.mcp_planted import (
    ANSWERED,
    ASKED,
    ITSELF,
    LISTED,
    MEANWHILE,
    OWN,
    REPLIED,
    WANTED,
    named,
    planted,
)
from tests.support.mcp_watched import DONE, Message, Watched, done, watched
from tests.support.world import KEY

SPEC = """\
pii: {default: {action: token}}
attachments: allow
audit: {detail: redacted}
tools: {changed: allow, poisoning: ignore}"""
WAYS = [(MODERN, "own"), (MODERN, "all"), (LEGACY, "own"), (LEGACY, "all")]
SELF = "Änne Schmidt-ffff"
"""Whom servers name when they say what they are."""
_NUMBERS = itertools.count()
ways = pytest.mark.parametrize(("era", "route"), WAYS, ids=[f"{e}-{r}" for e, r in WAYS])
pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(slots=True, kw_only=True)
class Place:
    """The gateway, and both servers behind it."""

    gateway: McpGateway
    servers: Mapping[str, Watched]
    http: aiohttp.ClientSession
    lines: io.StringIO
    """What the gateway prints."""
    sessions: dict[tuple[str, str], Client] = field(default_factory=dict)

    def server(self, era: str, route: str) -> str:
        """Whom a client of this era asks there."""
        is_modern = (era == MODERN) is (route == "own")
        return "modern" if is_modern else "legacy"

    async def client(self, era: str, route: str) -> Client:
        """A client, whose session goes on from test to test."""
        found = self.sessions.get((era, route))
        if found is None:
            url = self.gateway.url(self.server(era, route) if route == "own" else "")
            found = Client(http=self.http, url=url, era=era, key=KEY)
            await found.begin()
            self.sessions[era, route] = found
        return found

    async def metrics(self) -> bytes:
        """The page."""
        url = f"http://127.0.0.1:{self.gateway.gateway.port}/metrics"
        async with self.http.get(url) as response:
            assert response.status == 200
            return await response.read()

    def kept(self) -> bytes:
        """Every byte of every file that the gateway has written of exchanges."""
        logs = [self.gateway.folder / name for name in ("audit", "audit-acts")]
        files = [path for log in logs for path in log.rglob("*") if path.is_file()]
        assert any(path.stat().st_size for path in files)
        return b"".join(path.read_bytes() for path in files)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """A gateway before two servers, one of each era."""
    servers = {
        era: Watched(eras=frozenset({era}), itself=planted(ITSELF, SELF))
        for era in (MODERN, LEGACY)
    }
    folder, lines = tmp_path_factory.mktemp("leaks"), io.StringIO()
    configure(lines, level="debug")
    async with (
        watched(servers["modern"]) as modern,
        watched(servers["legacy"]) as legacy,
        mcp_gateway(
            folder,
            {"id": "modern", "url": modern, "inference": ["DE"], "storage": ["DE"]},
            {"id": "legacy", "url": legacy, "inference": ["DE"], "storage": ["DE"]},
            spec=SPEC,
            access=KEYED,
            detectors=Finds(),
            lists_s=0.001,
        ) as gateway,
        aiohttp.ClientSession() as http,
    ):
        yield Place(gateway=gateway, servers=servers, http=http, lines=lines)


@dataclass(slots=True, kw_only=True)
class Trial:
    """One value, and what one client at one endpoint does with it."""

    place: Place
    era: str
    route: str
    printed: pytest.CaptureFixture[str]
    value: str = field(default_factory=lambda: f"Änne Schmidt-{next(_NUMBERS):04x}")

    @property
    def server(self) -> Watched:
        """Whom it asks."""
        return self.place.servers[self.place.server(self.era, self.route)]

    def says(self, *messages: Any) -> None:
        """What the server answers from now on."""
        told = planted(messages, self.value)
        self.server.script = lambda _: told

    async def ask(self, method: str, params: Message, **more: Any) -> Told:
        """Ask, in the names of the endpoint."""
        client = await self.place.client(self.era, self.route)
        own = planted(params, self.value)
        if self.route == "all":
            own = named(self.place.server(self.era, self.route), own)
        said = (own.get("arguments") or {}).get("who")
        if method == "tools/call" and self.era == MODERN and said is not None:
            more["headers"] = {"Mcp-Param-Who": wrapped(said)}
        return await client.ask(method, own, **more)

    def crossed(self, raw: bytes) -> list[bytes]:
        """How the value stands in bytes, if it does."""
        return [each for each in spellings(self.value) if each in raw]

    async def leaked(self, raw: bytes) -> list[str]:
        """Where it stands that it must not."""
        printed, lines = self.printed.readouterr(), self.place.lines.getvalue()
        looked = {
            "crossing": raw,
            "metrics": await self.place.metrics(),
            "log": await asyncio.to_thread(self.place.kept),
            "printed": f"{printed.out}{printed.err}{lines}".encode(),
        }
        assert "gateway.ready" in lines
        return [where for where, raw in looked.items() if self.crossed(raw)]


@pytest.fixture
async def trial(
    place: Place, era: str, route: str, capfd: pytest.CaptureFixture[str]
) -> AsyncIterator[Trial]:
    """A server that says nothing special."""
    for server in place.servers.values():
        server.script, server.raw, server.status, server.headers = done, b"", 200, {}
        server.seen.clear()
    made = Trial(place=place, era=era, route=route, printed=capfd)
    before = dict(made.server.lists)
    yield made
    made.server.lists = before


@pytest.mark.mcp_row(7, 35)
@ways
@pytest.mark.parametrize("surface", ASKED)
async def test_nothing_of_a_request_reaches_a_server(trial: Trial, surface: str) -> None:
    """It has placeholders in their places, in head and body, and the client gets its answer."""
    method, params = ASKED[surface]
    trial.says(_answer(method))

    told = await trial.ask(method, params)

    heard = trial.server.heard
    assert "result" in told.last, told.last
    is_understood = "inputResponses" not in params or MODERN in trial.server.eras
    assert (b"PERSON_" in heard) is is_understood
    assert await trial.leaked(heard) == []


@ways
@pytest.mark.parametrize("surface", OWN)
async def test_nothing_of_what_goes_no_further_is_kept(trial: Trial, surface: str) -> None:
    """Refused or answered here: it is in no line, number or record, and no server hears it."""
    method, params = OWN[surface]

    await trial.ask(method, params)

    assert await trial.leaked(trial.server.heard) == []


@ways
async def test_nothing_around_a_message_is_kept(trial: Trial) -> None:
    """Of headers, addresses, ids, notifications, and bodies that are none."""
    client = await trial.place.client(trial.era, trial.route)
    tail = trial.value[5:]
    odd = {"User-Agent": tail, "X-Request-Id": tail, "Cookie": tail, "Last-Event-ID": tail}
    await trial.ask("tools/call", {"name": "do"}, headers={**odd, "traceparent": tail})
    await client.note("notifications/cancelled", {"requestId": 1, "reason": trial.value})
    await client.note(f"notifications/{trial.value}", {"x": trial.value})
    await client.note("notifications/roots/list_changed", {"who": trial.value})
    for url in (f"{client.url}?who={tail}", trial.place.gateway.url(tail)):
        await replace(client, url=url).ask("tools/list", {"who": trial.value})
    await client.ask("tools/call", {"name": "do"}, headers={"Mcp-Method": tail, "Mcp-Name": tail})
    for body in (trial.value, json.dumps({"id": trial.value, "method": trial.value})):
        headers = {"Authorization": f"Bearer {KEY}", "Mcp-Session-Id": tail}
        async with client.http.post(client.url, data=body, headers=headers) as response:
            assert response.status >= 400

    assert await trial.leaked(trial.server.heard) == []


@ways
@pytest.mark.parametrize("surface", REPLIED)
async def test_nothing_of_an_answer_reaches_a_server_that_asked(trial: Trial, surface: str) -> None:
    """Whether it asks in the middle of a call, or by a result after which it is asked again."""
    method, message = REPLIED[surface]
    asked = {"method": method, "params": {"message": "Who?", "mode": "form"}}
    reply = planted(message, trial.value)
    _asks(trial, asked)

    told = await trial.ask("tools/call", {"name": "do"}, answers=lambda _: reply)
    if told.last.get("result", {}).get("resultType") == "input_required":
        again = {"inputResponses": {"ask-1": reply.get("result", {"action": "decline"})}}
        state = told.result["requestState"]
        told = await trial.ask("tools/call", {"name": "do", "requestState": state, **again})

    assert surface == "refused" or (told.text == "done" and b"PERSON_" in trial.server.heard)
    assert await trial.leaked(trial.server.heard) == []


@pytest.mark.mcp_row(10, 33)
@ways
@pytest.mark.parametrize("surface", ANSWERED)
async def test_nothing_of_an_answer_reaches_a_client(trial: Trial, surface: str) -> None:
    """Wherever a server says it, plain or encoded, and what stands there instead is the same."""
    method, params, message = ANSWERED[surface]
    trial.says(message)

    told = await trial.ask(method, params)

    assert set(told.last) & {"result", "error"}
    assert told.code is None
    assert await trial.leaked(told.raw + _decoded(told.last)) == []
    assert len(set(re.findall(rb"PERSON_[0-9A-Z]{8}", told.raw + _decoded(told.last)))) == 1


@ways
@pytest.mark.parametrize("method", LISTED)
async def test_nothing_of_a_list_reaches_a_client(trial: Trial, method: str) -> None:
    """Titles, descriptions, defaults, examples, enumerations, addresses."""
    trial.server.lists = {**trial.server.lists, method: planted(LISTED[method], trial.value)}

    told = await _listed(trial, method)

    assert b"PERSON_" in told.raw
    assert await trial.leaked(told.raw) == []


@pytest.mark.mcp_row(10)
@ways
@pytest.mark.parametrize("surface", MEANWHILE)
async def test_nothing_said_meanwhile_reaches_a_client(trial: Trial, surface: str) -> None:
    """Progress, log messages, and notifications that nobody knows."""
    trial.says(MEANWHILE[surface], DONE)

    told = await trial.ask("tools/call", {"name": "do"})

    assert told.text == "done"
    assert len(told.messages) == 2
    assert b"PERSON_" in told.raw
    assert await trial.leaked(told.raw) == []


@ways
@pytest.mark.parametrize("surface", WANTED)
async def test_nothing_that_a_server_asks_reaches_a_client(trial: Trial, surface: str) -> None:
    """Forms, addresses and samples, as a question of a session or as a result."""
    method, params = WANTED[surface]
    _asks(trial, {"method": method, "params": planted(params, trial.value)})

    told = await trial.ask("tools/call", {"name": "do"}, answers=lambda _: {"result": {}})

    assert b"PERSON_" in told.raw
    assert await trial.leaked(told.raw) == []


@pytest.mark.mcp_row(10)
@ways
async def test_nothing_that_a_server_says_of_itself_reaches_a_client(trial: Trial) -> None:
    """Instructions, names, capabilities: in a handshake, and when it is discovered."""
    trial.value = SELF
    client = await trial.place.client(trial.era, trial.route)

    told = await replace(client, session=None).begin()

    assert "PERSON_" in told.result["instructions"]
    assert "tools" in told.result["capabilities"]
    assert await trial.leaked(told.raw) == []


@ways
async def test_nothing_of_a_server_that_fails_is_kept(trial: Trial) -> None:
    """Of pages of errors, of headers, and of what is no message."""
    tail = trial.value[5:]
    raws = [
        (500, f"<h1>{trial.value}</h1>".encode()),
        (200, f"{{{trial.value}".encode()),
        (200, json.dumps({"jsonrpc": "2.0", "id": trial.value, "result": {}}).encode()),
    ]
    said = {"X-Who": tail, "WWW-Authenticate": f'Bearer realm="{tail}"', "Set-Cookie": tail}
    told = []
    for status, raw in raws:
        trial.server.raw, trial.server.status, trial.server.headers = raw, status, said
        told.append(await trial.ask("tools/call", {"name": "do"}))

    assert [each.code for each in told] == ["mcp.server_failed"] * 3
    assert await trial.leaked(b"".join(each.raw for each in told)) == []


@ways
async def test_nothing_said_unasked_reaches_a_client(trial: Trial) -> None:
    """Of a resource that changes, to whoever subscribed to it."""
    client = await trial.place.client(trial.era, trial.route)
    own = {"uri": "crm://x", "title": f"of {trial.value}"}
    uri = named(trial.place.server(trial.era, trial.route), own) if trial.route == "all" else own
    async with client.listening(uri["uri"]) as heard:
        update = {"method": "notifications/resources/updated", "params": own}
        told = await trial.server.tell_until(
            update, until(heard, "notifications/resources/updated")
        )

    assert "PERSON_" in told["params"]["title"]
    assert await trial.leaked(json.dumps(told, ensure_ascii=False).encode()) == []


@pytest.mark.mcp_row(7)
@ways
async def test_an_auditor_reads_placeholders(trial: Trial) -> None:
    """Of everything that is asked and answered, opened with the auditor's key."""
    for method, params in (*ASKED.values(), *OWN.values()):
        await trial.ask(method, params)
    for method, params, message in ANSWERED.values():
        trial.says(message)
        await trial.ask(method, params)
    folder = trial.place.gateway.folder

    def opened() -> bytes:
        key = load_recipient(folder / "keys" / "auditors" / "auditor.key")
        records = [(each.meta, each.content) for each in show(folder / "audit", [key])]
        return repr(records).encode()

    raw = await asyncio.to_thread(opened)
    assert b"PERSON_" in raw
    assert trial.crossed(raw) == []


def _answer(method: str) -> Message:
    results: Mapping[str, Message] = {
        "prompts/get": {"messages": []},
        "resources/read": {"contents": []},
        "completion/complete": {"completion": {"values": []}},
    }
    return {"result": results[method]} if method in results else DONE


def _asks(trial: Trial, question: Message) -> None:
    """Have the server ask, as one of its era does, and then be done."""
    if MODERN not in trial.server.eras:
        trial.server.script = lambda _: ({**question, "id": "s1"}, DONE)
        return
    wish = {"resultType": "input_required", "inputRequests": {"ask-1": question}}

    def script(asked: Message) -> Sequence[Message]:
        is_again = "inputResponses" in asked["params"]
        return (DONE,) if is_again else ({"result": {**wish, "requestState": "mine"}},)

    trial.server.script = script


async def _listed(trial: Trial, method: str) -> Told:
    """The list, as soon as the gateway has seen that it is another one."""
    async with asyncio.timeout(10):
        while b"PERSON_" not in (told := await trial.ask(method, {})).raw:
            if trial.crossed(told.raw):
                break
            await asyncio.sleep(0.01)
    return told


def _decoded(message: Any) -> bytes:
    """What stands in base64 within a message."""
    if isinstance(message, Mapping):
        own = [message[n] for n in ("blob", "data") if isinstance(message.get(n), str)]
        inner = b"".join(_decoded(each) for each in message.values())
        return inner + b"".join(base64.b64decode(each) for each in own if len(each) % 4 == 0)
    return b"".join(map(_decoded, message)) if isinstance(message, list) else b""
