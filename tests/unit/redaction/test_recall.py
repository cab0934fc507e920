import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from guardrail_gw.core.exchange import BARE, Head
from guardrail_gw.core.kept import Kept, Recall
from guardrail_gw.redaction.recall import MOST_BYTES, Seen, scope_of
from tests.support.chat import PRINCIPAL
from tests.support.growing import FILLER, Room, body, said

CHAT = "openai_chat"
OLD = (said(CHAT, 0, FILLER), said(CHAT, 1, "it ends here!"), said(CHAT, 2, "and goes on"))


def _room() -> Room:
    room = Room()
    asyncio.run(room.ask(CHAT, body(CHAT, OLD)))
    return room


def _seen(raw: bytes) -> Seen | None:
    question = _room().room.recall(CHAT, raw, BARE, PRINCIPAL)
    if question is None:
        return None
    assert isinstance(question.seen, Seen)
    return question.seen


def _with(between: bytes) -> bytes:
    """The old turns with more bytes behind them."""
    raw = body(CHAT, OLD)
    return raw[:-2] + between + raw[-2:]


def test_what_is_new_is_read() -> None:
    """The texts of new turns are there, and the old one that a value could run on from."""
    seen = _seen(_with(b' , {"role":"user","content":"hi"},\n {"role":"tool"} '))

    assert seen is not None
    added = seen.added
    assert added is not None
    assert [segment.text for segment in added.context] == ["and goes on"]
    assert [segment.text for segment in added.segments] == ["hi"]
    assert [added.raw[start:end][:7] for start, end in added.turns] == [b'{"role"', b'{"role"']


def test_the_question_holds_no_text() -> None:
    """Whoever would take it for one that was read finds nothing to send."""
    question = _room().room.recall(CHAT, _with(b""), BARE, PRINCIPAL)

    assert question is not None
    assert question.segments == ()
    assert question.source.document.raw == b""
    assert question.model == "gpt"


@pytest.mark.parametrize(
    "between",
    [
        b"{}",
        b",",
        b", ,{}",
        b',{"role":"user","role":"user"}',
        b',{}],"x":[{}',
        b",7",
        b',{"content":[{"type":"image_url","image_url":{"url":"https://x.example/a.png"}}]}',
        b',{"content":"\\ud800"}',
        b',{"content":"\xff"}',
        b"," + b"[" * 80 + b"]" * 80,
    ],
)
def test_what_cannot_be_new_turns_is_read_in_full(between: bytes) -> None:
    """No JSON, no entries, refused or not scanned: all of it is left to reading the whole body."""
    assert _seen(_with(between)) is None


def test_bounds_hold_for_old_and_new_together() -> None:
    """A body with more texts than one may have is read in full, which refuses it."""
    room = _room()
    (kept,) = room.memory._kept  # noqa: SLF001 - as if most of the texts had been there before
    object.__setattr__(kept, "turns", replace(kept.turns, strings=50_000))

    question = room.room.recall(CHAT, _with(b',{"role":"user","content":"hi"}'), BARE, PRINCIPAL)

    assert question is None


def test_what_goes_on_from_a_kept_answer_is_read_in_full() -> None:
    """Were a request kept that goes on from what a provider keeps, it would not be found."""
    room, raw = _room(), body(CHAT, OLD)
    (kept,) = room.memory._kept  # noqa: SLF001 - none such is ever kept
    question = replace(
        kept.turns.question, recall=Recall(kind=Kept.RESPONSE, id="resp_1", place="/x")
    )
    before = room.room.recall(CHAT, raw, BARE, PRINCIPAL)
    object.__setattr__(kept, "turns", replace(kept.turns, question=question))

    after = room.room.recall(CHAT, raw, BARE, PRINCIPAL)

    assert before is not None
    assert after is None


def test_large_bodies_are_read_in_full() -> None:
    """Above the size up to which work is done at once, nothing is looked for."""
    more = json.dumps(said(CHAT, 3, "x " * (MOST_BYTES // 2))).encode()

    assert _seen(_with(b"," + more)) is None


def test_every_part_of_a_scope_counts() -> None:
    """Dialect, head and each name of who asks make another scope."""
    others: list[dict[str, Any]] = [{n: "x"} for n in ("tenant", "team", "user", "key_id")]
    scopes = {
        scope_of(CHAT, BARE, PRINCIPAL),
        scope_of("x", BARE, PRINCIPAL),
        *(
            scope_of(CHAT, head, PRINCIPAL)
            for head in (
                *(Head(path="/x"), Head(model="x"), Head(method="GET")),
                *(Head(headers=(("a", "b"),)), Head(left_out=("header x",))),
            )
        ),
        *(scope_of(CHAT, BARE, replace(PRINCIPAL, **each)) for each in others),
    }

    assert len(scopes) == 11
