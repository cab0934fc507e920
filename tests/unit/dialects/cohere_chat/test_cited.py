import json
from typing import Any

import pytest

from guardrail_gw.core.exchange import Redacted
from tests.support.chat import encoded
from tests.support.cohere import (
    BEGIN,
    END,
    OPENED,
    V2,
    answered,
    body,
    delta,
    events_of,
    redacted,
    stream,
    whole,
)

NAME = "Żaneta"


async def asked() -> tuple[Redacted, str]:
    """A request that names somebody, and what stands for the name."""
    request = await redacted(V2, body(NAME, stream=True), {NAME: "PERSON"})
    (token,) = request.originals
    return request, token


def cited(text: str, words: str, **more: Any) -> dict[str, Any]:
    """A citation of these words."""
    start = text.index(words)
    return {"start": start, "end": start + len(words), "text": words, "sources": [], **more}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"type": "TEXT_CONTENT"},
        {"type": "TEXT_CONTENT", "content_index": 1},
        {"type": "THINKING_CONTENT"},
        {"type": "THINKING_CONTENT", "content_index": 0},
        {"type": "PLAN"},
    ],
)
async def test_a_citation_goes_where_its_words_went(more: dict[str, Any]) -> None:
    """Of a text, a thought or a plan, which have got longer or shorter: words before and behind."""
    request, token = await asked()
    text = f"{token} and {token} like it."
    contents = [{"type": "thinking", "thinking": text}, {"type": "text", "text": text}]
    citations = [cited(text, words, **more) for words in (token, "like it", f"and {token}")]

    answer = whole(*contents, tool_plan=text, citations=citations)
    got = (await answered(V2, request, encoded(answer), streamed=False))[0]

    shown = f"{NAME} and {NAME} like it."
    for citation in json.loads(got)["message"]["citations"]:
        assert shown[citation["start"] : citation["end"]] == citation["text"]
    assert got.decode().count(token) == 0


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"type": "NOBODY_KNOWS"}, "x"),
        ({"type": 7}, "x"),
        ({"content_index": 9}, "x"),
        ({"text": "something else"}, "x"),
    ],
)
async def test_a_place_that_cannot_be_told_is_left_out(more: dict[str, Any], text: str) -> None:
    """The citation stays without it, where a value was put back; else it is as it was."""
    request, token = await asked()
    for said, keeps in ((token, False), ("nobody", True)):
        contents = [{"type": "text", "text": t} for t in (f"{said} {text}", f"{said} {text}.")]
        citation = {"start": 99, "end": 100, "text": text, "sources": [], **more}

        answer = whole(*contents, citations=[citation])
        got = (await answered(V2, request, encoded(answer), streamed=False))[0]

        (found,) = json.loads(got)["message"]["citations"]
        assert ("start" in found, "end" in found) == (keeps, keeps)
        assert found["text"] == citation["text"]


@pytest.mark.parametrize("more", [{}, {"content_index": 0}, {"type": "TEXT_CONTENT"}])
async def test_a_citation_of_a_stream_does_too(more: dict[str, Any]) -> None:
    """While its text goes on."""
    request, token = await asked()
    text = f"{token} likes it"
    pieces = (text[:5], text[5:9], text[9:])
    events = [
        BEGIN,
        OPENED,
        *(delta("content-delta", 0, content={"text": piece}) for piece in pieces),
        delta("citation-start", 0, citations=cited(text, "likes", **more)),
        {"type": "citation-end", "index": 0},
        delta("content-delta", 0, content={"text": f", {token}!"}),
        delta("citation-start", 1, citations=cited(f"{text}, {token}!", f", {token}", **more)),
        END,
    ]

    got = events_of(V2, (await answered(V2, request, stream(V2, events)))[0])

    shown = f"{NAME} likes it, {NAME}!"
    said = [e["delta"]["message"]["citations"] for e in got if e["type"] == "citation-start"]
    assert [shown[c["start"] : c["end"]] for c in said] == ["likes", f", {NAME}"]
    assert [c["text"] for c in said] == ["likes", f", {NAME}"]


async def test_a_citation_of_a_plan_in_a_stream() -> None:
    """It is counted in the plan."""
    request, token = await asked()
    text = f"I ask {token} now"
    events = [
        delta("tool-plan-delta", tool_plan=text),
        delta("citation-start", 0, citations=cited(text, "now", type="PLAN")),
        END,
    ]

    got = events_of(V2, (await answered(V2, request, stream(V2, events)))[0])

    citation = next(e for e in got if e["type"] == "citation-start")["delta"]["message"][
        "citations"
    ]
    assert f"I ask {NAME} now"[citation["start"] : citation["end"]] == "now"
