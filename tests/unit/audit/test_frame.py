"""Frames: what is written is read, and every cut and every flipped bit is told."""

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.audit.frame import CorruptError, TornError, framed, frames

_DATA = framed(b"{leaf one}", b"meta", b"content") + framed(b"{leaf two}", b"", b"", b"wrap")
_FIRST = len(framed(b"{leaf one}", b"meta", b"content"))


@given(sections=st.tuples(st.binary(min_size=1, max_size=99), *[st.binary(max_size=99)] * 3))
def test_round_trip(sections: tuple[bytes, bytes, bytes, bytes]) -> None:
    """Every record reads back as it was written, at the right place."""
    data = framed(b"{first}") + framed(*sections)

    _, second = frames(data)

    assert (second.leaf, second.meta, second.content, second.wrap) == sections
    assert data[second.at : second.end] == framed(*sections)


def test_every_cut_is_torn() -> None:
    """Cut at any byte, the whole frames before are given and the torn one is placed."""
    for end in range(1, len(_DATA)):
        if end == _FIRST:
            continue
        found: list[bytes] = []
        with pytest.raises(TornError) as torn:
            found.extend(frame.leaf for frame in frames(_DATA[:end]))
        assert torn.value.at == (0 if end < _FIRST else _FIRST)


def test_every_flipped_bit_is_found() -> None:
    """No flipped bit leaves the frames as they were."""
    for place in range(len(_DATA)):
        for bit in range(8):
            altered = bytearray(_DATA)
            altered[place] ^= 1 << bit
            with pytest.raises((CorruptError, TornError)):
                list(frames(bytes(altered)))


@given(data=st.binary(min_size=1, max_size=200))
def test_noise_is_refused(data: bytes) -> None:
    """Arbitrary bytes raise one of the two errors and no other."""
    with pytest.raises((CorruptError, TornError)):
        list(frames(data))
