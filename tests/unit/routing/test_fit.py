"""Who can do what a request needs, who may not, and who cannot."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.ability import Abilities, Ability, Needs
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.reason import UNFIT, Reason
from guardrail_gw.routing.fit import REASONS, doubts, lacking, unfit, unknown
from guardrail_gw.routing.health import Standing
from guardrail_gw.routing.plan import plan
from tests.support.routing_world import deployment

TOOLS, IMAGE = frozenset({Ability.TOOLS}), frozenset({Ability.IMAGE})


def able(name: str, price: str = "1", **known: Any) -> Deployment:
    """A deployment of which this is known."""
    return replace(deployment(name, price), abilities=Abilities(**known))


@pytest.mark.parametrize(
    ("known", "needs", "out", "doubted"),
    [
        ({}, Needs(abilities=TOOLS), None, ()),
        ({"stated": TOOLS}, Needs(abilities=TOOLS), None, ()),
        ({"doubted": TOOLS}, Needs(abilities=TOOLS), None, (Reason.TOOLS,)),
        ({"denied": TOOLS}, Needs(abilities=TOOLS), Reason.TOOLS, ()),
        ({"denied": TOOLS}, Needs(abilities=IMAGE), None, ()),
        ({"denied": frozenset({Ability.STREAMING})}, Needs(abilities=IMAGE), None, ()),
        ({"context": 100}, Needs(read_least=40, read_most=100), None, ()),
        ({"context": 100}, Needs(read_least=40, read_most=101), None, (Reason.CONTEXT,)),
        ({"context": 100}, Needs(read_most=90, written=11), None, (Reason.CONTEXT,)),
        ({"context": 100}, Needs(read_least=101, read_most=200), Reason.CONTEXT, None),
        ({"output": 50}, Needs(written=51), None, (Reason.OUTPUT,)),
        ({"output": 50, "output_limit": 60}, Needs(written=60), None, ()),
        ({"output_limit": 60}, Needs(written=61), Reason.OUTPUT, None),
    ],
)
def test_what_is_known_decides(
    known: dict[str, Any],
    needs: Needs,
    out: Reason | None,
    doubted: tuple[Reason, ...] | None,
) -> None:
    """A certain no is out, a catalogue's silence is doubted, and what nobody describes fits."""
    one = able("a", **known)

    rejection = unfit(one, needs)

    assert (None if rejection is None else rejection.reason) == out
    if doubted is not None:
        assert doubts(one.abilities, needs) == doubted


def test_the_doubted_come_last_and_say_why() -> None:
    """A dear one that can is asked before a cheap one that may not; neither is lost."""
    route = [able("cheap", "1", doubted=TOOLS), able("dear", "9", stated=TOOLS), able("own", "2")]

    made = plan(route, Needs(abilities=TOOLS))

    assert [d.id for d in made.order] == ["own", "dear", "cheap"]
    assert made.doubts == {"cheap": (Reason.TOOLS,)}
    assert [d.id for d in plan(route).order] == ["cheap", "own", "dear"]


def test_what_nobody_can_do_is_named() -> None:
    """Where all are out for what they cannot do, it is said; else there is another reason."""
    needs = Needs(abilities=TOOLS | IMAGE, read_least=9)
    route = [able("a", denied=TOOLS), able("b", denied=IMAGE), able("c", context=8)]
    made = plan(route, needs)

    assert made.order == ()
    assert lacking(made.rejections) == "calls tools and reads images and reads a request that long"
    assert lacking(made.rejections[:1]) == "calls tools"
    assert (
        lacking(
            plan(
                [route[0], able("d")], needs, standing=Standing(blocked_s={"d": 1.0}, later={})
            ).rejections
        )
        == ""
    )
    assert lacking(()) == ""


def test_every_ability_has_a_reason_and_words() -> None:
    """A new ability without words for the client fails."""
    said = [lacking([r]) for a in Ability if (r := unfit(able("a", denied={a}), _needs(a)))]

    assert set(REASONS.values()) < UNFIT
    assert len(set(said)) == len(Ability)
    assert all(said)


def _needs(*abilities: Ability) -> Needs:
    return Needs(abilities=frozenset(abilities))


ABILITIES = st.frozensets(st.sampled_from(list(Ability)))
KNOWN = st.builds(
    Abilities,
    stated=ABILITIES,
    doubted=ABILITIES,
    denied=ABILITIES,
    context=st.none() | st.integers(1, 9),
)
NEEDS = st.builds(Needs, abilities=ABILITIES, read_least=st.integers(0, 9))


@given(known=st.lists(KNOWN, max_size=6), needs=NEEDS)
def test_nobody_is_lost_and_nobody_unfit_is_asked(known: list[Abilities], needs: Needs) -> None:
    """Each is tried or out, once; no one that cannot do it is tried, no one that can is out."""
    route = [replace(deployment(str(i)), abilities=each) for i, each in enumerate(known)]

    made = plan(route, needs)

    assert sorted([*(d.id for d in made.order), *(r.deployment for r in made.rejections)]) == [
        d.id for d in route
    ]
    assert not any(unfit(d, needs) for d in made.order)
    assert {r.reason for r in made.rejections} <= UNFIT
    ranks = [d.id in made.doubts for d in made.order]
    assert ranks == sorted(ranks)


def test_what_nobody_says_is_named() -> None:
    """Neither yes, no nor doubt; that somebody streams goes without saying."""
    known = Abilities(stated=TOOLS)
    needs = _needs(Ability.TOOLS, Ability.IMAGE, Ability.STREAMING)

    assert _of(unknown(known, needs)) == ["image"]
    assert [known.answer(a) for a in (Ability.TOOLS, Ability.IMAGE)] == ["stated", "unknown"]


def _of(abilities: Iterable[Ability]) -> list[str]:
    return [each.value for each in abilities]
