"""What a page's address asks for."""

import pytest

from guardrail_gw.console.asked import AskedError, asked
from tests.support.reviewed import MARCH_US

DAY_US = 86_400_000_000


def test_a_filter_is_read() -> None:
    """Names of the form become conditions; the last day is included; empty fields ask nothing."""
    read = asked(
        {"person": " anna ", "since": "2026-03-01", "until": "2026-03-01", "team": "", "left": "no"}
    )

    assert (read.query.since_us, read.query.until_us) == (MARCH_US, MARCH_US + DAY_US)
    assert read.query.words == (("subject", "anna"),)
    assert read.query.refused
    assert "team" not in read.values


def test_the_last_day_there_is_has_an_end() -> None:
    """A form that says "for ever" is understood."""
    read = asked({"since": "0001-01-01", "until": "9999-12-31"})

    assert read.query.since_us is not None
    assert read.query.until_us is not None
    assert read.query.since_us < 0 < read.query.until_us


def test_unknown_names_ask_nothing() -> None:
    """Neither do they come back in the form."""
    read = asked({"utm_source": "x", "ending": "ok"})

    assert (read.values, read.query.words) == ({}, ())


@pytest.mark.parametrize(
    "form",
    [
        {"since": "01.03.2026"},
        {"until": "2026-02-30"},
        {"before": "-1"},
        {"before": "1" * 20},
        {"before": "٣"},
        {"person": "x" * 400},
    ],
)
def test_what_is_not_understood_is_an_error(form: dict[str, str]) -> None:
    """It is never left out silently: the answer would be to another question."""
    with pytest.raises(AskedError):
        asked(form)
