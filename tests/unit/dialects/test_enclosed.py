"""Requests in a body of many are read by the provider's tables, as each would be by itself."""

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.body import quoted
from guardrail_gw.core.exchange import Envelope
from guardrail_gw.core.parameters import AS_THE_DIALECT_SAYS, Bounds, Parameters
from guardrail_gw.dialects.enclosed import all_fitted, has_table, obstacle
from guardrail_gw.dialects.files import lines
from guardrail_gw.dialects.members import fitted, required
from tests.support.filing import chat_line, jsonl

TABLE = Parameters(
    renamed=(("max_completion_tokens", "max_tokens"),),
    dropped=("logit_bias",),
    bounds=(("temperature", Bounds(most=1)), ("n", Bounds(most=4, is_refused_beyond=True))),
    required=(("max_tokens", 64),),
)
TEXTS = st.text(min_size=1, max_size=20)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "max_completion_tokens": st.integers(1, 9),
        "logit_bias": st.just({"7": 1}),
        "temperature": st.sampled_from([0.5, 1.7]),
        "top_p": st.just(0.5),
        "metadata": st.dictionaries(TEXTS, TEXTS, max_size=2),
    },
)


def tables(dialect: str) -> Parameters:
    """Of chat alone."""
    return TABLE if dialect == "openai_chat" else AS_THE_DIALECT_SAYS


def enveloped(*asked: dict[str, Any]) -> Envelope:
    """Lines between a head and a tail, as a form has them."""
    found = lines.read(jsonl(*asked))
    told = found.written({})
    return Envelope(
        before=b"head " + told[0][0],
        between=tuple(b"%b\n%b" % (one[1], two[0]) for one, two in pairwise(told)),
        after=told[-1][1] + b" tail",
        lines=found.digests(told),
        requests=found.enclosed(told),
    )


@given(asked=st.lists(st.tuples(TEXTS, TEXTS, BODIES), min_size=1, max_size=5))
def test_each_is_changed_as_it_would_be_by_itself(asked: list[tuple[str, str, Any]]) -> None:
    """Whatever the others say, and whatever their names are; what stands around stays."""
    said = [chat_line(name, text, **body) for name, text, body in asked]

    made = all_fitted(enveloped(*said), b'"echo"', tables)

    assert made.body.startswith(b"head {")
    assert made.body.endswith(b"} tail")
    told = [json.loads(each) for each in made.body[5:-5].splitlines()]
    left_out = set[str]()
    for line, sent in zip(said, told, strict=True):
        body = {**line["body"], "model": "echo"}
        more = required(body, TABLE)
        raw = json.dumps(body).encode()[:-1] + more + b"}"
        alone = fitted(raw, body, TABLE)
        left_out.update(alone.left_out)
        assert sent == {**line, "body": json.loads(alone.body)}
    assert made.left_out == tuple(sorted(left_out))


@given(asked=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_without_a_table_nothing_changes(asked: list[tuple[str, str]]) -> None:
    """Every byte is that of the envelope, the model named."""
    envelope = enveloped(*(chat_line(name, text) for name, text in asked))

    assert not has_table(envelope, lambda _: AS_THE_DIALECT_SAYS)
    made = all_fitted(envelope, quoted("echo"), lambda _: AS_THE_DIALECT_SAYS)
    assert made.body == envelope.addressed(quoted("echo"))
    assert obstacle(envelope, lambda _: AS_THE_DIALECT_SAYS) is None


def test_a_name_that_looks_like_a_body_is_none() -> None:
    """A client's own name for a request may hold what stands behind one."""
    name = ',"method":"POST","url":"/v1/chat/completions","body":{"temperature":9,'

    made = all_fitted(enveloped(chat_line(name, name, temperature=3)), b'"echo"', tables)

    told = json.loads(made.body[5:-5])
    assert (told["custom_id"], told["body"]["temperature"]) == (name, 1)
    assert told["body"]["messages"][0]["content"] == name


@pytest.mark.parametrize(("more", "found"), [({"n": 5}, "n above 4 at line 2"), ({"n": 4}, None)])
def test_what_a_line_asks_and_nobody_can_do_is_named(more: Any, found: str | None) -> None:
    """With its place, and nothing of a value."""
    envelope = enveloped(chat_line("a", "hi"), chat_line("b", "hi", **more))

    assert obstacle(envelope, tables) == found
    assert has_table(envelope, tables)
    assert obstacle(replace(envelope, requests=()), tables) is None
