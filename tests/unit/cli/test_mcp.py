"""`guardrail-gw mcp`: what people see and decide, at a gateway that runs on loopback."""

import asyncio
import io
import json
import stat
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from guardrail_gw.cli.main import main
from guardrail_gw.observability.log import configure
from tests.support.mcp_gateway import KEYED, Blind, McpGateway, mcp_gateway
from tests.support.mcp_watched import Message, Watched, watched
from tests.support.world import KEY

OBJECT = {"type": "object"}
LOOK = {
    "name": "look",
    "description": "Looks.",
    "inputSchema": OBJECT,
    "annotations": {"readOnlyHint": True},
}
DROP = {"name": "drop", "description": "Drops\U000e0041\U000e0042 it.", "inputSchema": OBJECT}
LISTS: Mapping[str, Message] = {
    "tools/list": {"tools": [LOOK, DROP]},
    "prompts/list": {"prompts": [{"name": "letter"}]},
    "resources/list": {"resources": [{"uri": "file:///a", "name": "a"}]},
    "resources/templates/list": {"resourceTemplates": [{"uriTemplate": "x://{id}", "name": "x"}]},
}
SPEC = 'pii: {default: {action: token}}\ntools: {deny: ["*/drop"], changed: allow}'
pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it says for machines."""
        return json.loads(self.out)


@dataclass
class Place:
    """A gateway before two servers, and people with a terminal."""

    gateway: McpGateway
    one: Watched
    key: Path

    @property
    def url(self) -> str:
        """The gateway's address."""
        return f"http://127.0.0.1:{self.gateway.gateway.port}"

    async def config(self, *words: str, said: str = "") -> Ran:
        """Run a command on the gateway's configuration."""
        return await ran(*words, "--config", str(self.gateway.folder / "gateway.yaml"), said=said)

    async def asks(self, *words: str, said: str = "") -> Ran:
        """Run a command at the running gateway."""
        return await ran(*words, "--url", self.url, "--key-file", str(self.key), said=said)


async def ran(*words: str, said: str = "") -> Ran:
    """Run `guardrail-gw mcp` with these words, and this on standard input."""

    def work() -> Ran:
        before, out, err = (sys.argv, sys.stdin), io.TextIOWrapper(io.BytesIO()), io.StringIO()
        sys.argv, sys.stdin = ["guardrail-gw", "mcp", *words], io.StringIO(said)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                main()
        except SystemExit as ended:
            out.flush()
            text = out.buffer.getvalue().decode()
            return Ran(int(ended.code or 0), text, err.getvalue())
        finally:
            sys.argv, sys.stdin = before

    return await asyncio.to_thread(work)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """One gateway for all commands; its second server is down."""
    folder, one = tmp_path_factory.mktemp("commands"), Watched(lists=dict(LISTS))
    key = folder / "key"
    await asyncio.to_thread(key.write_text, f"{KEY}\n")
    await asyncio.to_thread(key.chmod, stat.S_IRUSR | stat.S_IWUSR)
    places = {"inference": ["DE"], "storage": ["DE"]}
    configure(io.StringIO())  # what the gateway prints is no command's
    async with (
        watched(one) as url,
        mcp_gateway(
            folder,
            {"id": "one", "url": url, **places},
            {"id": "down", "url": "http://127.0.0.1:9/mcp"},
            spec=SPEC,
            access=KEYED,
            detectors=Blind(),
        ) as gateway,
    ):
        yield Place(gateway=gateway, one=one, key=key)


@pytest.fixture
def place(shared: Place) -> Place:
    """The gateway, whose server says that it is done whatever it is asked."""
    shared.one.script = lambda _: ({"result": {"content": [{"type": "text", "text": "done"}]}},)
    shared.one.seen.clear()
    return shared


@pytest.mark.parametrize(
    ("kind", "called"),
    [
        ("tools", ["one__look", "one__drop"]),
        ("prompts", ["one__letter"]),
        ("resources", ["one+file:///a"]),
        ("templates", ["one+x://{id}"]),
    ],
)
async def test_list_shows_what_servers_offer(place: Place, kind: str, called: list[str]) -> None:
    """By the names that they have at the gateway; 0: every server that was asked answered."""
    shown = await place.config("list", "--server", "one", "--kind", kind, "--json")

    assert shown.code == 0
    assert [each["called"] for each in shown.json["entries"]] == called
    assert shown.json["missing"] == {}


