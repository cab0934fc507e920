"""What answers are counted in that are not counted in tokens."""

import json
from decimal import Decimal
from typing import Any

import pytest

from guardrail_gw.core.amounts import Unit, Usage
from guardrail_gw.dialects.opened.measured import counted, measured, most_measured, spoken


@pytest.mark.parametrize(
    ("data", "needs", "expected"),
    [
        ({"data": [{"url": "a"}, {"url": "b"}]}, "data", (Unit.IMAGE, Decimal(2))),
        (
            {"text": "x", "usage": {"type": "duration", "seconds": 7}},
            "text",
            (Unit.SECOND, Decimal(7)),
        ),
        ({"text": "x", "duration": 8.47}, "text", (Unit.SECOND, Decimal("8.47"))),
        ({"text": "x", "duration": "8.5"}, "text", (Unit.SECOND, Decimal("8.5"))),
    ],
)
def test_an_answer_says_how_much_it_is(data: Any, needs: str, expected: Any) -> None:
    """Images are counted, seconds are told by the provider, in either way it has."""
    assert measured(data, needs) == (expected,)


@pytest.mark.parametrize(
    ("data", "needs"),
    [
        ({"results": []}, "results"),
        ({"text": "x"}, "text"),
        ({"text": "x", "duration": "long"}, "text"),
        ({"text": "x", "duration": -1}, "text"),
        ({"text": "x", "duration": 1e300}, "text"),
        ({"text": "x", "usage": {"seconds": True}}, "text"),
        ({"data": "x"}, "data"),
    ],
)
def test_what_is_no_count_is_none(data: Any, needs: str) -> None:
    """Nothing is guessed, so that its cost is unknown and not zero."""
    assert measured(data, needs) == ()


def test_tokens_are_counted_where_the_provider_does() -> None:
    """Of images and transcriptions of newer models; of others there are none."""
    usage = {"type": "tokens", "input_tokens": 14, "output_tokens": 45, "total_tokens": 59}

    assert counted({"usage": usage}) == Usage(input=14, output=45)
    assert counted({"usage": {"type": "duration", "seconds": 7}}) is None
    assert counted({}) is None


def test_signs_are_those_that_are_sent() -> None:
    """Placeholders are spoken, and not what they stand for."""
    body = json.dumps({"model": "tts", "input": "Dear PERSON_7K2QX9MD"}).encode()

    assert spoken(body) == ((Unit.CHARACTER, Decimal(20)),)
    assert spoken(b'{"input":["a"]}') == ()


@pytest.mark.parametrize(
    ("dialect", "members", "expected"),
    [
        ("openai_images", {}, (Unit.IMAGE, 1)),
        ("openai_images", {"n": 4}, (Unit.IMAGE, 4)),
        ("openai_images", {"n": None}, (Unit.IMAGE, 1)),
        ("openai_speech", {"input": "x"}, (Unit.CHARACTER, 1500)),
        ("openai_transcriptions", {}, (Unit.SECOND, 2)),
    ],
)
def test_what_an_answer_may_come_to_is_known_before(
    dialect: str, members: Any, expected: Any
) -> None:
    """Of 1,500 bytes: no text has more signs, and no recording takes fewer bytes a second."""
    assert most_measured(dialect, members, 1500) == ((expected[0], Decimal(expected[1])),)


def test_what_is_not_sold_by_the_piece_has_no_pieces() -> None:
    """Judgments, chats."""
    assert most_measured("openai_moderations", {"n": 3}, 10) == ()
