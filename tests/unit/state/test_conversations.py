"""What is remembered of a conversation, in which order, and for whom."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from guardrail_gw.core.exchange import (
    AnswerEvent,
    Arrival,
    Envelope,
    Inbound,
    Placed,
    Question,
    Redacted,
    Reply,
)
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.kept import Held, Issue, Kept, Recall
from guardrail_gw.core.ports import Offload, Share
from guardrail_gw.core.text import Entity
from guardrail_gw.errors import (
    StateDown,
    StateFull,
    StateTooLarge,
    StateUnknown,
    StoringForbidden,
)
from guardrail_gw.policy.policy import Store
from guardrail_gw.state.conversations import MAX_BYTES, Conversations
from guardrail_gw.state.memory import MemoryStore
from guardrail_gw.state.seal import StateKey
from guardrail_gw.state.shares import Bounds
from tests.support.chat import DEPLOYMENT, inline, policy
from tests.support.routing_world import OwnClock

T = TypeVar("T")
PERSON = Entity("PERSON")
WHO = Principal(tenant="acme", team="crm", user="ci", key_id="k1")
ASKED = Question(
    dialect="d", model="gpt", stream=False, segments=(), attachments=(), source=None, store=True
)
GOES_ON = Recall(kind=Kept.RESPONSE, id="resp_1", place="/previous_response_id")
ADDS = Recall(kind=Kept.CONVERSATION, id="conv_1", place="/conversation", adds=True)
POLICY = policy()


class Noting(MemoryStore):
    """A store that notes that it is asked, and fails when it is told to."""

    def __init__(self, clock: OwnClock) -> None:
        super().__init__(clock)
        self.asked: list[str] = []
        self.broken = False

    @property
    def size(self) -> int:
        """How many values are in it."""
        return len(self._values)

    async def put(
        self, name: str, value: bytes, *, ttl_s: float, shares: tuple[Share, ...] = ()
    ) -> None:
        self.asked.append("put")
        if self.broken:
            raise StateDown("broken")
        await super().put(name, value, ttl_s=ttl_s, shares=shares)


async def nothing() -> AsyncIterator[AnswerEvent]:
    """No event."""
    for event in list[AnswerEvent]():
        yield event


def inbound(question: Question = ASKED, who: Principal = WHO) -> Inbound:
    """A request."""
    arrival = Arrival(id=RequestId("r"), surface="openai_responses", received_us=0)
    return Inbound(arrival=arrival, principal=who, question=question)


def redacted(
    question: Question = ASKED, held: Held | None = None, *, stored: bool = True, **originals: str
) -> Redacted:
    """A request in which these were issued."""
    before = {t: issue.value for t, issue in held.issued.items()} if held else {}
    return Redacted(
        inbound=inbound(question),
        envelope=Envelope(before=b"", after=b""),
        originals=before | originals,
        entities={PERSON: 1} if originals else {},
        rules=(),
        policy_digest="sha256:0",
        kinds=dict.fromkeys(before | originals, PERSON),
        held=held,
        stored=stored,
    )


def placed(request: Redacted) -> Placed:
    """The same, placed."""
    return Placed(redacted=request, lawful=(DEPLOYMENT,), rejected=(), rules=())


def reply(named: str | None = "resp_1") -> Reply:
    """An answer with this name."""
    return Reply(deployment=DEPLOYMENT, stream=False, events=nothing(), named=named)


@pytest.fixture
def store() -> Noting:
    """A store of the test's own."""
    return Noting(OwnClock())


@pytest.fixture
def room(store: Noting) -> Conversations:
    """The room over it."""
    return over(store, inline)


def over(store: Noting, offload: Offload) -> Conversations:
    """The room over a store."""
    key = StateKey(bytes(32))
    bounds = Bounds(key_bytes=64 << 20, tenant_bytes=64 << 20)
    return Conversations(
        store=store, key=key, ttl_s=60, bounds=bounds, offload=offload, home="assistant"
    )


async def test_what_was_kept_is_recalled(room: Conversations) -> None:
    """Everything that was issued and found, who keeps it, and where the client names it."""
    kept = await room.keep(redacted(PERSON_1="Anna"), reply())
    held = await room.recall(inbound(replace(ASKED, recall=GOES_ON)), POLICY)

    assert kept
    assert held == Held(
        place="/previous_response_id",
        holder=DEPLOYMENT.holder,
        model="gpt",
        issued={"PERSON_1": Issue(entity=PERSON, value="Anna")},
        entities=frozenset({PERSON}),
        unscanned=False,
    )
    assert "Anna" not in repr(held)


