"""What leaves for a server is worked out before it is on record, and leaves only once it is."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from guardrail_gw.core.exchange import Arrival, Inbound, Journal, Placed, Receipt, Recorded
from guardrail_gw.core.identity import RequestId
from guardrail_gw.core.plan import Plan
from guardrail_gw.core.tool import Called
from guardrail_gw.errors import AuditDown
from guardrail_gw.mcp.control_port import Admission
from guardrail_gw.mcp.ports import Ask, Call, EarlyCall
from guardrail_gw.mcp.prepared import Prepared
from guardrail_gw.mcp.words import ChainWords
from guardrail_gw.policy.tools import ToolRules
from tests.support.audit_log import opened, told as told_of
from tests.support.audit_world import HeldDisk, World, placed
from tests.support.tool_world import NAME, PEER, WHO, Said, Scripted, ToolWorld, echo, tool_world

APPROVED = "pii: {default: {action: token}}\ntools: {require_approval: [crm/do]}"


@dataclass(slots=True)
class Noted(EarlyCall):
    """A call that notes what becomes of it."""

    server: "Eager"
    ask: Ask

    def make(self) -> None:
        self.server.note("made")

    async def begin(self) -> None:
        self.server.note("sent")

    def abandon(self) -> None:
        self.server.note("abandoned")

    async def __aenter__(self) -> Call:
        """Say what the server says."""
        self.server.note("entered")
        self.server.asked.append(self.ask)
        return Said(self.server.script(self.ask), self.server.replies)

    async def __aexit__(self, *error: object) -> None:
        """Note it."""
        self.server.note("left")


@dataclass(slots=True)
class Eager(Scripted):
    """A server whose calls are made early."""

    story: list[str] = field(default_factory=list)
    made: asyncio.Event = field(default_factory=asyncio.Event)
    at: Callable[[str], None] = lambda _: None

    def call(self, ask: Ask) -> EarlyCall:  # type: ignore[override]  # it is no generator
        return Noted(self, ask)

    def note(self, what: str) -> None:
        self.story.append(what)
        self.made.set()
        self.at(what)


async def test_what_leaves_waits_for_the_disk(
    tmp_path: Path, keyed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is worked out meanwhile, and sent as soon as the disk has confirmed the record."""
    server = Eager("crm", echo)
    async with tool_world(tmp_path, keyed, [server]) as here, asyncio.timeout(20):
        await here.log.ready()
        disk = HeldDisk(monkeypatch)
        calling = asyncio.ensure_future(here.call("crm", {"who": NAME}))
        await server.made.wait()
        await asyncio.sleep(0.05)
        before = [*server.story]
        disk.go.set()
        await calling

    assert before == ["made"]
    assert server.story == ["made", "sent", "entered", "left", "abandoned"]
    assert NAME not in server.seen


async def test_what_is_long_is_worked_out_when_it_is_its_turn(tmp_path: Path, keyed: World) -> None:
    """It would hold up the event loop, and may not be sent at once anyway."""
    server = Eager("crm", echo)
    async with tool_world(tmp_path, keyed, [server]) as here:
        await here.call("crm", {"many": "word " * 30_000})

    assert server.story == ["entered", "left"]


