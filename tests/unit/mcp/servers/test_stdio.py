"""Servers that are programs: real processes, of both eras."""

import asyncio
import os
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from guardrail_gw.mcp.ports import Ask, Era
from guardrail_gw.mcp.servers.limits import Limits
from guardrail_gw.mcp.servers.program import Command
from guardrail_gw.mcp.servers.server import ConnectedServer
from guardrail_gw.mcp.servers.stdio import Processes, StdioTransport
from guardrail_gw.mcp_errors import ResultTooLarge, ServerFailed
from tests.support.mcp_connected import (
    ASKABLE,
    BOB,
    CLOCK,
    Answers,
    ask,
    call_tool,
    connected,
    peer,
    said_text,
    started,
    tool_ask,
)
from tests.support.mcp_served import stdio_command

pytestmark = pytest.mark.allow_blocking

ROOT = Path(__file__).parents[4]
LIMITS = Limits(max_result_bytes=1 << 20)
FOUR = Processes()


@asynccontextmanager
async def running(
    words: tuple[str, ...], limits: Limits = LIMITS, processes: Processes = FOUR
) -> AsyncIterator[tuple[ConnectedServer, StdioTransport]]:
    """A server that is this program, and the ways to it."""
    command = Command(words=words, environment={"PYTHONPATH": str(ROOT)}, directory=ROOT)
    transport = StdioTransport("files", (command, processes), limits, None, CLOCK)
    async with started(connected(transport, limits)) as server:
        yield server, transport


def script(tmp_path: Path, body: str) -> tuple[str, ...]:
    """A program that is written here; `say` writes a message, `heard` yields those that come."""
    head = """
        import json, os, subprocess, sys, time
        def say(message): print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)
        def heard():
            for line in sys.stdin: yield json.loads(line)
        def shake():
            for message in heard():
                if message["method"] == "initialize":
                    say({"id": message["id"], "result": {"protocolVersion": "2025-11-25",
                        "capabilities": {"tools": {}}, "serverInfo": {"name": "x"}}})
                elif message["method"] == "notifications/initialized": return
                else: say({"id": message["id"], "error": {"code": -32601, "message": "no"}})
        """
    path = tmp_path / "server.py"
    path.write_text(textwrap.dedent(head) + textwrap.dedent(body))
    return (sys.executable, str(path))


def alive(group: int) -> bool:
    """Whether anybody of a process group runs; one that is dead and not reaped yet does not."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(stat[2]) == group and stat[0] != "Z":
                return True
    return False


@pytest.mark.parametrize("speaks", ["auto", "legacy"])
@pytest.mark.parametrize("era", [Era.MODERN, Era.LEGACY])
async def test_every_client_calls_every_program(speaks: str, era: Era) -> None:
    """Whatever era each of both is of, the tool gets its arguments and its result comes back."""
    async with running(stdio_command(speaks)) as (server, _):
        said = await call_tool(server, peer(era), "echo", {"word": "hello"})
        found = await server.described(peer(era))

    assert said[-1]["result"]["structuredContent"] == {"word": "hello"}
    assert found.era is (Era.LEGACY if speaks == "legacy" else era)


async def test_a_client_is_asked_by_a_program() -> None:
    """In the middle of a call of the legacy era; progress comes to the call that it is of."""
    answers = Answers({"elicitation/create": {"action": "accept", "content": {"username": "x"}}})
    asked = peer(Era.LEGACY, session="s-1", capabilities=ASKABLE)
    wanting = Ask(
        peer=asked,
        method="tools/call",
        params={"name": "test_tool_with_progress", "arguments": {}},
        wants_progress=True,
    )

    async with running(stdio_command("legacy")) as (server, _):
        question = tool_ask(asked, "test_elicitation", {"message": "Who?"})
        said, told = await asyncio.gather(
            ask(server, question, answers), ask(server, wanting, answers)
        )

    assert said_text(said) == 'User response: action=accept, content={"username": "x"}'
    progress = [each for each in told[:-1] if each["method"] == "notifications/progress"]
    assert [each["params"]["progress"] for each in progress] == [0, 50, 100]


@pytest.mark.parametrize("speaks", ["auto", "legacy"])
async def test_changes_are_heard(speaks: str) -> None:
    """Who listens to a program hears what it wants to hear."""
    kinds = frozenset({"notifications/tools/list_changed"})

    async with (
        running(stdio_command(speaks)) as (server, _),
        server.listen(peer(), kinds, frozenset({"test://watched-resource"})) as said,
    ):
        waiting = asyncio.ensure_future(anext(said))
        await asyncio.sleep(0.2)
        await call_tool(server, peer(), "test_trigger_prompt_change")
        await call_tool(server, peer(), "test_trigger_tool_change")
        first = await waiting
        await call_tool(server, peer(), "change_resource")
        second = await anext(said)

    assert first == {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"} | (
        {"params": {}} if "params" in first else {}
    )
    assert second["params"] == {"uri": "test://watched-resource"}


@pytest.mark.mcp_row(17, 26)
async def test_processes_are_never_shared() -> None:
    """Each client has its own, which ends with its session, and all end with the gateway."""
    mine, other = peer(Era.LEGACY, session="s-1"), peer(principal=BOB)

    async with running(stdio_command()) as (server, transport):
        await call_tool(server, mine, "remember", {"word": "secret"})
        known = [await call_tool(server, each, "recall") for each in (mine, other)]
        groups = transport.processes
        await server.left("s-1")
        left = [alive(group) for group in groups]

    assert [said_text(each) for each in known] == ["secret", "nothing"]
    assert left == [False, True]
    assert not any(alive(group) for group in groups)


@pytest.mark.mcp_row(24)
async def test_there_are_no_more_processes_than_there_may_be(tmp_path: Path) -> None:
    """One that is a session's does not make way; another one does, when nobody uses it."""
    words = script(tmp_path, "shake()\nfor m in heard(): say({'id': m['id'], 'result': {}})")
    limits = Limits(connect_s=0.2)

    async with running(words, limits, Processes(most=2)) as (server, transport):
        bound = [peer(Era.LEGACY, session=f"s-{n}") for n in range(2)]
        await call_tool(server, peer(), "any")
        for each in bound:
            await call_tool(server, each, "any")
        with pytest.raises(ServerFailed, match="in use"):
            await call_tool(server, peer(Era.LEGACY, session="s-2"), "any")
        count = len(transport.processes)

    assert count == 2


