"""Recorded streams, cut behind every event: what is kept of them, and how the rest is told."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.continuation.reader import Rest, continued
from guardrail_gw.dialects.continuation.seam import Seam
from guardrail_gw.dialects.continuation.so_far import SoFar
from guardrail_gw.errors import UpstreamBroken
from tests.support.answered import CLIENTS, reader, streamed
from tests.support.recorded import needs_recordings, recorded

pytestmark = needs_recordings
FILES: Mapping[str, tuple[str, ...]] = {
    "openai_chat": ("openai_chat", "vercel-openai_chat"),
    "anthropic_messages": ("anthropic_messages", "vercel-anthropic_messages"),
    "openai_responses": ("openai_responses", "vercel-openai_responses"),
    "gemini_generate": ("gemini_generate", "vercel-gemini_generate"),
}
REST = " and so on."
MOST = 40
"""Cuts of one stream, spread over it."""


def said(dialect: str, data: Mapping[str, Any]) -> str:
    """The text of one event, as the simplest of clients reads it."""
    match dialect:
        case "openai_chat":
            choices = data.get("choices") or [{}]
            text = (choices[0].get("delta") or {}).get("content") or ""
            if isinstance(text, list):
                text = "".join(part.get("text") or "" for part in text)
        case "anthropic_messages":
            text = (data.get("delta") or data.get("content_block") or {}).get("text") or ""
        case "openai_responses":
            is_text = data["type"] == "response.output_text.delta"
            text = data["delta"] if is_text else ""
        case _:
            candidates = data.get("candidates") or [{}]
            parts = (candidates[0].get("content") or {}).get("parts") or ()
            text = "".join(p.get("text") or "" for p in parts if not p.get("thought"))
    assert isinstance(text, str)
    return text


def events(dialect: str, text: str) -> Iterator[AnswerEvent]:
    """Of a recorded stream, as far as it is one."""
    reads = reader(dialect)
    try:
        yield from reads.feed(text.encode())
        yield from reads.end()
    except UpstreamBroken:
        return


def streams(dialect: str) -> Iterator[list[AnswerEvent]]:
    """The events of each recorded stream."""
    for exchange in recorded(*FILES[dialect]):
        response = exchange["response"]
        if response["status"] == 200 and "text" in response:
            yield list(events(dialect, response["text"]))


@pytest.mark.parametrize("dialect", CLIENTS)
def test_what_is_kept_is_what_a_client_has(dialect: str) -> None:
    """At every cut at which somebody may go on; the rest is told within the same text."""
    rest = b"".join(streamed(dialect, REST, number=2))
    cuts = resumed = 0
    for stream in streams(dialect):
        so_far, has = SoFar(dialect), ""
        step = max(1, len(stream) // MOST)
        for number, event in enumerate(stream):
            if event.kind in (EventKind.ERROR, EventKind.DONE) or event.data is None:
                break
            so_far.hear(event)
            has += said(dialect, event.data)
            cuts += 1
            if number % step or not so_far.can_go_on:
                continue
            assert so_far.said == has
            told = list(goes_on(dialect, so_far, rest))
            assert "".join(said(dialect, e.data) for e in told if e.data is not None) == REST
            assert told[-1].kind is EventKind.DONE
            resumed += 1
    assert cuts > 50
    assert resumed > 25


def goes_on(dialect: str, so_far: SoFar, rest: bytes) -> Iterator[AnswerEvent]:
    """The events of the rest."""
    seam = Seam(so_far.said.rstrip())  # the white space is not said again here
    reads = continued(reader(dialect), Rest(so_far=so_far, seam=seam))
    yield from reads.feed(rest)
    yield from reads.end()
