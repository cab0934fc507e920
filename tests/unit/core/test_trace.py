"""The one form of `traceparent`."""

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.trace import Trace, read

GOOD = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_the_example_of_the_recommendation_is_read() -> None:
    """W3C Trace Context, 3.2.2.5."""
    assert read([GOOD]) == Trace(
        id=0x0AF7651916CD43DD8448EB211C80319C, span=0xB7AD6B7169203331, is_sampled=True
    )
    assert read([GOOD[:-1] + "0"]) == Trace(
        id=0x0AF7651916CD43DD8448EB211C80319C, span=0xB7AD6B7169203331, is_sampled=False
    )


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [GOOD, GOOD],
        [GOOD.upper()],
        [GOOD + "-more"],
        [" " + GOOD],
        ["ff" + GOOD[2:]],
        ["01" + GOOD[2:]],
        ["00-" + "0" * 32 + GOOD[35:]],
        [GOOD[:36] + "0" * 16 + "-01"],
        [GOOD.replace("-", "_")],
    ],
)
def test_another_form_names_no_trace(headers: list[str]) -> None:
    """Nor do two headers, another version, or an id of zeros."""
    assert read(headers) is None


@given(text=st.text(max_size=80))
def test_no_text_of_a_person_is_a_trace(text: str) -> None:
    """Whatever is read is 128 and 64 bits, and never the text."""
    found = read([text])

    assert found is None or text == GOOD[:3] + f"{found.id:032x}-{found.span:016x}-" + text[-2:]
