"""A rule's reasons, by asking it again."""

from guardrail_gw.core.text import Finding
from guardrail_gw.detection.reasons import reasons
from guardrail_gw.detection.rules.every import RULES


def asked(name: str, text: str) -> tuple[float | None, tuple[str, ...], bool]:
    """The reasons of the first finding of a rule in a text."""
    rule = next(rule for rule in RULES if rule.name == name)
    finding: Finding = next(iter(rule.find(text)))
    return reasons(rule, text, finding)


def test_a_match_by_itself_owes_nothing_to_words() -> None:
    """A value with a check has the same score without the words around it, and no context."""
    assert asked("iban", "please debit DE89 3704 0044 0532 0130 00 now") == (1.0, (), True)


def test_words_far_off_are_no_reason() -> None:
    """In a long text the word beside the match is named, and none of a thousand others."""
    text = f"{'word ' * 1_000}please call 030 901820 {'word ' * 1_000}"

    assert asked("phone", text) == (0.6, ("call",), False)
