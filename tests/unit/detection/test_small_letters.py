"""What a model finds in small letters where capitals are written."""

import pytest

from guardrail_gw.core.text import Entity, Finding, SegmentKind
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.merge import DOUBTFUL, DOUBTFUL_SCORE, NER, merge
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.detection.small_letters import is_unlikely


def found(text: str, value: str, entity: str = "PERSON") -> Finding:
    """The first place of `value` as a finding of the model."""
    start = text.index(value)
    return Finding(
        start=start, end=start + len(value), entity=Entity(entity), score=0.85, recognizer=NER
    )


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The engine with the shipped model."""
    return load_engine(DetectionSettings()).engine


@pytest.mark.parametrize(
    ("text", "value", "entity", "unlikely"),
    [
        ("She played the zither coda twice.", "zither coda", "PERSON", True),
        ("She played the zither coda twice.", "zither coda", "LOCATION", True),
        ("She played the Zither Coda twice.", "Zither Coda", "PERSON", False),
        ("she played the zither coda twice.", "zither coda", "PERSON", False),
        ("Nobody. she played the zither coda. Nobody", "zither coda", "PERSON", False),
        ("I sent it to zither as an API", "zither", "PERSON", False),
        ("Write to peter zither.", "peter zither", "PERSON", False),
        ("We live in leeds now.", "leeds", "LOCATION", False),
        ("Ask #zither or me. Ask", "zither", "PERSON", False),
        ("He uses zither daily.", "zither", "ORGANIZATION", False),
        ("He was born in may 1990.", "may 1990", "DATE_TIME", False),
        ("Wang asked 王小明 about it", "王小明", "PERSON", False),
    ],
)
def test_capitals_around_make_small_letters_unlikely(
    text: str, value: str, entity: str, *, unlikely: bool
) -> None:
    """Persons and places only, within one sentence; what a list knows is a name all the same."""
    assert is_unlikely(text, found(text, value, entity)) is unlikely


def test_what_is_unlikely_is_told_as_doubtful() -> None:
    """It keeps its place and entity, so that a policy with a low threshold still replaces it."""
    text = "She played the zither coda twice."
    seen = found(text, "zither coda")

    (told,) = merge(text, [seen])

    assert (told.start, told.end, told.entity) == (seen.start, seen.end, seen.entity)
    assert (told.score, told.recognizer) == (DOUBTFUL_SCORE, DOUBTFUL)


def test_what_a_rule_finds_is_not_doubted() -> None:
    """Only what the model alone says is judged by its letters."""
    text = "She played the zither coda twice."
    by_rule = Finding(start=15, end=21, entity=Entity("PERSON"), score=0.6, recognizer="introduced")

    (told,) = merge(text, [found(text, "zither coda"), by_rule])

    assert (told.start, told.end, told.score) == (15, 26, 0.6)


def test_a_question_of_everyday_words_gives_nothing_sure(engine: Engine) -> None:
    """Words that training never met are no names where the rest is written with capitals."""
    text = "¿Cómo puedo aprender a tocar la guitarra?"

    (findings,) = engine.scan([(text, SegmentKind.PROSE)])

    assert [each for each in findings if each.score > DOUBTFUL_SCORE] == []
