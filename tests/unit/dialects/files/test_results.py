"""What a file holds, as it comes."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.files import results
from guardrail_gw.dialects.files.results import LinesReader
from guardrail_gw.errors import UpstreamBroken
from tests.support.filing import jsonl

CUTS = st.lists(st.integers(0, 400), max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("response", "body", "result", "message", "choices", "content", "output"),
                    *("data", "text", "usage", "annotations", "logprobs", "custom_id", "type"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def chat(text: str, **more: Any) -> dict[str, Any]:
    """A line of results."""
    body = {
        "id": "chatcmpl-1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, **more}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2},
    }
    return {"id": "b_1", "custom_id": "one", "response": {"status_code": 200, "body": body}}


CONTENT = jsonl(chat("Grüße"), {"custom_id": "x", "error": {"message": "no"}}, chat("b")) + b"\n"


def events(content: bytes, cuts: list[int]) -> list[AnswerEvent]:
    """What a reader makes of bytes that come in pieces."""
    reader = LinesReader()
    ends = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    made = [event for start, end in pairwise(ends) for event in reader.feed(content[start:end])]
    return [*made, *reader.end()]


@given(cuts=CUTS)
def test_cutting_changes_nothing(cuts: list[int]) -> None:
    """For every way to cut the bytes the events are the same, and they are the lines."""
    made = events(CONTENT, cuts)

    assert made == events(CONTENT, [])
    assert "".join(event.text or "" for event in made).encode() == CONTENT
    assert made[-1] == AnswerEvent(kind=EventKind.DONE)


def test_what_was_counted_is_added_up() -> None:
    """And said to be of the tier of batches; a line without counts says nothing."""
    first, second, third, _ = events(CONTENT, [])

    assert (first.usage, first.tier) == (Usage(input=3, output=2), "batch")
    assert (second.usage, second.tier) == (None, None)
    assert third.usage == Usage(input=6, output=4)


@given(cuts=CUTS, content=st.binary(max_size=60))
def test_what_is_no_text_passes_as_it_is(cuts: list[int], content: bytes) -> None:
    """From its first line that is none, however the bytes are cut."""
    made = events(b"%PDF\xff\n" + content, cuts)

    assert b"".join(event.raw or b"" for event in made) == b"%PDF\xff\n" + content


def test_a_line_without_end_is_refused() -> None:
    """It would have to be held in memory."""
    reader = LinesReader()

    with pytest.raises(UpstreamBroken):
        list(reader.feed(b"x" * ((32 << 20) + 1)))


@pytest.mark.parametrize(
    ("text", "escape"), [("hello", "text"), ('{"who": "x"}', "json"), ("[1", "text")]
)
def test_what_a_model_says_is_written_as_what_it_is(text: str, escape: str) -> None:
    """Where it is JSON, what is put back is written for that."""
    data = {results.LINE: chat(text)}

    slots = [slot for slot in results.slots(data) if slot.holder[slot.key] == text]

    assert [slot.escape for slot in slots] == [escape]


def test_a_line_of_a_document_is_a_part_of_json() -> None:
    """Of one that stands on several lines, names are put back as JSON has them."""
    first, second, _ = events(b'{\n "a": "x"}', [])
    plain, _ = events(b"a {", [])

    assert [s.escape for e in (first, second) for s in results.slots(e.data or {})] == [
        "json",
        "json",
    ]
    assert [s.escape for s in results.slots(plain.data or {})] == ["text"]


def test_texts_of_tokens_are_removed() -> None:
    """A name in tokens could not be put back."""
    data = {results.LINE: chat("x", logprobs={"content": [{"token": "x"}]})}

    results.drop_logprobs(data)

    assert data[results.LINE]["response"]["body"]["choices"][0]["logprobs"] is None


@given(value=JSON.filter(lambda v: isinstance(v, dict | list)))
def test_nothing_that_a_line_can_be_breaks_a_reader(value: Any) -> None:
    """Whatever stands where an answer could."""
    line = json.dumps({"custom_id": "a", "response": {"body": value}, "result": value}).encode()

    for event in events(line, []):
        if event.data is not None:
            results.drop_logprobs(event.data)
            assert [*results.slots(event.data)]
            list(results.offsets(event.data))
            assert results.encode(event.data, None).startswith(b"{")
