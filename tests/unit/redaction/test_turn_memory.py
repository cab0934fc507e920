import asyncio
import gc
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

from guardrail_gw.core.exchange import BARE
from guardrail_gw.redaction.recall import scope_of
from guardrail_gw.redaction.turn_memory import BLOCK, ENTRY_BYTES, TurnMemory
from guardrail_gw.redaction.turns import Contents, Made
from tests.support.chat import PRINCIPAL
from tests.support.growing import FILLER, Room, body, said

CHAT = "openai_chat"


def _turns(*texts: str) -> bytes:
    return body(CHAT, [said(CHAT, at, text) for at, text in enumerate(texts)])


def _asked(*bodies: bytes, budget: int = 1 << 24) -> Room:
    room = Room(budget=budget)
    for raw in bodies:
        asyncio.run(room.ask(CHAT, raw))
    return room


def _scope() -> bytes:
    return scope_of(CHAT, BARE, PRINCIPAL)


def _reachable(root: object) -> Iterator[object]:
    """Everything that an object of ours holds, however deep."""
    seen: set[int] = set()
    todo = [root]
    while todo:
        here = todo.pop()
        if id(here) in seen or isinstance(here, type) or callable(here):
            continue
        seen.add(id(here))
        yield here
        todo += gc.get_referents(here)


def test_nothing_that_anybody_wrote_is_kept_in_clear() -> None:
    """Neither a text, nor a value, nor a model's name is in what a memory holds."""
    raw = body(CHAT, [said(CHAT, 0, FILLER), said(CHAT, 1, "Anna lives in Berlin")])
    room = _asked(raw)

    contents = [each for each in _reachable(room.memory) if isinstance(each, str | bytes)]

    assert len(room.memory) == 1
    assert contents
    for word in ("Anna", "Berlin", "lives", "refund", "gpt", "PERSON_"):
        assert not any(word in e if isinstance(e, str) else word.encode() in e for e in contents)


def test_what_is_kept_is_opened_by_its_beginning_alone() -> None:
    """No key that a memory holds opens what it has sealed."""
    memory = _asked(_turns(FILLER, "Anna")).memory
    (kept,) = memory._kept  # noqa: SLF001 - the law is about what lies within

    found = memory.find(_scope(), _turns(FILLER, "Anna", "Berlin"))

    assert found is not None
    assert found.opened().contents().values["Anna"][0] == "PERSON"
    assert not any(found.key in e for e in _reachable(memory) if isinstance(e, bytes))
    assert found.kept is kept


def test_the_most_that_is_the_same_is_found() -> None:
    """Of two requests with the same beginning, that with the longer one is found."""
    memory = _asked(_turns(FILLER, "a."), _turns(FILLER, "b.", "c.")).memory

    found = memory.find(_scope(), _turns(FILLER, "b.", "c.", "d."))

    assert found is not None
    assert found.kept.turns.marks[found.at].length == len(_turns(FILLER, "b.", "c.")) - 2


def test_another_end_is_another_request() -> None:
    """Where something else is behind the turns, nothing is found."""
    memory = _asked(_turns(FILLER, "a")).memory

    raw = body(CHAT, [said(CHAT, 0, FILLER), said(CHAT, 1, "a")], tail={"seed": 1})

    assert memory.find(_scope(), raw) is None


def test_nobody_finds_what_others_said() -> None:
    """The same bytes from another key, in another dialect, or with another head are unknown."""
    raw = _turns(FILLER, "a")
    memory = _asked(raw).memory

    assert memory.find(b"", raw) is None
    assert memory.find(_scope(), raw) is not None


def test_a_budget_bounds_it() -> None:
    """The oldest goes first, and nothing that was forgotten is found or contents."""
    bodies = [_turns(f"{number} {FILLER}") for number in range(6)]
    one = _asked(bodies[0]).memory.size_bytes

    memory = _asked(*bodies, budget=3 * one + one // 2).memory

    assert [memory.find(_scope(), raw) is not None for raw in bodies] == [False] * 3 + [True] * 3
    assert memory.size_bytes <= 3 * one + one // 2
    assert len({kept for here in memory._blocks.values() for kept, _ in here}) == 3  # noqa: SLF001 - ditto


def test_what_goes_on_takes_the_place_of_what_it_goes_on_from() -> None:
    """A conversation takes the room of its last request alone."""
    texts = [FILLER, *(f"turn {number}." for number in range(5))]

    room = _asked(*(_turns(*texts[:count]) for count in range(1, 7)))

    assert len(room.memory) == 1
    assert room.seen == 5


def test_short_requests_are_not_kept() -> None:
    """What has no whole block before a turn's end could not be found, and is not kept."""
    room = _asked(_turns("Anna", "short"))

    assert len(room.memory) == 0
    assert len(_turns("Anna", "short")) < BLOCK


def test_no_budget_keeps_nothing() -> None:
    """Without room nothing is remembered."""
    room = _asked(_turns(FILLER, "a"), budget=0)

    assert not room.memory.is_on
    assert len(room.memory) == 0


def test_an_entry_takes_no_more_than_it_is_counted_for() -> None:
    """What a hundred requests take is within what they are counted for."""
    room = Room()
    asyncio.run(room.ask(CHAT, _turns(FILLER, "warm")))
    before = room.memory.size_bytes
    tracemalloc.start()
    first, _ = tracemalloc.get_traced_memory()
    for number in range(100):
        texts = (FILLER, *(f"Anna {number} {turn}!" for turn in range(8)))
        asyncio.run(room.ask(CHAT, _turns(*texts)))
        room.detector.shown.clear()
        room.detector.countries.clear()
    gc.collect()
    last, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 0 < last - first <= room.memory.size_bytes - before
    assert room.memory.size_bytes >= ENTRY_BYTES * 100


def test_what_goes_on_is_hashed_from_where_it_does() -> None:
    """A request that goes on is kept under the names that hashing all of it would give."""
    texts = [FILLER, *(f"turn {number}. {'and so on, ' * 90}" for number in range(9))]
    steps = [_turns(*texts[:count]) for count in range(2, 11)]

    memory = _asked(*steps).memory

    (kept,) = memory._kept  # noqa: SLF001 - the law is about what lies within
    for at, mark in enumerate(kept.turns.marks):
        state = memory._begun(_scope())  # noqa: SLF001 - ditto
        state.update(steps[-1][: mark.length - mark.length % BLOCK])
        assert memory._digest(state).startswith(kept.blocks[at])  # noqa: SLF001 - ditto
        state.update(steps[-1][mark.length - mark.length % BLOCK : mark.length])
        assert memory._digest(state).startswith(kept.names[at])  # noqa: SLF001 - ditto


def test_a_memory_looks_where_something_may_end() -> None:
    """A body is hashed up to where blocks of what is kept end, and to no end of what is gone."""
    memory = _asked(_turns(FILLER), _turns(FILLER, "no, " * 2500)).memory
    before = set(memory._ends)  # noqa: SLF001 - ditto

    memory.keep(_scope(), b"", _nothing(memory), grown=memory.find(_scope(), _turns(FILLER)))

    assert before == {BLOCK, len(_turns(FILLER, "no, " * 2500)) // BLOCK * BLOCK}
    assert not memory._ends  # noqa: SLF001 - ditto


def _nothing(memory: TurnMemory) -> Made:
    """What has no marks is found by nobody."""
    (kept,) = memory._kept  # noqa: SLF001 - ditto
    contents = Contents(values={}, parts=(), before=b"", after=b"")
    return Made(turns=replace(kept.turns, marks=(), tail=0), model="m", contents=contents)
