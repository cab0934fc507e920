import json
from typing import Any

import pytest

from guardrail_gw.core.feature import Feature
from guardrail_gw.errors import BodyRefused
from tests.support.completions import COMPLETIONS, prompt, seen

PLAIN = {
    "echo": True,
    "n": 2,
    "best_of": 3,
    "logprobs": 5,
    "max_tokens": 99999999,
    "seed": 12345678,
    "temperature": 0.5,
    "stream": True,
    "stream_options": {"include_usage": True},
}


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ("Anna", {"Anna": "/prompt"}),
        (["Anna", "Berta"], {"Anna": "/prompt/0", "Berta": "/prompt/1"}),
        (['{"to":"Anna"}'], {"to": "/prompt/0/*", "Anna": "/prompt/0/*"}),
    ],
)
def test_every_prompt_is_a_segment(asked: Any, places: dict[str, str]) -> None:
    """One or several; JSON in them is walked as what it holds."""
    assert seen(COMPLETIONS, prompt(asked)) == places


def test_a_plain_request_has_no_other_segments() -> None:
    """What the wire format defines in closed sets is structure."""
    assert seen(COMPLETIONS, prompt("hi", **PLAIN)) == {"hi": "/prompt"}


@pytest.mark.parametrize("name", ["suffix", "stop", "user", "best_of", "echo", "nobody_knows"])
def test_a_name_in_any_field_is_seen(name: str) -> None:
    """A field that holds something unexpected, or that nobody thought of, is scanned."""
    for value in ("Anna Schmidt", {"Anna Schmidt": 1}, [{"k": ["Anna Schmidt"]}]):
        assert "Anna Schmidt" in seen(COMPLETIONS, prompt("x", **{name: value}))


@pytest.mark.parametrize("asked", [[1, 2], [[1], [2]], ["Anna", 3]])
def test_tokens_are_refused(asked: Any) -> None:
    """Nobody can find a name in them."""
    with pytest.raises(BodyRefused) as refused:
        COMPLETIONS.parse(prompt(asked))

    assert refused.value.code == "body.tokens"


def test_a_text_that_is_no_text_is_an_attachment() -> None:
    """Embeddings in the place of the prompt cannot be scanned, so the policy decides."""
    question = COMPLETIONS.parse(prompt("x", prompt_embeds="QUJD" * 100))

    assert [a.media for a in question.attachments] == ["base64"]


def test_what_takes_the_text_elsewhere_is_a_feature() -> None:
    """As in every dialect."""
    question = COMPLETIONS.parse(prompt("x", store=True, provider={"order": ["a"]}))

    assert question.features == {Feature.STORAGE: "/store", Feature.ROUTING: "/provider"}


def test_a_stream_is_asked_for_its_counts() -> None:
    """In the client's name, when it did not ask; other bytes stay as they are."""
    raw = prompt("hi", stream=True)

    sent = COMPLETIONS.rewrite(COMPLETIONS.parse(raw), {}).addressed(b'"gpt"')

    assert json.loads(sent)["stream_options"] == {"include_usage": True}
    assert sent.replace(b',"stream_options":{"include_usage":true}', b"") == raw


def test_nothing_is_changed_without_need() -> None:
    """A body in which nothing is replaced keeps its bytes."""
    raw = b'{ "prompt" : ["a"],"model":"gpt", "temperature":0.50 }'

    assert COMPLETIONS.rewrite(COMPLETIONS.parse(raw), {}).addressed(b'"gpt"') == raw


def test_replacements_stand_where_the_segments_stood() -> None:
    """Each in its own prompt."""
    question = COMPLETIONS.parse(prompt(["Anna", "Berta"], suffix="Clara"))

    sent = COMPLETIONS.rewrite(question, {0: "A", 1: "B", 2: "C"}).addressed(b'"m"')

    assert json.loads(sent) == {"model": "m", "prompt": ["A", "B"], "suffix": "C"}
