"""All rules at once find what each of them finds on the whole text, only sooner."""

import re
import time
from dataclasses import replace
from functools import cache
from random import Random  # noqa: TID251 - seeded

import pytest

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.hits import MARGIN
from guardrail_gw.detection.ruled import Ruled
from guardrail_gw.detection.rules.context import listed, near
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.rules.rule import REACH, Needs, Rule

EXAMPLES = [example for rule in RULES for example in (*rule.valid, *rule.invalid)]
FILLER = (
    *("the", "Rechnung", "müller", "12", "1", "2026", "3.5", "x_1", "a:b", "00", "card", "tel"),
    *(" ", "\n", "-", ", ", ".", "1", "0" * 9, "@", "(", "İ", "😀", "ß", "é"),
)


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "re2"])
def ruled(request: pytest.FixtureRequest) -> Ruled:
    """Every rule, with marks found in either way."""
    if request.param:
        pytest.importorskip("re2", reason="the extra re2 is not installed")
    return Ruled(RULES, automaton=request.param)


@cache
def each(text: str) -> list[Finding]:
    """What every rule finds on the whole text; the same for both ways to find marks."""
    return sorted(finding for rule in RULES for finding in rule.find(text))


def mixture(seed: int, length: int) -> str:
    """Examples of rules among words, numbers and signs."""
    dice = Random(seed)  # noqa: S311 - repeatable, and guards nothing
    parts: list[str] = []
    while sum(map(len, parts)) < length:
        parts.append(dice.choice(EXAMPLES) if dice.random() < 0.3 else dice.choice(FILLER))
        parts.append(dice.choice((" ", " ", " ", "", "\n", " and so on and so forth ")))
    return "".join(parts)


@pytest.mark.parametrize("seed", range(40))
def test_windows_lose_nothing_and_add_nothing(ruled: Ruled, seed: int) -> None:
    """On mixtures of examples and noise the findings are those of every rule on all of it."""
    text = mixture(seed, length=50 * (seed + 1))

    assert sorted(ruled.find(text)) == each(text)


@pytest.mark.parametrize("gap", [0, 1, REACH - 1, REACH, REACH + MARGIN, 2 * (REACH + MARGIN)])
def test_examples_are_found_far_from_everything(ruled: Ruled, gap: int) -> None:
    """Each example stands alone in prose, at distances around a window's size."""
    filler = ("word " * 40)[:gap]

    for example in EXAMPLES:
        text = f"{filler} {example} {filler}"
        assert sorted(ruled.find(text)) == each(text), example


@pytest.mark.parametrize("seed", [270, 271, 278, 4711])
def test_a_long_text_has_the_findings_of_the_whole(ruled: Ruled, seed: int) -> None:
    """A text of many windows has the same findings, each at its place."""
    text = mixture(seed, length=30_000)

    assert sorted(ruled.find(text)) == each(text)


@pytest.mark.parametrize("words", [3, 5, 7, 9, 11])
def test_words_between_a_name_and_its_number_change_nothing(ruled: Ruled, words: int) -> None:
    """Whatever stands between a value and the words beside it, a window shows both or neither."""
    gap = "and so " * words  # 21 to 77 code points: past what context reaches

    for rule in RULES:
        for example in rule.valid:
            for finding in rule.find(example):
                for at in (finding.start, finding.end):
                    text = f"{example[:at]} {gap}{example[at:]}"
                    assert sorted(ruled.find(text)) == each(text), rule.name


def _finder(pattern: str, words: str = "") -> Rule:
    compiled, context = re.compile(pattern), listed(words) if words else None

    def find(text: str) -> list[Finding]:
        return [
            Finding(start=m.start(), end=m.end(), entity=Entity("X"), score=1.0, recognizer="x")
            for m in compiled.finditer(text)
            if context is None or near(text, m.start(), m.end(), context)
        ]

    return Rule(name="x", entities=frozenset({Entity("X")}), find=find, needs=Needs(digits=4))


def test_what_only_the_cut_makes_is_not_found() -> None:
    """Where a window begins in the middle of a word, no word begins."""
    rule = _finder(r"(?<![a-z])[a-z]{8,400}(?![a-z])")
    text = "z" * 500 + " 1234 " + "z" * 500

    found = Ruled([rule]).find(text)

    assert found == []


def test_what_must_not_stand_before_a_finding_is_seen() -> None:
    """A look-behind sees as far as the margin beyond what the rule reaches."""
    gap = "." * 14
    rule = _finder(rf"(?<!no{re.escape(gap)})x{{{REACH}}}[0-9]{{4}}")
    text = f"{'.' * 300}no{gap}{'x' * REACH}1234"

    found = [Ruled([rule]).find(each) for each in (text, text.replace("no", ".."))]

    assert [len(each) for each in found] == [0, 1]


