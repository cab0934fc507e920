import json

import pytest

from guardrail_gw.core.exchange import Redacted
from guardrail_gw.errors import UpstreamBroken
from tests.support.chat import (
    answered,
    body,
    chunk,
    chunks_of,
    encoded,
    joined,
    redacted,
    stream,
)

VALUE = 'An"na\\\n😀 Schmidt'


def call(index: int, text: str) -> dict[str, object]:
    """A piece of a tool call's arguments."""
    return {"index": index, "function": {"arguments": text}}


async def request_(**more: object) -> tuple[Redacted, str]:
    """A request with one value, and its placeholder."""
    request = await redacted(body(f"I am {VALUE}", stream=True, **more), {VALUE: "PERSON"})
    (token,) = request.originals
    return request, token


async def test_a_streamed_answer_is_restored_per_channel() -> None:
    """Choices, fields and parallel calls do not disturb each other."""
    request, token = await request_()
    half, rest = token[:9], token[9:]
    raw = stream(
        [
            chunk({"role": "assistant", "content": ""}),
            chunk({"content": f"Dear {half}"}),
            chunk({"content": f"Liebe {half}"}, index=1),
            chunk({"reasoning_content": half}),
            chunk({"content": f"{rest}!"}, index=1),
            chunk({"content": f"{rest}."}),
            chunk({"reasoning_content": rest, "odd": token}),
            chunk({"tool_calls": [call(0, f'{{"to":"{half}'), call(1, f'["{half}')]}),
            chunk({"tool_calls": [call(1, f'{rest}"]'), call(0, f'{rest}"}}')]}),
            chunk({}, "tool_calls"),
            chunk({}, "stop", 1),
        ]
    )

    pieces, journal = await answered(request, raw)

    got = chunks_of(pieces)
    assert joined(got, "content") == f"Dear {VALUE}."
    assert joined(got, "content", index=1) == f"Liebe {VALUE}!"
    assert joined(got, "reasoning_content") == VALUE
    assert joined(got, "odd") == VALUE
    assert json.loads(joined(got, "tool_calls", 0, "function", "arguments")) == {"to": VALUE}
    assert json.loads(joined(got, "tool_calls", 1, "function", "arguments")) == [VALUE]
    assert (journal.restored, journal.unrestored, journal.complete) == (6, 0, True)
    assert pieces[-1] == b"data: [DONE]\n\n"


