"""Requests and answers in which something was changed that no provider or client would change."""

import json

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import EventKind, Head
from guardrail_gw.dialects.every import BY_NAME, PROVIDERS
from guardrail_gw.dialects.translation.losses import Untranslatable
from guardrail_gw.dialects.translation.translate import TranslatedReader, translated
from guardrail_gw.errors import UpstreamBroken
from tests.support import converse, exchanges
from tests.support.conversations import ASKED, CASES
from tests.support.goldens import CONVERSE, GEMINI, NOW_S, PAIRS, frames
from tests.unit.dialects.anthropic_messages.test_strange_input import JSON, mutated, places

MARK = b"data: "
HEADS = {GEMINI: Head(path=":streamGenerateContent?alt=sse")}


@pytest.mark.parametrize(("client", "provider"), PAIRS)
@given(data=st.data())
def test_a_changed_request_is_translated_or_refused(
    client: str, provider: str, data: st.DataObject
) -> None:
    """Whatever stands in any place, nothing but a refusal leaves the translation."""
    case = data.draw(st.sampled_from(CASES))
    asked = exchanges.ASKED[GEMINI][case] if client == GEMINI else ASKED[client][case]
    path = data.draw(st.sampled_from([p for p in places(asked) if len(p) > 1]))
    body = {"model": "m", **mutated(asked, path, data.draw(JSON))}
    said = body if client != GEMINI else {k: v for k, v in body.items() if k != "model"}

    try:
        made = json.dumps(translated(said, client, provider, HEADS.get(client, Head())).body)
    except Untranslatable as refused:
        made = refused.member

    assert made


def changed_frames(provider: str, case: str, data: st.DataObject) -> bytes:
    """A stream of events, one of which has something else in one of its places."""
    sent = frames(provider, case).split(b"\n\n")
    told = [at for at, frame in enumerate(sent) if MARK in frame and b"[DONE]" not in frame]
    at = data.draw(st.sampled_from(told))
    head, _, event = sent[at].partition(MARK)
    path = data.draw(st.sampled_from(list(places(json.loads(event)))))
    sent[at] = head + MARK + json.dumps(mutated(json.loads(event), path, data.draw(JSON))).encode()
    return b"\n\n".join(sent)


def changed_messages(provider: str, case: str, data: st.DataObject) -> bytes:
    """A stream of binary messages, whose checksums are right all the same."""
    sent = list(converse.ANSWERED[case])
    at = data.draw(st.sampled_from([at for at, (_, payload) in enumerate(sent) if payload]))
    path = data.draw(st.sampled_from(list(places(sent[at][1]))))
    sent[at] = (sent[at][0], mutated(sent[at][1], path, data.draw(JSON)))
    return converse.stream(*sent)


@pytest.mark.parametrize(("client", "provider"), PAIRS)
@given(data=st.data())
def test_a_changed_answer_is_told_or_broken(
    client: str, provider: str, data: st.DataObject
) -> None:
    """Whatever stands in any place of an event, it is told in the client's frames, or broken."""
    change = changed_messages if provider == CONVERSE else changed_frames
    sent = change(provider, data.draw(st.sampled_from(CASES)), data)
    reader = TranslatedReader(
        inner=PROVIDERS[provider].reader(stream=True),
        provider=provider,
        client=client,
        stream=True,
        created_s=NOW_S,
    )

    try:
        events = [*reader.feed(sent), *reader.end()]
    except UpstreamBroken:
        return

    shown = [event.data for event in events if event.kind is not EventKind.ERROR and event.data]
    assert all(BY_NAME[client].encode(each, stream=True) for each in shown)