async def test_the_store_is_tried_before_anything_leaves(
    room: Conversations, store: Noting
) -> None:
    """One that takes nothing refuses; what was promised is taken back when the answer is here."""
    store.broken = True
    with pytest.raises(StateDown):
        await room.promise(placed(redacted(PERSON_1="Anna")))
    store.broken = False

    await room.promise(placed(redacted(PERSON_1="Anna")))
    await room.keep(redacted(PERSON_1="Anna"), reply())

    assert store.size == 1


async def test_a_store_that_breaks_in_between_keeps_the_answer_from_the_client(
    room: Conversations, store: Noting
) -> None:
    """Nobody could go on with it."""
    await room.promise(placed(redacted(PERSON_1="Anna")))
    store.broken = True

    with pytest.raises(StateDown):
        await room.keep(redacted(PERSON_1="Anna"), reply())


async def test_a_request_that_stands_alone_costs_nothing(
    room: Conversations, store: Noting
) -> None:
    """The store is not asked."""
    alone = replace(ASKED, store=False)
    request = redacted(alone, stored=False, PERSON_1="Anna")

    assert await room.recall(inbound(alone), POLICY) is None
    await room.promise(placed(request))
    assert not await room.keep(request, reply())
    assert store.asked == []


@pytest.mark.parametrize("field_", ["tenant", "team", "user", "key_id"])
async def test_only_the_same_principal_recalls(room: Conversations, field_: str) -> None:
    """Whatever of it differs."""
    await room.keep(redacted(PERSON_1="Anna"), reply())
    changed: dict[str, Any] = {field_: "other"}
    other = replace(WHO, **changed)

    with pytest.raises(StateUnknown):
        await room.recall(inbound(replace(ASKED, recall=GOES_ON), other), POLICY)


async def test_kinds_and_names_are_told_apart(room: Conversations) -> None:
    """A response is no conversation, even by the same name."""
    await room.keep(redacted(PERSON_1="Anna"), reply("conv_1"))

    with pytest.raises(StateUnknown):
        await room.recall(inbound(replace(ASKED, recall=ADDS)), POLICY)


async def test_an_answer_without_a_name_is_not_kept(room: Conversations, store: Noting) -> None:
    """Nobody could ask for it, and nothing is left of the promise."""
    await room.promise(placed(redacted(PERSON_1="Anna")))

    assert not await room.keep(redacted(PERSON_1="Anna"), reply(None))
    assert store.size == 0


async def test_what_is_deleted_is_forgotten(room: Conversations) -> None:
    """When the provider has deleted it."""
    await room.keep(redacted(PERSON_1="Anna"), reply())
    ends = replace(ASKED, recall=replace(GOES_ON, ends=True), store=False)
    await room.keep(redacted(ends, stored=False), reply(None))

    with pytest.raises(StateUnknown):
        await room.recall(inbound(replace(ASKED, recall=GOES_ON)), POLICY)


async def conversation(room: Conversations) -> Held:
    """Begin one in which Anna was named, and recall it."""
    made = replace(ASKED, model="", makes=Kept.CONVERSATION)
    await room.keep(redacted(made, PERSON_1="Anna"), reply("conv_1"))
    held = await room.recall(inbound(replace(ASKED, recall=ADDS)), POLICY)
    assert held is not None
    assert held.model == "assistant"
    return held


async def test_a_conversation_grows_before_anything_leaves(room: Conversations) -> None:
    """Others may hear of what is added before the request is answered; none of it is lost."""
    held = await conversation(room)
    adding = replace(ASKED, recall=ADDS, store=False)
    asked = [redacted(adding, held, stored=False, **{f"PERSON_{n}": f"B{n}"}) for n in "23456"]
    async with asyncio.TaskGroup() as tasks:
        for each in asked:
            tasks.create_task(room.promise(placed(each)))

    grown = await room.recall(inbound(adding), POLICY)

    assert grown is not None
    assert {t: i.value for t, i in grown.issued.items()} == {
        "PERSON_1": "Anna",
        **{f"PERSON_{n}": f"B{n}" for n in "23456"},
    }
    assert grown.holder == held.holder


