from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.dialects.json_lines import JsonLinesDecoder
from guardrail_gw.errors import UpstreamBroken

RAW = '{"a":"ä\\n🙂"}\r\n\n  \n{"b":1}\n{"c":'.encode()


def lines(pieces: list[bytes], most: int = 99) -> list[str]:
    """The lines that come of these bytes."""
    decoder = JsonLinesDecoder(max_line_bytes=most)
    found = [line for piece in pieces for line in decoder.feed(piece)]
    return [line.data for line in [*found, *decoder.end()]]


@given(cuts=st.lists(st.integers(0, len(RAW)), max_size=9))
def test_any_cut_gives_the_same_lines(cuts: list[int]) -> None:
    """Also one within a character or between the signs that end a line; white space is no line."""
    at = [0, *sorted(cuts), len(RAW)]

    found = lines([RAW[a:b] for a, b in pairwise(at)])

    assert found == ['{"a":"ä\\n🙂"}', '{"b":1}', '{"c":']


@pytest.mark.parametrize("pieces", [[b"x" * 9 + b"\n"], [b"x" * 5, b"x" * 4], [b"x"] * 9])
def test_a_long_line_is_refused(pieces: list[bytes]) -> None:
    """As soon as it is too long, and not when it ends."""
    assert lines([b"x" * 8 + b"\n", b"y" * 8], most=8) == ["x" * 8, "y" * 8]
    with pytest.raises(UpstreamBroken, match="larger"):
        lines(pieces, most=8)


def test_bytes_that_are_no_text_are_refused() -> None:
    """Nothing of them is in the error."""
    with pytest.raises(UpstreamBroken, match="the answer is not UTF-8"):
        lines([b"\xff\n"])
