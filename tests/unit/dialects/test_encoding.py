"""JSON that the gateway writes itself."""

import pytest

from guardrail_gw.dialects.encoding import encoded
from guardrail_gw.errors import UpstreamBroken


def test_a_number_that_json_cannot_say_is_not_written() -> None:
    """Infinity is no JSON, so a client could not read the answer."""
    with pytest.raises(UpstreamBroken):
        encoded({"a": [float("inf")]})


def test_half_a_pair_keeps_its_escape() -> None:
    """A surrogate that a provider cut is passed on as it was."""
    assert encoded({"a": "\ud83d"}) == b'{"a":"\\ud83d"}'
