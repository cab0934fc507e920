"""What acts and register together say of a key that is gone."""

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.audit.acts import ActsSaid, Fate, acts_said
from guardrail_gw.core.ports import RegisterRow, Tombstone

_SID = "a" * 32
_ROW = RegisterRow(
    sid=_SID,
    tag="t",
    scope="s",
    tenant="t",
    level="full",
    suite=1,
    public=b"",
    sealed=b"",
    not_before_us=0,
    until_us=100,
)


def _buried(why: str, level: str = "full") -> Tombstone:
    return Tombstone(sid=_SID, level=level, why=why, at_us=150, until_us=100)


@pytest.mark.parametrize(
    ("said", "known", "fate"),
    [
        (ActsSaid(), _ROW, Fate.THERE),
        (ActsSaid(), None, Fate.MISSING),
        (ActsSaid(erased=frozenset({_SID})), None, Fate.MISSING),
        (ActsSaid(), _buried("erased"), Fate.MISSING),
        (ActsSaid(erased=frozenset({_SID})), _buried("erased"), Fate.ERASED),
        (ActsSaid(erased=frozenset({"b" * 32})), _buried("erased"), Fate.MISSING),
        (ActsSaid(pruned={"full": 100}), _buried("expired"), Fate.EXPIRED),
        (ActsSaid(pruned={"full": 99}), _buried("expired"), Fate.MISSING),
        (ActsSaid(pruned={"full": 100}), _buried("expired", "redacted"), Fate.MISSING),
        (ActsSaid(pruned={"full": 100}), _buried("erased"), Fate.MISSING),
        (ActsSaid(erased=frozenset({_SID})), _buried("expired"), Fate.MISSING),
        (ActsSaid(pruned={"full": 100}), _buried("lost"), Fate.MISSING),
    ],
)
def test_each_fate(said: ActsSaid, known: RegisterRow | Tombstone | None, fate: Fate) -> None:
    """Gone is erased or expired only where the register and a record say the same."""
    assert said.fate(known) is fate


@given(
    erased=st.frozensets(st.sampled_from([_SID, "b" * 32])),
    until=st.integers(min_value=0, max_value=200),
    why=st.sampled_from(["erased", "expired", "other"]),
)
def test_nothing_is_excused_without_a_record(erased: frozenset[str], until: int, why: str) -> None:
    """Whatever the register says, without an act that covers it a gone key is missing."""
    fate = ActsSaid(erased=erased, pruned={"full": until}).fate(_buried(why))

    if fate is Fate.ERASED:
        assert _SID in erased
        assert why == "erased"
    elif fate is Fate.EXPIRED:
        assert until >= 100
        assert why == "expired"
    else:
        assert fate is Fate.MISSING


def test_no_acts_say_nothing(tmp_path: Path) -> None:
    """A folder that is not there, or empty, says nothing."""
    assert acts_said(tmp_path / "none") == acts_said(tmp_path) == ActsSaid()
