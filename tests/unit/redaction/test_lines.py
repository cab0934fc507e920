"""Many requests: scanned some at a time, recorded one by one."""

from hypothesis import example, given, strategies as st

from guardrail_gw.core.text import Entity, Segment
from guardrail_gw.policy.policy import Action, EntityRule
from guardrail_gw.redaction.cluster import Cluster
from guardrail_gw.redaction.lines import AT_ONCE, at_once, lines


def segments(lengths: list[int]) -> list[Segment]:
    """Texts of these lengths."""
    return [Segment(text="x" * length, place="/x") for length in lengths]


@example(lengths=[[0], [1, AT_ONCE]])
@given(lengths=st.lists(st.lists(st.integers(0, AT_ONCE), max_size=3), max_size=8))
def test_nothing_is_left_out_and_no_request_is_parted(lengths: list[list[int]]) -> None:
    """The parts in their order are all segments; a part that is too long is one request."""
    flat = segments([length for line in lengths for length in line])
    ends = [sum(map(len, lengths[: n + 1])) for n in range(len(lengths))]

    parts = list(at_once(flat, ends))

    assert [each for part in parts for each in part] == flat
    starts = {0, *ends}
    at = 0
    for part in parts:
        assert at in starts
        size = sum(len(each.text) for each in part)
        first = next((end for end in ends if end > at), at)
        assert size <= AT_ONCE or at + len(part) == first
        at += len(part)


def test_a_request_by_itself_is_not_parted() -> None:
    """However long it is: it has one deadline."""
    flat = segments([AT_ONCE, AT_ONCE])

    assert list(at_once(flat, ())) == [flat]


def test_each_line_has_its_own_findings() -> None:
    """By kind and number; nothing found at all is nothing in each."""
    rule = EntityRule(action=Action.TOKEN, min_score=0.5, rule="r", allowed=frozenset())
    one = Cluster(start=0, end=1, entity=Entity("PERSON"), rule=rule, part=False)

    told = lines(["a", "b"], [2, 3], [[one], [one], []])

    assert [each.sha256 for each in told] == ["a", "b"]
    assert [dict(each.entities) for each in told] == [{"PERSON": 2}, {}]
    assert [dict(each.entities) for each in lines(["a", "b"], [2, 3], [])] == [{}, {}]
    assert lines((), [1], [[one]]) == ()
