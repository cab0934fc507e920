"""What `Cache-Control` asks for, and what `Cache-Status` says."""

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.cached import CacheUse
from guardrail_gw.core.freshness import ANY_AGE, Freshness
from guardrail_gw.server.freshness import freshness, told


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ([], ANY_AGE),
        ([""], ANY_AGE),
        (["private, max-stale=60"], ANY_AGE),
        (["no-cache"], Freshness(max_age_s=0)),
        (["No-Cache"], Freshness(max_age_s=0)),
        (["max-age=60"], Freshness(max_age_s=60)),
        (['max-age="60"'], Freshness(max_age_s=60)),
        (["max-age=60, no-cache"], Freshness(max_age_s=0)),
        (["max-age=9, max-age=5"], Freshness(max_age_s=5)),
        (["max-age=-1"], Freshness(max_age_s=0)),
        (["max-age"], Freshness(max_age_s=0)),
        (["max-age=1e9"], Freshness(max_age_s=0)),
        (["no-store"], Freshness(is_kept=False)),
        ([" no-store ,max-age=7"], Freshness(max_age_s=7, is_kept=False)),
        (["max-age=7", "no-store"], Freshness(max_age_s=7, is_kept=False)),
        (["private", "no-cache"], Freshness(max_age_s=0)),
    ],
)
def test_a_client_asks_for_less(said: list[str], wanted: Freshness) -> None:
    """A new answer, or none kept; what cannot be read asks for a new one."""
    assert freshness(said) == wanted


@given(said=st.text(alphabet='no-cachestrmxg=,"0189 ', max_size=30))
def test_whatever_is_said_is_read(said: str) -> None:
    """And only ever takes away from what is given to who says nothing."""
    got = freshness([said])

    assert got.max_age_s is None or got.max_age_s >= 0


def test_the_answer_says_what_became_of_it() -> None:
    """In three forms, and no other."""
    assert {told(use) for use in CacheUse} == {
        *("guardrail-gw; hit", "guardrail-gw; fwd=miss", "guardrail-gw; fwd=bypass")
    }
