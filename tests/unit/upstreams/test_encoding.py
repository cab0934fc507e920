"""Content codings are undone within the bound, however they are cut."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.errors import UpstreamBroken
from guardrail_gw.upstreams.encoding import decoder

CODED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
}


@given(data=st.binary(max_size=300), size=st.integers(1, 50), coding=st.sampled_from(sorted(CODED)))
def test_cuts_change_nothing(data: bytes, size: int, coding: str) -> None:
    """For every way to cut it, the decoded pieces join to the original."""
    coded = CODED[coding](data)
    undo = decoder(coding, max_bytes=300)

    out = b"".join(undo.feed(coded[i : i + size]) for i in range(0, len(coded), size))
    undo.end()

    assert out == data


@pytest.mark.parametrize("coding", sorted(CODED))
def test_the_bound_is_on_what_comes_out(coding: str) -> None:
    """A megabyte of zeros is refused whether it is sent small or large."""
    undo = decoder(coding, max_bytes=1000)

    with pytest.raises(UpstreamBroken):
        undo.feed(CODED[coding](bytes(1 << 20)))


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_is_never_inflated(coding: str) -> None:
    """Thirty-two megabytes of zeros are refused without taking the memory they would need."""
    bomb = CODED[coding](bytes(32 << 20))
    tracemalloc.start()

    with pytest.raises(UpstreamBroken):
        decoder(coding, max_bytes=1000).feed(bomb)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_is_cut_goes_on_or_is_none(coding: str) -> None:
    """A cut end, bytes after the end, and bytes that are not the coding are refused."""
    coded = CODED[coding](b"hello")
    cut = decoder(coding, max_bytes=100)
    cut.feed(coded[:-2])
    with pytest.raises(UpstreamBroken):
        cut.end()
    for wrong in (coded + b"x", b"plain text"):
        with pytest.raises(UpstreamBroken):
            decoder(coding, max_bytes=100).feed(wrong)


def test_an_unknown_coding_is_refused() -> None:
    """Nothing undecoded is passed on."""
    with pytest.raises(UpstreamBroken):
        decoder("br", max_bytes=100)