def test_context_is_asked_of_the_whole_text() -> None:
    """A word at the far end of its window counts although the rule is shown less than that."""
    rule = _finder(r"[0-9]{4}[x ]{0,60}!", "card")
    text = "card" + " " * 59 + "1234" + "x" * 60 + "!"

    found = Ruled([rule]).find(f"{'.' * 300} {text}")

    assert [(f.start, f.end) for f in found] == [(364, 429)]


def test_marks_have_windows_where_a_rule_says_how_far_it_reaches() -> None:
    """A rule with a mark and a reach is shown its neighbourhood, in any case of letters."""
    shown: list[str] = []

    def find(text: str) -> list[Finding]:
        shown.append(str(text))
        return []

    rule = Rule(
        name="x",
        entities=frozenset({Entity("X")}),
        find=find,
        needs=Needs(marks=("passport",), reach=10),
    )

    Ruled([rule]).find("." * 500 + "PassPort" + "." * 500)
    Ruled([rule]).find("." * 500 + "pass port" + "." * 500)

    assert shown == ["." * (10 + MARGIN) + "PassPort" + "." * (10 + MARGIN)]


def _watching(needs: Needs) -> tuple[Rule, list[str]]:
    shown: list[str] = []

    def find(text: str) -> list[Finding]:
        shown.append(str(text))
        return []

    return Rule(name="x", entities=frozenset({Entity("X")}), find=find, needs=needs), shown


def test_a_word_that_is_needed_must_stand_near_and_whole() -> None:
    """A rule that needs a word is called only where the whole word stands within its reach."""
    rule, shown = _watching(Needs(digits=4, words=("card",), reach=20))

    for text in ("cards 1234", "1234" + " " * 21 + "card", "the Card: 1234", "1234, _card_"):
        Ruled([rule]).find(text)

    assert shown == ["the Card: 1234", "1234, _card_"]


def test_a_rule_is_shown_unbroken_stretches() -> None:
    """A rule that needs so many characters in a row sees them, what is beside them, and no more."""
    rule, shown = _watching(Needs(unbroken=20))
    far = "a b " * 20

    Ruled([rule]).find(far + "x" * 19 + " " + far + "y" * 20 + " " + far)

    assert shown == [far[-MARGIN:] + "y" * 20 + " " + far[: MARGIN - 1]]


@pytest.mark.parametrize(
    ("needs", "enough", "lacking"),
    [
        (Needs(digits=5), "12 345", "12 34"),
        (Needs(unbroken=20), "x" * 20, "x" * 19),
        (Needs(digits=5, unbroken=20), "12345 " + "x" * 20, "1234 " + "x" * 20),
        (Needs(words=("card",)), "a card", "cards"),
    ],
)
def test_a_rule_is_not_asked_where_something_is_missing(
    needs: Needs, enough: str, lacking: str
) -> None:
    """It is asked where as much as it needs is there, also when a text before had less or more."""
    rule, shown = _watching(needs)
    ruled = Ruled([rule])

    asked = []
    for text in (lacking, enough, lacking, enough):
        shown.clear()
        ruled.find(text)
        asked.append(bool(shown))

    assert asked == [False, True, False, True]


def test_prose_costs_the_same_for_any_number_of_rules() -> None:
    """A rule whose needs no text meets is never called, however many of them there are."""
    called: list[int] = []

    def find(text: str) -> list[Finding]:
        called.append(len(text))
        return []

    rules = [
        Rule(name=f"r{i}", entities=frozenset({Entity("X")}), find=find, needs=Needs(digits=3))
        for i in range(500)
    ]

    Ruled(rules).find("There is nothing in 12 words of prose but words, 1 or 2 digits. " * 50)

    assert called == []


def test_work_and_time_are_linear_in_the_length() -> None:
    """For 1 MB rules are shown eight times what they are shown for 128 kB, in a like time."""
    unit = mixture(1, length=4_000) + "The weather was fine and nobody was there. " * 90
    small, large = unit * (131_072 // len(unit)), unit * (1_048_576 // len(unit))
    times = len(large) / len(small)
    ruled = Ruled(RULES)

    shown = _shown(large) / _shown(small)
    taken = min(_seconds(ruled, large) for _ in range(2)) / min(
        _seconds(ruled, small) for _ in range(3)
    )

    assert 0.95 * times < shown < 1.05 * times
    assert taken < 3 * times  # a quadratic step would take eight times as long as it should


def _shown(text: str) -> int:
    """Code points that all rules together are shown of `text`."""
    lengths: list[int] = []

    def watch(window: str) -> tuple[()]:
        lengths.append(len(window))
        return ()

    Ruled([replace(rule, find=watch) for rule in RULES]).find(text)
    return sum(lengths)


def _seconds(ruled: Ruled, text: str) -> float:
    start = time.process_time()
    ruled.find(text)
    return time.process_time() - start
