from collections.abc import Iterable, Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.encoding import encoded
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.translation.hub import (
    Arguments,
    Begun,
    Called,
    Counted,
    Ended,
    Event,
    Said,
    Thought,
    Why,
)
from guardrail_gw.dialects.translation.translate import PROVIDED, SPOKES, TranslatedReader
from guardrail_gw.errors import UpstreamBroken
from tests.bench.scripted import frames

PAIRS = list(permutations(SPOKES, 2))
TEXTS = st.one_of(st.text(max_size=6), st.sampled_from(["a", "\0", '"\\', "\ud83d", "\u2028"]))
SAID = st.lists(
    st.one_of(
        st.builds(Said, text=TEXTS),
        st.builds(Said, text=TEXTS),
        st.builds(Said, text=TEXTS, is_refusal=st.sampled_from([True])),
        st.builds(Thought, text=TEXTS),
        st.just(Called(id="call_1", name="look")),
    ),
    max_size=8,
)
IDS = st.sampled_from(["msg_1", "", "\0", "caf\u00e9"])


class Slowly(TranslatedReader):
    """Takes no short way."""

    __slots__ = ()

    def _further(self, event: AnswerEvent) -> None:
        """Have every event heard and told in full."""
        assert event is not None


def _sent(provider: str, name: str, said: Sequence[Event]) -> list[bytes]:
    calls = [(each, Arguments(text="{}")) if isinstance(each, Called) else (each,) for each in said]
    events = [
        Begun(id=name, model=name),
        *(event for group in calls for event in group),
        Ended(why=Why.SAID),
        Counted(usage=Usage(input=3, output=2)),
    ]
    return frames(provider, iter(events))


def _reader(kind: type[TranslatedReader], provider: str, client: str) -> TranslatedReader:
    inner = BY_NAME[provider].reader(stream=True)
    return kind(inner=inner, provider=provider, client=client, stream=True, created_s=0)


def _read(reader: TranslatedReader, sent: Iterable[bytes]) -> list[AnswerEvent] | str:
    try:
        return [*(e for piece in sent for e in reader.feed(piece)), *reader.end()]
    except UpstreamBroken as broken:
        return broken.detail


def _facts(events: list[AnswerEvent] | str) -> Any:
    if isinstance(events, str):
        return events
    return [(e.kind, e.data, e.usage, e.finish, e.provider_id) for e in events]


@pytest.mark.parametrize(("provider", "client"), PAIRS)
@settings(max_examples=25, deadline=None)
@given(said=SAID, name=IDS)
def test_the_short_way_tells_the_same(
    provider: str, client: str, said: Sequence[Event], name: str
) -> None:
    """Whatever an answer says, its pieces of text told quickly are what they are told in full."""
    sent = _sent(provider, name, said)

    quick = _read(_reader(TranslatedReader, provider, client), sent)

    assert _facts(quick) == _facts(_read(_reader(Slowly, provider, client), sent))


@pytest.mark.parametrize(("provider", "client"), PAIRS)
@settings(max_examples=15, deadline=None)
@given(said=SAID, name=IDS)
def test_the_text_of_an_event_is_its_data(
    provider: str, client: str, said: Sequence[Event], name: str
) -> None:
    """What is written of an event that nobody changes is what its data are written as."""
    reader = _reader(TranslatedReader, provider, client)

    events = _read(reader, _sent(provider, name, said))

    written = [e for e in events if isinstance(e, AnswerEvent) and e.text is not None]
    assert all(e.text.encode() == encoded(e.data or {}) for e in written if e.text is not None)


@pytest.mark.parametrize(("provider", "client"), PAIRS)
def test_nearly_all_of_a_text_goes_the_short_way(provider: str, client: str) -> None:
    """Each piece of a text but those at its ends is told with its JSON."""
    pieces = [Said(text=f" word{number}") for number in range(20)]
    reader = _reader(TranslatedReader, provider, client)

    events = _read(reader, _sent(provider, "msg_1", pieces))

    told = [e for e in events if isinstance(e, AnswerEvent) and e.kind is EventKind.CONTENT]
    assert sum(event.text is not None for event in told) >= len(pieces) - 1


