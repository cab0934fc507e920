"""What is worked out once holds for whoever it is used for."""

from dataclasses import replace

from hypothesis import given, strategies as st

from guardrail_gw.core.ability import Abilities, Ability, Needs
from guardrail_gw.routing.groups import Grouped, grouped
from guardrail_gw.routing.nearness import Nearness
from tests.support.routing_world import deployment, said

ROUTE = [
    replace(deployment("short", "1"), abilities=Abilities(context=100, output=10)),
    replace(deployment("plain", "2"), abilities=Abilities(denied=frozenset({Ability.TOOLS}))),
    replace(
        deployment("other", "3", dialect="other"),
        abilities=Abilities(doubted=frozenset({Ability.IMAGE}), output_limit=50),
    ),
    deployment("own", "4"),
]
NEEDS = st.builds(
    lambda abilities, read, written: Needs(
        abilities=abilities, read_least=read // 3, read_most=read, written=written
    ),
    st.frozensets(st.sampled_from(list(Ability)), max_size=2),
    st.sampled_from([0, 50, 99, 100, 400]),
    st.sampled_from([0, 1, 10, 11, 51]),
)


@given(asked=st.lists(st.tuples(NEEDS, st.sampled_from([None, "letters"])), max_size=12))
def test_what_is_kept_changes_nothing(asked: list[tuple[Needs, str | None]]) -> None:
    """Whatever was asked before: each request finds the groups that are worked out for it alone."""
    kept = Grouped()

    for needs, native in asked:
        for route in (ROUTE, ROUTE[1:]):
            found = kept.of(route, needs, native)
            anew = grouped(route, needs, native, Nearness())
            assert said(found.by_cost) == said(anew.by_cost)
            assert replace(found, by_cost=anew.by_cost) == anew


def test_it_is_worked_out_once_and_never_for_too_many() -> None:
    """The same needs find the same groups; a thousand different routes do not fill the memory."""
    kept, needs = Grouped(), Needs()
    assert kept.of(ROUTE, needs, None) is kept.of(list(ROUTE), needs, None)

    held = [kept.of([deployment(str(i))], needs, None) for i in range(1000)]

    assert len(held) == 1000
    assert kept.size <= 256
