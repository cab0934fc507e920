"""Which forms can begin at a place."""

import re

from hypothesis import given, settings, strategies as st

from guardrail_gw.detection.beginnings import Beginnings
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.rules.national.identifier import expanded
from guardrail_gw.detection.rules.spot import ANY, PAD
from guardrail_gw.detection.rules.window import Whole

SHAPES = sorted({form.shape for rule in RULES for form in rule.forms})


@settings(max_examples=80)
@given(shape=st.sampled_from(SHAPES), data=st.data())
def test_what_has_a_shape_begins_like_it(shape: str, data: st.DataObject) -> None:
    """However a shape is written, each of its beginnings lets it stand there."""
    written = data.draw(st.from_regex(re.compile(expanded(shape)), fullmatch=True))
    kinds = Whole(written).kinds[PAD : PAD + len(written)]
    beginnings = Beginnings([shape])

    assert all(beginnings[kinds[:size]] for size in range(1, len(kinds) + 1))


def test_other_beginnings_rule_it_out() -> None:
    """By the length of a number, by its letters, and by what goes on behind it."""
    beginnings = Beginnings(["#{8}", "@{2}_#{6}"])

    assert beginnings["99999999 "] == beginnings["9999"] == (0,)
    assert beginnings["aa 999999."] == beginnings["AA999999\0"] == (1,)
    assert beginnings["999999999"] == beginnings["99999999a"] == beginnings["a 999999"] == ()


def test_what_is_not_told_rules_nothing_out() -> None:
    """An unknown character may be any, and of a long beginning nothing is told."""
    beginnings = Beginnings(["#{8}", "@{2}_#{6}"])

    assert beginnings[ANY] == beginnings["x" * 40] == (0, 1)


def test_little_is_remembered() -> None:
    """What was told of beginnings is forgotten before it grows without bound."""
    beginnings = Beginnings(["#{8}"])
    for code in range(256, 5_000):
        beginnings[chr(code)]

    assert len(beginnings) <= 2_048
