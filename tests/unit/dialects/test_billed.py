"""What a provider asks for an answer is read where its catalog entry says, in its unit."""

from decimal import Decimal
from typing import Any

import pytest

from guardrail_gw.core.amounts import Bill
from guardrail_gw.dialects.billed import BilledReader, billed_usd
from guardrail_gw.dialects.openai_chat.answer import StreamReader

USD = Bill(member="cost", per_usd=Decimal(1))
TICKS = Bill(member="cost_in_usd_ticks", per_usd=Decimal(10**10))


@pytest.mark.parametrize(
    ("bill", "data", "usd"),
    [
        (USD, {"usage": {"cost": 0.95}}, "0.95"),
        (USD, {"usage": {"cost": 1e-7}}, "0.0000001"),
        (USD, {"usage": {"cost": 0}}, "0"),
        (TICKS, {"usage": {"cost_in_usd_ticks": 37756000}}, "0.0037756"),
        (USD, {"type": "response.completed", "response": {"usage": {"cost": 2}}}, "2"),
        (USD, {"type": "message_start", "message": {"usage": {"cost": 2}}}, "2"),
        (USD, {"usage": {}, "response": {"usage": {"cost": 2}}}, "2"),
    ],
)
def test_it_is_in_dollars_whatever_its_unit(bill: Bill, data: dict[str, Any], usd: str) -> None:
    """As the number is written, not as a double adds up; in each dialect's place."""
    assert billed_usd(data, bill) == Decimal(usd)


@pytest.mark.parametrize(
    "usage",
    [
        {"cost": "0.95"},
        {"cost": True},
        {"cost": -0.1},
        {"cost": 1e400},
        {"cost": float("nan")},
        {"cost": 10**400},
        {"cost": 2_000_000},
        {"cost": None},
        {"cost": {"total": 1}},
        {},
        [],
        None,
    ],
    ids=repr,
)
def test_what_is_no_amount_says_nothing(usage: Any) -> None:
    """A text, a truth, less than nothing, more than any answer can cost."""
    assert billed_usd({"usage": usage}, USD) is None


def test_every_event_passes_and_the_last_amount_is_heard() -> None:
    """Once with what was counted; frames without counts are not looked into."""
    told: list[Decimal] = []
    frames = [
        b'data: {"choices":[{"index":0,"delta":{"content":"hi"}}]}\n\n',
        b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"cost":0.5}}\n\n',
        b"data: [DONE]\n\n",
    ]
    plain, billed = StreamReader(), BilledReader(StreamReader(), USD, told.append)

    same = [event for frame in frames for event in plain.feed(frame)]

    assert [event for frame in frames for event in billed.feed(frame)] == same
    assert list(billed.end()) == []
    assert billed.complete
    assert told == [Decimal("0.5")]
