"""Calls wait until a person decides, whichever process they wait in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import StateStore
from guardrail_gw.core.text import Entity
from guardrail_gw.core.tool import ToolName
from guardrail_gw.errors import Overloaded, RateExceeded, StateDown
from guardrail_gw.mcp.approvals import PROGRESS_S, Approvals
from guardrail_gw.mcp.control.approval import Asking, Decision, Pending
from guardrail_gw.mcp_errors import ApprovalRefused, ApprovalTimeout
from guardrail_gw.mcp_servers import ApprovalsConfig
from guardrail_gw.state.memory import MemoryStore
from guardrail_gw.state.seal import StateKey
from guardrail_gw.state.sqlite import SqliteStore
from tests.support.routing_world import OwnClock

KEY = StateKey(b"k" * 32)
WHO = Principal(tenant="acme", team="care", user="erika", key_id="k1")
CALL = Asking(
    request="0190",
    principal=WHO,
    tool=ToolName(server="crm", name="delete"),
    arguments={"who": "PERSON_7K2QX9MD"},
    wants_progress=True,
    found={Entity("PERSON"): 1},
)


class Acts:
    """What was put on record."""

    def __init__(self) -> None:
        self.recorded: list[Pending] = []

    async def __call__(self, pending: Pending) -> None:
        self.recorded.append(pending)


@pytest.fixture
def clock() -> OwnClock:
    """Time that passes while somebody sleeps."""
    return OwnClock()


@pytest.fixture
async def store(tmp_path: Path, clock: OwnClock) -> AsyncIterator[StateStore]:
    """A file that processes share."""
    made = SqliteStore(tmp_path / "state.sqlite3", clock)
    yield made
    await made.close()


def approvals(store: StateStore, clock: OwnClock, **config: Any) -> Approvals:
    """As one process has it."""
    return Approvals(store, KEY, clock, ApprovalsConfig(**config))


async def listed(view: Approvals) -> Pending:
    """The call that waits, as soon as there is one."""
    async with asyncio.timeout(5):
        while not (found := await view.waiting()):  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0.005)
    [pending] = found
    return pending


async def decided(store: StateStore, clock: OwnClock, decision: Decision, acts: Acts) -> Pending:
    """Decide in another process about the call that waits."""
    other = approvals(store, clock)
    pending = await listed(other)
    done = await other.decide(pending.id, decision, by="ops", reason="seen", record=acts)
    assert done is not None
    return done


async def test_a_call_goes_on_when_somebody_allows_it(store: StateStore, clock: OwnClock) -> None:
    """Another process shows and allows it; who did is known here and on record."""
    hold, acts = approvals(store, clock, wait_s=86_400).hold(CALL), Acts()

    async with asyncio.TaskGroup() as tasks:
        deciding = tasks.create_task(decided(store, clock, Decision.ALLOWED, acts))
        _ = [message async for message in hold]

    assert hold.found == deciding.result()
    assert (hold.found.by, hold.found.tool, hold.found.tenant) == ("ops", "delete", "acme")
    assert [each.decision for each in acts.recorded] == [Decision.ALLOWED]
    assert hold.found.arguments == {"who": "PERSON_7K2QX9MD"}
    assert hold.found.found == {"PERSON": 1}


async def test_a_call_is_refused_when_somebody_denies_it(
    store: StateStore, clock: OwnClock
) -> None:
    """The refusal names nobody to the client, and for the record says who it was."""
    hold = approvals(store, clock, wait_s=86_400).hold(CALL)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(decided(store, clock, Decision.DENIED, Acts()))
        with pytest.raises(ApprovalRefused) as refused:
            _ = [message async for message in hold]

    assert "ops" not in refused.value.detail
    assert refused.value.facts["by"] == "ops"


async def test_nobody_decides_in_time(store: StateStore, clock: OwnClock) -> None:
    """After its time it is refused, and a decision that comes later changes nothing."""
    here, acts = approvals(store, clock, wait_s=30), Acts()
    hold = here.hold(CALL)

    with pytest.raises(ApprovalTimeout):
        _ = [message async for message in hold]

    assert hold.found is not None
    late = await here.decide(hold.found.id, Decision.ALLOWED, by="o", reason="", record=acts)
    assert (late, acts.recorded) == (None, [])
    assert hold.found.decision is Decision.EXPIRED


async def test_a_client_is_told_that_it_still_waits(store: StateStore, clock: OwnClock) -> None:
    """Progress comes every few seconds, always more of it, and says nothing of the call."""
    told = list[Any]()
    with pytest.raises(ApprovalTimeout):
        async for message in approvals(store, clock, wait_s=31).hold(CALL):
            told.append(message["params"])

    progress = [each["progress"] for each in told]
    assert len(told) == 31 // PROGRESS_S
    assert progress == sorted(set(progress))
    assert {each["message"] for each in told} == {"waiting for approval"}


async def test_who_asks_for_no_progress_gets_none(store: StateStore, clock: OwnClock) -> None:
    """Without a progress token there is nothing to say it with."""
    quiet = Asking(request="1", principal=WHO, tool=CALL.tool, arguments={})

    told = list[Any]()
    with pytest.raises(ApprovalTimeout):
        async for message in approvals(store, clock, wait_s=31).hold(quiet):
            told.append(message)

    assert told == []


async def test_a_call_that_nobody_waits_for_is_not_shown(
    store: StateStore, clock: OwnClock
) -> None:
    """A client that goes away takes its call with it: nobody approves what nobody gets."""
    here = approvals(store, clock, wait_s=60)
    async with aclosing(here.held(here.hold(CALL))) as waiting:
        await anext(waiting)
        seen = await here.waiting()

    assert len(seen) == 1
    assert await here.waiting() == ()
    found = await here.find(seen[0].id)
    assert found is not None
    assert found.decision is Decision.LEFT


async def test_the_first_of_two_decides(store: StateStore, clock: OwnClock) -> None:
    """Two approvers at once: one decision holds, and the other one is told that it was too late."""
    hold, acts = approvals(store, clock, wait_s=86_400).hold(CALL), Acts()
    views = [approvals(store, clock), approvals(store, clock)]

    async def both() -> list[Pending | None]:
        id_ = (await listed(views[0])).id
        wanted = zip(views, (Decision.ALLOWED, Decision.DENIED), strict=True)
        return await asyncio.gather(
            *(v.decide(id_, d, by=str(d), reason="", record=acts) for v, d in wanted)
        )

    async with asyncio.TaskGroup() as tasks:
        deciding = tasks.create_task(both())
        with suppress(ApprovalRefused):
            _ = [message async for message in hold]

    [winner] = [each for each in deciding.result() if each is not None]
    assert hold.found == winner


async def test_too_many_wait(store: StateStore, clock: OwnClock) -> None:
    """Beyond the bound a call is refused at once, and leaves nothing behind."""
    here = approvals(store, clock, wait_s=60, most=1)
    async with aclosing(here.held(here.hold(CALL))) as waiting:
        await anext(waiting)
        with pytest.raises(Overloaded):
            _ = [message async for message in here.hold(CALL)]
        seen = await here.waiting()

    assert len(seen) == 1


async def test_one_key_cannot_have_all_calls_that_wait(store: StateStore, clock: OwnClock) -> None:
    """What waits for another key waits beside it, and what is over counts no more."""
    here = approvals(store, clock, wait_s=60, most=8)
    other = replace(CALL, principal=replace(CALL.principal, key_id="another"))
    async with aclosing(here.held(here.hold(CALL))) as one:
        await anext(one)
        async with aclosing(here.held(here.hold(CALL))) as two:
            await anext(two)
            with pytest.raises(RateExceeded) as refused:
                _ = [message async for message in here.hold(CALL)]
            async with aclosing(here.held(here.hold(other))) as beside:
                await anext(beside)
        async with aclosing(here.held(here.hold(CALL))) as again:
            await anext(again)
            seen = await here.waiting()

    assert refused.value.code == "limits.concurrency"
    assert len(seen) == 2


async def test_one_who_is_alone_may_have_all_of_them(store: StateStore, clock: OwnClock) -> None:
    """Nobody else needs room."""
    here = Approvals(store, KEY, clock, ApprovalsConfig(wait_s=60, most=2), is_alone=True)
    async with (
        aclosing(here.held(here.hold(CALL))) as one,
        aclosing(here.held(here.hold(CALL))) as two,
    ):
        await anext(one)
        await anext(two)
        seen = await here.waiting()

    assert len(seen) == 2


@pytest.mark.parametrize("breaks", ["gone", "foreign"])
async def test_what_cannot_be_read_lets_nothing_pass(clock: OwnClock, breaks: str) -> None:
    """A call that vanishes from the store, or was written by somebody else, is refused."""
    store = MemoryStore(clock, max_bytes=1 << 20)
    here = approvals(store, clock, wait_s=600)
    hold = here.hold(CALL)

    async def broken() -> None:
        name = here._name((await listed(here)).id)  # noqa: SLF001 - the store's own view
        if breaks == "gone":
            await store.delete(name)
        else:
            await store.put(name, StateKey(b"x" * 32).seal(name, b"{}"), ttl_s=60)

    with pytest.raises(StateDown):
        await _together(broken, hold)


async def test_a_decision_that_is_not_recorded_is_none(store: StateStore, clock: OwnClock) -> None:
    """Where the act cannot be recorded, the call goes on waiting."""

    async def unrecorded(_: Pending) -> None:
        raise StateDown("no record")

    here = approvals(store, clock, wait_s=60)
    async with aclosing(here.held(here.hold(CALL))) as waiting:
        await anext(waiting)
        [pending] = await here.waiting()
        with pytest.raises(StateDown):
            await here.decide(pending.id, Decision.ALLOWED, by="", reason="", record=unrecorded)
        still = await here.waiting()

    assert [each.id for each in still] == [pending.id]


async def test_nothing_of_a_call_lies_readable(tmp_path: Path, clock: OwnClock) -> None:
    """Names of tools, people and values are sealed in the store's file."""
    store = SqliteStore(tmp_path / "state.sqlite3", clock)
    here = approvals(store, clock, wait_s=60)
    async with aclosing(here.held(here.hold(CALL))) as waiting:
        await anext(waiting)
    await store.close()

    lying = (tmp_path / "state.sqlite3").read_bytes()
    assert not any(word in lying for word in (b"delete", b"acme", b"erika", b"PERSON_"))


async def _together(other: Callable[[], Any], hold: Any) -> None:
    task = asyncio.ensure_future(other())
    try:
        _ = [message async for message in hold]
    finally:
        await task
