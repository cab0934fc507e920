"""Names of answers: the same only where everything is."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import Any, Final

from hypothesis import given, settings, strategies as st

from guardrail_gw.cache.name import name_of
from guardrail_gw.core.exchange import Arrival, Envelope, Head, Redacted
from guardrail_gw.core.identity import RequestId
from tests.support.caching import redacted
from tests.support.chat import Told, inbound, policy, redaction

KEY: Final = bytes(32)
OTHER_SURFACE: Final = Arrival(id=RequestId("r"), surface="another", received_us=0)
DIFFERENT: Final[dict[str, Callable[[], Redacted]]] = {
    "nothing": redacted,
    **{
        name: partial(redacted, principal={name: "other"})
        for name in ("tenant", "team", "user", "key_id")
    },
    "policies": lambda: redacted(policy_digest="sha256:1"),
    "documents": lambda: redacted(documents=("base", "night")),
    "surface": lambda: redacted(inbound={"arrival": OTHER_SURFACE}),
    "dialect": lambda: redacted(question={"dialect": "openai_completions"}),
    "model": lambda: redacted(question={"model": "n"}),
    "whole": lambda: redacted(question={"stream": False}),
    "operation": lambda: redacted(question={"head": Head(path="/x")}),
    "method": lambda: redacted(question={"head": Head(method="GET")}),
    "named model": lambda: redacted(question={"head": Head(model="x")}),
    "header": lambda: redacted(question={"head": Head(headers=(("a", "b"),))}),
    "header's place": lambda: redacted(question={"head": Head(headers=(("ab", ""),))}),
    "left out": lambda: redacted(question={"head": Head(left_out=("header x",))}),
    "value": lambda: redacted(originals={"PERSON_1": "Anna"}),
    "other value": lambda: redacted(originals={"PERSON_1": "Eva"}),
    "two values": lambda: redacted(originals={"PERSON_1": "Anna", "PERSON_2": "Eva"}),
    "swapped values": lambda: redacted(originals={"PERSON_1": "Eva", "PERSON_2": "Anna"}),
    "no model": lambda: redacted(
        envelope=Envelope(before=b'{"model":', after=b',"messages":[]}', names_model=False)
    ),
    "body": lambda: redacted(envelope=Envelope(before=b'{"model":', after=b',"messages":[1]}')),
    "cut": lambda: redacted(envelope=Envelope(before=b'{"model":,', after=b'"messages":[]}')),
    "between": lambda: redacted(
        envelope=Envelope(before=b'{"model":', after=b"", between=(b',"messages":[]}',))
    ),
}
PARTS = st.lists(st.binary(max_size=3), min_size=3, max_size=3)
VALUES: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(["temperature", "n", "seed", "user", "stop", "x"]),
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "b"]) | st.just([]),
    max_size=3,
)


def test_whatever_differs_makes_another_name() -> None:
    """Of each two requests that differ in one thing, or in two, the names differ."""
    named = {what: name_of(KEY, make()) for what, make in DIFFERENT.items()}

    assert name_of(KEY, redacted()) == named["nothing"]
    assert [pair for pair in combinations(named, 2) if named[pair[0]] == named[pair[1]]] == []


def test_a_name_tells_nothing_to_who_has_not_the_key() -> None:
    """Under another key the same request has another name."""
    assert name_of(KEY, redacted()) != name_of(bytes([1]) * 32, redacted())


@given(one=PARTS, other=PARTS)
@settings(max_examples=60)
def test_where_a_part_ends_counts(one: list[bytes], other: list[bytes]) -> None:
    """Bytes that are the same in a row make one name only if each part is the same."""
    names = [
        name_of(KEY, redacted(envelope=Envelope(before=a, between=(b,), after=c)))
        for a, b, c in (one, other)
    ]

    assert (names[0] == names[1]) is (one == other)


@given(one=VALUES, other=VALUES)
@settings(max_examples=30)
def test_every_member_of_a_request_counts(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Known to somebody or not: whoever changes a member asks for something else."""

    async def name(members: dict[str, Any]) -> bytes:
        raw = json.dumps({"model": "m", "messages": [], **members}).encode()
        return name_of(KEY, await redaction(Told()).apply(inbound(raw), policy()))

    assert (asyncio.run(name(one)) == asyncio.run(name(other))) is (
        json.dumps(one) == json.dumps(other)
    )
