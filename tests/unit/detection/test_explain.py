"""Why something was found."""

import re
from base64 import b64encode
from collections.abc import Iterator

import pytest

from guardrail_gw.core.text import Entity, Finding, SegmentKind
from guardrail_gw.detection import presidio
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.explain import Said, account
from guardrail_gw.detection.merge import NER
from guardrail_gw.detection.reasons import described
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.rules.rule import Rule
from tests.support.names import CAPITALISED_PAIR, NamesByPattern

STAFF = Entity("STAFF")


def find_staff(text: str) -> Iterator[Finding]:
    """`S` and four digits: 0.3 alone, 0.8 behind "staff number"."""
    for match in re.finditer(r"S[0-9]{4}", text):
        score = 0.8 if "staff number" in text[: match.start()] else 0.3
        yield Finding(
            start=match.start(), end=match.end(), entity=STAFF, score=score, recognizer="staff"
        )


STAFF_RULE = Rule(name="staff", entities=frozenset({STAFF}), find=find_staff)


def said_about(text: str, engine: Engine, value: str) -> list[Said]:
    """What was said about one value by those who are asked."""
    start = text.index(value)
    said = [s for s in account(engine, text).said if s.finding.start == start]
    return [s for s in said if not s.became.startswith("left out: identifiers")]


def test_what_is_explained_is_what_is_found() -> None:
    """The findings of an account are those of a scan."""
    engine = Engine(rules=RULES, names=NamesByPattern(CAPITALISED_PAIR))
    text = "Ask Anna Schmidt, a@example.com, or 030 901820."

    assert list(account(engine, text).findings) == engine.scan([(text, SegmentKind.PROSE)])[0]


def test_a_context_word_is_named() -> None:
    """The word that raised the score is told from the others around it, with the score without."""
    engine = Engine(rules=RULES, names=None)
    text = "In the morning please call the office at 030 901820 and ask for the form."

    (said,) = said_about(text, engine, "030 901820")

    assert (said.base_score, said.finding.score) == (0.6, 0.85)
    assert said.context == ("call",)


def test_a_phrase_of_several_words_is_named_whole() -> None:
    """Where only two words together count, both are named."""
    engine = Engine(rules=[STAFF_RULE], names=None)
    text = "the number of the staff: the staff number S1234"

    (said,) = said_about(text, engine, "S1234")

    assert said.context == ("staff", "number")


def test_a_match_that_needs_its_context_has_no_score_without() -> None:
    """A citizen number is none without the word that names it."""
    engine = Engine(rules=RULES, names=None)
    text = "mijn bsn is 111222333 zoals altijd"

    (said,) = [s for s in said_about(text, engine, "111222333") if s.finding.recognizer == "nl_bsn"]

    assert said.base_score is None
    assert said.context == ("bsn",)


@pytest.mark.parametrize(
    ("value", "checked"),
    [
        ("DE89 3704 0044 0532 0130 00", True),
        ("4111 1111 1111 1111", True),
        ("a@example.com", False),
        ("030 901820", False),
    ],
)
def test_a_check_character_shows_in_its_neighbours(value: str, *, checked: bool) -> None:
    """A value has a check when values that differ in the last character only are refused."""
    engine = Engine(rules=RULES, names=None)

    (said,) = said_about(f"see {value}", engine, value)

    assert said.checked is checked


def test_merging_is_told() -> None:
    """What names the longer span, and what only became a part of it."""
    engine = Engine(rules=[STAFF_RULE], names=NamesByPattern(CAPITALISED_PAIR))
    text = "staff number S1234 is that of Anna S1234"

    told = {(s.finding.recognizer, s.became) for s in account(engine, text).said}

    assert told == {
        ("staff", "kept"),
        ("staff", "names a longer span"),
        (NER, "part of STAFF, which staff says"),
    }


def test_small_letters_among_capitals_are_told() -> None:
    """Why the model's own score did not stand."""
    engine = Engine(rules=[], names=NamesByPattern("zither coda"))

    (said,) = account(engine, "She played the zither coda twice.").said

    assert said.became.startswith("doubtful: small letters")


def test_what_lies_in_a_placeholder_is_left_out() -> None:
    """A name within a placeholder was said, and nothing became of it."""
    engine = Engine(rules=[STAFF_RULE], names=None)
    text = "PERSON_S1234XYZ"

    (said,) = account(engine, text).said

    assert said.became.startswith("left out")


