"""Converse in other words: what is particular to it. The goldens hold the rest."""

import base64
import json
from collections.abc import Mapping
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.every import PROVIDERS
from guardrail_gw.dialects.foreign import is_foreign
from guardrail_gw.dialects.translation.losses import Untranslatable
from guardrail_gw.dialects.translation.translate import TranslatedReader, translated
from guardrail_gw.errors import UpstreamBroken
from tests.support.converse import (
    ANSWERED,
    answered,
    call,
    check,
    delta,
    stream,
    text,
    whole,
)
from tests.support.goldens import NAMED, NOW_S
from tests.support.mutation import replaced
from tests.support.recorded import needs_recordings, recorded
from tests.unit.dialects.translation.test_recorded import texts

CHAT, MESSAGES, CONVERSE = "openai_chat", "anthropic_messages", "bedrock_converse"
CLIENTS = (CHAT, MESSAGES, "openai_responses", "gemini_generate")
PNG, PDF = "iVBORw0KGgo=", "JVBERi0="
TOOL = {"type": "function", "function": {"name": "look"}}
CALL = {"id": "call_a", "type": "function", "function": {"name": "look", "arguments": "{}"}}
NAMELESS = {**CALL, "function": {"name": "", "arguments": "{}"}}
CALLED: list[dict[str, Any]] = [
    {"role": "user", "content": "?"},
    {"role": "assistant", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "call_a", "content": ""},
]


def sent(body: Mapping[str, Any], client: str = CHAT) -> dict[str, Any]:
    """What a provider is sent: always a request of its dialect."""
    made = translated({"model": "m", **body}, client, CONVERSE).body
    check(made)
    return made


def told(raw: bytes, client: str = CHAT, *, streamed: bool = True) -> list[AnswerEvent]:
    """What a client is told."""
    reader = TranslatedReader(
        inner=PROVIDERS[CONVERSE].reader(stream=streamed),
        provider=CONVERSE,
        client=client,
        stream=streamed,
        created_s=NOW_S,
        named=NAMED,
    )
    return list(chain(reader.feed(raw), reader.end()))


def named(name: str) -> dict[str, Any]:
    """The choice of one tool."""
    return {"type": "function", "function": {"name": name}}


def document(name: str, kind: str = "application/pdf") -> dict[str, Any]:
    """A document of a chat request."""
    data = f"data:{kind};base64,{PDF}"
    return {"type": "file", "file": {"filename": name, "file_data": data}}


def test_images_and_documents_go_by_their_bytes() -> None:
    """Documents have names of the dialect's alphabet, no two alike."""
    names = ("a/b_c.pdf", "a b c pdf", "../../", "ä")
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
    parts = [{"type": "text", "text": "x"}, image, *(document(name) for name in names)]

    content = sent({"messages": [{"role": "user", "content": parts}]})["messages"][0]["content"]

    assert content[:2] == [
        {"text": "x"},
        {"image": {"format": "png", "source": {"bytes": PNG}}},
    ]
    assert [block["document"]["name"] for block in content[2:]] == [
        "a b c pdf",
        "a b c pdf (2)",
        "document",
        "document (2)",
    ]


@pytest.mark.parametrize(
    ("body", "member"),
    [
        (
            {"messages": [{"role": "user", "content": [document("a", "application/zip")]}]},
            "file of a type that is not read",
        ),
        ({"messages": CALLED}, "calls of tools that are not offered"),
        (
            {"messages": CALLED, "tools": [TOOL], "tool_choice": "none"},
            "calls of tools that are not offered",
        ),
        (
            {"messages": CALLED[:1], "tools": [TOOL], "parallel_tool_calls": False},
            "one call at a time",
        ),
        (
            {
                "messages": [
                    {"role": "assistant", "tool_calls": [{**CALL, "id": each}]}
                    for each in ("a/b", "a+b")
                ]
            },
            "ids of calls that differ by a sign",
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{**CALL, "id": "a" * 65}]}]},
            "ids of calls of more than 64 signs",
        ),
        (
            {"messages": CALLED[:1], "tools": [{"type": "function", "function": {"name": "a.b"}}]},
            "names of tools",
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [NAMELESS]}], "tools": [TOOL]},
            "names of tools",
        ),
        (
            {"messages": CALLED[:1], "tools": [TOOL], "tool_choice": named("l" * 65)},
            "names of tools",
        ),
        ({"messages": [], "response_format": {"type": "json_object"}}, "response_format.type"),
    ],
)
def test_what_has_no_word_is_refused(body: Mapping[str, Any], member: str) -> None:
    """Leaving it out would ask for something else."""
    with pytest.raises(Untranslatable) as caught:
        sent(body)

    assert caught.value.member.startswith(member.partition(".")[0])


def test_tools_that_must_not_be_called_are_not_offered() -> None:
    """There is no word for it, and a model cannot call what it does not know."""
    asked = {"messages": CALLED[:1], "tools": [TOOL], "tool_choice": "none"}

    assert "toolConfig" not in sent(asked)
    assert sent({"messages": CALLED, "tools": [TOOL]})["messages"][2]["content"] == [
        {"toolResult": {"toolUseId": "call_a", "content": []}}
    ]


@pytest.mark.parametrize(
    ("tier", "said", "left_out"),
    [
        ("flex", {"type": "flex"}, ()),
        ("default", {"type": "default"}, ()),
        ("auto", None, ()),
        ("scale", None, ("service_tier",)),
    ],
)
def test_tiers_are_said_where_there_is_a_word(
    tier: str, said: Any, left_out: tuple[str, ...]
) -> None:
    """Others are left out, on record."""
    asked = {"model": "m", "messages": [], "service_tier": tier}

    made = translated(asked, CHAT, CONVERSE)

    assert made.body.get("serviceTier") == said
    assert made.left_out == left_out


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
    ],
)
def test_reasons_keep_their_meaning(reason: str, word: str) -> None:
    """Each is mapped to the nearest of the client's."""
    body = json.dumps(whole({"text": "a"}, reason=reason)).encode()

    (one,) = told(body, streamed=False)

    assert one.data is not None
    assert one.data["choices"][0]["finish_reason"] == word
    assert (one.data["id"], one.data["model"]) == (NAMED.id, NAMED.model)


