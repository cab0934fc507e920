import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.parameters import Bounds, Parameters
from guardrail_gw.dialects.members import fitted, required

TABLE = Parameters(
    renamed=(("max_tokens", "max_completion_tokens"),),
    dropped=("logit_bias", "seed"),
    refused=("logprobs",),
    bounds=(("temperature", Bounds(least=0, most=1)),),
    required=(("max_completion_tokens", 100), ("safe_mode", True)),
)
NAMES = ("model", "max_tokens", "max_completion_tokens", "logit_bias", "seed", "logprobs")
VALUES = st.one_of(
    st.integers(-5, 5),
    st.text(max_size=5),
    st.sampled_from(NAMES),
    st.none(),
    st.booleans(),
    st.dictionaries(st.sampled_from(NAMES), st.integers(0, 3), max_size=2),
)
BODIES = st.dictionaries(st.sampled_from([*NAMES, "temperature", "messages"]), VALUES)


@pytest.mark.parametrize(
    ("body", "becomes", "left_out"),
    [
        (b'{"a":{"p":1, "t":2},"p":3}', b'{"a":{"t":2},"p":3}', ("a.p",)),
        (b'{"a":{"p":1}}', b'{"a":{"p":1}}', ()),
        (b'{"a":{"t":null,"p":1}}', b'{"a":{"t":null,"p":1}}', ()),
        (b'{"a":[{"t":1,"p":1}]}', b'{"a":[{"t":1,"p":1}]}', ()),
        (b'{"a":{"x":1,"t":2},"b":{"x":1}}', b'{"a":{"x":1,"t":2},"b":{}}', ("b.x",)),
        (b'{"q":1,"k":2}', b'{"q":1}', ("k",)),
    ],
)
def test_of_members_that_stand_for_each_other_the_first_stays(
    body: bytes, becomes: bytes, left_out: Any
) -> None:
    """Within a member, too; one that says nothing stands for nothing."""
    table = Parameters(one_of=(("a.t", "a.p"), ("q", "k")), dropped=("b.x",))

    made = fitted(body, json.loads(body), table)

    assert (made.body, made.left_out) == (becomes, left_out)


@pytest.mark.parametrize(
    ("body", "becomes", "left_out"),
    [
        (b'{"model":"m","max_tokens": 5}', b'{"model":"m","max_completion_tokens": 5}', ()),
        (b'{"seed":1, "model":"m"}', b'{"model":"m"}', ("seed",)),
        (b'{"model":"m" ,"seed":1 }', b'{"model":"m"  }', ("seed",)),
        (b'{"model":"m","logit_bias":{"5": [1]},"n":1}', b'{"model":"m","n":1}', ("logit_bias",)),
        (b'{"model":"m","seed":1,"logprobs":null}', b'{"model":"m"}', ("logprobs", "seed")),
        (
            b'{"model":"m","temperature":1.50}',
            b'{"model":"m","temperature":1}',
            ("temperature above 1",),
        ),
        (
            b'{"max_tokens":1,"model":"m","max_completion_tokens":2}',
            b'{"model":"m","max_completion_tokens":2}',
            ("max_tokens",),
        ),
        (b'{"model":"m","s\\u0065ed":7}', b'{"model":"m"}', ("seed",)),
        (b'{"x":{"seed":7},"s\\u0065ed":8}', b'{"x":{"seed":7}}', ("seed",)),
        (b'{"model":"seed","seed":7}', b'{"model":"seed"}', ("seed",)),
        (b'{"x":{"seed":7},"seed":8}', b'{"x":{"seed":7}}', ("seed",)),
        (
            b'{"user":"\\"seed\\":1","x":{"seed":7},"seed":8}',
            b'{"user":"\\"seed\\":1","x":{"seed":7}}',
            ("seed",),
        ),
    ],
)
def test_only_what_differs_is_changed(body: bytes, becomes: bytes, left_out: Any) -> None:
    """Every other byte stays, and what the provider is not told is named."""
    made = fitted(body, json.loads(body), TABLE)

    assert (made.body, made.left_out) == (becomes, left_out)


@pytest.mark.parametrize("escaped", [b"top\\u004b", b"top\\u004B", b"t\\u006f\\u0070K"])
def test_a_name_of_capitals_may_be_escaped(escaped: bytes) -> None:
    """The member that goes is the top-level one, and not its namesake further in."""
    body = b'{"%b":3,"model":"m","x":{"topK":5}}' % escaped

    made = fitted(body, json.loads(body), Parameters(dropped=("topK",)))

    assert made.body == b'{"model":"m","x":{"topK":5}}'


@given(members=BODIES, indent=st.sampled_from([None, 1]), is_ascii=st.booleans())
def test_a_body_becomes_what_its_members_become(
    members: dict[str, Any], indent: int | None, *, is_ascii: bool
) -> None:
    """For every body: parsed and changed is changed and parsed."""
    members = {"model": "m", **members}
    raw = json.dumps(members, indent=indent, ensure_ascii=is_ascii).encode()

    made = json.loads(fitted(raw, members, TABLE).body)

    expected = TABLE.named(members)
    for name in ("logit_bias", "seed", "logprobs"):
        expected.pop(name, None)
    if found := dict(TABLE.bounds)["temperature"].beyond(expected.get("temperature")):
        expected["temperature"] = found[1]
    assert made == expected


@given(members=BODIES)
def test_a_body_of_which_nothing_differs_keeps_its_bytes(members: dict[str, Any]) -> None:
    """A table that has nothing to say changes nothing."""
    raw = json.dumps({"model": "m", **members}, indent=1).encode()

    assert fitted(raw, members, Parameters(dropped=("nobody_says_this",))).body == raw


@pytest.mark.parametrize(
    ("members", "more"),
    [
        ({}, b',"max_completion_tokens":100,"safe_mode":true'),
        ({"max_tokens": 5}, b',"safe_mode":true'),
        ({"max_completion_tokens": None, "safe_mode": False}, b""),
    ],
)
def test_what_is_demanded_stands_for_who_does_not_say_it(members: Any, more: bytes) -> None:
    """By whatever name it is said."""
    assert required(members, TABLE) == more