def test_offsets_are_those_of_the_original() -> None:
    """A disguised value is told of with its disguise, and that there was one."""
    engine = Engine(rules=RULES, names=None)
    text = "x \u0430nna\u200b\uff20example.com y"

    found = account(engine, text)

    assert found.rewritten
    assert [text[s.finding.start : s.finding.end] for s in found.said] == [text[2:-2]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_says_what_it_is_for_and_why(rule: Rule) -> None:
    """Each rule's module begins with what it finds and names its source."""
    what, source = described(rule)

    assert len(what) > 10
    assert source


def test_a_recognizer_of_presidio_is_named() -> None:
    """What Presidio says is told as Presidio's, with its version."""
    (rule,) = presidio.load(names=("PlPeselRecognizer",), files=(), timeout_s=1)

    what, source = described(rule)

    assert what == "Presidio's PlPeselRecognizer"
    assert source.startswith("presidio-analyzer 2.")


def test_context_of_presidio_is_found_too() -> None:
    """A recognizer that is not ours is explained in the same way."""
    rules = presidio.load(names=("NhsRecognizer",), files=(), timeout_s=1)
    text = "the nhs number of the patient is 943 476 5919 today"

    (said,) = said_about(text, Engine(rules=rules, names=None), "943 476 5919")

    assert (said.base_score, said.context, said.checked) == (0.3, ("nhs",), True)


def test_a_value_that_hides_is_explained_where_it_stands() -> None:
    """What only a second reading shows is told with its place in the text and with its context."""
    engine = Engine(rules=RULES, names=None)
    text = "please debit D E 8 9 3 7 0 4 0 0 4 4 0 5 3 2 0 1 3 0 0 0 now"

    (said,) = [s for s in account(engine, text).said if s.became == "kept"]

    assert said.hidden
    assert said.finding.entity == "IBAN_CODE"
    assert text[said.finding.start : said.finding.end] == text[13:-4]
    assert said.checked


def test_what_a_blob_holds_is_explained() -> None:
    """An encoded value is told of as covering its blob."""
    engine = Engine(rules=RULES, names=None)
    blob = b64encode(b"write to anna.schmidt@example.com today").decode()

    said = said_about(f"data: {blob}", engine, blob)

    assert ("EMAIL_ADDRESS", True, "kept") in {(s.finding.entity, s.hidden, s.became) for s in said}


@pytest.mark.parametrize(
    ("countries", "became"),
    [
        ((), "left out: identifiers of US are looked for where a policy lists it only"),
        (("US",), "kept"),
    ],
)
def test_identifiers_of_other_states_say_who_must_ask_for_them(
    countries: tuple[str, ...], became: str
) -> None:
    """A number that only another jurisdiction looks for is told of as left out, with its state."""
    engine = Engine(rules=RULES, names=None)

    (said,) = account(engine, "her itin is 912-70-1234", countries=frozenset(countries)).said

    assert (said.finding.entity, said.country, said.became) == ("US_ITIN", "US", became)


def test_what_does_not_count_in_code_says_so() -> None:
    """A date in source is left out with that reason, and kept where code is scanned."""
    engine = Engine(rules=RULES, names=None)
    text = "See below.\n```python\nborn = since('12 March 2024')\n```\n"

    (checked,) = account(engine, text).said
    (scanned,) = account(engine, text, kind=SegmentKind.EVERYTHING).said

    assert (checked.finding, scanned.became) == (scanned.finding, "kept")
    assert checked.became.startswith("left out: it rests on how a text looks")


def test_what_the_model_is_not_shown_it_does_not_say() -> None:
    """Names in code are no part of an account; where a policy has code scanned they are."""
    engine = Engine(rules=[], names=NamesByPattern(CAPITALISED_PAIR))
    text = "See below.\n```python\nAnna Schmidt(1)\n```\n"

    checked = account(engine, text)
    scanned = account(engine, text, kind=SegmentKind.EVERYTHING)

    assert not checked.said
    assert [s.became for s in scanned.said] == ["kept"]


def test_a_repeated_name_is_told_as_one() -> None:
    """A name that nobody saw where it stands is explained by the place where somebody did."""
    engine = Engine(rules=[], names=NamesByPattern(CAPITALISED_PAIR))
    text = "Anna Schmidt wrote. then Schmidt called."

    first, again = account(engine, text).said

    assert (first.about, again.about) == (
        "named-entity recognition",
        "a name that was found elsewhere in the text",
    )
    assert text[again.finding.start : again.finding.end] == "Schmidt"


def test_a_text_never_shows_in_a_repr() -> None:
    """Neither an account nor what it is made of shows words of the text."""
    engine = Engine(rules=RULES, names=None)

    found = account(engine, "please call 030 901820")

    assert "call" not in repr(found)
