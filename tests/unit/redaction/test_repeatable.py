"""What a provider said is told to another one as a request could say it."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.text import Finding, Segment
from guardrail_gw.errors import DetectionDown
from guardrail_gw.policy.policy import Action
from guardrail_gw.redaction.repeatable import Repeated
from tests.support.chat import Told, body, policy, redacted, redaction

VALUES = {"Anna": "PERSON"}
MORE = {**VALUES, "Boris": "PERSON", "Rome": "LOCATION", "ACME": "ORGANIZATION"}


async def repeated(said: str, actions: Mapping[str, Action] | None = None) -> Repeated | None:
    """An answer that says this, to a request that names Anna: `{token}`."""
    request = await redacted(body("for Anna"), VALUES, actions)
    token = next(iter(request.originals), "")
    text = said.replace("{token}", token).replace("{cut}", token[:-3])
    made = await redaction(Told(MORE)).repeated(request, policy(actions), text)
    if made is not None and not made.values:
        assert made.text == text
    return made


@pytest.mark.parametrize("said", ["Dear {token}, hello", "Dear {token}", "Dear {cut}", "words"])
async def test_what_stands_for_values_leaves_as_it_is(said: str) -> None:
    """Also where the answer was cut within it."""
    made = await repeated(said)

    assert made is not None
    assert (made.values, made.entities) == ({}, {})


async def test_what_the_model_adds_is_replaced_and_put_back() -> None:
    """Each value by a placeholder; in the rest of the answer the client has the value again."""
    made = await repeated("to Boris of Rome, for {token}, and Boris again")

    assert made is not None
    assert "Boris" not in made.text
    assert "Rome" not in made.text
    assert dict(made.entities) == {"PERSON": 2, "LOCATION": 1}
    assert sorted(made.values.values()) == ["Boris", "Rome"]
    assert made.mending().feed(f"{made.text} - ").startswith("to Boris of Rome, for PERSON_")


@given(cut=st.integers(0, 60))
def test_what_is_put_back_may_be_cut(cut: int) -> None:
    """Wherever the pieces of the rest end."""
    token = "PERSON_7K2QX9MD"
    made, text = Repeated(text="", values={token: "Boris"}), f"so {token} and {token}"
    mending = made.mending()

    said = mending.feed(text[:cut]) + mending.feed(text[cut:]) + mending.flush()

    assert said == "so Boris and Boris"


@pytest.mark.parametrize("said", ["Dear Anna of", "Dear ANNA of", "to Boris", "in Rome ", "ACME"])
async def test_what_cannot_be_told_is_told_to_nobody(said: str) -> None:
    """An original, in whatever case; what stands at the end, and may be half of something."""
    assert await repeated(said) is None


@pytest.mark.parametrize("action", [Action.BLOCK, Action.REDACT, Action.MASK, Action.HASH])
async def test_what_a_policy_takes_out_for_good_is_told_to_nobody(action: Action) -> None:
    """Whoever goes on would go on with another text."""
    assert await repeated("in Rome, where", {"LOCATION": action}) is None


async def test_what_a_policy_lets_pass_counts_all_the_same() -> None:
    """It leaves as it is, and may change where the request may go."""
    made = await repeated("in Rome, where", {"LOCATION": Action.ALLOW})

    assert made is not None
    assert (made.text, dict(made.entities)) == ("in Rome, where", {"LOCATION": 1})


async def test_detectors_that_are_down_let_nothing_leave() -> None:
    """Nobody has looked."""

    class Down(Told):
        async def detect(
            self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
        ) -> Sequence[tuple[Finding, ...]]:
            raise DetectionDown("down")

    request = await redacted(body("for Anna"), VALUES)

    assert await redaction(Down()).repeated(request, policy(), "words") is None
