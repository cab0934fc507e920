"""Recorded Gemini traffic in other dialects, and others' in Gemini; recordings may be absent."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest

from guardrail_gw.core.exchange import EventKind, Head
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.translation.losses import Untranslatable
from guardrail_gw.dialects.translation.translate import TranslatedReader, translated
from guardrail_gw.errors import UpstreamBroken
from tests.support.recorded import needs_recordings, recorded
from tests.unit.dialects.translation.test_recorded import answers, texts

CHAT, MESSAGES, GEMINI = "openai_chat", "anthropic_messages", "gemini_generate"
RESPONSES = "openai_responses"
OTHERS = (CHAT, MESSAGES, RESPONSES)
FILES = {name: (name, f"vercel-{name}") for name in (*OTHERS, GEMINI)}
CARRIED = {CHAT: 0.7, MESSAGES: 0.7, RESPONSES: 0.5}
"""Many recorded responses hold items of tools that the provider ran."""

pytestmark = needs_recordings


def gemini_answers() -> Iterator[tuple[bytes, bool]]:
    """Each recorded answer of generating, and whether it is a stream."""
    for exchange in recorded(*FILES[GEMINI]):
        response = exchange["response"]
        if response["status"] != 200:
            continue
        if "text" in response:
            yield response["text"].encode(), True
        elif {"candidates", "promptFeedback"} & set(response.get("body") or ()):
            yield json.dumps(response["body"]).encode(), False


def told(raw: bytes, provider: str, client: str, *, stream: bool) -> list[tuple[EventKind, Any]]:
    """The events of an answer in the client's dialect; empty where it cannot be carried."""
    reader = TranslatedReader(
        inner=BY_NAME[provider].reader(stream=stream),
        provider=provider,
        client=client,
        stream=stream,
        created_s=0,
        shows_thoughts=client != GEMINI,
    )
    try:
        return [(e.kind, e.data) for e in chain(reader.feed(raw), reader.end())]
    except UpstreamBroken:
        return []


def said(datas: list[dict[str, Any]]) -> str:
    """All that is said in parts of Gemini's, but for thoughts."""
    candidates = (c for data in datas for c in data.get("candidates") or ())
    parts = (p for c in candidates for p in (c.get("content") or {}).get("parts") or ())
    return "".join(p.get("text") or "" for p in parts if not p.get("thought"))


@pytest.mark.parametrize("client", OTHERS)
def test_recorded_gemini_answers_say_the_same(client: str) -> None:
    """Every text is kept and every stream ends as it ended; most recordings can be carried."""
    carried, all_ = 0, 0
    for raw, stream in gemini_answers():
        all_ += 1
        plain = BY_NAME[GEMINI].reader(stream=stream)
        try:
            came = [e.data for e in chain(plain.feed(raw), plain.end()) if e.data]
        except UpstreamBroken:
            continue
        events = told(raw, GEMINI, client, stream=stream)
        if not events or events[-1][0] is EventKind.ERROR:
            continue
        carried += 1
        assert texts(client, [data for _, data in events if data]) == said(came)
        assert events[-1][0] is (EventKind.DONE if stream else EventKind.CONTENT)
    assert all_ > 50
    assert carried > 0.6 * all_


@pytest.mark.parametrize("provider", OTHERS)
def test_recorded_answers_of_others_say_the_same(provider: str) -> None:
    """Each becomes an answer that the dialect's own reader takes for a whole one."""
    carried, all_ = 0, 0
    for raw, stream in answers(provider):
        all_ += 1
        events = told(raw, provider, GEMINI, stream=stream)
        if not events or events[-1][0] is EventKind.ERROR:
            continue
        carried += 1
        plain = BY_NAME[provider].reader(stream=stream)
        came = [e.data for e in chain(plain.feed(raw), plain.end()) if e.data]
        dialect, datas = BY_NAME[GEMINI], [data for _, data in events]
        again = dialect.reader(stream=stream)
        fed = chain.from_iterable(again.feed(dialect.encode(d, stream=stream)) for d in datas)
        assert [e.data for e in (*fed, *again.end())] == datas
        assert said(datas) == texts(provider, came)
    assert all_ > 200
    assert carried > CARRIED[provider] * all_


@pytest.mark.parametrize(
    ("client", "provider"), [*((GEMINI, o) for o in OTHERS), *((o, GEMINI) for o in OTHERS)]
)
def test_recorded_requests_are_translated_or_refused(client: str, provider: str) -> None:
    """What is made of a recorded request is one that the provider's dialect understands."""
    made, refused = 0, 0
    for exchange in recorded(*FILES[client]):
        body = (exchange["request"] or {}).get("body") or {}
        if not {"contents", "messages", "input"} & set(body):
            continue
        try:
            request = translated(body, client, provider, Head())
        except Untranslatable:
            refused += 1
            continue
        made += 1
        named = {"model": "m"} if request.names_model else {}
        BY_NAME[provider].parse(json.dumps({**named, **request.body}).encode(), request.head)
    assert made > 50
    assert made > refused
