"""All forms looked for together find what each of them finds by itself."""

from dataclasses import replace
from random import Random  # noqa: TID251 - seeded

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.forms import Group, groups
from guardrail_gw.detection.rules.national.every import IDENTIFIERS, RULES
from guardrail_gw.detection.rules.national.identifier import Identifier, find_forms
from guardrail_gw.detection.rules.rule import Form, Needs, Rule
from tests.support.shapes import sample

SIGNS = st.sampled_from(
    [
        *"0123456789",
        *"ABDEIKSUXZ",
        *"afrtxz",
        *" ./+-:,#_\n",
        "\u2011",
        "\u00e9",
        "\u0391",
        " DE",
        "12",
    ]
)
PARTS = st.lists(SIGNS | st.from_regex(r"[0-9]{6,14}", fullmatch=True), max_size=40).map("".join)


def _taking(rule: Rule, number: int) -> Rule:
    """The rule's forms, with everything accepted that is written so."""

    def accept(_text: str, start: int, end: int) -> Finding:
        entity = Entity(f"X{number}")
        return Finding(start=start, end=end, entity=entity, score=1.0, recognizer="x")

    return replace(rule, forms=tuple(replace(form, accept=accept) for form in rule.forms))


TAKING = [_taking(rule, number) for number, rule in enumerate(RULES)]
TOGETHER = list(groups(enumerate(TAKING)))


def each(text: str) -> list[tuple[int, Finding]]:
    """What every form finds by itself."""
    return sorted((n, f) for n, rule in enumerate(TAKING) for f in find_forms(rule.forms, text))


def together(text: str) -> list[tuple[int, Finding]]:
    """What the groups find."""
    return sorted(found for group in TOGETHER for found in group.find(text, None))


@given(text=PARTS)
def test_any_row_of_signs_is_read_alike(text: str) -> None:
    """For digits, letters and separators in any order, every form finds the same spans."""
    assert together(text) == each(text)


@pytest.mark.parametrize("identifier", IDENTIFIERS, ids=lambda i: i.entity)
def test_numbers_of_a_shape_are_read_alike(identifier: Identifier) -> None:
    """Numbers of every shape, one behind the other with words between, give the same spans."""
    dice = Random(identifier.entity)  # noqa: S311 - repeatable, and guards nothing
    patterns = identifier.patterns()
    written = [sample(dice.choice(patterns), dice) for _ in range(20)]
    text = "".join(part + dice.choice((" ", ", ", " no. ", "\n", "-", "")) for part in written)

    found = together(text)

    assert found == each(text)
    assert found


def test_nearly_all_forms_are_in_a_group() -> None:
    """No more than five forms are tried by themselves."""
    alone = [group for group in TOGETHER if not isinstance(group, Group)]

    assert len(alone) <= 5


def test_only_wanted_rules_are_asked() -> None:
    """Of forms that match, those of the wanted rules are accepted, and no other is asked."""
    asked: list[str] = []

    def rule(name: str) -> Rule:
        def accept(_text: str, _start: int, _end: int) -> None:
            asked.append(name)

        form = Form(shape="#{9}", accept=accept)
        needs = Needs(digits=9, words=(name,))
        return Rule(name=name, entities=frozenset(), find=lambda _: (), needs=needs, forms=(form,))

    (group,) = groups(enumerate(map(rule, ("one", "two", "three"))))
    found = list(group.find("123456789", 0b101))

    assert (asked, found) == (["one", "three"], [])
    assert group.needs.words == ("one", "three", "two")
