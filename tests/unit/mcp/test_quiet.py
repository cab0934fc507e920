"""Answers in which nothing was suspicious."""

from guardrail_gw.mcp.quiet import Quiet


def test_what_was_not_seen_for_longest_is_forgotten() -> None:
    """So many are known, and being asked for counts as being seen."""
    quiet = Quiet(most=2)
    first, second, third = (quiet.key(said) for said in (b"1", b"2", b"3"))
    quiet.add(first)
    quiet.add(second)
    assert first in quiet

    quiet.add(third)

    assert [key in quiet for key in (first, second, third)] == [True, False, True]
    assert len(quiet) == 2


def test_two_gateways_have_other_keys() -> None:
    """A key says nothing of the answer to whoever does not have this process's secret."""
    assert Quiet().key(b"said") != Quiet().key(b"said")
