"""Addresses whose signs are written as words."""

import pytest

from guardrail_gw.detection.normalise.spoken import spelt
from guardrail_gw.detection.rules.window import Whole


def read(text: str) -> str | None:
    """The second reading, if there is one."""
    layer = spelt(Whole(text))
    return None if layer is None else layer.text


@pytest.mark.parametrize(
    "written",
    [
        "anna (at) example (dot) com",
        "anna [at] example [dot] com",
        "anna{at}example{dot}com",
        "anna (at) example.com",
        "anna(@)example.com",
        "anna at example dot com",
        "anna AT example DOT com",
        "anna_at_example_dot_com",
        "anna@example dot com",
        "anna @ example . com",
        "anna @ example.com",
        "anna arroba example punto com",
        "anna chez example point com",
        "anna arobase example point com",
        "anna chiocciola example punto com",
        "anna ma\u0142pa example kropka com",
        "anna apenstaartje example punt com",
        "anna Klammeraffe example Punkt com",
        "anna zavin\u00e1\u010d example te\u010dka com",
        "anna snabel-a example punkt com",
    ],
)
def test_it_is_read_as_an_address(written: str) -> None:
    """In every language the words are read as the signs, and the rest is left alone."""
    assert read(f"Write to: {written}, please.") == "Write to: anna@example.com, please."


def test_dots_before_the_sign_are_read_too() -> None:
    """A local part of several words and a domain of several labels are one address."""
    assert read("anna dot schmidt at mail dot example dot com") == "anna.schmidt@mail.example.com"


@pytest.mark.parametrize(
    "text",
    [
        "anna at example.com",
        "anna@example.com",
        "look at the point of it",
        "at this point it is late",
        "look at the dot product",
        "c = a @ b.T",
        "we met at noon dot",
        "lunch (at) noon",
        "foo(at) bar",
    ],
)
def test_it_stays_a_sentence(text: str) -> None:
    """What only resembles an address is not read as one."""
    assert read(text) is None


@pytest.mark.parametrize(
    "written", ["anna (at) example (dot) com", "anna arroba example punto com"]
)
@pytest.mark.parametrize(
    "around",
    [
        "look at the dot at noon: {} at the point",
        "a at at b {} c (at",
        "(x) [y] {} @ @",
        "\u0130stanbul at 5 at, {} \u0130",
        "@ {} (@",
    ],
)
def test_other_signs_in_the_text_change_nothing(written: str, around: str) -> None:
    """An address is read wherever it stands, and what only resembles one stays."""
    alone = read(written)

    assert alone is not None
    assert read(around.format(written)) == around.format(alone)
