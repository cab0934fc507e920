"""The part of a text that is read."""

from hypothesis import given, settings, strategies as st

from guardrail_gw.semantic.excerpt import excerpt


@settings(max_examples=25)
@given(text=st.text(min_size=300, max_size=500))
def test_it_is_bounded_and_has_both_ends(text: str) -> None:
    """At most 385 code points: all of a short text, and how a long one begins and ends."""
    read = excerpt(text)

    assert len(read) <= 385
    assert text.strip().startswith(read[:256])
    assert text.strip().endswith(read[-128:])
