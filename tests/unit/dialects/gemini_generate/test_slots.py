import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import AnswerEvent, Journal, Reply
from tests.support.chat import DEPLOYMENT, Told, encoded
from tests.support.gemini import (
    ARRAY,
    GEMINI,
    STREAM,
    WHOLE,
    answer,
    answered,
    array,
    body,
    candidate,
    events_of,
    joined,
    read,
    redacted,
    room,
    sent,
    stream,
    user,
)

NAME = 'Anna "Ann" Schmidt'
VALUES = {NAME: "PERSON"}
JSON = {"generationConfig": {"responseMimeType": "application/json"}}
OVER = answer(candidate(finish="STOP"))


async def token_of(at: Any = STREAM, **more: Any) -> tuple[Any, str]:
    """A request that names somebody, and what stands for the name."""
    request = await redacted(body(NAME, **more), VALUES, at=at)
    (token,) = request.originals
    return request, token


def divided(text: str, data: st.DataObject) -> list[str]:
    """The text in pieces."""
    edges = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), max_size=6)))
    return [text[a:b] for a, b in zip([0, *edges], [*edges, len(text)], strict=True)]


def argument(piece: str, path: str = "$.to", *, more: bool = True) -> dict[str, Any]:
    """A part that goes on with an argument of a call."""
    entry: dict[str, Any] = {"jsonPath": path, "stringValue": piece}
    if more:
        entry["willContinue"] = True
    return {"functionCall": {"partialArgs": [entry], "willContinue": True}}


def arguments(parts: Sequence[dict[str, Any]], path: str = "$.to") -> str:
    """What a client makes of the pieces of one argument."""
    return "".join(
        entry["stringValue"]
        for each in parts
        for c in each.get("candidates", ())
        for p in c.get("content", {}).get("parts", ())
        for entry in p.get("functionCall", {}).get("partialArgs", ())
        if entry["jsonPath"] == path
    )


@pytest.mark.parametrize("framed", [stream, array])
@pytest.mark.parametrize("finishing", [False, True], ids=["own", "last piece"])
@pytest.mark.parametrize("thought", [False, True], ids=["said", "thought"])
@given(data=st.data())
async def test_a_name_is_restored_for_every_cut(
    framed: Any, data: st.DataObject, *, thought: bool, finishing: bool
) -> None:
    """However parts and bytes are cut, the client reads the name, up to the last part."""
    request, token = await token_of(STREAM if framed is stream else ARRAY)
    pieces = divided(f"for {token}, {token}", data)
    mark = {"thought": True} if thought else {}
    parts = [answer(candidate({"text": piece, **mark})) for piece in pieces]
    if finishing:
        parts[-1]["candidates"][0]["finishReason"] = "STOP"
    wire = framed(parts if finishing else [*parts, OVER])
    cuts = data.draw(st.lists(st.integers(0, len(wire)), max_size=10))

    got, journal = await answered(request, wire, cuts)

    assert joined(events_of(got), thought=thought) == f"for {NAME}, {NAME}"
    assert (journal.restored, journal.unrestored) == (2, 0)
    assert journal.complete


@given(data=st.data())
async def test_a_name_in_an_argument_is_restored_for_every_cut(data: st.DataObject) -> None:
    """Arguments in pieces are texts of their own, each by its path."""
    request, token = await token_of()
    first, second = divided(f"to {token}", data), divided(f"{token}!", data)
    turns = [argument(p) for p in first] + [argument(p, "$.cc") for p in second]
    begun = {"functionCall": {"name": "f", "willContinue": True}}
    ended = [argument("", more=False), argument("", "$.cc", more=False), {"functionCall": {}}]
    parts = [answer(candidate(part)) for part in (begun, *turns, *ended)]

    got = events_of((await answered(request, stream([*parts, OVER])))[0])

    assert arguments(got) == f"to {NAME}"
    assert arguments(got, "$.cc") == f"{NAME}!"


async def test_an_argument_that_is_cut_short_keeps_what_was_held_back() -> None:
    """A call that ends without the last piece, or a stream that does."""
    request, token = await token_of()
    for end in ([answer(candidate({"functionCall": {}})), OVER], [OVER]):
        parts = [answer(candidate(argument(f"x {token[:9]}"))), *end]

        got = events_of((await answered(request, stream(parts)))[0])

        assert arguments(got) == f"x {token[:9]}"
        assert "finishReason" in got[-1]["candidates"][0]


