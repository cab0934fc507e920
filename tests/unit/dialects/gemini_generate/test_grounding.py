"""Sources point to the same stretch of the text, whatever was put back before it."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import Redacted
from tests.support.chat import encoded
from tests.support.gemini import (
    STREAM,
    WHOLE,
    answer,
    answered,
    body,
    candidate,
    events_of,
    redacted,
    sent,
    stream,
)

NAME = "Zoë Müller-Öztürk"
SAYS = "Ünlü: {0} lives in Köln. {0} works, and so on."


async def token_of(at: Any) -> tuple[Redacted, str]:
    """A request, and the placeholder in it."""
    request = await redacted(body(NAME), {NAME: "PERSON"}, at=at)
    return request, json.loads(sent(request))["contents"][0]["parts"][0]["text"]


def segment(text: str, quoted: str, **more: Any) -> dict[str, Any]:
    """A stretch of a text, with its offsets in bytes."""
    start = len(text[: text.index(quoted)].encode())
    return {"startIndex": start, "endIndex": start + len(quoted.encode()), "text": quoted, **more}


def supports(*segments: dict[str, Any]) -> dict[str, Any]:
    """Metadata that support stretches of a text."""
    listed = [{"segment": each, "groundingChunkIndices": [0]} for each in segments]
    chunks = [{"web": {"uri": "https://example.org", "title": "t"}}]
    return {"groundingMetadata": {"groundingSupports": listed, "groundingChunks": chunks}}


def pointed(said: str, metadata: dict[str, Any]) -> list[tuple[str, str]]:
    """What each segment points to, and what it says that it does."""
    segments = [each["segment"] for each in metadata["groundingSupports"]]
    return [
        (said.encode()[s.get("startIndex", 0) : s["endIndex"]].decode(), s["text"])
        for s in segments
    ]


async def test_a_whole_answers_sources_point_to_what_they_quote() -> None:
    """Behind values of another length, around them, and before any."""
    request, token = await token_of(WHOLE)
    text = SAYS.format(token)
    quotes = ["Ünlü", f"{token} lives in Köln.", "works", f": {token}"]
    metadata = supports(*(segment(text, quote) for quote in quotes))
    raw = answer({**candidate({"text": "hm", "thought": True}, text, finish="STOP"), **metadata})

    got, _ = await answered(request, encoded(raw))

    found = json.loads(got)["candidates"][0]
    said = found["content"]["parts"][1]["text"]
    assert said == SAYS.format(NAME)
    pairs = pointed(said, found["groundingMetadata"])
    assert [a for a, _ in pairs] == [b for _, b in pairs]
    assert [b for _, b in pairs] == [quote.replace(token, NAME) for quote in quotes]


async def test_a_segment_is_in_the_part_that_it_names() -> None:
    """A text that stands in two parts is meant where the number says."""
    request, token = await token_of(WHOLE)
    parts = [f"{token} works", "as you say", f"{token} works"]
    metadata = supports(segment(parts[2], "works", partIndex=2))
    raw = answer({**candidate(*parts, finish="STOP"), **metadata})

    got, _ = await answered(request, encoded(raw))

    found = json.loads(got)["candidates"][0]
    assert pointed(found["content"]["parts"][2]["text"], found["groundingMetadata"]) == [
        ("works", "works")
    ]


@given(data=st.data())
async def test_a_streams_sources_point_to_what_they_quote(data: st.DataObject) -> None:
    """However the text is divided, the last part's offsets count in all of it."""
    request, token = await token_of(STREAM)
    text = SAYS.format(token)
    quotes = [f"{token} lives in Köln.", "works", "Köln"]
    metadata = supports(*(segment(text, quote) for quote in quotes))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    bounds = [0, *cuts, len(text)]
    pieces = [text[a:b] for a, b in pairwise(bounds)]
    last = {**candidate("", finish="STOP"), **metadata}

    got, _ = await answered(
        request, stream([*(answer(candidate(p)) for p in pieces), answer(last)])
    )

    events = events_of(got)
    said = "".join(e["candidates"][0]["content"]["parts"][0]["text"] for e in events)
    assert said == SAYS.format(NAME)
    pairs = pointed(said, events[-1]["candidates"][0]["groundingMetadata"])
    assert [a for a, _ in pairs] == [b for _, b in pairs]


async def test_citations_count_in_the_only_text() -> None:
    """They quote nothing, so that only one text can be meant."""
    request, token = await token_of(WHOLE)
    text = SAYS.format(token)
    place = {k: v for k, v in segment(text, "works").items() if k != "text"}
    cited = {"citationMetadata": {"citationSources": [{**place, "uri": "https://example.org"}]}}
    raw = answer({**candidate(text, finish="STOP"), **cited})

    got, _ = await answered(request, encoded(raw))

    found = json.loads(got)["candidates"][0]
    (source,) = found["citationMetadata"]["citationSources"]
    said = found["content"]["parts"][0]["text"].encode()
    assert said[source["startIndex"] : source["endIndex"]] == b"works"


@pytest.mark.parametrize("restored", [True, False])
async def test_what_cannot_be_told_is_left_out(*, restored: bool) -> None:
    """A segment that quotes what does not stand there points nowhere, if anything was put back."""
    request, token = await token_of(WHOLE)
    text = SAYS.format(token) if restored else "Somebody works."
    metadata = supports({"startIndex": 1, "endIndex": 5, "text": "elsewhere"})
    raw = answer({**candidate(text, finish="STOP"), **metadata})

    got, _ = await answered(request, encoded(raw))

    found = json.loads(got)["candidates"][0]["groundingMetadata"]
    assert ("groundingSupports" in found) is not restored
    assert "groundingChunks" in found


async def test_a_text_that_a_call_interrupts_is_no_longer_counted_in() -> None:
    """In a stream nobody can say in which of two texts a place is."""
    request, token = await token_of(STREAM)
    metadata = supports(segment(f"{token} works", "works"))
    parts = [
        answer(candidate(f"{token} works")),
        answer(candidate({"functionCall": {"name": "f", "args": {}}})),
        answer({**candidate("again", finish="STOP"), **metadata}),
    ]

    got, _ = await answered(request, stream(parts))

    found = events_of(got)[-1]["candidates"][0]["groundingMetadata"]
    assert "groundingSupports" not in found


STRANGE = [None, 5, "x", [], [1], {}, {"segment": 5}, [{"segment": None}], [{"segment": [1]}]]


@pytest.mark.parametrize("strange", STRANGE, ids=repr)
async def test_strange_metadata_is_passed_on(strange: Any) -> None:
    """Whatever stands there, the answer is restored."""
    request, token = await token_of(WHOLE)
    more = {"groundingMetadata": {"groundingSupports": strange}, "citationMetadata": strange}
    raw = answer({**candidate(f"of {token}", finish="STOP"), **more})

    got, _ = await answered(request, encoded(raw))

    assert json.loads(got)["candidates"][0]["content"]["parts"][0]["text"] == f"of {NAME}"
