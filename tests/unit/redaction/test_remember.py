import asyncio
import json
from typing import Any

import pytest

from guardrail_gw.policy.policy import Action
from guardrail_gw.redaction.remember import ROW_BYTES, mark, rows_of
from guardrail_gw.redaction.turns import KEPT_MARKS, Row
from tests.support.chat import policy
from tests.support.growing import FILLER, Room, body, said

CHAT = "openai_chat"
IMAGE = {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}


def _kept(raw: bytes, **more: Any) -> Any:
    room = Room(**more)
    asyncio.run(room.ask(CHAT, raw))
    return [kept.turns for kept in room.memory._kept]  # noqa: SLF001 - nothing else shows them


def test_each_of_the_last_turns_is_marked() -> None:
    """A mark stands right behind a turn, in the body and in what leaves."""
    raw = body(CHAT, [said(CHAT, 0, FILLER), *(said(CHAT, at, "Anna.") for at in range(1, 9))])

    (turns,) = _kept(raw)

    ends = [raw[: mark.length].count(b'"role"') for mark in turns.marks]
    assert ends == list(range(9 - KEPT_MARKS + 1, 10))
    assert all(raw[mark.length - 2 : mark.length] == b"]}" for mark in turns.marks)
    assert raw[-turns.tail :] == b"]}"
    assert turns.tail_out == turns.marks[-1].out


@pytest.mark.parametrize(
    "text", ["it is sk-hash", "PERSON_7K2QX9MD typed", "born 1970", "anna.schm"]
)
def test_what_new_turns_could_change_is_not_kept(text: str) -> None:
    """Values that do not come back, imitations, surrogates, and values across turns."""
    values = {"sk-hash": "SECRET", "1970": "DATE_TIME", "anna.schmidt@x.example": "EMAIL_ADDRESS"}
    actions = {"SECRET": Action.HASH, "DATE_TIME": Action.SURROGATE}
    turns = [said(CHAT, 0, FILLER), said(CHAT, 1, text), said(CHAT, 2, "idt@x.example")]

    kept = _kept(body(CHAT, turns), values=values, policy=policy(actions))

    assert kept == []


def test_what_nothing_scans_is_not_kept() -> None:
    """A request with an image that the policy lets pass is read in full each time."""
    turns = [said(CHAT, 0, FILLER), {"role": "user", "content": [IMAGE]}]

    kept = _kept(body(CHAT, turns), policy=policy(attachments_allowed=True))

    assert kept == []


def test_what_is_no_list_has_no_turns() -> None:
    """A Responses request whose input is one text is not kept."""
    room = Room()

    asyncio.run(room.ask("openai_responses", json.dumps({"model": "m", "input": FILLER}).encode()))

    assert len(room.memory) == 0


def test_texts_of_a_turn_are_one_row() -> None:
    """Texts that stand in the same turn are read again together."""
    rows = rows_of([((0, 9), 1), ((0, 9), 2), ((10, 12), 0)])

    assert rows == (Row(start=0, end=9, texts=(1, 2)), Row(start=10, end=12, texts=(0,)))


def test_a_mark_has_enough_before_it_and_little_to_read_again() -> None:
    """Behind too little, or where too much is to be read again, a turn is not marked."""
    long = (Row(start=0, end=ROW_BYTES + 1, texts=(0,)),)

    assert mark(4095, 0, ()) is None
    assert mark(4096, 0, ()) is not None
    assert mark(40960, 0, long) is None