async def test_json_answers_stay_json() -> None:
    """A value with quotes is escaped in what is said, and not in what is thought."""
    request, token = await token_of(**JSON)
    source = json.dumps({"who": token})
    thought = part({"text": token, "thought": True})
    said = [part({"text": source[:15]}), part({"text": source[15:]})]

    got = events_of((await answered(request, stream([thought, *said, OVER])))[0])

    assert json.loads(joined(got)) == {"who": NAME}
    assert joined(got, thought=True) == NAME


def part(given_: dict[str, Any]) -> dict[str, Any]:
    """A part of a stream."""
    return answer(candidate(given_))


async def test_a_thought_ends_where_something_is_said() -> None:
    """What was held back of it comes before, with its mark."""
    request, token = await token_of()
    parts = [part({"text": f"x {token[:9]}", "thought": True}), part({"text": "so "}), OVER]

    got = events_of((await answered(request, stream(parts)))[0])

    texts = [
        p for e in got for c in e["candidates"] for p in c["content"]["parts"] if p.get("text")
    ]
    assert [t.get("thought", False) for t in texts] == [True, True, False]
    assert joined(got, thought=True) == f"x {token[:9]}"
    assert got[1]["responseId"] == "r1"
    assert joined(got) == "so "


async def test_texts_of_different_kinds_do_not_mix() -> None:
    """Halves of a placeholder around a call, or in a thought and what is said, are not one."""
    request, token = await token_of()
    call = {"functionCall": {"name": "f", "args": {}}}
    for between in ([call], [{"text": "", "thought": True}], [{"executableCode": {"code": ""}}]):
        parts = [part({"text": token[:7]}), *map(part, between), part({"text": token[7:]}), OVER]

        got = events_of((await answered(request, stream(parts)))[0])

        assert joined(got) == token
        assert NAME not in json.dumps(got, ensure_ascii=False)


async def test_texts_within_one_part_of_a_stream_end_where_they_end() -> None:
    """What is held back stays in its own part, with a call between two texts."""
    request, token = await token_of()
    call = {"functionCall": {"name": "f", "args": {}}}
    one = answer(candidate(f"{token} {token[:5]}", call, f"then {token}"))

    (got, _) = events_of((await answered(request, stream([one, OVER])))[0])

    texts = [p.get("text") for p in got["candidates"][0]["content"]["parts"]]
    assert texts == [f"{NAME} {token[:5]}", None, f"then {NAME}"]


async def test_candidates_do_not_mix() -> None:
    """Each has its own texts, whatever order they come in; the first may lack its number."""
    request, token = await token_of()
    halves = token[:7], token[7:]
    parts = [
        answer(candidate(halves[0]), candidate("x", index=1)),
        answer(candidate(halves[0], index=1)),
        answer(candidate(halves[1])),
        answer(candidate("!", index=1, finish="STOP")),
        OVER,
    ]

    got = events_of((await answered(request, stream(parts)))[0])

    assert joined(got) == NAME
    assert joined(got, index=1) == f"x{token[:7]}!"


WHATEVER: list[Any] = [
    candidate({"functionCall": {"name": "f", "args": {"id": "@", "@": [1, "to @"]}}}),
    candidate({"functionCall": {"name": "@", "args": {"stringValue": "@"}}}),
    candidate({"functionCall": {"args": {"raw": '{"who": "@"}'}}}),
    candidate({"executableCode": {"language": "PYTHON", "code": "print('@')"}}),
    candidate({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "@"}}),
    candidate({"toolCall": {"toolType": "FILE_SEARCH", "args": {"queries": ["@"]}}}),
    candidate({"toolResponse": {"response": {"id": "@"}}}),
    candidate({"fileData": {"fileUri": "gs://x/@"}}),
    candidate({"inlineData": {"displayName": "@", "data": "iVBO"}}),
    candidate({"later": {"@": ["@"]}}),
    {**candidate("x"), "citationMetadata": {"citationSources": [{"uri": "@"}]}},
    {
        **candidate("x"),
        "groundingMetadata": {
            "webSearchQueries": ["who is @"],
            "searchEntryPoint": {"renderedContent": "<b>@</b>"},
            "groundingChunks": [{"web": {"uri": "https://@", "title": "@"}}],
            "groundingSupports": [{"segment": {"endIndex": 3, "text": "@"}}],
        },
    },
    {**candidate("x"), "urlContextMetadata": {"urlMetadata": [{"retrievedUrl": "@"}]}},
    {"finishMessage": "@", "finishReason": "OTHER"},
    {"content": {"parts": [{"text": "@"}], "later": "@"}},
]


