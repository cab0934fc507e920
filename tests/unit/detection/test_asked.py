"""Which rules a text calls."""

import pytest

from guardrail_gw.detection.asked import asked, asking_of
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.spot import Spot
from guardrail_gw.detection.rules.window import Whole

_LONG = "a" * 20
NEEDS = (
    Needs(),
    Needs(marks=("@",)),
    Needs(marks=("private key",)),
    Needs(marks=("token",), unbroken=16),
    Needs(terms=("swift",)),
    Needs(signs=(r"-{5}", r"\.com(?!\w)")),
    Needs(is_beyond_latin=True),
    Needs(spot=Spot(r"(?<=\$)9")),
    Needs(phrases=("name is", "et al")),
    Needs(has_capital=True),
)


def called(text: str, *, automaton: bool) -> set[int]:
    """The places of the rules, one for each of `NEEDS`, that a text calls."""
    rules = [
        Rule(name=str(at), entities=frozenset(), find=lambda _: (), needs=needs)
        for at, needs in enumerate(NEEDS)
    ]
    whole = Whole(text)
    every = asked(rules, [asking_of(*each) for each in enumerate(rules)], automaton=automaton)
    said = (*every.present(whole), *every.said(whole))
    bits = every.called(whole, said)
    return {at for at in range(len(NEEDS)) if bits >> at & 1}


@pytest.mark.parametrize("automaton", [False, True], ids=["plain", "re2"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing to see", {0}),
        ("a@b", {0, 1}),
        ("My Private KEY", {0, 2, 9}),
        ("private, key", {0}),
        ("a token", {0}),
        (f"a token {_LONG}", {0, 3}),
        ("SWIFT", {0, 4, 9}),
        ("swiftly", {0}),
        ("-----", {0, 5}),
        ("x.com", {0, 5}),
        ("x.community", {0}),
        ("\u0410\u043d\u043d\u0430", {0, 6, 9}),
        ("7 for $5", {0, 7}),
        ("$ for 75", {0}),
        ("My Name is", {0, 8, 9}),
        ("is my surname", {0}),
        ("eBay", {0, 9}),
    ],
)
def test_a_text_calls_the_rules_whose_needs_it_meets(
    text: str, expected: set[int], *, automaton: bool
) -> None:
    """A mark, a term, a sign, a spot calls; a mark of codes only where something is unbroken."""
    if automaton:
        pytest.importorskip("re2", reason="the extra re2 is not installed")

    assert called(text, automaton=automaton) == expected


def test_a_short_and_a_long_text_call_alike() -> None:
    """Of a long text each part is looked at once, which hides no mark in it."""
    text = "a@b and my private key, " + "word " * 400

    assert called(text, automaton=False) == {0, 1, 2}