async def test_list_says_what_is_known_of_tools(place: Place) -> None:
    """What they say of themselves, and whether it looks like a trick; nothing stays invisible."""
    look, drop = (await place.config("list", "--server", "one", "--json")).json["entries"]
    shown = await place.config("list", "--server", "one")

    assert (look["hints"], look["tricks"]) == (["reads only"], [])
    assert drop["tricks"] == ["invisible"]
    assert "one__look" in shown.out
    assert "\U000e0041" not in shown.out


async def test_list_says_who_does_not_answer(place: Place) -> None:
    """1, the reason, and what the others offer all the same."""
    shown = await place.config("list", "--json")
    read = await place.config("list")

    assert (shown.code, read.code) == (1, 1)
    assert shown.json["missing"].keys() == {"down"}
    assert len(shown.json["entries"]) == 2
    assert "down: incomplete" in read.out


async def test_list_shows_what_a_key_may_use(place: Place) -> None:
    """Of a running gateway: at the endpoint of all servers, or at one's own."""
    everywhere = await place.asks("list", "--json")
    own = await place.asks("list", "--server", "one", "--json")

    assert (everywhere.code, own.code) == (0, 0)
    assert [each["name"] for each in everywhere.json["entries"]] == ["one__look"]
    assert [each["name"] for each in own.json["entries"]] == ["look"]


async def test_call_calls_a_tool(place: Place) -> None:
    """With arguments one by one, as JSON, or from standard input; its answer is printed."""
    ways = [
        await place.asks("call", "one__look", "--arg", "who=Anna", "--arg", "x=a=b"),
        await place.asks("call", "look", "--server", "one", "--arguments", '{"n": 5}'),
        await place.asks("call", "one__look", "--arguments", "-", "--json", said='{"m": [1]}'),
    ]

    assert [each.code for each in ways] == [0, 0, 0]
    assert [each.out for each in ways[:2]] == ["done\n", "done\n"]
    assert ways[2].json["result"]["content"][0]["text"] == "done"
    heard = [json.loads(each.partition(b"\n\n")[2]) for each in place.one.seen]
    calls = [each["params"]["arguments"] for each in heard if each["method"] == "tools/call"]
    assert calls == [{"who": "Anna", "x": "a=b"}, {"n": 5}, {"m": [1]}]


async def test_call_tells_progress_beside_the_answer(place: Place) -> None:
    """On standard error, so that the answer can be piped."""
    params = {"progress": 1, "message": "half\x1b[2J"}
    place.one.script = lambda _: (
        {"method": "notifications/progress", "params": params},
        {"result": {"content": [{"type": "image", "mimeType": "image/png", "data": "eA=="}]}},
    )

    told = await place.asks("call", "one__look", "--json")

    assert "half\\u001b[2J" in told.err
    assert "half" not in told.out


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ({"result": {"content": [{"type": "text", "text": "no"}], "isError": True}}, "no"),
        ({"error": {"code": -32602, "message": "wrong"}}, "wrong"),
    ],
)
async def test_call_ends_with_one_where_the_tool_fails(
    place: Place, message: Message, shown: str
) -> None:
    """Whether the tool says so or its server does."""
    place.one.script = lambda _: (message,)

    told = await place.asks("call", "one__look")

    assert (told.code, told.out) == (1, f"{shown}\n")


