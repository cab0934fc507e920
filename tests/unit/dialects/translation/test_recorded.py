"""Recorded traffic said in another dialect; the recordings may be absent from the checkout."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.translation.losses import Untranslatable
from guardrail_gw.dialects.translation.translate import TranslatedReader, translated
from guardrail_gw.errors import UpstreamBroken
from tests.support.recorded import needs_recordings, recorded

CHAT, MESSAGES, RESPONSES = "openai_chat", "anthropic_messages", "openai_responses"
PAIRS = [(a, b) for a in (CHAT, MESSAGES, RESPONSES) for b in (CHAT, MESSAGES, RESPONSES) if a != b]
LEAST = {CHAT: (200, 0.75), MESSAGES: (200, 0.75), RESPONSES: (200, 0.75)}
"""Provider -> how many recorded answers there are at least, and what share of them is carried:
many recorded responses hold items of tools that the provider ran."""
FILES = {
    CHAT: ("openai_chat", "vercel-openai_chat"),
    MESSAGES: ("anthropic_messages", "vercel-anthropic_messages"),
    RESPONSES: ("openai_responses", "vercel-openai_responses"),
}

pytestmark = needs_recordings


def answers(dialect: str) -> Iterator[tuple[bytes, bool]]:
    """Each recorded chat answer, and whether it is a stream."""
    for exchange in recorded(*FILES[dialect]):
        response = exchange["response"]
        if response["status"] != 200:
            continue
        if "text" in response:
            yield response["text"].encode(), True
        elif _is_answer(response.get("body") or {}):
            yield json.dumps(response["body"]).encode(), False


def _is_answer(body: dict[str, Any]) -> bool:
    """An answer that is there: one that is made in the background comes later."""
    is_there = body.get("status") not in ("queued", "in_progress")
    return is_there and bool({"choices", "content", "output"} & set(body))


def told(raw: bytes, provider: str, client: str, *, stream: bool) -> list[AnswerEvent]:
    """The events of an answer in the client's dialect; empty where it cannot be carried."""
    reader = TranslatedReader(
        inner=BY_NAME[provider].reader(stream=stream),
        provider=provider,
        client=client,
        stream=stream,
        created_s=0,
    )
    try:
        return [*reader.feed(raw), *reader.end()]
    except UpstreamBroken:
        return []


def texts(dialect: str, datas: list[dict[str, Any]]) -> str:
    """All that is said in events or in a whole body."""
    said: list[str] = []
    for data in datas:
        if dialect == CHAT:
            for choice in data.get("choices") or ():
                message = choice.get("delta") or choice.get("message") or {}
                said += [_text(message.get("content")), message.get("refusal") or ""]
        elif dialect == RESPONSES:
            said += _responded(data)
        else:
            blocks = [data.get("content_block"), data.get("delta"), *(data.get("content") or ())]
            said += [b.get("text") or "" for b in blocks if isinstance(b, dict)]
    return "".join(said)


def _responded(data: dict[str, Any]) -> list[str]:
    """The texts of messages, which stand in deltas and in a body."""
    if data.get("type") in ("response.output_text.delta", "response.refusal.delta"):
        return [data["delta"]]
    items = data.get("output") if "type" not in data else ()
    parts = [part for item in items or () for part in item.get("content") or ()]
    return [
        part.get("text") or part.get("refusal") or ""
        for part in parts
        if "reason" not in part["type"]
    ]


def _text(content: Any) -> str:
    """Text, or the parts of text that some providers send."""
    if isinstance(content, list):
        return "".join(part.get("text") or "" for part in content if part.get("type") == "text")
    return content or ""


@pytest.mark.parametrize(("provider", "client"), PAIRS)
def test_recorded_answers_say_the_same_in_other_words(provider: str, client: str) -> None:
    """Every text is kept and every stream ends as it ended; most recordings can be carried."""
    carried, all_ = 0, 0
    for raw, stream in answers(provider):
        all_ += 1
        events = told(raw, provider, client, stream=stream)
        if not events:
            continue
        carried += 1
        plain = BY_NAME[provider].reader(stream=stream)
        came = [e.data for e in (*plain.feed(raw), *plain.end()) if e.data]
        assert texts(client, [e.data for e in events if e.data]) == texts(provider, came)
        ends = (EventKind.DONE, EventKind.ERROR) if stream else (EventKind.CONTENT, EventKind.ERROR)
        assert events[-1].kind in ends
    least, share = LEAST[provider]
    assert all_ > least
    assert carried > share * all_


@pytest.mark.parametrize(("client", "provider"), PAIRS)
def test_recorded_requests_are_translated_or_refused(client: str, provider: str) -> None:
    """What is made of a recorded request is one that the provider's dialect understands."""
    made, refused = 0, 0
    for exchange in recorded(*FILES[client]):
        body = (exchange["request"] or {}).get("body") or {}
        if not {"messages", "input"} & set(body):
            continue
        try:
            said = translated(body, client, provider)
        except Untranslatable:
            refused += 1
            continue
        made += 1
        BY_NAME[provider].parse(json.dumps({"model": "m", **said.body}).encode())
    assert made > 100
    assert made > refused
