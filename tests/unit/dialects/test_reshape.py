"""Bodies without some members and with others: the rest keeps its bytes."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.dialects.reshape import reshaped, within
from guardrail_gw.errors import BodyRefused

NAMES = st.text(max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


def test_members_are_taken_out_wherever_they_stand_and_others_keep_their_bytes() -> None:
    """Also one whose name is escaped; white space and numbers within the others stay."""
    raw = rb' { "mod\u0065l" : "m", "a": [ 1.00, {"model": 2} ], "stream": true , "b":1E2 } '

    made = reshaped(raw, without=("model", "stream"), members={"v": b'"x-1"'})

    assert made == rb'{"v":"x-1","a": [ 1.00, {"model": 2} ],"b":1E2}'


@given(body=st.dictionaries(NAMES, JSON, max_size=5), without=st.lists(NAMES, max_size=3))
def test_what_is_left_is_what_was_there(body: dict[str, Any], without: list[str]) -> None:
    """For every object and every set of names."""
    raw = json.dumps(body | {"model": "m"}).encode()

    made = json.loads(reshaped(raw, without=[*without, "model"], members={}))

    assert made == {key: body[key] for key in body if key not in {*without, "model"}}


@pytest.mark.parametrize("raw", [b"", b"{", b'{"a":1,"a":2}', b'{"a":NaN}'])
def test_what_cannot_be_read_is_refused(raw: bytes) -> None:
    """A body that readers would read differently goes nowhere."""
    with pytest.raises(BodyRefused):
        reshaped(raw, without=("a",), members={})


def test_a_body_can_stand_within_another() -> None:
    """As base64, as deep as it is wanted; or it stays as it is."""
    raw = b'{"a": 1}'

    held = json.loads(within(raw, ("input", "invokeModel", "body")))

    assert base64.b64decode(held["input"]["invokeModel"]["body"]) == raw
    assert within(raw, ()) == raw
