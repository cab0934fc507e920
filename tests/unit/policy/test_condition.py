"""Conditions: read once, asked at each request, and never believed but for true and false."""

import time
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from guardrail_gw.core.text import Entity
from guardrail_gw.policy.circumstances import Circumstances
from guardrail_gw.policy.condition import (
    Condition,
    ConditionError,
    Conditions,
    Judgement,
    conditions_installed,
    zone_named,
)

READER = Conditions(["found.total", "found.PERSON", "found.URL"])
ASKED = Circumstances(
    tenant="acme",
    team="crm",
    user="anna",
    key="k1",
    endpoint="openai_chat",
    model="frontier-large",
    stream=True,
    attachments=False,
    features=("storage", "web_search"),
    at_us=1_764_190_000_000_000,  # Wednesday, 26 November 2025, 20:46:40 UTC
)
FOUND = {Entity("PERSON"): 4, Entity("URL"): 1}


def condition(text: str, zone: str = "UTC") -> Condition:
    """Read one."""
    return READER.condition(text, zone_named(zone))


@pytest.mark.parametrize(
    "text",
    [
        'tenant == "acme" && team == "crm" && user == "anna" && key == "k1"',
        'endpoint == "openai_chat" && model.startsWith("frontier-")',
        "stream && !attachments",
        'features.exists(f, f == "web_search") && "storage" in features && size(features) == 2',
        "time.weekday == 3 && time.hour == 20 && time.minute == 46",
        "found.PERSON >= 4 && found.total >= 5 && found.PERSON + found.URL > 4",
        'model.contains("large") && model.endsWith("large") && team in ["crm", "sales"]',
    ],
)
def test_every_variable_can_be_asked_for(text: str) -> None:
    """A condition that is true of a request holds."""
    assert condition(text).judge(ASKED, FOUND) is Judgement.HOLDS


@pytest.mark.parametrize(
    "text", ['team == "sales"', "!stream", "time.hour < 20", "found.URL >= 2", "attachments"]
)
def test_what_is_not_so_fails(text: str) -> None:
    """A condition that is false of a request fails."""
    assert condition(text).judge(ASKED, FOUND) is Judgement.FAILS


def test_what_errs_is_unsure_and_not_believed() -> None:
    """An error comes back from the library as a value that Python takes for true; it is neither."""
    erring = condition('features[7] == "storage"')

    assert erring.judge(ASKED) is Judgement.UNSURE


@pytest.mark.parametrize(
    ("text", "unknown"),
    [("stream", ("stream",)), ("time.hour > 1 && team == 'a'", ("team", "time.hour"))],
)
def test_what_is_not_known_is_unsure(text: str, unknown: tuple[str, ...]) -> None:
    """A fact that nobody knows is neither true nor false, and is named."""
    asked = condition(text)

    assert asked.judge(Circumstances()) is Judgement.UNSURE
    assert asked.unknown(Circumstances()) == unknown


def test_findings_that_nobody_looked_for_are_not_known() -> None:
    """Before detectors have looked, what was found is unknown and not nothing."""
    assert condition("found.PERSON >= 1").judge(ASKED, None) is Judgement.UNSURE
    assert condition("found.PERSON >= 1").judge(ASKED, {}) is Judgement.FAILS


def test_a_fact_of_another_type_is_unsure() -> None:
    """A value that is not of its declared type makes nothing true."""
    wrong = Circumstances(team=3)  # type: ignore[arg-type]  # on purpose

    assert condition('team == "crm"').judge(wrong) is Judgement.UNSURE


def test_time_is_that_of_the_zone() -> None:
    """The same moment is another hour, and another day, elsewhere."""
    here = condition("time.hour == 21 && time.weekday == 3", "Europe/Berlin")
    there = condition("time.hour == 5 && time.weekday == 4", "Asia/Tokyo")

    assert here.judge(ASKED) is Judgement.HOLDS
    assert there.judge(ASKED) is Judgement.HOLDS