_CHUNK: dict[str, Any] = {"choices": [{"index": 0, "delta": {"content": "a"}}]}
_DELTA: dict[str, Any] = {
    "type": "content_block_delta",
    "index": 0,
    "delta": {"type": "text_delta", "text": "a"},
}
_SPOKEN: dict[str, Any] = {
    "type": "response.output_text.delta",
    "output_index": 0,
    "content_index": 0,
    "delta": "a",
}
_PART: dict[str, Any] = {"candidates": [{"index": 0, "content": {"parts": [{"text": "a"}]}}]}
_OPENING: dict[str, dict[str, Any]] = {
    "openai_chat": {"id": "c", "choices": [{"index": 0, "delta": {"role": "assistant"}}]},
    "anthropic_messages": {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "text", "text": ""},
    },
    "openai_responses": {"type": "response.created", "response": {"id": "r"}},
    "gemini_generate": {"responseId": "g", "candidates": []},
    "bedrock_converse": {"messageStart": {"role": "assistant"}},
}
_CONVERSE: dict[str, Any] = {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "a"}}}


def _choice(**more: Any) -> dict[str, Any]:
    return {"choices": [{**_CHUNK["choices"][0], **more}]}


def _candidate(**more: Any) -> dict[str, Any]:
    return {"candidates": [{**_PART["candidates"][0], **more}]}


@pytest.mark.parametrize(
    ("provider", "data", "text"),
    [
        ("openai_chat", _CHUNK, "a"),
        ("openai_chat", _choice(index=1), None),
        ("openai_chat", _choice(finish_reason="stop"), None),
        ("openai_chat", _choice(logprobs={"content": [{}]}), None),
        ("openai_chat", _choice(delta={"content": "a", "refusal": "b"}), None),
        ("openai_chat", _choice(delta={"content": ""}), None),
        ("openai_chat", {"choices": _CHUNK["choices"] * 2}, None),
        ("anthropic_messages", _DELTA, "a"),
        ("anthropic_messages", {**_DELTA, "index": 1}, None),
        ("anthropic_messages", {**_DELTA, "delta": {"type": "thinking_delta", "text": "a"}}, None),
        ("openai_responses", _SPOKEN, "a"),
        ("openai_responses", {**_SPOKEN, "logprobs": [{}]}, None),
        ("openai_responses", {**_SPOKEN, "output_index": None}, None),
        ("openai_responses", {**_SPOKEN, "type": "response.refusal.delta"}, None),
        ("gemini_generate", _PART, "a"),
        ("gemini_generate", _candidate(finishReason="STOP"), None),
        ("gemini_generate", _candidate(index=1), None),
        ("gemini_generate", _candidate(logprobsResult={"chosenCandidates": []}), None),
        ("gemini_generate", {**_PART, "promptFeedback": {"blockReason": "SAFETY"}}, None),
        (
            "gemini_generate",
            _candidate(content={"parts": [{"text": "a", "thought": True}]}),
            None,
        ),
        ("bedrock_converse", _CONVERSE, "a"),
        ("bedrock_converse", {**_CONVERSE, "contentBlockStop": {}}, None),
        (
            "bedrock_converse",
            {"contentBlockDelta": {"delta": {"text": "a", "citation": {}}}},
            None,
        ),
    ],
)
def test_what_says_more_than_a_text_is_heard_in_full(
    provider: str, data: dict[str, Any], text: str | None
) -> None:
    """The short way is for an event that is a piece of a text, and nothing else."""
    hearing = PROVIDED[provider].hearing()
    before = hearing.further(data) if provider != "openai_responses" else None

    list(hearing.hear(_OPENING[provider]))

    assert before is None
    assert hearing.further(data) == text
