"""Request ids."""

import uuid

from guardrail_gw.core.request_id import RequestIds

NOW_US = 1_795_360_000_123_456


def test_an_id_is_a_uuid_of_version_7() -> None:
    """Version, variant and time are where RFC 9562 puts them."""
    made = uuid.UUID(RequestIds().new(NOW_US))

    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == NOW_US // 1000


def test_ids_do_not_repeat() -> None:
    """Over many batches of random bytes no id comes twice, though the time stands still."""
    ids = RequestIds()

    assert len({ids.new(NOW_US) for _ in range(5000)}) == 5000


def test_random_bytes_are_used_once() -> None:
    """Every id takes bytes that no other id took."""
    source = iter(range(256))
    ids = RequestIds(lambda size: bytes(next(source) for _ in range(20)))

    first, second = (uuid.UUID(ids.new(NOW_US)).int & (1 << 62) - 1 for _ in range(2))

    assert first.to_bytes(8)[1:] == bytes(range(3, 10))
    assert second.to_bytes(8)[1:] == bytes(range(13, 20))
