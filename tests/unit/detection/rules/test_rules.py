"""Each rule's own table of examples, and what is true of all rules."""

from time import perf_counter

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.rules.rule import Rule

EACH = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


@EACH
def test_every_rule_has_examples_of_both_kinds(rule: Rule) -> None:
    """A rule without examples is not a rule."""
    assert rule.valid
    assert rule.invalid


@EACH
def test_a_valid_example_is_found(rule: Rule) -> None:
    """Each valid example of a rule is found, by an entity the rule declares."""
    for text in rule.valid:
        found = list(rule.find(text))

        assert found, text
        assert {finding.entity for finding in found} <= rule.entities, text


@EACH
def test_a_valid_example_has_what_the_rule_needs(rule: Rule) -> None:
    """A text in which a rule finds something meets what the rule says it needs."""
    assert [text for text in rule.valid if not rule.needs.met_by(text)] == []


@EACH
def test_an_invalid_example_is_not_found(rule: Rule) -> None:
    """Each invalid example of a rule gives nothing."""
    assert [text for text in rule.invalid if list(rule.find(text))] == []


@EACH
def test_what_stands_around_does_not_hide_a_value(rule: Rule) -> None:
    """Brackets, quotes, line ends and words around a valid example do not hide it."""
    around = [("", ""), ("see ", " now"), ("(", ")"), ('{"x":"', '"}'), ("\n", "\n")]
    texts = [text.join(pair) for text in rule.valid for pair in around]

    assert [text for text in texts if not list(rule.find(text))] == []


@given(text=st.text(max_size=200) | st.from_regex(r"[0-9A-Za-z@:. +/()_%-]{0,200}", fullmatch=True))
def test_findings_lie_within_the_text(text: str) -> None:
    """For any text, every finding of every rule is a non-empty span within it, scored 0 to 1."""
    for rule in RULES:
        for finding in rule.find(text):
            assert 0 <= finding.start < finding.end <= len(text)
            assert 0 < finding.score <= 1
            assert finding.entity in rule.entities


HOSTILE = {
    "digits": "1" * 100_000,
    "letters": "a" * 100_000,
    "capitals": "A" * 100_000,
    "spaced digits": "1 " * 50_000,
    "dashed digits": "-1" * 50_000,
    "dotted digits": ".1" * 50_000,
    "slashed digits": "1/" * 50_000,
    "clock": "01:" * 33_000,
    "at signs": "a@" * 50_000,
    "brackets": "(" * 100_000,
    "names": "Aa " * 33_000,
    "names and numbers": "Aa 1\n" * 20_000,
    "names and commas": "Aa, " * 25_000,
    "base58": "a1B2" * 25_000,
    "blank lines": ", \n" * 33_000,
    "labels": "password= token: " * 6_000,
    "documents": "passport A " * 9_000,
    "streets": "Hauptstr. 5, " * 7_500,
    "units": "Apt 5 " * 16_000,
    "months": "1 jan " * 16_000,
    "addresses": "http://a)" * 11_000,
    "keys": "sk-a-" * 20_000,
    "first lines": "-----BEGIN PRIVATE KEY-----" * 3_500,
}
"""100 kB each of what makes a pattern with nested repetition try every way to cut it."""


@EACH
def test_no_text_hangs_a_rule(rule: Rule) -> None:
    """No 100 kB of repetition keeps a rule busy; the slowest takes a second or two."""
    for kind, text in HOSTILE.items():
        started = perf_counter()

        list(rule.find(text))

        assert perf_counter() - started < 20, kind


def test_turkish_capitals_hide_no_document() -> None:
    """A letter that lower case makes two does not move what stands behind it out of sight."""
    (rule,) = (rule for rule in RULES if rule.name == "passport")
    text = "\u0130STANBUL " * 200 + rule.valid[0]

    assert list(rule.find(text))