@pytest.mark.mcp_row(26)
async def test_all_that_a_program_started_ends_with_it(tmp_path: Path) -> None:
    """A child of its own that ignores every polite word is no exception."""
    words = script(
        tmp_path,
        """
        shake()
        deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
        child = f"import signal, time; {deaf}; time.sleep(600)"
        subprocess.Popen([sys.executable, "-c", child])
        for message in heard(): say({"id": message["id"], "result": {}})
        """,
    )

    async with running(words) as (server, transport):
        await call_tool(server, peer(), "any")
        (group,) = transport.processes
        assert alive(group)

    assert not alive(group)


async def test_a_program_that_ignores_the_end_of_its_input_is_ended(tmp_path: Path) -> None:
    """It is asked by a signal, and then not asked."""
    words = script(
        tmp_path,
        """
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        shake()
        for message in heard(): say({"id": message["id"], "result": {}})
        time.sleep(600)
        """,
    )

    async with running(words) as (server, transport):
        await call_tool(server, peer(), "any")
        (group,) = transport.processes

    assert not alive(group)


async def test_one_that_dies_in_the_middle_of_a_call_fails_the_call(tmp_path: Path) -> None:
    """The next call gets another process; one that keeps dying is left alone for a while."""
    words = script(
        tmp_path,
        """
        shake()
        message = next(heard())
        if message["params"]["name"] == "die": os._exit(3)
        say({"id": message["id"], "result": {"pid": os.getpid()}})
        for message in heard(): os._exit(3)
        """,
    )

    async with running(words) as (server, _):
        with pytest.raises(ServerFailed, match="has ended"):
            await call_tool(server, peer(), "die")
        said = await call_tool(server, peer(), "live")
        with pytest.raises(ServerFailed, match="has ended"):
            await call_tool(server, peer(), "die")
        with pytest.raises(ServerFailed, match="keeps ending") as refused:
            await call_tool(server, peer(), "live")

    assert said[-1]["result"]["pid"] != os.getpid()
    assert refused.value.retry_after_s is not None


async def test_a_program_that_cannot_be_started_is_an_error(tmp_path: Path) -> None:
    """Its name is not on this machine."""
    async with running((str(tmp_path / "nothing"),)) as (server, _):
        with pytest.raises(ServerFailed, match="cannot be started"):
            await call_tool(server, peer(), "any")


async def test_what_is_no_message_is_skipped_or_fails_what_waits(tmp_path: Path) -> None:
    """A banner is no message; something that was meant as one fails the calls under way."""
    words = script(
        tmp_path,
        """
        print("Welcome to the server", flush=True)
        shake()
        for message in heard():
            if message["params"]["name"] == "broken": print('{"jsonrpc": "2.0", ', flush=True)
            else: say({"id": message["id"], "result": {}})
        """,
    )

    async with running(words) as (server, _):
        with pytest.raises(ServerFailed, match="no JSON"):
            await call_tool(server, peer(), "broken")
        said = await call_tool(server, peer(), "well")

    assert "result" in said[-1]


