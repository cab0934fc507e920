from typing import Any

import pytest

from guardrail_gw.core.body import parse
from guardrail_gw.dialects.texts import biases, texts
from guardrail_gw.dialects.walk import Layer, Walk
from guardrail_gw.errors import BodyRefused


@pytest.mark.parametrize("value", ["Anna", "", [], ["Anna", "Berta"], None])
def test_texts_pass(value: Any) -> None:
    """A text, several, or none."""
    texts({"input": value, "dimensions": 3}, "input")


@pytest.mark.parametrize("value", [[1, 2], [[1, 2], [3]], 7, ["Anna", 5], [[]], [1.5]])
@pytest.mark.parametrize("name", ["input", "INPUT"])
def test_tokens_are_refused(name: str, value: Any) -> None:
    """What a provider would read as text and nobody here can is not passed on, however spelt."""
    with pytest.raises(BodyRefused) as refused:
        texts({name: value}, "input")

    assert refused.value.code == "body.tokens"
    assert "'/input'" in refused.value.detail


@pytest.mark.parametrize("name", ["prompt_token_ids", "Input_IDs"])
def test_tokens_beside_the_text_are_refused(name: str) -> None:
    """A server of one's own may read them in the place of the text."""
    with pytest.raises(BodyRefused) as refused:
        texts({"input": "Anna", name: [1, 2]}, "input")

    assert refused.value.code == "body.tokens"


@pytest.mark.parametrize("value", [{"text": "Anna"}, [{"text": "Anna"}], True, ["a", None]])
def test_anything_else_is_of_the_wrong_type(value: Any) -> None:
    """A text is a string; the message names the place and nothing of what stood there."""
    with pytest.raises(BodyRefused) as refused:
        texts({"input": value}, "input")

    assert refused.value.code == "body.wrong_type"
    assert "Anna" not in refused.value.detail


@pytest.mark.parametrize(
    ("bias", "seen"),
    [
        ({"50256": -100, "7": 1.5, "199999": 100}, []),
        ({}, []),
        ({"1234567": 1}, ["1234567"]),
        ({"Anna": 1}, ["Anna"]),
        ({"7": "Anna"}, ["7", "Anna"]),
        ({"7": 41000000000}, ["7", "41000000000"]),
        ({"7": True}, ["7"]),
        ("Anna", ["Anna"]),
        (["Anna"], ["Anna"]),
    ],
)
def test_biases_of_tokens_are_numbers(bias: Any, seen: list[str]) -> None:
    """As many as a model has words are looked at one by one only where one is something else."""
    walk = Walk(layers=[Layer(parse(b"{}"))])

    biases(walk, bias, ("logit_bias",), "/logit_bias")

    assert [segment.text for segment in walk.segments] == seen
    assert [text for text, _ in walk.fixed] == ([] if seen else [*bias])
