"""What only some dialects have words for: wishes of a request, thoughts, refusals."""

import json
from typing import Any

import pytest

from guardrail_gw.dialects.foreign import foreign
from guardrail_gw.dialects.translation.losses import Untranslatable
from guardrail_gw.dialects.translation.translate import translated
from tests.unit.dialects.translation.test_answers import (
    CHAT,
    CHAT_STREAM,
    MESSAGES,
    MESSAGES_STREAM,
    chunk,
    read,
)
from tests.unit.dialects.translation.test_responses import ITEM, RESPONSES, datas, response

ASKED: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "a"}]}


def said(client: str, provider: str, **more: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a request with something more becomes besides its messages, and what is left out."""
    made = translated({**ASKED, **more}, client, provider)
    body = {key: value for key, value in made.body.items() if key != "messages"}
    return body, made.left_out


def test_the_usual_tier_is_asked_for_in_either_dialect() -> None:
    """`standard_only` and `default` mean the same, and `auto` is what nothing said means."""
    assert said(MESSAGES, CHAT, service_tier="standard_only")[0]["service_tier"] == "default"
    assert "service_tier" not in said(MESSAGES, CHAT, service_tier="auto")[0]
    assert said(CHAT, MESSAGES, service_tier="default")[0]["service_tier"] == "standard_only"
    assert said(CHAT, MESSAGES, service_tier="auto") == ({"max_tokens": 4096}, ())
    assert said(CHAT, MESSAGES, service_tier="flex") == ({"max_tokens": 4096}, ("service_tier",))


def test_a_seed_of_zero_is_a_seed() -> None:
    """A wish that is left out is on record even where its value looks like nothing."""
    assert said(CHAT, MESSAGES, seed=0)[1] == ("seed",)
    assert said(CHAT, MESSAGES, frequency_penalty=0, metadata={}, verbosity="")[1] == ()


@pytest.mark.parametrize(
    "member",
    [{"logprobs": True, "top_logprobs": 3}, {"response_format": {"type": "json_object"}}],
)
def test_what_is_needed_is_refused_where_there_is_no_word_for_it(member: dict[str, Any]) -> None:
    """Probabilities that were asked for, and JSON of no schema, are not left out."""
    with pytest.raises(Untranslatable) as refused:
        said(CHAT, MESSAGES, **member)

    assert refused.value.member.split(".", maxsplit=1)[0] in member


@pytest.mark.parametrize("member", ["reasoning_effort", "seed", "metadata", "service_tier"])
def test_a_wish_of_another_type_is_refused(member: str) -> None:
    """What is no wish of the dialect goes nowhere, whoever is asked."""
    with pytest.raises(Untranslatable) as refused:
        said(CHAT, MESSAGES, **{member: [1]})

    assert refused.value.member == member


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "hm"},
        {"reasoning": "hm"},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]},
    ],
    ids=["reasoning_content", "reasoning", "part"],
)
def test_thoughts_of_chat_are_blocks_of_thinking(delta: dict[str, Any]) -> None:
    """Whatever a near-copy calls them; a seal of nobody's stands for a signature."""
    told = read(CHAT, MESSAGES, [CHAT_STREAM[0], chunk(delta), *CHAT_STREAM[1:]], stream=True)

    events = [event.data or {} for event in told]
    assert [event.get("content_block", {}).get("type") for event in events[1:5]] == [
        "thinking",
        None,
        None,
        None,
    ]
    assert events[2]["delta"] == {"type": "thinking_delta", "thinking": "hm"}
    assert events[3]["delta"] == {"type": "signature_delta", "signature": foreign("", "")}


def test_thoughts_of_messages_have_a_member_in_chat() -> None:
    """What many providers of the dialect call it; the signature has no place there."""
    told = [event.data or {} for event in read(MESSAGES, CHAT, MESSAGES_STREAM, stream=True)]

    assert told[1]["choices"][0]["delta"] == {"reasoning_content": "hm"}
    assert "signature" not in json.dumps(told)


def test_a_whole_answer_tells_its_thoughts_and_counts_them() -> None:
    """Blocks of thinking are one text of the message, and their tokens are told apart."""
    blocks = [
        {"type": "thinking", "thinking": "first ", "signature": "s"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "thinking", "thinking": "then", "signature": "s"},
        {"type": "text", "text": "done"},
    ]
    counts = {
        "input_tokens": 5,
        "output_tokens": 9,
        "output_tokens_details": {"thinking_tokens": 6},
    }
    body = {"type": "message", "content": blocks, "stop_reason": "end_turn", "usage": counts}

    (event,) = read(MESSAGES, CHAT, [json.dumps(body).encode()], stream=False)

    assert event.data is not None
    assert event.data["choices"][0]["message"] == {
        "role": "assistant",
        "content": "done",
        "reasoning_content": "first then",
    }
    assert event.data["usage"]["completion_tokens_details"] == {"reasoning_tokens": 6}


def test_a_refusal_is_a_reason_in_messages() -> None:
    """Chat has a member for it and ends as usual; Messages say it as text and as the reason."""
    streamed = [chunk({"refusal": "I cannot"}), chunk({}, "stop"), CHAT_STREAM[-1]]
    choice = {"message": {"content": None, "refusal": "I cannot"}, "finish_reason": "stop"}

    events = [event.data or {} for event in read(CHAT, MESSAGES, streamed, stream=True)]
    (whole,) = read(CHAT, MESSAGES, [json.dumps({"choices": [choice]}).encode()], stream=False)

    assert events[2]["delta"] == {"type": "text_delta", "text": "I cannot"}
    assert events[-2]["delta"]["stop_reason"] == "refusal"
    assert whole.data is not None
    assert whole.data["content"] == [{"type": "text", "text": "I cannot"}]
    assert whole.data["stop_reason"] == "refusal"


def test_a_refusal_keeps_its_part() -> None:
    """It is a part of its own in a response, a member in chat, and the reason in Messages."""
    asked = [chunk({"content": "Hm. "}), chunk({"refusal": "I cannot"}), *CHAT_STREAM[-3:]]
    part = {"type": "refusal", "refusal": "I cannot"}
    body = json.dumps(response({**ITEM, "content": [part]})).encode()

    told = datas(read(CHAT, RESPONSES, asked, stream=True))
    (chat,) = read(RESPONSES, CHAT, [body], stream=False)
    (block,) = read(RESPONSES, MESSAGES, [body], stream=False)

    assert told[-1]["response"]["output"][0]["content"] == [
        {"type": "output_text", "text": "Hm. ", "annotations": [], "logprobs": []},
        part,
    ]
    assert {data["content_index"] for data in told if ".refusal." in data["type"]} == {1}
    assert datas([chat])[0]["choices"][0]["message"] == {
        "role": "assistant",
        "content": None,
        "refusal": "I cannot",
    }
    assert datas([block])[0]["stop_reason"] == "refusal"


def test_sources_and_probabilities_are_the_same_in_both_openai_dialects() -> None:
    """Addresses stand beside the text with its characters; tokens keep their probabilities."""
    odds = [{"token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": []}]
    cited = {"url": "https://example.org", "title": "t", "start_index": 0, "end_index": 1}
    message_ = {
        "content": "a",
        "annotations": [{"type": "url_citation", "url_citation": cited}],
    }
    choice = {"message": message_, "finish_reason": "stop", "logprobs": {"content": odds}}
    body = {"id": "c1", "model": "g", "choices": [choice]}

    (there,) = read(CHAT, RESPONSES, [json.dumps(body).encode()], stream=False)
    (back,) = read(RESPONSES, CHAT, [json.dumps(there.data).encode()], stream=False)

    assert datas([there])[0]["output"][0]["content"] == [
        {
            "type": "output_text",
            "text": "a",
            "annotations": [{"type": "url_citation", **cited}],
            "logprobs": odds,
        }
    ]
    (told,) = datas([back])[0]["choices"]
    assert told["message"] == {"role": "assistant", **message_}
    assert told["logprobs"]["content"] == odds
