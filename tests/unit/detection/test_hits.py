"""What rules are shown of a text."""

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.asked import asked, asking_of
from guardrail_gw.detection.hits import MARGIN, Hits
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.window import Whole

TEXT = f"{'word ' * 60}12 345{' word' * 60} key{' word' * 60}"


def shown(needs: Needs) -> list[str]:
    """The windows that a rule with these needs is shown of `TEXT`."""
    rule = Rule(name="one", entities=frozenset(), find=lambda _: (), needs=needs)
    asking = asking_of(0, rule)
    hits = Hits(Whole(TEXT), asked([rule], [asking], automaton=False))
    return [str(each.window) for each in hits.shown(asking)]


def test_a_rule_is_shown_the_neighbourhood_of_what_it_needs() -> None:
    """Digits, a term or a phrase, with the reach and the margin on either side."""
    (digits,) = shown(Needs(digits=5, reach=10))
    (term,) = shown(Needs(terms=("key",), reach=10))
    (phrase,) = shown(Needs(phrases=("key word",), reach=10))

    assert len(digits) == len("12 345") + 2 * (10 + MARGIN)
    assert "12 345" in digits
    assert len(term) == len("key") + 2 * (10 + MARGIN)
    assert " key " in term
    assert len(phrase) == len("key word") + 2 * (10 + MARGIN)
    assert " key word " in phrase


def test_a_rule_that_looks_at_digits_only_is_shown_all() -> None:
    """A window would spare it nothing."""
    assert shown(Needs(digits=5, is_led=True)) == [TEXT]


def test_a_rule_without_a_reach_is_shown_all() -> None:
    """So is one that a term calls and that finds its own places."""
    assert shown(Needs(terms=("key",))) == [TEXT]


def test_what_only_the_margin_shows_does_not_count() -> None:
    """A finding counts within the reach, at its place in the whole text."""
    rule = Rule(name="one", entities=frozenset(), find=lambda _: (), needs=Needs(digits=5, reach=9))
    asking = asking_of(0, rule)
    (window,) = Hits(Whole(TEXT), asked([rule], [asking], automaton=False)).shown(asking)
    at = TEXT.index("12 345")

    def kept(start: int, end: int) -> Finding | None:
        begins = window.window.at
        entity = Entity("PERSON")
        found = (start - begins, end - begins)
        return window.kept(
            Finding(start=found[0], end=found[1], entity=entity, score=1.0, recognizer="one")
        )

    inside, before, behind = kept(at - 9, at), kept(at - 10, at), kept(at, at + 16)

    assert inside is not None
    assert (inside.start, inside.end) == (at - 9, at)
    assert before is behind is None
