"""Thoughts that go through another dialect, and back to whoever sealed them."""

import json
from base64 import b64encode
from hashlib import sha512
from typing import Any

import pytest

from guardrail_gw.core.exchange import AnswerEvent
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.foreign import foreign
from guardrail_gw.dialects.translation.translate import Translated, TranslatedReader, translated
from tests.unit.dialects.translation.test_answers import CHAT, MESSAGES, NOW_S

RESPONSES = "openai_responses"
SEAL = b64encode(sha512(b"a thought").digest()).decode()
ASKED: dict[str, dict[str, Any]] = {
    MESSAGES: {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000},
    RESPONSES: {"reasoning": {"summary": "auto"}},
}
"""How a client asks to be told what was thought."""
ANSWERS: dict[str, dict[str, Any]] = {
    MESSAGES: {
        "id": "m1",
        "type": "message",
        "model": "c",
        "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": SEAL},
            {"type": "redacted_thinking", "data": SEAL},
            {"type": "text", "text": "Yes."},
        ],
        "stop_reason": "end_turn",
    },
    RESPONSES: {
        "id": "r1",
        "object": "response",
        "status": "completed",
        "model": "g",
        "output": [
            {
                "type": "reasoning",
                "summary": [{"type": "summary_text", "text": "Hm."}],
                "encrypted_content": SEAL,
            },
            {"type": "reasoning", "summary": [], "encrypted_content": SEAL},
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "Yes."}],
            },
        ],
    },
}


def told(provider: str, client: str, *, shows: bool = True) -> dict[str, Any]:
    """The provider's answer as the client gets it."""
    reader = TranslatedReader(
        inner=BY_NAME[provider].reader(stream=False),
        provider=provider,
        client=client,
        stream=False,
        created_s=NOW_S,
        shows_thoughts=shows,
    )
    events: list[AnswerEvent] = [*reader.feed(json.dumps(ANSWERS[provider]).encode())]
    (event,) = [*events, *reader.end()]
    assert event.data is not None
    return event.data


def again(client: str, provider: str, answer: dict[str, Any]) -> Translated:
    """The client's next request, in which it hands everything back."""
    if client == RESPONSES:
        said = {"input": [*answer["output"], {"role": "user", "content": "And?"}]}
    else:
        turn = {"role": "assistant", "content": answer["content"]}
        said = {"messages": [turn, {"role": "user", "content": "And?"}]}
    return translated({"model": "m", **ASKED[client], **said}, client, provider)


