"""What a condition may say."""

import pytest

from guardrail_gw.policy.wording import WordingError, names_in

KNOWN = frozenset(
    {"team", "model", "stream", "features", "time.hour", "found.total", "found.PERSON", "found.URL"}
)


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("true", set()),
        ('team == "crm"', {"team"}),
        ("team == 'it\"s'", {"team"}),
        ('team in ["a", "b"] && !(model.startsWith("x") || stream)', {"team", "model", "stream"}),
        ("time.hour >= 18 || time . hour < 8", {"time.hour"}),
        ('features.exists(f, f.startsWith("web"))', {"features"}),
        ('size(features) > 1 && "web_search" in (features)', {"features"}),
        ("found.PERSON >= 3", {"found.PERSON"}),
        ("(stream && (found.PERSON + found.URL > 3)) || team == 'a'", set(KNOWN) & {
            "stream", "found.PERSON", "found.URL", "team"
        }),
    ],
)  # fmt: skip
def test_the_names_of_a_condition(condition: str, names: set[str]) -> None:
    """All variables are told, however a condition spaces and nests them."""
    assert names_in(condition, KNOWN) == names


@pytest.mark.parametrize(
    ("condition", "message", "at", "near"),
    [
        ("tem == 'a'", "unknown name 'tem'", 0, "team"),
        ("stream && found.PRESON > 1", "unknown name 'found.PRESON'", 10, "found.PERSON"),
        ("time.hours > 1", "unknown name 'time.hours'", 0, "time.hour"),
        ("team.startWith('a')", "unknown method 'startWith'", 0, "startsWith"),
        ("team.matches('a*')", "unknown method 'matches'", 0, None),
        ("features.map(f, f)", "unknown method 'map'", 0, None),
        ("features.filter(f, true)", "unknown method 'filter'", 0, None),
        ("[1, 2].all(x, true)", "'all' is for `features` alone", 7, None),
        ("[1, 2].map(x, true)", "unknown method 'map'", 7, None),
        ("team.exists(x, true)", "'exists' is for `features` alone", 0, None),
        ("has(team)", "unknown function 'has'", 0, None),
        ("exists(1)", "unknown function 'exists'", 0, "exists"),
        (".matches(team)", "unknown method 'matches'", 1, None),
        ("features.exists(team, true)", "'team' has a meaning already", 16, None),
        ("features.exists(found, true)", "'found' has a meaning already", 16, None),
        (
            "features.exists(f, features.all(g, f == g))",
            "one of exists, exists_one and all is the most",
            28,
            None,
        ),
        ("features.exists(f, f.matches('a'))", "unknown method 'matches'", 19, None),
        ("1 / 0 == 1", "not part of what a condition may say", 2, None),
        ("stream ? true : false", "not part of what a condition may say", 7, None),
        ("stream // always", "not part of what a condition may say", 7, None),
        ("1.5 < 2", "not part of what a condition may say", 0, None),
        ("12345678901 > 1", "not part of what a condition may say", 0, None),
        ("team == 'a\\n'", "a text that does not end, or with a backslash in it", 8, None),
        ("team == 'a", "a text that does not end, or with a backslash in it", 8, None),
        ('team == """a"""', 'two texts in a row; `"""` is no quote here', 10, None),
        ("team == r'a'", "unknown name 'r'", 8, None),
    ],
)
def test_what_it_may_not_say(condition: str, message: str, at: int, near: str | None) -> None:
    """The fault names what is wrong, where it stands, and the nearest name."""
    with pytest.raises(WordingError) as caught:
        names_in(condition, KNOWN)

    assert (str(caught.value), caught.value.at, caught.value.near) == (message, at, near)


@pytest.mark.parametrize(
    "condition",
    [
        "found.PERSON == 0",
        "found.PERSON < 3",
        "3 > found.PERSON",
        "!(found.PERSON > 3)",
        "!(stream || (found.PERSON > 3))",
        "(found.PERSON > 3) == false",
        "false == (found.PERSON > 3)",
        "found.PERSON > 3 == false",
        "found.PERSON > 3 in [false]",
        "[found.PERSON > 3] == [false]",
        "(found.PERSON > 3) in [false]",
        "found.PERSON > found.URL",
        "found.PERSON + 1 > 3",
        "found.PERSON > 3 + 1",
        "size([found.PERSON]) > 0",
        "features.all(f, found.PERSON > 3)",
        "found.PERSON >",
        "found.PERSON",
    ],
)
def test_what_was_found_is_asked_for_as_at_least(condition: str) -> None:
    """No wording is taken by which more findings could make a condition false."""
    with pytest.raises(WordingError, match=r"asked for as `found\.PERSON >= 3`"):
        names_in(condition, KNOWN)
