"""Gemini answers in other words, and others' answers in Gemini's."""

import json
from base64 import b64encode
from itertools import chain, pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import AnswerEvent, EventKind, Head
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.translation.gemini_generate.tell import Telling
from guardrail_gw.dialects.translation.hub import Arguments, Called
from guardrail_gw.dialects.translation.translate import TranslatedReader, translated
from guardrail_gw.errors import UpstreamBroken
from tests.support.exchanges import ANSWERED
from tests.support.gemini import answer, candidate, stream, user
from tests.support.mutation import replaced

CHAT, MESSAGES, GEMINI = "openai_chat", "anthropic_messages", "gemini_generate"
PAIRS = [(GEMINI, CHAT), (GEMINI, MESSAGES), (CHAT, GEMINI), (MESSAGES, GEMINI)]
STREAM = Head(path=":streamGenerateContent?alt=sse")


def call(name: str = "f", id_: str = "", **args: Any) -> dict[str, Any]:
    """A part with a call."""
    return {"functionCall": {"name": name, "args": args, **({"id": id_} if id_ else {})}}


def read(
    raw: bytes, client: str, provider: str, *, streamed: bool = True, cuts: list[int] | None = None
) -> list[AnswerEvent]:
    """The events of an answer."""
    head = STREAM if provider == GEMINI and streamed else Head()
    reader = TranslatedReader(
        inner=BY_NAME[provider].reader(stream=streamed, head=head),
        provider=provider,
        client=client,
        stream=streamed,
        created_s=0,
    )
    bounds = [0, *sorted(cuts or []), len(raw)]
    pieces = [raw[a:b] for a, b in pairwise(bounds)]
    return [*chain.from_iterable(reader.feed(piece) for piece in pieces), *reader.end()]


def whole(body: dict[str, Any], client: str = CHAT) -> dict[str, Any]:
    """A whole Gemini answer in the client's words."""
    (event,) = read(json.dumps(body).encode(), client, GEMINI, streamed=False)
    assert event.data is not None
    return event.data


@pytest.mark.parametrize("scenario", ["parallel tools", "thinking", "plain"])
@pytest.mark.parametrize(("client", "provider"), PAIRS)
@given(data=st.data())
def test_however_it_is_cut_the_events_are_the_same(
    client: str, provider: str, scenario: str, data: st.DataObject
) -> None:
    """Cuts of the provider's bytes change nothing of what the client gets."""
    raw = ANSWERED[provider][scenario][1]
    cuts = data.draw(st.lists(st.integers(0, len(raw)), max_size=20))

    told = read(raw, client, provider, cuts=cuts)

    assert told == read(raw, client, provider)


@pytest.mark.parametrize(
    ("reason", "chat_says", "message_says"),
    [
        ("STOP", "stop", "end_turn"),
        (1, "stop", "end_turn"),
        ("MAX_TOKENS", "length", "max_tokens"),
        *(
            (reason, "content_filter", "refusal")
            for reason in ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", 3)
        ),
        ("LANGUAGE", "content_filter", "refusal"),
    ],
)
def test_why_an_answer_ended(reason: Any, chat_says: str, message_says: str) -> None:
    """Every reason has its word in the other dialects."""
    body = answer(candidate("x", finish=reason))

    assert whole(body)["choices"][0]["finish_reason"] == chat_says
    assert whole(body, MESSAGES)["stop_reason"] == message_says


@pytest.mark.parametrize(
    "reason",
    ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "OTHER", "NO_IMAGE", "SOMETHING_NEW", 5],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_a_failure_is_not_an_end(reason: Any, *, streamed: bool) -> None:
    """A model that did not get to its end has not said all."""
    body = answer(candidate("x", finish=reason))
    raw = stream([body]) if streamed else json.dumps(body).encode()

    with pytest.raises(UpstreamBroken):
        read(raw, CHAT, GEMINI, streamed=streamed)


@pytest.mark.parametrize("reason", ["SAFETY", "JAILBREAK", 4])
def test_a_blocked_prompt_is_a_refusal(reason: Any) -> None:
    """Without any candidate, whole and streamed."""
    body = {"promptFeedback": {"blockReason": reason}, "modelVersion": "m", "responseId": "r"}

    assert whole(body)["choices"][0]["finish_reason"] == "content_filter"
    assert whole(body, MESSAGES)["stop_reason"] == "refusal"
    events = read(stream([body]), CHAT, GEMINI)
    assert [e.kind for e in events] == [
        EventKind.LIFECYCLE,
        EventKind.CONTENT,
        EventKind.DONE,
    ]


