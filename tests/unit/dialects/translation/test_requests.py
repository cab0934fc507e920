"""Requests said in another dialect."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import BARE, Head
from guardrail_gw.dialects.anthropic_messages.shapes import REQUEST as MESSAGES_MEMBERS
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.gemini_generate.shapes import GENERATE as GEMINI_MEMBERS
from guardrail_gw.dialects.openai_chat.shapes import REQUEST as CHAT_MEMBERS
from guardrail_gw.dialects.openai_responses.shapes import REQUEST as RESPONSES_MEMBERS
from guardrail_gw.dialects.translation.losses import Untranslatable
from guardrail_gw.dialects.translation.translate import is_translated, translated
from tests.support import converse
from tests.support.translations import BASES, SAMPLES, based, fate, pairs

CHAT, MESSAGES, RESPONSES = "openai_chat", "anthropic_messages", "openai_responses"
GEMINI, CONVERSE = "gemini_generate", "bedrock_converse"
MEMBERS = {
    CHAT: set(CHAT_MEMBERS),
    MESSAGES: set(MESSAGES_MEMBERS),
    RESPONSES: set(RESPONSES_MEMBERS),
    GEMINI: {name for name in GEMINI_MEMBERS if "_" not in name},
}
"""By the dialects' names; Gemini's in one of their two spellings."""
CONVERSATION: dict[str, Any] = {
    "model": "m",
    "stream": True,
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Weather in Bonn and Ulm?"},
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [
                {
                    "id": "functions.look:0",
                    "type": "function",
                    "function": {"name": "look", "arguments": '{"town":"Bonn"}'},
                },
                {
                    "id": "call_2",
                    "type": "function",
                    "function": {"name": "look", "arguments": ""},
                },
            ],
        },
        {"role": "tool", "tool_call_id": "functions.look:0", "content": "rain"},
        {"role": "tool", "tool_call_id": "call_2", "content": [{"type": "text", "text": "sun"}]},
        {"role": "user", "content": "And?"},
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "look",
                "description": "Looks.",
                "parameters": {"type": "object", "properties": {"town": {"type": "string"}}},
            },
        }
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": False,
}


def test_a_conversation_with_tools_in_messages() -> None:
    """System apart, calls as blocks, results in the user's turn, ids of the other alphabet."""
    made = translated(CONVERSATION, CHAT, MESSAGES)

    assert made.body == {
        "system": [{"type": "text", "text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Weather in Bonn and Ulm?"}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "I look."},
                    {
                        "type": "tool_use",
                        "id": "functions_look_0",
                        "name": "look",
                        "input": {"town": "Bonn"},
                    },
                    {"type": "tool_use", "id": "call_2", "name": "look", "input": {}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "functions_look_0",
                        "content": [{"type": "text", "text": "rain"}],
                    },
                    {
                        "type": "tool_result",
                        "tool_use_id": "call_2",
                        "content": [{"type": "text", "text": "sun"}],
                    },
                    {"type": "text", "text": "And?"},
                ],
            },
        ],
        "stream": True,
        "tools": [
            {
                "name": "look",
                "description": "Looks.",
                "input_schema": {"type": "object", "properties": {"town": {"type": "string"}}},
            }
        ],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
        "max_tokens": 4096,
    }
    assert made.head == Head(path="/messages", headers=(("anthropic-version", "2023-06-01"),))
    assert made.left_out == ()


def test_there_and_back_a_conversation_is_the_same() -> None:
    """What both dialects can say comes back as it was, but for ids and the demanded bound."""
    body = json.loads(json.dumps(CONVERSATION).replace("functions.look:0", "call_1"))
    there = translated(body, CHAT, MESSAGES)

    back = translated({"model": "m", **there.body}, MESSAGES, CHAT)

    written = back.body["messages"]
    assert written[2]["tool_calls"][1]["function"].pop("arguments") == "{}"
    assert body["messages"][2]["tool_calls"][1]["function"].pop("arguments") == ""
    assert body["messages"][4].pop("content")[0]["text"] == written[4].pop("content")
    assert back.body == {
        **{name: value for name, value in body.items() if name != "model"},
        "stream_options": {"include_usage": True},
        "max_completion_tokens": 4096,
    }


@pytest.mark.parametrize(("client", "provider"), pairs())
def test_every_member_of_the_dialect_has_a_sample(client: str, provider: str) -> None:
    """Nobody adds a member to a dialect without deciding what becomes of it in another."""
    sampled = {name for sample in SAMPLES[client].values() for name in sample}
    fates = {fate(client, provider, member) for member in SAMPLES[client]}

    assert MEMBERS[client] <= sampled
    assert fates >= {"left out, on record", "refused"}
    assert ("as it is" in fates) is {GEMINI, CONVERSE}.isdisjoint({client, provider})


@pytest.mark.parametrize(("client", "provider"), pairs())
def test_what_is_made_is_a_request_of_the_dialect(client: str, provider: str) -> None:
    """The provider's own reader understands every translation, with the same texts in it."""
    for member, sample in SAMPLES[client].items():
        if fate(client, provider, member) == "refused":
            continue

        made = translated({**based(client, provider, member), **sample}, client, provider)

        if provider == CONVERSE:
            converse.check(made.body)
            assert made.head.path.endswith("-stream") is bool(sample.get("stream"))
            continue
        raw = json.dumps({"model": "m", **made.body}).encode()
        assert BY_NAME[provider].parse(raw, made.head).stream is bool(sample.get("stream"))


