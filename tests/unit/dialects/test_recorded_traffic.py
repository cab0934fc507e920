"""What real providers and clients sent; the recordings lie beside the project and may be absent."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random  # noqa: TID251 - cuts of bytes, seeded
from typing import Any

import pytest

from guardrail_gw.core.body import parse, rewrite
from guardrail_gw.core.exchange import EventKind
from guardrail_gw.errors import UpstreamBroken
from tests.support.chat import CHAT, encoded, read

RECORDINGS = Path(__file__).resolve().parents[4] / "shared" / "data" / "wire"
FILES = ("openai_chat", "vercel-openai_chat")

pytestmark = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason="the recorded traffic is not part of the repository"
)


def exchanges() -> Iterator[dict[str, Any]]:
    """Every recorded chat exchange."""
    for name in FILES:
        with gzip.open(RECORDINGS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def test_every_request_is_read_and_kept() -> None:
    """Parsing and rewriting without replacements gives the same bytes, but for usage."""
    count = 0
    for exchange in exchanges():
        if not exchange["request"] or not exchange["request"]["body"]:
            continue
        raw = encoded(exchange["request"]["body"])
        question = CHAT.parse(raw)
        sent = CHAT.rewrite(question, {}).addressed(encoded(question.model))
        count += 1
        assert rewrite(parse(raw), {}) == raw
        if question.source.usage_injected:
            assert json.loads(sent)["stream_options"]["include_usage"] is True
        else:
            assert sent == raw
    assert count > 300


def test_every_stream_is_the_same_however_it_arrives() -> None:
    """Cut at random, a recorded stream gives the same events, and it ends."""
    random = Random(7)  # noqa: S311 - cuts, repeatable
    count = 0
    for exchange in exchanges():
        text = exchange["response"].get("text")
        if exchange["response"]["status"] != 200 or text is None:
            continue
        raw = text.encode()
        events = read(raw)
        cuts = [random.randrange(len(raw)) for _ in range(40)]
        count += 1
        assert read(raw, cuts) == events
        assert events[-1].kind in (EventKind.DONE, EventKind.ERROR)
    assert count > 100


def test_every_whole_answer_is_read() -> None:
    """Each recorded body is one event and comes out as it went in."""
    count = 0
    for exchange in exchanges():
        body = exchange["response"].get("body")
        if exchange["response"]["status"] != 200 or body is None:
            continue
        (event,) = read(encoded(body), streamed=False)
        count += 1
        assert event.kind is EventKind.CONTENT
        assert json.loads(CHAT.encode(event.data or {}, stream=False)) == body
    assert count > 200


def test_a_stream_cut_off_is_broken_or_had_finished() -> None:
    """Cut before the first choice finishes, no recorded stream looks complete."""
    count = 0
    for exchange in exchanges():
        text = exchange["response"].get("text")
        if exchange["response"]["status"] != 200 or text is None:
            continue
        frames = text.encode().split(b"\n\n")
        if len(frames) < 4 or b'"finish_reason":"' in frames[0] + frames[1]:
            continue
        count += 1
        with pytest.raises(UpstreamBroken):
            read(b"\n\n".join(frames[:2]) + b"\n\n")
    assert count > 50
