"""What a record's content holds at each detail."""

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.audit.content import Texts, joined, texts


@given(original=st.binary(), sent=st.binary())
def test_both_texts_come_back(original: bytes, sent: bytes) -> None:
    """Whatever the two bodies hold, they are read as they were written."""
    assert texts("full", joined(original, sent)) == Texts(original=original, sent=sent)


def test_redacted_content_is_what_was_sent() -> None:
    """At detail `redacted` there is no original, even if the text looks like two."""
    data = joined(b"a", b"b")

    assert texts("redacted", data) == Texts(sent=data)


@pytest.mark.parametrize("data", [b'{"input":"Erika"}', b"", b'{"original":1,"sent":9}\nab'])
def test_content_of_earlier_releases_is_the_original(data: bytes) -> None:
    """What does not begin with two lengths that fit is the body as the client sent it."""
    assert texts("full", data) == Texts(original=data)