@pytest.mark.parametrize(
    ("text", "message", "near"),
    [
        ("tem == 'a'", "line 1, column 1: unknown name 'tem'", "team"),
        ("stream &&\n  tem == 'a'", "line 2, column 3: unknown name 'tem'", "team"),
        ("team == 1", "line 1, column 6: `==` does not fit (string, int)", None),
        ("stream &&\n 1 + 'a' == 2", "line 2, column 4: `+` does not fit (int, string)", None),
        ("!team.contains('a') && !team", "line 1, column 24: `!` does not fit (string)", None),
        ("team in 'a'", "line 1, column 6: `in` does not fit (string, string)", None),
        ("team", "line 1, column 1: is string, not true or false", None),
        ("size(team)", "line 1, column 1: is int, not true or false", None),
        (
            "team ==",
            "line 1, column 8: something is missing here, or stands where it may not",
            None,
        ),
        ("(" * 60 + "true" + ")" * 60, "line 1, column 1: is no condition: too deep, or not CEL",
         None),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_a_fault(text: str, message: str, near: str | None) -> None:
    """The fault says line and column in the condition, what is wrong, and the nearest name."""
    with pytest.raises(ConditionError) as caught:
        condition(text)

    assert (str(caught.value), caught.value.near) == (message, near)


def test_a_zone_that_nobody_knows_is_a_fault() -> None:
    """The nearest zone is named; UTC needs no database."""
    with pytest.raises(ConditionError, match="unknown time zone 'Europe/Berln'") as caught:
        zone_named("Europe/Berln")

    assert caught.value.near == "Europe/Berlin"
    assert zone_named("UTC") is UTC
    assert zone_named("Europe/Berlin") == ZoneInfo("Europe/Berlin")


def test_conditions_that_say_the_same_are_the_same() -> None:
    """White space is no difference; a zone is one only where the time is asked for."""
    assert condition("stream  &&\n attachments").said == "stream && attachments"
    assert condition("stream", "Asia/Tokyo").said == "stream"
    assert condition("time.hour > 1", "Asia/Tokyo").said == "time.hour > 1 in Asia/Tokyo"


def test_the_extra_is_seen_without_an_import() -> None:
    """It is installed where these tests run."""
    assert conditions_installed()


WORDS = st.sampled_from(
    ["team", "stream", "features", "time.hour", "found.PERSON", ".exists(f,", "==", ">=", "&&",
     "||", "!", "(", ")", "[", "]", ",", "+", "in", "true", "'a'", "3", "size(", ".contains("]
)  # fmt: skip


@given(words=st.lists(WORDS, min_size=1, max_size=12))
@settings(max_examples=200, deadline=None)
def test_whatever_is_written_is_read_or_a_fault(words: list[str]) -> None:
    """No text makes the reader fail otherwise, and what was read is judged without an exception."""
    try:
        read = condition(" ".join(words))
    except ConditionError:
        return

    assert read.judge(ASKED, FOUND) in Judgement
    assert read.judge(Circumstances()) in Judgement


def test_the_costliest_condition_takes_less_than_a_millisecond() -> None:
    """With 500 characters, one macro and the lists that the gateway gives, cost is bounded."""
    within = ",".join(str(number % 10) for number in range(200))
    texts = [
        f"features.all(f, !(size(f) + 90 in [{within}]))",
        " && ".join(["features.all(f, size(f) > 0)", *["!team.contains('zz')"] * 18]),
        "features.all(f, " + " && ".join(["f != 'a'"] * 37) + ")",
        "||".join(["team+team+team=='x'"] * 20),
    ]
    many = Circumstances(
        team="t" * 64, features=("hosted_tools", "routing", "storage", "web_search")
    )
    times = []
    for text in texts:
        asked = condition(text)
        rounds = []
        for _ in range(20):
            began = time.thread_time()
            asked.judge(many)
            rounds.append(time.thread_time() - began)
        times.append(min(rounds))

    assert all(len(text) <= 500 for text in texts)
    assert max(times) < 0.001
