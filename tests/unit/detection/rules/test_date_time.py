"""Dates in digits and in words."""

import pytest

from guardrail_gw.detection.rules.date_time import find

WORDS = [
    "12 март 2026", "12. ožujka 2026.", "12. března 2026", "12. marts 2026", "12 maart 2026",
    "12 March 2026", "March 12, 2026", "12. märts 2026", "12. maaliskuuta 2026", "12 mars 2026",
    "12. März 2026", "12 Μαρτίου 2026", "2026. március 12.", "12 Márta 2026", "12 marzo 2026",
    "2026. gada 12. martā", "2026 m. kovo 12 d.", "12 ta' Marzu 2026", "12 marca 2026",
    "12 de março de 2026", "12 martie 2026", "12. marca 2026", "12 de marzo de 2026",
]  # fmt: skip


@pytest.mark.parametrize("date", WORDS)
def test_a_date_in_words_is_found_whole(date: str) -> None:
    """In each official language of the EU a date in words is one finding."""
    text = f"x {date} y"

    (finding,) = find(text)

    assert text[finding.start : finding.end].rstrip(".") == date.rstrip(".")
    assert finding.score == 0.6


@pytest.mark.parametrize(
    ("text", "date", "score"),
    [
        ("Date: 2012-10-01 00:46:43\n", "2012-10-01 00:46:43", 0.5),
        ("at 2026-03-12T14:00:00.123Z.", "2026-03-12T14:00:00.123Z", 0.5),
        ("on 12.03.2026.", "12.03.2026", 0.5),
        ("on 3/13/1956, he", "3/13/1956", 0.5),
        ("on 12/03/26", "12/03/26", 0.35),
        ("on March 12th, we", "March 12th", 0.35),
        ("since March 2026", "March 2026", 0.35),
        ("at 14:30", "14:30", 0.3),
        ("date of birth: 12.03.1986", "12.03.1986", 0.85),
        ("geboren am 12. März 1986", "12. März 1986", 0.85),
        ("née le 12 mars", "12 mars", 0.85),
        ("on Mar. 3, 2024 at 5:30 pm", "Mar. 3, 2024 at 5:30 pm", 0.6),
    ],
)
def test_a_score_says_what_kind_of_date_it_is(text: str, date: str, score: float) -> None:
    """A year, a month's name and a word for birth make a date more than some numbers."""
    (finding,) = find(text)

    assert text[finding.start : finding.end] == date
    assert finding.score == score


@pytest.mark.parametrize(
    "text", ["1.2.3", "10.20.30", "2026.9.1", "192.168.1.1", "12 months", "from 2 to 3 may 5 go"]
)
def test_versions_and_counts_are_no_dates(text: str) -> None:
    """Numbers with full stops, and words that are also months."""
    assert list(find(text)) == []