async def test_what_the_disk_does_not_confirm_does_not_leave(
    tmp_path: Path, keyed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However ready it is."""
    server = Eager("crm", echo)
    async with tool_world(tmp_path, keyed, [server]) as here, asyncio.timeout(20):
        await here.log.ready()
        disk = HeldDisk(monkeypatch)
        disk.fails = True
        calling = asyncio.ensure_future(here.call("crm", {"who": NAME}))
        await server.made.wait()
        disk.go.set()
        with pytest.raises(AuditDown):
            await calling

    assert server.story == ["made"]


async def test_who_goes_meanwhile_has_nothing_sent(
    tmp_path: Path, keyed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that leaves while the disk is asked has an intent, an outcome and no request."""
    server = Eager("crm", echo)
    async with tool_world(tmp_path, keyed, [server]) as here, asyncio.timeout(20):
        await here.log.ready()
        disk = HeldDisk(monkeypatch)
        calling = asyncio.ensure_future(here.call("crm", {"who": NAME}))
        await server.made.wait()
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        disk.go.set()

    assert server.story == ["made"]
    assert told_of(await opened(keyed, tmp_path), "outcome")["ending"] == "client_cancel"


async def test_a_defect_meanwhile_sends_nothing(tmp_path: Path, keyed: World) -> None:
    """What cannot be worked out is refused, and on record with its intent."""
    server = Eager("crm", echo, at=_failing("made"))
    async with tool_world(tmp_path, keyed, [server]) as here:
        with pytest.raises(ValueError, match="a defect"):
            await here.call("crm", {"who": NAME})

    ended = told_of(await opened(keyed, tmp_path), "outcome")
    assert server.story == ["made"]
    assert (ended["ending"], ended["code"]) == ("truncated", "server.defect")
    assert ended["attempts"] == []


async def test_what_was_sent_is_on_record_though_nobody_reads_the_answer(
    tmp_path: Path, keyed: World
) -> None:
    """A client that goes right after it has an attempt, and the server is told."""
    server = Eager("crm", echo)
    async with tool_world(tmp_path, keyed, [server]) as here:
        await _begun(here)

    (attempt,) = told_of(await opened(keyed, tmp_path), "outcome")["attempts"]
    assert server.story == ["made", "sent", "abandoned"]
    assert attempt["result"] == "cancelled"


async def test_a_defect_while_it_is_sent_has_an_attempt(tmp_path: Path, keyed: World) -> None:
    """Some of it may have left; the server is told that nobody waits."""
    server = Eager("crm", echo, at=_failing("sent"))
    async with tool_world(tmp_path, keyed, [server]) as here:
        with pytest.raises(ValueError, match="a defect"):
            await here.call("crm", {"who": NAME})

    (attempt,) = told_of(await opened(keyed, tmp_path), "outcome")["attempts"]
    assert server.story == ["made", "sent", "abandoned"]
    assert attempt["result"] == "cancelled"


async def test_what_waits_for_a_person_is_worked_out_when_it_may_leave(
    tmp_path: Path, keyed: World
) -> None:
    """A person may take minutes, after which another way may lead to the server."""
    server = Eager("crm", echo)
    async with tool_world(tmp_path, keyed, [server], APPROVED) as here:
        *_, last = await here.call("crm", {"who": NAME})

    assert "result" in last
    assert server.story == ["entered", "left"]


async def test_a_call_is_given_for_its_own_record_alone() -> None:
    """Who brings the record of another request does not get it."""
    server = Eager("crm", echo)
    mine, other = placed(_inbound()), placed(_inbound())
    prepared = Prepared(
        placed=mine,
        server=server,
        plan=Plan(order=(), scores=()),
        called=Called(server="crm", method="tools/call"),
        rules=ToolRules(),
        admission=Admission(),
        body=b"{}",
        content={},
    )
    before = prepared.early(_recorded(mine))
    prepared.make()

    assert before is None
    assert prepared.early(_recorded(mine)) is not None
    assert prepared.early(_recorded(other)) is None


def _failing(step: str) -> Callable[[str], None]:
    """A defect at this step."""

    def fail(what: str) -> None:
        if what == step:
            raise ValueError("a defect")

    return fail


def _recorded(of: Placed) -> Recorded:
    receipt = Receipt(origin="log.example", index=1, leaf_hash="00")
    return Recorded(placed=of, receipt=receipt, journal=Journal())


def _inbound() -> Inbound:
    params = {"name": "do", "arguments": {"who": NAME}}
    question = ChainWords(extensions={}).ask(
        "crm", Ask(peer=PEER, method="tools/call", params=params)
    )
    arrival = Arrival(id=RequestId("r1"), surface="mcp", received_us=1)
    return Inbound(arrival=arrival, principal=WHO, question=question, body=b"{}")


async def _begun(here: ToolWorld) -> None:
    """Take a call as far as it goes before its answer is asked for."""
    asked = _inbound()

    async def admit() -> Inbound:
        return asked

    async with here.chain.exchange(asked.arrival, admit):
        return
