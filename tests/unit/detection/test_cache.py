"""The memory of findings."""

import tracemalloc

from guardrail_gw.core.text import Entity, Finding, SegmentKind
from guardrail_gw.detection.cache import ENTRY_BYTES, FINDING_BYTES, FindingsCache
from guardrail_gw.detection.frames import HEAD, answered, parse_answer

PROSE, KEY = SegmentKind.PROSE, SegmentKind.KEY
FINDING = Finding(start=0, end=4, entity=Entity("PERSON"), score=0.9, recognizer="ner")


def test_the_oldest_use_goes_first() -> None:
    """When full, what was not asked for longest is forgotten."""
    cache = FindingsCache(2 * ENTRY_BYTES)
    one, two, three = (cache.key(text, PROSE) for text in ("1", "2", "3"))

    cache.put(one, ())
    cache.put(two, ())
    cache.get(one)
    cache.put(three, ())

    assert cache.get(one) == ()
    assert cache.get(two) is None
    assert len(cache) == 2


def test_a_text_with_many_findings_takes_the_room_of_many() -> None:
    """The budget counts findings, not texts, and what was replaced counts no longer."""
    cache = FindingsCache(ENTRY_BYTES * 2 + FINDING_BYTES * 3)
    one, two = cache.key("1", PROSE), cache.key("2", PROSE)

    cache.put(one, (FINDING,) * 3)
    cache.put(one, (FINDING,) * 2)
    cache.put(two, (FINDING,))
    full = len(cache)
    cache.put(two, (FINDING,) * 4)

    assert full == 2
    assert cache.get(one) is None
    assert cache.size_bytes == ENTRY_BYTES + 4 * FINDING_BYTES


def test_what_is_larger_than_the_budget_is_not_remembered() -> None:
    """It would push out everything else and then itself; a budget of nothing switches off."""
    cache, off = FindingsCache(ENTRY_BYTES), FindingsCache(0)

    cache.put(cache.key("1", PROSE), (FINDING,))
    off.put(off.key("1", PROSE), ())

    assert len(cache) == len(off) == 0


def test_the_budget_is_kept_in_real_bytes() -> None:
    """What the process allocates for remembered findings is no more than the budget."""
    budget = 2_000_000
    cache = FindingsCache(budget)
    numbers = range(budget // ENTRY_BYTES)
    tracemalloc.start()

    for number in numbers:
        rows = [
            Finding(start=i * 999, end=i * 999 + 500, entity=Entity("X"), score=0.7, recognizer="x")
            for i in range(number % 4)
        ]
        body = answered(number, [rows], retire=False)[HEAD:]
        cache.put(
            cache.key(str(number), PROSE),
            parse_answer(body, number=number, lengths=[10_000]).findings[0],
        )
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert cache.size_bytes > budget * 0.99
    assert taken <= budget


def test_keys_differ_by_all_that_changes_findings() -> None:
    """Kind, model and settings, and countries each make another key; so does another process."""
    cache = FindingsCache(ENTRY_BYTES)

    keys = {
        cache.key("a", PROSE),
        cache.key("a", KEY),
        cache.key("a", PROSE, digest="another model"),
        cache.key("a", PROSE, countries=frozenset({"US"})),
        FindingsCache(ENTRY_BYTES).key("a", PROSE),
        cache.key("\ud800", PROSE),
        cache.key("\ud801", PROSE),
    }

    assert len(keys) == 7
    assert cache.key("a", PROSE, countries=frozenset({"US", "CA"})) == cache.key(
        "a", PROSE, countries=frozenset({"CA", "US"})
    )


def test_the_text_is_not_kept() -> None:
    """Nothing within the cache holds the text."""
    cache = FindingsCache(ENTRY_BYTES)
    cache.put(cache.key("secret-canary", PROSE), ())

    assert "secret-canary" not in repr(vars(cache))