@pytest.mark.parametrize("reason", ["malformed_model_output", "malformed_tool_use", "new", None, 1])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_reason_that_is_no_end_is_none(reason: Any, *, streamed: bool) -> None:
    """An answer that failed, or ended for a reason that nobody knows, is not whole."""
    said = answered(text(0, "a"), reason=reason)
    raw = stream(*said) if streamed else json.dumps(whole({"text": "a"}, reason=reason)).encode()

    with pytest.raises(UpstreamBroken):
        told(raw, streamed=streamed)


def test_what_is_said_of_sources_is_said_without_them() -> None:
    """A text that cites is a text; where it is from is left out."""
    cited = {"citationsContent": {"content": [{"text": "In Bonn."}], "citations": [{"title": "x"}]}}

    (one,) = told(json.dumps(whole(cited, reason="end_turn")).encode(), streamed=False)
    events = told(stream(*answered([delta(0, text="In Bonn."), delta(0, citation={"title": "x"})])))

    assert one.data is not None
    assert one.data["choices"][0]["message"]["content"] == "In Bonn."
    assert texts(CHAT, [e.data for e in events if e.data]) == "In Bonn."


@pytest.mark.parametrize(
    "events",
    [
        [delta(0, toolUse={"input": "{}"})],
        [*call(0, "call_a", "{}"), delta(0, toolUse={"input": "{}"})],
        [*call(0, "call_a")[:1], delta(1, toolUse={"input": "{}"})],
        [delta(0, image={"source": {}})],
        [delta(0, toolResult=[{"text": "x"}])],
        [("contentBlockStart", {"contentBlockIndex": 0, "start": {"toolResult": {}}})],
        [
            (
                "contentBlockStart",
                {
                    "contentBlockIndex": 0,
                    "start": {
                        "toolUse": {"toolUseId": "a", "name": "b", "type": "server_tool_use"}
                    },
                },
            )
        ],
        [("somethingNew", {})],
        [delta(0, somethingNew="x")],
        [delta(0, text=5)],
    ],
)
@pytest.mark.parametrize("client", CLIENTS)
def test_what_nobody_else_can_carry_is_broken(client: str, events: list[Any]) -> None:
    """A tool that the provider runs, an image, what nobody knows, a piece of no call."""
    with pytest.raises(UpstreamBroken):
        told(stream(*answered(events)), client)


@pytest.mark.parametrize("client", CLIENTS)
@given(
    case=st.sampled_from([case for case in ANSWERED if case != "stream cut"]),
    member=st.sampled_from(
        ["delta", "start", "toolUse", "text", "reasoningContent", "stopReason", "name", "usage"]
    ),
    strange=st.sampled_from([None, 0, 1.5, "", "x", [], [{}], {}, {"text": 1}, True]),
)
def test_whatever_is_answered_nothing_else_is_raised(
    client: str, case: str, member: str, strange: Any
) -> None:
    """An answer is translated or broken, whatever stands in it."""
    events = json.loads(json.dumps(ANSWERED[case]))
    for _, payload in events:
        replaced(payload, member, strange)

    try:
        kinds = [event.kind for event in told(stream(*events), client)]
    except UpstreamBroken:
        kinds = [EventKind.ERROR]

    assert kinds[-1] in (EventKind.DONE, EventKind.ERROR)


SEAL, HIDDEN = (base64.b64encode(bytes(range(first, 256))).decode() for first in (100, 60))
"""As long and as unreadable as a maker's own."""


def test_thoughts_go_back_to_their_maker() -> None:
    """What a Messages client hands back is said to Converse as Converse said it."""
    thoughts: list[dict[str, Any]] = [
        {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": SEAL}}},
        {"reasoningContent": {"redactedContent": HIDDEN}},
        {"text": "In Bonn."},
    ]
    body = json.dumps(whole(*thoughts, reason="end_turn")).encode()

    (one,) = told(body, MESSAGES, streamed=False)
    assert one.data is not None
    turns = [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": one.data["content"]},
        {"role": "user", "content": "And?"},
    ]
    back = sent({"max_tokens": 5, "messages": turns}, MESSAGES)

    assert [block["type"] for block in one.data["content"]] == [
        *("thinking", "redacted_thinking", "text")
    ]
    assert is_foreign(one.data["content"][0]["signature"])
    assert back["messages"][1]["content"] == thoughts


@needs_recordings
@pytest.mark.parametrize("client", CLIENTS)
def test_recorded_answers_are_carried(client: str) -> None:
    """Nearly all that were recorded; a chat client gets every text of them."""
    carried = total = 0
    for exchange in recorded("bedrock_converse", "vercel-bedrock_converse"):
        response = exchange["response"]
        streamed = "base64" in response
        body = response.get("body") or {}
        if not streamed and "output" not in body:
            continue
        raw = base64.b64decode(response["base64"]) if streamed else json.dumps(body).encode()
        total += 1
        try:
            events = told(raw, client, streamed=streamed)
        except UpstreamBroken:
            continue
        carried += 1
        if client == CHAT and not streamed:
            said = [b.get("text", "") for b in body["output"]["message"]["content"]]
            assert texts(CHAT, [e.data for e in events if e.data]) == "".join(said)

    assert total > 140
    assert carried / total > 0.95