async def test_one_name_for_two_people_is_never_remembered(room: Conversations) -> None:
    """Two requests at once may invent the same; the later one is asked to come again."""
    held = await conversation(room)
    adding = replace(ASKED, recall=ADDS, store=False)
    await room.promise(placed(redacted(adding, held, stored=False, PERSON_2="Bert")))

    with pytest.raises(StateDown) as busy:
        await room.promise(placed(redacted(adding, held, stored=False, PERSON_2="Clara")))

    assert busy.value.retry_after_s == 1.0


async def test_long_memories_are_opened_and_sealed_elsewhere(store: Noting) -> None:
    """4 MiB of them would keep the event loop for a fifth of a second, three times a request."""
    sizes: list[int] = []

    async def elsewhere(function: Callable[[], T], *, size: int) -> T:
        sizes.append(size)
        return await inline(function, size=size)

    room = over(store, elsewhere)
    many = {f"PERSON_{i}": f"Anna {i}" for i in range(8000)}
    begun = redacted(replace(ASKED, makes=Kept.CONVERSATION))
    long = replace(begun, originals=many, kinds=dict.fromkeys(many, PERSON))

    await room.keep(long, reply("conv_1"))
    held = await room.recall(inbound(replace(ASKED, recall=ADDS)), POLICY)
    await room.promise(placed(redacted(replace(ASKED, recall=ADDS), held)))

    assert len(sizes) == 4
    assert min(sizes) > 256 << 10


async def test_memory_is_bounded(room: Conversations) -> None:
    """A conversation that names too much is refused before it leaves."""
    large = redacted(PERSON_1="A" * MAX_BYTES)

    with pytest.raises(StateTooLarge):
        await room.promise(placed(large))


@pytest.mark.parametrize(
    ("question", "refused"),
    [
        (replace(ASKED, recall=GOES_ON), True),
        (replace(ASKED, recall=replace(GOES_ON, ends=True)), False),
        (replace(ASKED, makes=Kept.CONVERSATION), True),
        (ASKED, False),
    ],
    ids=["goes on", "deletes", "begins", "alone"],
)
async def test_a_policy_that_keeps_nothing_refuses_what_needs_it(
    room: Conversations, question: Question, *, refused: bool
) -> None:
    """But not the deletion of what was kept before."""
    await room.keep(redacted(PERSON_1="Anna"), reply())
    never = replace(POLICY, store=Store.NEVER)

    if refused:
        with pytest.raises(StoringForbidden):
            await room.recall(inbound(question), never)
    else:
        await room.recall(inbound(question), never)


@pytest.mark.parametrize(
    ("bounds", "theirs", "bound"),
    [
        (Bounds(key_bytes=4096, tenant_bytes=64 << 20), replace(WHO, key_id="k2"), "key"),
        (Bounds(key_bytes=64 << 20, tenant_bytes=4096), replace(WHO, tenant="other"), "tenant"),
    ],
)
async def test_nobody_takes_the_room_of_others(
    store: Noting, bounds: Bounds, theirs: Principal, bound: str
) -> None:
    """Before anything leaves the share is asked; others go on, and so does who has deleted."""
    room = replace(over(store, inline), bounds=bounds)
    for number in range(1, 4):
        await room.promise(placed(redacted(PERSON_1="Anna")))
        await room.keep(redacted(PERSON_1="Anna"), reply(f"resp_{number}"))

    with pytest.raises(StateFull) as full:
        await room.promise(placed(redacted(PERSON_1="Anna")))
    mine = redacted(PERSON_1="Anna")
    other = Redacted(
        inbound=inbound(who=theirs),
        envelope=mine.envelope,
        originals=mine.originals,
        entities=mine.entities,
        rules=(),
        policy_digest=mine.policy_digest,
        kinds=mine.kinds,
        stored=True,
    )
    await room.promise(placed(other))
    ends = replace(ASKED, recall=replace(GOES_ON, ends=True), store=False)
    await room.keep(redacted(ends, stored=False), reply(None))
    await room.promise(placed(redacted(PERSON_1="Anna")))

    assert full.value.facts == {"bound": bound, "max_bytes": 4096}


async def test_what_others_issued_meanwhile_is_known(room: Conversations) -> None:
    """Of a conversation, which grows; of an answer, which does not, nothing is read again."""
    held = await conversation(room)
    adding = replace(ASKED, recall=ADDS, store=False)
    await room.promise(placed(redacted(adding, held, stored=False, PERSON_9="Bernd")))

    later = await room.known(redacted(adding, held, stored=False))

    assert later is not None
    assert {issue.value for issue in later.issued.values()} >= {"Anna", "Bernd"}
    assert await room.known(redacted(replace(ASKED, recall=GOES_ON), held)) is None
