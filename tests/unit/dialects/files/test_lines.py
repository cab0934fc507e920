"""A file of requests: each is read by its own dialect, and put together again."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.body import quoted
from guardrail_gw.dialects.files import lines
from guardrail_gw.errors import BodyRefused, Refusal
from tests.support.filing import chat_line, jsonl

TEXTS = st.text(min_size=1, max_size=20)
MANY = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6)


def said(content: bytes, replacements: dict[int, str], model: str = "echo") -> list[Any]:
    """The lines as they leave for a model of this name."""
    written = lines.read(content).written(replacements)
    return [json.loads(quoted(model).join(each)) for each in written]


@given(asked=MANY)
def test_what_nobody_changes_stays_what_it_is(asked: list[tuple[str, str]]) -> None:
    """Every line means the same, but for the name of its model."""
    told = [chat_line(name, text) for name, text in asked]

    assert said(jsonl(*told), {}, "assistant") == told


@given(asked=MANY, chosen=st.data())
def test_each_text_is_replaced_where_it_stands(
    asked: list[tuple[str, str]], chosen: st.DataObject
) -> None:
    """Segments of all lines are counted through, and each is found again in its own."""
    content = jsonl(*(chat_line(name, text) for name, text in asked))
    segments = lines.read(content).segments
    index = chosen.draw(st.integers(0, len(segments) - 1))

    told = said(content, {index: "REPLACED"})

    at, is_text = divmod(index, 2)
    for number, (line, (name, text)) in enumerate(zip(told, asked, strict=True)):
        here = number == at
        assert line["custom_id"] == ("REPLACED" if here and not is_text else name)
        message = line["body"]["messages"][0]["content"]
        assert message == ("REPLACED" if here and is_text else text)


def test_what_a_line_names_is_named_with_its_line() -> None:
    """What others keep at the provider is not named in a batch either."""
    search = {"type": "file_search", "vector_store_ids": ["vs_other"]}

    found = lines.read(jsonl(chat_line("a", "hi"), chat_line("b", "hi", tools=[search])))

    assert [(n.what, n.id, n.place) for n in found.kept] == [
        ("vector store", "vs_other", "line 2 /tools/0/vector_store_ids/0")
    ]


def test_numbers_and_what_nobody_knows_keep_their_bytes() -> None:
    """A body is edited where it stands, and not written anew."""
    raw = jsonl(chat_line("a", "hi")).replace(b'"messages"', b'"x": 1.50, "y": 1E3, "messages"')

    found = lines.read(raw)
    [index] = [i for i, segment in enumerate(found.segments) if segment.text == "hi"]

    before, after = found.written({index: "ho"})[0]

    assert b'"x": 1.50, "y": 1E3' in before + after
    assert b'"content": "ho"' in before + after


def test_answers_are_kept_by_nobody() -> None:
    """A line that says nothing of `store` in a dialect that keeps leaves with false."""
    line = {**chat_line("a", ""), "url": "/v1/responses", "body": {"model": "m", "input": "hi"}}

    assert said(jsonl(line), {})[0]["body"]["store"] is False


@pytest.mark.parametrize(
    "second",
    [
        {**chat_line("b", "x"), "url": "/v1/embeddings", "body": {"model": "m", "input": "x"}},
        chat_line("b", "x", model="other"),
        chat_line("b", "x", previous_response_id="r", messages=[]) | {"body": []},
    ],
    ids=["another url", "another model", "no body"],
)
def test_lines_go_together(second: dict[str, Any]) -> None:
    """All are for one endpoint and one model."""
    with pytest.raises(Refusal) as refused:
        lines.read(jsonl(chat_line("a", "x"), second))

    assert refused.value.code == "body.wrong_type"


@given(content=st.binary(max_size=200))
def test_whatever_is_no_batch_is_refused(content: bytes) -> None:
    """With an error of ours."""
    with pytest.raises(BodyRefused):
        lines.read(content)