async def test_call_says_why_it_was_refused(place: Place) -> None:
    """By the policy, for want of a tool, of a key, or of a gateway; each in its own words."""
    denied = await place.asks("call", "one__drop", "--json")
    unknown = await place.asks("call", "one__gone")
    stranger = await ran("call", "one__look", "--url", place.url)
    nobody = await ran("call", "one__look", "--url", "http://127.0.0.1:9")

    assert [each.code for each in (denied, unknown, stranger, nobody)] == [1, 1, 1, 1]
    assert denied.json["error"]["data"]["code"] == "tools.denied"
    assert "ask for the list" in unknown.out + unknown.err
    assert "credential" in stranger.err
    assert "http://127.0.0.1:9" in nobody.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["list"], "either --config or --url"),
        (["call", "x", "--url", "http://127.0.0.1:9", "--arg", "novalue"], "NAME=VALUE"),
        (["call", "x", "--url", "http://127.0.0.1:9", "--arguments", "[1]"], "a JSON object"),
        (
            ["call", "x", "--url", "http://127.0.0.1:9", "--arguments", "{}", "--arg", "a=b"],
            "either",
        ),
        (["call", "x", "--url", "nowhere"], "http://127.0.0.1:8080"),
        (["call", "x"], "--url"),
    ],
)
async def test_wrong_use_is_told(words: list[str], says: str) -> None:
    """2, and how it is used."""
    ended = await ran(*words)

    assert ended.code == 2
    assert says in ended.err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["approve"], 2, "either SERVERS or --call"),
        (["deny"], 2, "give --call"),
        (["pin", "--server", "nobody"], 2, "no server 'nobody'"),
        (["deny", "--call", "gone"], 1, "no such call waits"),
        (["approve", "--call", "gone"], 1, "no such call waits"),
    ],
)
async def test_what_cannot_be_decided_is_told(
    place: Place, words: list[str], code: int, says: str
) -> None:
    """2 where a command is used wrongly, 1 where there is nothing to decide."""
    ended = await place.config(*words)

    assert ended.code == code
    assert says in ended.err


async def test_a_key_that_others_may_read_is_not_used(place: Place, tmp_path: Path) -> None:
    """It says what to do."""
    key = tmp_path / "open"
    await asyncio.to_thread(key.write_text, KEY)
    await asyncio.to_thread(key.chmod, 0o644)

    ended = await ran("list", "--url", place.url, "--key-file", str(key))

    assert ended.code == 2
    assert "chmod 600" in ended.err


async def test_nothing_waits(place: Place) -> None:
    """An empty list is one, for people and for machines."""
    shown, read = await place.config("waiting", "--json"), await place.config("waiting")

    assert (shown.code, shown.json) == (0, [])
    assert (read.code, read.out) == (0, "no call waits\n")


async def test_what_is_approved_is_so_for_all_commands(place: Place) -> None:
    """`pin` compares and changes nothing, `approve` approves, `doctor` and `list` say so."""
    (place.gateway.folder / "mcp-pins.json").unlink(missing_ok=True)
    before = await place.config("pin", "--server", "one", "--json")
    declined = await place.config("approve", "one", "--by", "anna", said="n\n")
    still = await place.config("pin", "--server", "one", "--json")
    approved = await place.config("approve", "one", "--yes", "--by", "anna")
    after = await place.config("pin", "--server", "one", "--json")
    listed = await place.config("list", "--server", "one", "--json")
    down = await place.config("approve", "down", "--yes")

    codes = [each.code for each in (before, declined, still, approved, after, listed, down)]
    assert codes == [1, 1, 1, 0, 0, 0, 1]
    (told,) = after.json
    assert (told["approved"], told["pinned_by"]) == (True, "anna")
    assert told["digest"] == told["pinned_digest"]
    assert {each["approved"] for each in listed.json["entries"]} == {"yes"}


async def test_doctor_says_what_is_wrong(place: Place) -> None:
    """0 without a fault, perhaps with notes; 1 with one, and which server has it."""
    place.one.lists = {**LISTS, "tools/list": {"tools": [LOOK]}}
    await place.config("approve", "one", "--yes")
    good = await place.config("doctor", "--server", "one", "--json")
    place.one.lists = dict(LISTS)
    bad = await place.config("doctor", "--json")
    read = await place.config("doctor")

    assert (good.code, bad.code, read.code) == (0, 1, 1)
    states = {(each["server"], each["what"]): each["state"] for each in good.json}
    assert states["one", "answers"] == states["one", "approval"] == "good"
    assert states["one", "contract"] == "note"
    faults = {(e["server"], e["what"]) for e in bad.json if e["state"] == "fault"}
    assert faults == {("one", "approval"), ("one", "definitions"), ("down", "answers")}
    assert "invisible" in read.out
