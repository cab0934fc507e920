"""What a rule needs."""

import re

from hypothesis import given, strategies as st

from guardrail_gw.detection.rules.rule import Needs, runs

_RUN = re.compile(r"[0-9](?:[^0-9\n]{0,3}[0-9])*")


@given(text=st.text(st.sampled_from("01a.- \n\u00e9\u0663"), max_size=40))
def test_runs_are_digits_with_little_between(text: str) -> None:
    """At most three characters, none of them a line's end, stand between the digits of a run."""
    expected = [
        (*match.span(), len(re.findall("[0-9]", match.group()))) for match in _RUN.finditer(text)
    ]

    assert list(runs(text)) == expected


def test_letters_beyond_the_latin_alphabet_are_a_need() -> None:
    """A rule for another script has nothing to look for in a Latin text."""
    needs = Needs(is_beyond_latin=True)

    assert needs.met_by("\u0410\u043d\u043d\u0430")
    assert not needs.met_by("Ann\u00e4")