def thoughts(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The thoughts within a request."""
    blocks = [block for m in body.get("messages", ()) for block in m["content"]]
    return [
        each
        for each in (*blocks, *body.get("input", ()))
        if "text" not in each and "role" not in each
    ]


def test_what_messages_signed_goes_back_through_responses() -> None:
    """A client of responses reads the thought; its maker gets it with its signature again."""
    answer = told(MESSAGES, RESPONSES)

    made = again(RESPONSES, MESSAGES, answer)

    assert [item["summary"] for item in answer["output"][:2]] == [
        [{"type": "summary_text", "text": "Hm."}],
        [],
    ]
    assert thoughts(made.body) == ANSWERS[MESSAGES]["content"][:2]
    assert "input[] of reasoning" not in made.left_out


def test_what_responses_sealed_goes_back_through_messages() -> None:
    """The same the other way, the account in one part, and what has no account with its seal."""
    answer = told(RESPONSES, MESSAGES)

    made = again(MESSAGES, RESPONSES, answer)

    assert [block["type"] for block in answer["content"]] == [
        "thinking",
        "redacted_thinking",
        "text",
    ]
    assert thoughts(made.body) == ANSWERS[RESPONSES]["output"][:2]
    assert "messages[].content[].thinking" not in made.left_out


@pytest.mark.parametrize(("client", "maker"), [(RESPONSES, MESSAGES), (MESSAGES, RESPONSES)])
def test_nobody_else_gets_it(client: str, maker: str) -> None:
    """Asked for the next turn, another provider is not handed what it could not open."""
    made = again(client, CHAT, told(maker, client))

    assert SEAL not in json.dumps(made.body)
    assert "Hm." not in json.dumps(made.body)
    assert set(made.left_out) & {"input[] of reasoning", "messages[].content[].thinking"}


@pytest.mark.parametrize(("client", "maker"), [(RESPONSES, MESSAGES), (MESSAGES, RESPONSES)])
def test_whoever_speaks_the_dialect_of_the_client_gets_it_no_more(client: str, maker: str) -> None:
    """A provider of the client's own dialect would refuse a seal that it did not write."""
    answer = told(maker, client)
    asked = {"input": answer.get("output")} if client == RESPONSES else {"messages": [answer]}

    sent = json.loads(BY_NAME[client].own(json.dumps(asked).encode()))

    assert "Foreign" not in json.dumps(sent)
    assert "Yes." in json.dumps(sent)


@pytest.mark.parametrize(("client", "maker"), [(RESPONSES, MESSAGES), (MESSAGES, RESPONSES)])
def test_nobody_is_told_what_it_did_not_ask_for(client: str, maker: str) -> None:
    """Applications that ask for no thoughts look for their text in the first place."""
    answer = told(maker, client, shows=False)

    (said,) = answer.get("output") or answer["content"]
    assert "Yes." in json.dumps(said)


@pytest.mark.parametrize(
    ("client", "more", "shows"),
    [
        (MESSAGES, {}, False),
        (MESSAGES, {"thinking": {"type": "disabled"}}, False),
        (MESSAGES, {"thinking": {"type": "adaptive"}}, True),
        (MESSAGES, {"thinking": {"type": "adaptive", "display": "omitted"}}, False),
        (RESPONSES, {}, False),
        (RESPONSES, {"reasoning": {"effort": "low"}}, False),
        (RESPONSES, {"reasoning": {"summary": "detailed"}}, True),
        (CHAT, {}, True),
    ],
)
def test_who_asks_to_be_told(client: str, more: dict[str, Any], *, shows: bool) -> None:
    """Each dialect has its own way; chat has a member that nobody trips over."""
    said = (
        {"input": "a"} if client == RESPONSES else {"messages": [{"role": "user", "content": "a"}]}
    )
    provider = CHAT if client != CHAT else MESSAGES

    assert translated({"model": "m", **said, **more}, client, provider).shows_thoughts is shows


def test_a_seal_without_a_thought_of_ours_is_the_dialects_own() -> None:
    """A client that came from a provider of its dialect hands back what others cannot open."""
    block = {"type": "thinking", "thinking": "Hm.", "signature": SEAL}
    messages = [{"role": "assistant", "content": [block]}, {"role": "user", "content": "And?"}]

    made = translated({"model": "m", "messages": messages}, MESSAGES, RESPONSES)

    assert [item["role"] for item in made.body["input"]] == ["user"]
    assert made.left_out == ("messages[].content[].thinking",)
    assert foreign("", "") not in json.dumps(made.body)


GEMINI, CONVERSE = "gemini_generate", "bedrock_converse"
THOUGHTS_ASKED: list[tuple[str, dict[str, Any], str]] = [
    (RESPONSES, {"input": "a", "reasoning": {"summary": "auto"}}, "reasoning.summary"),
    (
        GEMINI,
        {
            "contents": [{"parts": [{"text": "a"}]}],
            "generationConfig": {"thinkingConfig": {"includeThoughts": True}},
        },
        "generationConfig.thinkingConfig.includeThoughts",
    ),
]
"""A client's dialect, what it asks, and what it calls thoughts that are to be told."""


def with_effort(asked: dict[str, Any]) -> dict[str, Any]:
    """The same, and how long the model thinks."""
    if "reasoning" in asked:
        return {**asked, "reasoning": {**asked["reasoning"], "effort": "low"}}
    thinking = asked["generationConfig"]["thinkingConfig"]
    return {
        **asked,
        "generationConfig": {"thinkingConfig": {**thinking, "thinkingLevel": "LOW"}},
    }


def test_thoughts_are_asked_for_where_a_provider_tells_them_only_then() -> None:
    """Whoever asks to be told them asks the provider in its own words."""
    (_, to_gemini, _), (_, to_responses, _) = THOUGHTS_ASKED

    gemini = translated({"model": "m", **with_effort(to_gemini)}, RESPONSES, GEMINI)
    responses = translated(with_effort(to_responses), GEMINI, RESPONSES)

    thinking = gemini.body["generationConfig"]["thinkingConfig"]
    assert thinking == {"thinkingBudget": 1024, "includeThoughts": True}
    assert responses.body["reasoning"] == {"effort": "low", "summary": "auto"}
    assert gemini.left_out == responses.left_out == ()


@pytest.mark.parametrize(
    ("client", "asked", "member", "provider"),
    [
        (*asked, provider)
        for asked in THOUGHTS_ASKED
        for provider in (MESSAGES, CONVERSE, GEMINI, RESPONSES)
        if provider != asked[0]
    ],
)
def test_thoughts_that_are_not_asked_for_are_on_record(
    client: str, asked: dict[str, Any], member: str, provider: str
) -> None:
    """Models that do not think refuse to be asked, so without an effort nobody is."""
    body = {"model": "m", **asked} if client == RESPONSES else asked

    made = translated(body, client, provider)

    assert made.left_out == (member,)
    assert "reasoning" not in made.body
    assert "thinkingConfig" not in made.body.get("generationConfig", {})


def test_chat_providers_tell_thoughts_unasked() -> None:
    """Their dialect has no word for it, and those that think say `reasoning_content`."""
    for client, asked, _ in THOUGHTS_ASKED:
        made = translated({"model": "m", **asked} if client == RESPONSES else asked, client, CHAT)

        assert made.left_out == ()
        assert made.shows_thoughts is True


def test_not_to_think_leaves_no_thoughts_to_tell() -> None:
    """An effort of none is left out for Gemini, and with it what would have been told."""
    asked = {"model": "m", "input": "a", "reasoning": {"effort": "none", "summary": "auto"}}

    made = translated(asked, RESPONSES, GEMINI)

    assert made.left_out == ("reasoning.effort", "reasoning.summary")
    assert "generationConfig" not in made.body