async def test_a_line_that_is_too_long_is_not_kept(tmp_path: Path) -> None:
    """The calls under way fail, the process lives on."""
    words = script(
        tmp_path,
        """
        shake()
        for message in heard():
            text = "x" * (50 << 20 if message["params"]["name"] == "large" else 1)
            say({"id": message["id"], "result": {"text": text, "pid": os.getpid()}})
        """,
    )

    async with running(words) as (server, transport):
        before = transport.processes
        with pytest.raises(ResultTooLarge):
            await call_tool(server, peer(), "large")
        said = await call_tool(server, peer(), "small")
        after = transport.processes

    assert before == []
    assert [said[-1]["result"]["pid"]] == after


async def test_a_program_that_floods_is_ended(tmp_path: Path) -> None:
    """Whoever waits for it is told, and nothing of it runs on."""
    words = script(
        tmp_path,
        """
        shake()
        next(heard())
        flood = {"method": "notifications/message", "params": {"level": "info", "data": "x" * 9000}}
        while True: say(flood)
        """,
    )

    async with running(words) as (server, transport):
        with pytest.raises(ServerFailed):
            async with server.call(tool_ask(peer(), "any")) as call:
                (group,) = transport.processes
                async for _ in call:
                    pass

    assert not alive(group)


async def test_a_second_response_to_the_same_request_is_nobody_s(tmp_path: Path) -> None:
    """Nor is one to a request that was never made."""
    words = script(
        tmp_path,
        """
        shake()
        for message in heard():
            for id_ in ("never", message["id"], message["id"]):
                say({"id": id_, "result": {"name": message["params"]["name"]}})
        """,
    )

    async with running(words) as (server, _):
        said = [await call_tool(server, peer(), name) for name in ("one", "two")]

    assert [each[-1]["result"]["name"] for each in said] == ["one", "two"]


async def test_who_does_not_wait_says_so(tmp_path: Path) -> None:
    """A call that is left before its response is cancelled at the server."""
    words = script(
        tmp_path,
        """
        shake()
        waits = next(heard())
        gone = next(heard())
        message = next(heard())
        said = [gone["method"], gone["params"]["requestId"] == waits["id"]]
        say({"id": message["id"], "result": {"said": said}})
        """,
    )

    async with running(words) as (server, _):
        async with server.call(tool_ask(peer(), "any")):
            pass
        await asyncio.sleep(0.1)
        said = await call_tool(server, peer(), "other")

    assert said[-1]["result"]["said"] == ["notifications/cancelled", True]


async def test_a_program_that_does_not_answer_the_modern_era_is_asked_again(
    tmp_path: Path,
) -> None:
    """Whatever it answers, or nothing: one that ends at the first word it does not know, too."""
    words = script(
        tmp_path,
        """
        first = next(heard())
        if first["method"] != "initialize": sys.exit(1)
        say({"id": first["id"], "result": {"protocolVersion": "2025-06-18",
            "capabilities": {"tools": {}}, "serverInfo": {"name": "x", "version": "1"}}})
        next(heard())
        for message in heard(): say({"id": message["id"], "result": {}})
        """,
    )

    async with running(words) as (server, _):
        found = await server.described(peer())

    assert (found.era, found.revision) == (Era.LEGACY, "2025-06-18")


async def test_the_environment_is_what_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key of the gateway's environment reaches no program."""
    monkeypatch.setenv("PROVIDER_KEY", "secret")
    words = script(
        tmp_path,
        """
        shake()
        for message in heard(): say({"id": message["id"], "result": {"names": sorted(os.environ)}})
        """,
    )

    async with running(words) as (server, _):
        said = await call_tool(server, peer(), "any")

    assert set(said[-1]["result"]["names"]) <= {"HOME", "LANG", "LC_CTYPE", "PATH", "PYTHONPATH"}


async def test_a_program_that_asks_while_its_level_is_set_goes_on(tmp_path: Path) -> None:
    """It waits for an answer before it takes the level; nobody can be asked, and it is told so."""
    words = script(
        tmp_path,
        """
        for message in heard():
            method = message.get("method")
            if method == "initialize":
                say({"id": message["id"], "result": {"protocolVersion": "2025-11-25",
                    "capabilities": {"tools": {}, "logging": {}}, "serverInfo": {"name": "x"}}})
            elif method == "logging/setLevel":
                say({"id": "theirs", "method": "roots/list"})
                while (reply := next(heard())).get("id") != "theirs": pass
                say({"id": message["id"], "result": {}})
            elif method == "tools/call":
                text = json.dumps(reply["error"])
                say({"id": message["id"], "result": {"content": [{"type": "text", "text": text}]}})
            elif "id" in message and method:
                say({"id": message["id"], "error": {"code": -32601, "message": "no"}})
        """,
    )
    who = peer(Era.LEGACY, session="s", capabilities=ASKABLE, log_level="info")
    async with running(words) as (server, _):
        told = await asyncio.wait_for(call_tool(server, who, "any"), 20)

    assert "nobody can be asked in this request" in said_text(told)
