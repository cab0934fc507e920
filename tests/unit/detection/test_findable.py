"""Whether a value can be a finding, asked in the surroundings of the rules' own examples."""

import pytest

from guardrail_gw.core.text import Entity
from guardrail_gw.detection.findable import Findable
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.rules.rule import Rule

PERSON = Entity("PERSON")
RULED = Findable(RULES, ())


@pytest.mark.parametrize(
    ("entity", "value", "found"),
    [
        ("EMAIL_ADDRESS", "support@acme.example", True),
        ("EMAIL_ADDRESS", "  Support@ACME.example ", True),
        ("EMAIL_ADDRESS", "Acme <support@acme.example>", False),
        ("EMAIL_ADDRESS", "+49 30 901820", False),
        ("PHONE_NUMBER", "+49 30 901820", True),
        ("IBAN_CODE", "DE89 3704 0044 0532 0130 00", True),
        ("IBAN_CODE", "DE00 3704 0044 0532 0130 00", False),
        ("PASSPORT", "C01X00T47", True),
    ],
)
def test_a_value_is_tried_where_its_kind_is_found(entity: str, value: str, *, found: bool) -> None:
    """Whole values of the kind may be found, by their looks or beside a word; others may not."""
    assert RULED(value, Entity(entity)) is found


@pytest.mark.parametrize(("value", "found"), [("a@acme.example", True), ("nothing at all", False)])
def test_without_a_kind_any_rule_may_find_it(value: str, *, found: bool) -> None:
    """Under `default` a value may be of any kind."""
    assert RULED(value, None) is found


def test_of_a_model_nothing_is_ruled_out() -> None:
    """Whether a model sees a name depends on the text around it."""
    named = Findable(RULES, [PERSON])

    assert named("nothing at all", PERSON)
    assert named("nothing at all", None)
    assert not named("nothing at all", Entity("IBAN_CODE"))


def test_of_a_recognizer_without_examples_nothing_is_ruled_out() -> None:
    """An operator's recognizer shows no surroundings to try a value in."""
    rule = Rule(name="own", entities=frozenset({Entity("BADGE")}), find=lambda _: ())

    assert Findable([rule], ())("whatever", Entity("BADGE"))
