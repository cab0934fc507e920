"""The memory of findings."""

from guardrail_gw.core.text import SegmentKind
from guardrail_gw.detection.cache import FindingsCache

PROSE, KEY = SegmentKind.PROSE, SegmentKind.KEY


def test_the_oldest_use_goes_first() -> None:
    """When full, what was not asked for longest is forgotten."""
    cache = FindingsCache(2)
    one, two, three = (cache.key(text, PROSE) for text in ("1", "2", "3"))

    cache.put(one, ())
    cache.put(two, ())
    cache.get(one)
    cache.put(three, ())

    assert cache.get(one) == ()
    assert cache.get(two) is None
    assert len(cache) == 2


def test_a_cache_of_no_entries_remembers_nothing() -> None:
    """Zero entries switch it off."""
    cache = FindingsCache(0)

    cache.put(cache.key("1", PROSE), ())

    assert len(cache) == 0


def test_keys_differ_by_kind_and_by_process() -> None:
    """The same text has another key as another kind, and in another cache."""
    cache = FindingsCache(2)

    assert cache.key("a", PROSE) != cache.key("a", KEY)
    assert cache.key("a", PROSE) != FindingsCache(2).key("a", PROSE)
    assert cache.key("\ud800", PROSE) != cache.key("\ud801", PROSE)


def test_the_text_is_not_kept() -> None:
    """Nothing within the cache holds the text."""
    cache = FindingsCache(2)
    cache.put(cache.key("secret-canary", PROSE), ())

    assert "secret-canary" not in repr(vars(cache))