def test_a_reason_with_every_part_is_told_once() -> None:
    """Older models say with each part that they have ended."""
    parts = [answer(candidate(text, finish="STOP")) for text in ("a", "b", "c")]

    events = read(stream(parts), CHAT, GEMINI)

    choices = [c for e in events if e.data for c in e.data["choices"]]
    assert [c["delta"].get("content") for c in choices] == ["", "a", "b", "c", None]
    assert [c["finish_reason"] for c in choices] == [None] * 4 + ["stop"]


@pytest.mark.parametrize(
    "part",
    [
        {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
        {"executableCode": {"language": "PYTHON", "code": "1"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK"}},
        {"toolCall": {"toolType": "GOOGLE_SEARCH_WEB"}},
        {"functionCall": {"name": "f", "willContinue": True}},
        {"functionCall": {"name": "f", "partialArgs": [{"jsonPath": "$.a"}]}},
        {"functionCall": {"args": {}}},
        {"functionCall": {"name": "f", "args": [1]}},
        {"functionResponse": {"name": "f"}},
        {"text": "a", "functionCall": {"name": "f"}},
    ],
    ids=str,
)
def test_what_cannot_be_carried_is_not_dropped(part: Any) -> None:
    """An answer that other dialects have no place for is an error, not half an answer."""
    with pytest.raises(UpstreamBroken):
        whole(answer(candidate("x", part, finish="STOP")))


def test_several_candidates_are_not_one() -> None:
    """Nobody asked for them, and which one is the answer is not for us to say."""
    with pytest.raises(UpstreamBroken):
        whole(answer(candidate("a", finish="STOP"), candidate("b", finish="STOP", index=1)))


@given(
    names=st.lists(st.sampled_from(["f", "g"]), min_size=1, max_size=5),
    answers=st.lists(st.text(min_size=1, max_size=5), min_size=2, max_size=2, unique=True),
)
def test_calls_without_ids_get_some_that_differ(names: list[str], answers: list[str]) -> None:
    """Also from one answer to the next; the same answer has the same ids again."""
    parts = [call(name, a=1) for name in names]
    bodies = [{**answer(candidate(*parts, finish="STOP")), "responseId": r} for r in answers]

    ids = [[c["id"] for c in whole(body)["choices"][0]["message"]["tool_calls"]] for body in bodies]

    assert len({*ids[0], *ids[1]}) == 2 * len(names)
    assert ids[0] == [c["id"] for c in whole(bodies[0])["choices"][0]["message"]["tool_calls"]]
    assert all(id_.startswith("call_") and id_[5:].isalpha() and len(id_) <= 40 for id_ in ids[0])


def test_probabilities_in_either_dialect() -> None:
    """Each token with those that were close to it."""
    close = [{"token": "a", "logProbability": -0.5}, {"token": "ü", "logProbability": -1.5}]
    result = {"chosenCandidates": close[:1], "topCandidates": [{"candidates": close}]}
    body = answer({**candidate("a", finish="STOP"), "logprobsResult": result})

    told = whole(body)

    tokens = told["choices"][0]["logprobs"]["content"]
    assert tokens == [
        {
            "token": "a",
            "logprob": -0.5,
            "bytes": [97],
            "top_logprobs": [
                {"token": "a", "logprob": -0.5, "bytes": [97]},
                {"token": "ü", "logprob": -1.5, "bytes": [195, 188]},
            ],
        }
    ]
    (back,) = read(json.dumps(told).encode(), GEMINI, CHAT, streamed=False)
    assert back.data is not None
    assert back.data["candidates"][0]["logprobsResult"] == result


def test_arguments_are_told_when_they_are_whole() -> None:
    """What is no JSON is no call."""
    chunk = {"index": 0, "id": "c", "function": {"name": "f", "arguments": '{"a":NaN}'}}
    choices = [
        {"index": 0, "delta": {"tool_calls": [chunk]}, "finish_reason": None},
        {"index": 0, "delta": {}, "finish_reason": "tool_calls"},
    ]
    raw = b"".join(b"data: %b\n\n" % json.dumps({"choices": [c]}).encode() for c in choices)

    with pytest.raises(UpstreamBroken):
        read(raw + b"data: [DONE]\n\n", GEMINI, CHAT)


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("provider", [CHAT, MESSAGES])
def test_thoughts_are_for_those_who_ask(provider: str, *, streamed: bool, shown: bool) -> None:
    """A Gemini client that asks for none would read them as what is said."""
    reader = TranslatedReader(
        inner=BY_NAME[provider].reader(stream=streamed),
        provider=provider,
        client=GEMINI,
        stream=streamed,
        created_s=0,
        shows_thoughts=shown,
    )
    raw = ANSWERED[provider]["thinking"][streamed]

    datas = [e.data for e in chain(reader.feed(raw), reader.end()) if e.data]

    parts = [p for data in datas for p in data["candidates"][0]["content"]["parts"] if p["text"]]
    thought = [{"text": "Hm.", "thought": True}] if shown else []
    assert parts == [*thought, {"text": "Bonn."}]


def test_an_end_without_a_reason_is_none() -> None:
    """An end mark alone does not say that all was said."""
    choice = {"index": 0, "delta": {"content": "a"}, "finish_reason": None}
    raw = b"data: %b\n\ndata: [DONE]\n\n" % json.dumps({"choices": [choice]}).encode()

    with pytest.raises(UpstreamBroken):
        read(raw, GEMINI, CHAT)


def test_the_arguments_of_a_call_are_bounded() -> None:
    """They are kept until they are whole, so that nobody may go on with them for ever."""
    telling, piece = Telling(), Arguments(text="x" * (1 << 20))
    list(telling.tell(Called(id="c", name="f")))

    with pytest.raises(UpstreamBroken, match="32 MiB"):
        for _ in range(33):
            list(telling.tell(piece))


SEAL = b64encode(bytes(range(128, 255)) * 2).decode()


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("seal", [SEAL, SEAL.translate(str.maketrans("+/", "-_")).rstrip("=")])
def test_a_signature_goes_back_to_gemini_with_its_call(seal: str, *, streamed: bool) -> None:
    """A Messages client carries it; the part that was signed has it again."""
    parts = [{**call("f", "x1", a=1), "thoughtSignature": seal}, call("f", "x2", a=2)]
    body = answer(candidate({"text": "hm", "thought": True}, *parts, finish="STOP"))
    raw = stream([body]) if streamed else json.dumps(body).encode()

    blocks = _blocks(read(raw, MESSAGES, GEMINI, streamed=streamed))
    results = [{"type": "tool_result", "tool_use_id": i, "content": "r"} for i in ("x1", "x2")]
    messages = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": blocks},
        {"role": "user", "content": results},
    ]
    made = translated({"model": "m", "max_tokens": 9, "messages": messages}, MESSAGES, GEMINI)

    assert [block["type"] for block in blocks] == ["thinking", "tool_use", "tool_use"]
    assert made.body["contents"][1]["parts"] == parts
    assert made.left_out == ()


def _blocks(events: list[AnswerEvent]) -> list[dict[str, Any]]:
    """The blocks of a message, whole or as a client puts them together."""
    datas = [event.data for event in events if event.data]
    if datas[0]["type"] == "message":
        whole_: list[dict[str, Any]] = datas[0]["content"]
        return whole_
    blocks = [d["content_block"] for d in datas if d["type"] == "content_block_start"]
    for data in (d for d in datas if d["type"] == "content_block_delta"):
        delta, block = data["delta"], blocks[data["index"]]
        if delta["type"] == "input_json_delta":
            block["input"] = json.loads(delta["partial_json"])
        else:
            name = delta["type"].removesuffix("_delta")
            block[name] = block.get(name, "") + delta[name]
    return blocks


def test_calls_of_others_carry_googles_word_in_place_of_a_signature() -> None:
    """The first of an answer does; to other dialects it says nothing, and nothing is lost."""
    (event,) = read(ANSWERED[CHAT]["parallel tools"][0], GEMINI, CHAT, streamed=False)
    assert event.data is not None
    content = event.data["candidates"][0]["content"]
    results = [
        {"functionResponse": {"id": id_, "name": "weather", "response": {"output": "r"}}}
        for id_ in ("call_1", "call_2")
    ]
    contents = [user("a"), content, user(*results)]

    made = translated({"contents": contents}, GEMINI, CHAT)

    signatures = [part.get("thoughtSignature") for part in content["parts"]]
    assert signatures == [None, "skip_thought_signature_validator", None]
    assert made.left_out == ()


STRANGE = ["boom", 5, [], [1], {}, {"a": 1}, True, None]
MEMBERS = [
    *("candidates", "content", "parts", "text", "thought", "functionCall", "name", "args", "id"),
    *("finishReason", "index", "promptFeedback", "usageMetadata", "logprobsResult", "responseId"),
]


@pytest.mark.parametrize("strange", STRANGE, ids=repr)
@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("streamed", [False, True])
def test_a_part_of_strange_types_is_broken_or_read(
    member: str, strange: Any, *, streamed: bool
) -> None:
    """Whatever stands in a member, nothing but our own exception leaves the reader."""
    part = answer(
        {
            **candidate("a", {"text": "b", "thought": True}, call(id_="x", a=1), index=0),
            "logprobsResult": {"chosenCandidates": [{"token": "a"}], "topCandidates": []},
        },
        usageMetadata={"promptTokenCount": 1},
        promptFeedback={},
    )
    replaced(part, member, strange)
    last = answer(candidate("c", finish="STOP"))
    raw = stream([part, last]) if streamed else json.dumps(part).encode()

    try:
        told: list[Any] = read(raw, MESSAGES, GEMINI, streamed=streamed)
    except UpstreamBroken:
        told = ["broken"]

    assert told
