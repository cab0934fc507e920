"""Seals of thoughts that were told in a dialect that is not their maker's."""

from base64 import b64encode, urlsafe_b64encode

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.dialects.foreign import MARK, Sealed, foreign, is_foreign, is_ours, opened
from guardrail_gw.dialects.media import is_sealed

MAKERS = ("anthropic_messages", "openai_responses", "gemini_generate")


@given(raw=st.binary(min_size=48, max_size=400), maker=st.sampled_from(MAKERS), form=st.booleans())
def test_a_seal_comes_back_to_the_last_sign(raw: bytes, maker: str, *, form: bool) -> None:
    """Of either alphabet, padded or not; what could be read does not go on."""
    padded = (urlsafe_b64encode if form else b64encode)(raw).decode()
    for seal in (padded, padded.rstrip("=")):
        there = foreign(maker, seal)

        back = opened(there)

        assert is_foreign(there)
        if is_sealed(seal):
            assert back == Sealed(maker=maker, seal=seal)
        else:
            assert back == Sealed(maker="", seal="")


@given(seal=st.text(max_size=100), maker=st.text(max_size=20))
def test_what_is_no_seal_is_nobodys(seal: str, maker: str) -> None:
    """What is not base64, or of a maker that nobody knows, is left out."""
    assert opened(foreign(maker, seal)) == Sealed(maker="", seal="")


@given(raw=st.binary(max_size=120), maker=st.sampled_from(MAKERS))
def test_what_we_seal_is_ours(raw: bytes, maker: str) -> None:
    """A client that hands a thought back as it was told is never refused; text is not wrapped."""
    for inner in (raw, b"Anna Schmidt writes to her bank again and again. " + raw):
        assert is_ours(foreign(maker, b64encode(inner).decode()))


def test_the_mark_is_no_text() -> None:
    """The gateway's own walk takes such a seal for one: nothing of it can be read."""
    assert is_sealed(foreign("", ""))
    assert not is_foreign(b64encode(bytes(range(200))).decode())
    assert opened(b64encode(bytes(range(200))).decode()) is None
    assert not is_foreign(None)


@pytest.mark.parametrize(
    "inner",
    [
        b"\x01\x00\x01" + b"Anna Schmidt writes to her bank about the account of her son. " * 2,
        b"\x01\x00\x01" + b"%PDF-1.7" + bytes(range(100)),
        b"\x01\x00\x01short",
        b"\x09\x00\x01" + bytes(range(100)),
        b"\x01\x07\x01" + bytes(range(100)),
        b"\x01",
    ],
    ids=["text", "file", "short", "maker", "alphabet", "nothing"],
)
def test_what_a_client_wraps_is_looked_at(inner: bytes) -> None:
    """A seal of ours is no way past the scan: what is within must be a seal itself."""
    assert opened(MARK + b64encode(inner).decode()) == Sealed(maker="", seal="")


def test_what_only_begins_like_one_is_nobodys() -> None:
    """Neither opened nor taken for a provider's own."""
    assert opened(MARK + "not base64!") == Sealed(maker="", seal="")
