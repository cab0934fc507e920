"""Eight conversations of every pair of dialects are translated as the files say that were read."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import BARE, EventKind
from guardrail_gw.dialects.every import BY_NAME, PROVIDERS
from guardrail_gw.dialects.translation.translate import SPOKES, TranslatedReader
from tests.support import converse
from tests.support.conversations import ANSWERED, CASES
from tests.support.goldens import CONVERSE, FOLDER, NAMED, NOW_S, PAIRS, frames, golden


def filed(client: str, provider: str) -> dict[str, Any]:
    """What the pair's file says."""
    path = FOLDER / f"{client}--{provider}.json"
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize(("client", "provider"), PAIRS)
def test_conversations_are_translated_as_they_were_read(client: str, provider: str) -> None:
    """Requests, events and bodies are those of the file; a change is written there and read."""
    made = json.loads(json.dumps(golden(client, provider)))

    assert made == filed(client, provider), "run `python -m tests.support.goldens`, and read"


@pytest.mark.parametrize(("client", "provider"), PAIRS)
def test_only_whole_answers_end(client: str, provider: str) -> None:
    """Of the eight, the one with an error and the one that is cut have no end mark."""
    ends = {case: each["ends"] for case, each in filed(client, provider).items() if "ends" in each}

    assert {case for case, end in ends.items() if end != EventKind.DONE.value} == {
        "error",
        "stream cut",
    }
    assert ends["error"] == EventKind.ERROR.value
    assert ends["stream cut"].startswith("broken: ")


@pytest.mark.parametrize(("client", "provider"), PAIRS)
def test_what_is_sent_is_a_request_of_the_dialect(client: str, provider: str) -> None:
    """The provider's own reader understands each."""
    for case, each in filed(client, provider).items():
        if "sent" in each and provider == CONVERSE:
            jsonschema.validate(each["sent"], converse.REQUEST)
        elif "sent" in each:
            raw = json.dumps({"model": "m", **each["sent"]}).encode()

            assert BY_NAME[provider].parse(raw, SPOKES[provider].stream_head or BARE).stream, case


@pytest.mark.parametrize(("client", "provider"), PAIRS)
@given(data=st.data())
def test_however_a_conversation_is_cut_its_events_are_the_same(
    client: str, provider: str, data: st.DataObject
) -> None:
    """Cuts of the provider's bytes change nothing, whatever the answer holds."""
    case = data.draw(st.sampled_from(sorted(set(CASES) - {"error", "stream cut"})))
    raw = frames(provider, case)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=12)))
    reader = TranslatedReader(
        inner=PROVIDERS[provider].reader(stream=True),
        provider=provider,
        client=client,
        stream=True,
        created_s=NOW_S,
        named=NAMED,
    )

    told = [
        event.data
        for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)
        for event in reader.feed(raw[start:end])
    ]
    told += [event.data for event in reader.end()]

    assert told == filed(client, provider)[case]["told"]


def test_every_dialect_has_every_conversation() -> None:
    """A case that one dialect lacks would be a gap in the matrix that nobody sees."""
    assert {tuple(cases) for cases in (*ANSWERED.values(), converse.ANSWERED)} == {CASES}
