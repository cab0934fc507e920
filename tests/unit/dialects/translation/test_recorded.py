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

CHAT, MESSAGES = "openai_chat", "anthropic_messages"
FILES = {
    CHAT: ("openai_chat", "vercel-openai_chat"),
    MESSAGES: ("anthropic_messages", "vercel-anthropic_messages"),
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
        elif {"choices", "content"} & set(response.get("body") or ()):
            yield json.dumps(response["body"]).encode(), False


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
        else:
            blocks = [data.get("content_block"), data.get("delta"), *(data.get("content") or ())]
            said += [b.get("text") or "" for b in blocks if isinstance(b, dict)]
    return "".join(said)


def _text(content: Any) -> str:
    """Text, or the parts of text that some providers send."""
    if isinstance(content, list):
        return "".join(part.get("text") or "" for part in content if part.get("type") == "text")
    return content or ""


@pytest.mark.parametrize(("provider", "client"), [(CHAT, MESSAGES), (MESSAGES, CHAT)])
def test_recorded_answers_say_the_same_in_other_words(provider: str, client: str) -> None:
    """Every text is kept and every stream ends as it ended; most recordings can be carried."""
    carried, all_ = 0, 0
    for raw, stream in answers(provider):
        all_ += 1
        plain = BY_NAME[provider].reader(stream=stream)
        came = [e.data for e in (*plain.feed(raw), *plain.end()) if e.data]
        events = told(raw, provider, client, stream=stream)
        if not events:
            continue
        carried += 1
        assert texts(client, [e.data for e in events if e.data]) == texts(provider, came)
        ends = (EventKind.DONE, EventKind.ERROR) if stream else (EventKind.CONTENT, EventKind.ERROR)
        assert events[-1].kind in ends
    assert all_ > 200
    assert carried > 0.75 * all_


@pytest.mark.parametrize(("client", "provider"), [(CHAT, MESSAGES), (MESSAGES, CHAT)])
def test_recorded_requests_are_translated_or_refused(client: str, provider: str) -> None:
    """What is made of a recorded request is one that the provider's dialect understands."""
    made, refused = 0, 0
    for exchange in recorded(*FILES[client]):
        body = (exchange["request"] or {}).get("body") or {}
        if "messages" not in body:
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