@pytest.mark.parametrize("at", [WHOLE, STREAM], ids=["whole", "streamed"])
@pytest.mark.parametrize("given_", WHATEVER)
async def test_whatever_carries_text_is_restored(at: Any, given_: Any) -> None:
    """Calls, code, results, citations, sources, and what nobody thought of."""
    request, token = await token_of(at)
    raw = encoded(answer({**given_, "finishReason": "STOP"})).replace(b"@", token.encode())
    wire = b"data: " + raw + b"\n\n" if at is STREAM else raw

    got, journal = await answered(request, wire)

    assert token not in got.decode()
    assert NAME in json.dumps(json.loads(got.removeprefix(b"data: "))).replace("\\", "")
    assert (journal.restored > 0, journal.unrestored) == (True, 0)


async def test_a_blocked_prompt_is_restored() -> None:
    """Members of the answer itself are texts, too."""
    request, token = await token_of(WHOLE)
    raw = {"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": f"of {token}"}}

    got, _ = await answered(request, encoded(raw))

    assert json.loads(got)["promptFeedback"]["blockReasonMessage"] == f"of {NAME}"


def test_structure_is_no_slot() -> None:
    """Kinds, ids, signatures, counts and the bytes of an image are not looked at."""
    given_ = answer(
        candidate(
            {"text": "x", "thoughtSignature": "c2ln", "thought": True},
            {"functionCall": {"id": "c1", "name": "f", "willContinue": True}},
            {"inlineData": {"mimeType": "image/png", "data": "iVBO"}},
            {"executableCode": {"language": "PYTHON", "code": "y"}},
            finish="STOP",
        )
        | {"safetyRatings": [{"category": "x", "probability": "LOW"}]},
        usageMetadata={"trafficType": "ON_DEMAND"},
        createTime="2026-01-01T00:00:00Z",
    )
    question = GEMINI.parse(body("x"), STREAM)

    found = [s.key for s in GEMINI.slots(question, given_) if isinstance(s.key, str)]

    assert sorted(k for k in found if k.islower()) == ["code", "name", "text"]


async def test_token_texts_are_withheld() -> None:
    """Log probabilities show tokens as they are cut; where nothing was replaced they stay."""
    logged = {**candidate("x", finish="STOP"), "logprobsResult": {"chosenCandidates": []}}
    request, _ = await token_of(WHOLE)
    nobody = await redacted(body("hi"), VALUES)

    watched = json.loads((await answered(request, encoded(answer(logged))))[0])
    passed = json.loads((await answered(nobody, encoded(answer(logged))))[0])

    assert "logprobsResult" not in watched["candidates"][0]
    assert passed == answer(logged)


async def test_a_whole_answers_texts_are_complete() -> None:
    """Even one that lacks its finish reason, or looks like the beginning of a placeholder."""
    request, token = await token_of(WHOLE)
    raw = answer(candidate(f"{token} {token[:6]}", token))

    got = json.loads((await answered(request, encoded(raw)))[0])

    assert [p["text"] for p in got["candidates"][0]["content"]["parts"]] == [
        *(f"{NAME} {token[:6]}", NAME),
    ]


@given(before=st.text(max_size=12), after=st.text(max_size=12), data=st.data())
async def test_a_thought_that_comes_back_leaves_as_it_came(
    before: str, after: str, data: st.DataObject
) -> None:
    """What a provider signed is, after the client has read and returned it, the same bytes."""
    request, token = await token_of()
    signed = f"{before} {token} {after}"
    pieces = divided(signed, data)
    parts = [part({"text": piece, "thought": True}) for piece in pieces]
    shown = joined(events_of((await answered(request, stream([*parts, OVER])))[0]), thought=True)
    contents = [
        user(NAME),
        {"role": "model", "parts": [{"text": shown, "thought": True}]},
        user("go on"),
    ]

    again = await redacted(encoded({"contents": contents}), VALUES)

    assert NAME in shown
    assert json.loads(sent(again))["contents"][1]["parts"][0]["text"] == signed


async def test_the_last_part_leaves_by_itself_and_whole() -> None:
    """What was held back of its text is in it, and what of others is not behind it."""
    request, token = await token_of()
    parts = [
        part({"text": token[:5]}),
        answer(candidate(f"{token[5:]} {token[:4]}", finish="STOP")),
    ]
    journal = Journal()

    async def events() -> AsyncIterator[AnswerEvent]:
        for event in read(stream(parts)):
            yield event

    reply = Reply(deployment=DEPLOYMENT, stream=True, events=events())
    pieces = room(Told()).restore(request, reply, journal)
    told = [(joined(events_of(piece)), journal.complete) async for piece in pieces]

    assert told[-1] == (f"{NAME} {token[:4]}", True)
    assert not any(complete for _, complete in told[:-1])