@pytest.mark.parametrize(("client", "provider"), pairs())
@given(
    name=st.text(min_size=1).filter(
        lambda name: all(name not in known for known in MEMBERS.values())
    ),
    value=st.one_of(st.just(0), st.text(), st.lists(st.integers())),
)
def test_an_unknown_member_is_refused_and_not_repeated(
    client: str, provider: str, name: str, value: Any
) -> None:
    """What nobody knows is not dropped in silence, and its name stays with the client."""
    with pytest.raises(Untranslatable) as caught:
        translated({**BASES[client], "x-" + name: value}, client, provider)

    assert caught.value.member == "(a member that is not known)"


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["role", "content", "type", "text", "source", "function", "id", "name", "output"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(("client", "provider"), pairs())
@given(messages=st.lists(_JSON, max_size=4), tools=_JSON)
def test_whatever_is_asked_nothing_else_is_raised(
    client: str, provider: str, messages: list[Any], tools: Any
) -> None:
    """A request is translated or refused, whatever stands in it."""
    body = {**BASES[client], "tools": tools}
    body["input" if "input" in body else "messages"] = messages

    try:
        said: Any = translated(body, client, provider).body
    except Untranslatable as refused:
        said = refused.member

    assert json.dumps(said) not in ("{}", '""')


def test_only_chats_are_translated() -> None:
    """Counting tokens is another operation, which the other dialect has not."""
    assert is_translated(MESSAGES, CHAT, Head(path="/messages?beta=true"))
    assert not is_translated(MESSAGES, CHAT, Head(path="/messages/count_tokens"))
    assert is_translated(RESPONSES, CHAT, Head(path="/responses"))
    assert not is_translated(RESPONSES, CHAT, Head(path="/responses/compact"))
    assert not is_translated(RESPONSES, CHAT, Head(path="/responses/input_tokens"))
    assert not is_translated(CHAT, CHAT, BARE)
    assert not is_translated(CHAT, "other", BARE)
    assert not is_translated("other", CHAT, BARE)


@pytest.mark.parametrize(
    "arguments",
    ['{"n":NaN}', '{"n":Infinity}', '{"a":1,"a":2}', '{"a":' * 80 + "1" + "}" * 80, "[1]", "{"],
)
def test_arguments_are_read_as_strictly_as_a_body(arguments: str) -> None:
    """What a lenient reader takes for an object was not looked through as one."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [call]}]

    with pytest.raises(Untranslatable):
        translated({"model": "m", "messages": messages}, CHAT, MESSAGES)


def test_ids_that_would_become_one_are_refused() -> None:
    """Two calls stay two, or the request is not translated."""
    calls = [
        {"id": name, "type": "function", "function": {"name": "f", "arguments": "{}"}}
        for name in ("a.1", "a:1")
    ]
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": calls}]

    with pytest.raises(Untranslatable):
        translated({"model": "m", "messages": messages}, CHAT, MESSAGES)


@pytest.mark.parametrize(
    ("media_type", "data"), [("text/plain,anna@", "AAAA"), ("image/png", "not base64!")]
)
def test_media_are_named_and_encoded_as_such(media_type: str, data: str) -> None:
    """Nothing but a media type and base64 gets into a data URL."""
    source = {"type": "base64", "media_type": media_type, "data": data}
    messages = [{"role": "user", "content": [{"type": "image", "source": source}]}]

    with pytest.raises(Untranslatable):
        translated({"model": "m", "messages": messages}, MESSAGES, CHAT)


def test_the_case_of_a_data_url_does_not_matter() -> None:
    """`DATA:` is inline as well, and is not sent as an address."""
    part = {"type": "image_url", "image_url": {"url": "DATA:image/png;base64,AAAA"}}
    body = {"model": "m", "messages": [{"role": "user", "content": [part]}]}

    with pytest.raises(Untranslatable):
        translated(body, CHAT, MESSAGES)


@pytest.mark.parametrize(
    ("client", "member"),
    [
        (CHAT, "max_tokens"),
        (CHAT, "max_completion_tokens"),
        (MESSAGES, "max_tokens"),
        (RESPONSES, "max_output_tokens"),
    ],
)
def test_tokens_are_counted_in_whole_numbers(client: str, member: str) -> None:
    """`9.0` is nine; a half of one, which no provider takes, is refused by the member's name."""
    asked = {**BASES[client], member: 9.0}

    made = translated(asked, client, CONVERSE).body

    assert made["inferenceConfig"]["maxTokens"] == 9
    assert type(made["inferenceConfig"]["maxTokens"]) is int
    with pytest.raises(Untranslatable, match=member):
        translated({**asked, member: 0.5}, client, CONVERSE)


@pytest.mark.parametrize("empty", ["", " \n"])
def test_sides_alternate_where_the_dialect_demands_it(empty: str) -> None:
    """A turn in which nothing is said goes, and its neighbours of one side become one message."""
    messages = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": empty},
        {"role": "user", "content": "b"},
        {"role": "assistant", "content": "c"},
    ]

    made = translated({"model": "m", "messages": messages}, CHAT, CONVERSE).body

    assert made["messages"] == [
        {"role": "user", "content": [{"text": "a"}, {"text": "b"}]},
        {"role": "assistant", "content": [{"text": "c"}]},
    ]


def test_of_two_ways_to_steer_sampling_messages_are_told_one() -> None:
    """Newer models refuse both at once; which was left out is on record."""
    asked = {**BASES[CHAT], "top_p": 0.9}

    both = translated({**asked, "temperature": 0.5}, CHAT, MESSAGES)
    one = translated(asked, CHAT, MESSAGES)

    assert (both.body["temperature"], "top_p" in both.body) == (0.5, False)
    assert both.left_out == ("top_p beside a temperature",)
    assert (one.body["top_p"], one.left_out) == (0.9, ())
