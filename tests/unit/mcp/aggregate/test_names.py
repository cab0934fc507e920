"""Names of many servers' tools at one endpoint."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.mcp.aggregate.names import Own, names
from guardrail_gw.mcp_servers import AggregateConfig, Prefixes

SAYABLE = re.compile(r"[A-Za-z0-9_-]{1,64}")
NAMES = st.text(alphabet="ab_-.é", max_size=5) | st.text(max_size=3) | st.sampled_from(["x" * 80])
OFFERED = st.dictionaries(
    st.sampled_from(["a", "b", "a-b", "a-a"]), st.lists(NAMES, max_size=5, unique=True), max_size=4
)
CONFIGS = st.builds(
    AggregateConfig,
    prefix=st.sampled_from(Prefixes),
    separator=st.sampled_from(["__", "-", "_", "_-"]),
)


@given(offered=OFFERED, config=CONFIGS)
def test_every_name_is_sayable_and_leads_back(
    offered: Mapping[str, list[str]], config: AggregateConfig
) -> None:
    """Each name is one that models take, and leads to what it was made of and to nothing else."""
    named = names(offered, config)

    every = {Own(server, name) for server, each in offered.items() for name in each}
    assert named.shown.keys() | named.clashing == every
    assert all(SAYABLE.fullmatch(name) for name in named.owns)
    assert {own: named.owns[name] for own, name in named.shown.items()} == {
        own: own for own in named.shown
    }


@given(offered=OFFERED, config=CONFIGS)
def test_the_order_of_servers_changes_nothing(
    offered: Mapping[str, list[str]], config: AggregateConfig
) -> None:
    """The same names whichever server was configured, or answered, first."""
    turned = {server: each[::-1] for server, each in reversed([*offered.items()])}

    assert names(turned, config) == names(offered, config)


def test_a_prefix_is_the_servers_id() -> None:
    """Always a prefix: the server's configured id and the separator."""
    named = names({"git": ["log"], "time": ["now"]}, AggregateConfig())

    assert set(named.owns) == {"git__log", "time__now"}


def test_a_prefix_only_where_two_have_the_same_name() -> None:
    """On condition: where names are shared both have a prefix, and nobody keeps the bare one."""
    config = AggregateConfig(prefix=Prefixes.CONDITIONAL)

    named = names({"git": ["log", "show"], "sys": ["log"]}, config)

    assert set(named.owns) == {"git__log", "show", "sys__log"}


@pytest.mark.mcp_row(28)
def test_without_prefixes_a_shared_name_is_nobodys() -> None:
    """Never a prefix: a server that takes another's name gets neither of them called."""
    named = names({"git": ["log", "show"], "bad": ["log"]}, AggregateConfig(prefix=Prefixes.NEVER))

    assert set(named.owns) == {"show"}
    assert named.clashing == {Own("git", "log"), Own("bad", "log")}


@pytest.mark.parametrize("prefix", list(Prefixes))
def test_a_long_name_is_shortened_and_told_apart(prefix: Prefixes) -> None:
    """Two long names with the same beginning stay two, within 64 characters."""
    offered = {"git": ["x" * 90 + "1", "x" * 90 + "2"]}

    named = names(offered, AggregateConfig(prefix=prefix))

    assert len(named.owns) == 2
    assert {len(name) for name in named.owns} == {64}


@pytest.mark.mcp_row(28)
def test_nobody_imitates_a_digest() -> None:
    """A tool that calls itself what another is shortened to does not get that name."""
    victim = "x" * 90
    [taken] = names({"git": [victim]}, AggregateConfig(prefix=Prefixes.CONDITIONAL)).owns

    named = names({"git": [victim], "bad": [taken]}, AggregateConfig(prefix=Prefixes.CONDITIONAL))

    assert named.owns[taken] == Own("git", victim)
    assert len(named.owns) == 2


def test_ids_with_the_separator_in_them_are_told_apart() -> None:
    """`a-b` + `c` and `a` + `b-c` would be one name."""
    named = names({"a-b": ["c"], "a": ["b-c"]}, AggregateConfig(separator="-"))

    assert set(named.owns.values()) == {Own("a-b", "c"), Own("a", "b-c")}
    assert not named.clashing
