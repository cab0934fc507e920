"""Pictures of a log."""

from hypothesis import given, strategies as st

from guardrail_gw.audit.index.sums import Event, Minute, Sum
from guardrail_gw.console.picture import HEIGHT, WIDTH, bars, growth

MINUTES = st.lists(
    st.builds(
        Minute,
        minute=st.integers(29_000_000, 29_500_000),
        records=st.integers(1, 10**6),
        checkpoints=st.integers(0, 60),
    ),
    min_size=1,
    unique_by=lambda m: m.minute,
).map(lambda found: sorted(found, key=lambda m: m.minute))


@given(minutes=MINUTES)
def test_a_picture_holds_every_record(minutes: list[Minute]) -> None:
    """However long the log, each record and checkpoint is in one column, inside the picture."""
    made = growth(minutes, [])

    assert made is not None
    assert sum(c.records for c in made.columns) == sum(m.records for m in minutes)
    assert sum(c.checkpoints for c in made.columns) == sum(m.checkpoints for m in minutes)
    assert all(c.x >= 0 and c.x + c.width <= WIDTH + 1 for c in made.columns)
    assert all((c.height > 0) == (c.records > 0) and c.height <= HEIGHT for c in made.columns)


def test_what_happened_to_the_log_is_marked() -> None:
    """A gap says why; a change of policies is not of the log."""
    events = [
        Event(index=n, ts_us=29_000_000 * 60_000_000, kind=kind, text=text)
        for n, (kind, text) in enumerate((("gap", "torn"), ("epoch", "0"), ("policy", "")))
    ]

    made = growth([Minute(minute=29_000_000, records=1, checkpoints=0)], events)

    assert made is not None
    assert [m.label for m in made.marks] == ["gap (torn), record 0", "new keys, record 1"]


def test_an_empty_log_has_no_picture() -> None:
    """There is nothing to draw."""
    assert growth([], []) is None


def test_bars_are_measured_by_the_longest() -> None:
    """In percent; rows beyond the bound are left to the lists."""
    sums = [Sum(words=(str(n),), exchanges=n, amount=0) for n in (8, 4, 2, 1)]

    made = bars(sums, lambda s: (s.words[0], ""), lambda s: (s.exchanges, "", ""), most=3)

    assert [bar.share for bar in made] == [100.0, 50.0, 25.0]