@pytest.mark.parametrize("in_finish", [False, True])
async def test_a_held_back_tail_comes_before_the_finish(in_finish: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """What could have become a placeholder is sent once, in the finishing chunk or before it."""
    request, token = await request_()
    begun = token[:9]
    last = [chunk({"content": begun}, "stop")]
    if not in_finish:
        calls = {"tool_calls": [{"index": 0, "function": {"arguments": begun}}]}
        last = [chunk({"content": begun}), chunk(calls), chunk({}, "stop")]

    pieces, journal = await answered(request, stream([chunk({"content": "a"}), *last]))

    got = chunks_of(pieces)
    assert joined(got, "content") == f"a{begun}"
    assert got[-1]["choices"][0]["finish_reason"] == "stop"
    assert all(c["id"] == "c1" and c["model"] == "m" for c in got)
    assert journal.unrestored == 0
    if not in_finish:
        assert joined(got, "tool_calls", 0, "function", "arguments") == begun


async def test_a_tail_is_flushed_at_the_end_mark() -> None:
    """A choice that never finishes loses nothing either."""
    request, token = await request_()

    pieces, _ = await answered(request, stream([chunk({"content": f"x{token[:5]}"})]))

    assert joined(chunks_of(pieces), "content") == f"x{token[:5]}"
    assert len(pieces) == 3


async def test_a_repeated_finish_sends_nothing_twice() -> None:
    """Some providers send the finish reason again."""
    request, token = await request_()
    raw = stream([chunk({"content": token[:5]}, "stop"), chunk({"content": ""}, "stop")])

    pieces, _ = await answered(request, raw)

    assert joined(chunks_of(pieces), "content") == token[:5]


async def test_text_arrives_with_its_chunk() -> None:
    """A chunk in which no placeholder begins is passed on as it is."""
    request, _ = await request_()

    pieces, _ = await answered(request, stream([chunk({"content": "Hello."}), chunk({}, "stop")]))

    assert [c["choices"][0]["delta"] for c in chunks_of(pieces)] == [{"content": "Hello."}, {}]


async def test_a_whole_answer_is_restored() -> None:
    """Content, arguments and fields nobody thought of."""
    request, token = await request_()
    message = {
        "role": "assistant",
        "content": f"Dear {token}",
        "tool_calls": [{"id": "i", "function": {"name": "f", "arguments": f'{{"a":"{token}"}}'}}],
        "odd": [token, "PERSON_00000AAA"],
    }
    raw = encoded({"id": "c", "choices": [{"message": message, "finish_reason": "stop"}]})

    (piece,), journal = await answered(request, raw, [7, 99], streamed=False)

    got = json.loads(piece)["choices"][0]["message"]
    assert got["content"] == f"Dear {VALUE}"
    assert json.loads(got["tool_calls"][0]["function"]["arguments"]) == {"a": VALUE}
    assert got["odd"] == [VALUE, "PERSON_00000AAA"]
    assert (journal.restored, journal.unrestored, journal.complete) == (3, 1, True)


@pytest.mark.parametrize("size", [1, 3, 500])
@pytest.mark.parametrize("whole", [False, True])
async def test_json_within_tool_arguments_stays_json(size: int, *, whole: bool) -> None:
    """A call that carries JSON in a string is restored on both levels, keys too."""
    request, token = await request_()
    inner = json.dumps({token: [token, {"deep": f"to {token}"}]})
    arguments = json.dumps({"body": inner, "note": f"[{token}] {token}", token: 1})
    pieces = [arguments[i : i + size] for i in range(0, len(arguments), size)]
    raw = stream([*(chunk({"tool_calls": [call(0, p)]}) for p in pieces), chunk({}, "tool_calls")])
    if whole:
        tool = {"id": "i", "function": {"name": "f", "arguments": arguments}}
        choice = {"message": {"tool_calls": [tool]}, "finish_reason": "tool_calls"}
        raw = encoded({"id": "c", "choices": [choice]})

    out, journal = await answered(request, raw, streamed=not whole)

    if whole:
        message = json.loads(out[0])["choices"][0]["message"]
        got = json.loads(message["tool_calls"][0]["function"]["arguments"])
    else:
        got = json.loads(joined(chunks_of(out), "tool_calls", 0, "function", "arguments"))
    assert json.loads(got["body"]) == {VALUE: [VALUE, {"deep": f"to {VALUE}"}]}
    assert (got["note"], got[VALUE]) == (f"[{VALUE}] {VALUE}", 1)
    assert (journal.restored, journal.unrestored) == (6, 0)


@pytest.mark.parametrize("streamed", [False, True])
async def test_keys_of_an_answer_are_restored(*, streamed: bool) -> None:
    """Arguments and fields that are objects, not JSON source, have their keys restored too."""
    request, token = await request_()
    tool = {"index": 0, "function": {"arguments": {token: {token: token}, "plain_name": token}}}
    message = {"tool_calls": [tool], "parsed": [{token: 1, "Other Key": token.lower()}]}
    raw = encoded({"choices": [{"message": message, "finish_reason": "stop"}]})
    if streamed:
        raw = stream([chunk(message, "stop")])

    out, _ = await answered(request, raw, streamed=streamed)

    got = chunks_of(out)[0] if streamed else json.loads(out[0])
    shown = got["choices"][0]["delta" if streamed else "message"]
    expected = {VALUE: {VALUE: VALUE}, "plain_name": VALUE}
    assert shown["tool_calls"][0]["function"]["arguments"] == expected
    assert shown["parsed"] == [{VALUE: 1, "Other Key": VALUE}]


async def test_misses_are_known_by_model() -> None:
    """What a model bent beyond repair is counted for it, in every text that has ended."""
    request, token = await request_()
    bent = f"PERSONNE_{token[-8:]} or {token[:-2]}"
    raw = stream([chunk({"content": c}) for c in bent] + [chunk({}, "stop")])

    _, journal = await answered(request, raw)

    assert (journal.model, journal.restored, journal.unrestored) == ("m", 0, 2)


@pytest.mark.parametrize("kind", ["json_object", "json_schema"])
async def test_structured_answers_stay_json(kind: str) -> None:
    """A value with quotes does not break the JSON that the client asked for."""
    request, token = await request_(response_format={"type": kind})
    raw = stream([chunk({"content": c}) for c in json.dumps({"n": token})] + [chunk({}, "stop")])

    pieces, _ = await answered(request, raw)

    assert json.loads(joined(chunks_of(pieces), "content")) == {"n": VALUE}


async def test_token_texts_are_removed() -> None:
    """Log probabilities would show placeholders in pieces; without placeholders they stay."""
    raw = stream([chunk({"content": "x"}, "stop", logprobs={"content": [{"token": "PERSON_"}]})])
    request, _ = await request_()
    plain = await redacted(body("hi", stream=True), {})

    with_ = chunks_of((await answered(request, raw))[0])
    without = chunks_of((await answered(plain, raw))[0])

    assert with_[0]["choices"][0]["logprobs"] is None
    assert without[0]["choices"][0]["logprobs"] == {"content": [{"token": "PERSON_"}]}


@pytest.mark.parametrize("asked", [False, True])
async def test_counts_reach_only_clients_that_asked(asked: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """The usage chunk is the gateway's own unless the client wanted it."""
    options = {"stream_options": {"include_usage": True}} if asked else {}
    request, _ = await request_(**options)
    counts = {"id": "c1", "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}

    pieces, _ = await answered(request, stream([chunk({"content": "x"}, "stop"), counts]))

    assert (b"prompt_tokens" in b"".join(pieces)) is asked


async def test_an_error_within_an_answer_is_not_passed_on() -> None:
    """The provider's words could quote the prompt; the client gets our error instead."""
    request, _ = await request_()
    raw = stream([chunk({"content": "x"})], done=False) + b'data: {"error":{"message":"y"}}\n\n'

    with pytest.raises(UpstreamBroken) as fault:
        await answered(request, raw)

    assert "within its answer" in fault.value.detail  # not merely that the end mark is missing


async def test_without_originals_an_answer_is_passed_on() -> None:
    """Restoring is the identity when nothing was replaced."""
    request = await redacted(body("hi", stream=True), {})
    sent = [chunk({"content": "PERSON_00000AAA"}), chunk({}, "stop")]

    pieces, journal = await answered(request, stream(sent))

    assert b"".join(pieces) == stream(sent)
    assert journal.complete


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_citations_point_to_the_same_words(*, streamed: bool) -> None:
    """A source's place is counted anew behind values that were put back."""
    request, token = await request_()
    said = f"Ünlü {token} said so."
    start = said.index("said")
    place = {"start_index": start, "end_index": start + 4}
    cited = {"type": "url_citation", "url_citation": {**place, "url": "u", "title": "t"}}
    if streamed:
        deltas = [{"content": said[:12]}, {"content": said[12:]}, {"annotations": [cited]}]
        pieces, _ = await answered(request, stream([*map(chunk, deltas), chunk({}, "stop")]))
        chunks = chunks_of(pieces)
        text = joined(chunks, "content")
        (told,) = [
            a
            for c in chunks
            for choice in c["choices"]
            for a in choice["delta"].get("annotations", ())
        ]
    else:
        message = {"role": "assistant", "content": said, "annotations": [cited]}
        whole = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        pieces, _ = await answered(request, encoded(whole), streamed=False)
        message = json.loads(b"".join(pieces))["choices"][0]["message"]
        text, (told,) = message["content"], message["annotations"]

    at = told["url_citation"]
    assert text[at["start_index"] : at["end_index"]] == "said"
