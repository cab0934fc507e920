"""Numbers behind the name of a national identifier."""

import pytest

from guardrail_gw.detection.rules.named_number import find
from guardrail_gw.detection.rules.named_number_words import FILLERS, NAMES


def found(text: str) -> list[str]:
    """What is found, in order."""
    return [text[each.start : each.end] for each in find(text)]


@pytest.mark.parametrize("between", [" ", ": ", " nr. ", ' is "', " (", ":\n"])
def test_a_number_behind_any_name_is_found(between: str) -> None:
    """Every name is known, in both cases of letters, whatever usually stands before its number."""
    number = "71 309 442 85"

    for name in NAMES.split(","):
        for written in (name, name.upper()):
            assert found(f"{written}{between}{number}") == [number], written


@pytest.mark.parametrize("filler", FILLERS.split(","))
def test_two_fillers_stand_between_and_not_three(filler: str) -> None:
    """A word that often stands there may stand there twice, a third one ends the phrase."""
    assert found(f"PESEL {filler} nr 7130944") == ["7130944"]
    assert found(f"PESEL {filler} nr nr 7130944") == []


def test_the_name_stands_right_before_its_number() -> None:
    """Another word, a sentence's end or a comma between makes it another number."""
    assert found("PESEL of order 7130944") == []
    assert found("PESEL, 7130944") == []
    assert found("no PESEL! 7130944") == []


@pytest.mark.parametrize("written", ["65 070649 J 503", "QQ 12 34 56 C", "850101/1238", "DE-12345"])
def test_the_number_is_found_to_its_end(written: str) -> None:
    """Letters and groups of digits belong to it, words behind it do not."""
    assert found(f"NINO {written} and more") == [written]
    assert found(f"NINO {written} JONES") == [written]


@pytest.mark.parametrize("written", ["2019", "2019-20", "2019/2020", "1 200", "12"])
def test_years_and_short_numbers_are_none(written: str) -> None:
    """They are said of the identifier and are none."""
    assert found(f"the NIF {written}") == []
