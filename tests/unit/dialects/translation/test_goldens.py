"""Eight conversations of every pair of dialects are translated as the files say that were read."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import BARE, EventKind
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.translation.translate import SPOKES
from tests.support import converse, exchanges
from tests.support.conversations import ANSWERED, ASKED, CASES
from tests.support.goldens import CONVERSE, FOLDER, PAIRS, frames, golden, reader

_REASONS = ('"stop"', '"end_turn"', '"STOP"', '"response.completed"', '"message_stop"')


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
def test_what_is_told_is_an_answer_of_the_dialect(client: str, provider: str) -> None:
    """The client's own reader takes every event, and knows the last one for the end."""
    dialect = BY_NAME[client]
    for case, each in filed(client, provider).items():
        if each.get("ends") == EventKind.DONE.value:
            own = dialect.reader(stream=True, head=SPOKES[client].stream_head or BARE)
            raw = b"".join(
                dialect.done() if data is None else dialect.encode(data, stream=True)
                for data in each["told"]
            )

            read = [*own.feed(raw), *own.end()]

            assert [event.data for event in read] == each["told"], case
            assert read[-1].kind is EventKind.DONE, case


@pytest.mark.parametrize(("client", "provider"), PAIRS)
def test_what_is_cut_says_something_and_no_end(client: str, provider: str) -> None:
    """What was said before is told, and no event of it says why the answer ended."""
    told = json.dumps(filed(client, provider)["stream cut"]["told"])

    assert "Bon" in told
    assert not any(reason in told for reason in _REASONS)


@pytest.mark.parametrize(("client", "provider"), PAIRS)
@given(data=st.data())
def test_however_a_conversation_is_cut_its_events_are_the_same(
    client: str, provider: str, data: st.DataObject
) -> None:
    """Cuts of the provider's bytes change nothing, whatever the answer holds."""
    case = data.draw(st.sampled_from(sorted(set(CASES) - {"error", "stream cut"})))
    raw = frames(provider, case)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=12)))
    reading = reader(client, provider, case)

    told = [
        event.data
        for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)
        for event in reading.feed(raw[start:end])
    ]
    told += [event.data for event in reading.end()]

    assert told == filed(client, provider)[case]["told"]


def test_every_dialect_has_every_conversation() -> None:
    """A case that one dialect lacks would be a gap in the matrix that nobody sees."""
    told = [*ANSWERED.values(), converse.ANSWERED, exchanges.ANSWERED[exchanges.GEMINI]]
    asked = [*ASKED.values(), exchanges.ASKED[exchanges.GEMINI]]

    assert {tuple(cases) for cases in (*told, *asked)} == {CASES}


def test_every_pair_is_filed() -> None:
    """Each client's dialect with each provider's, and no file of another pair."""
    assert {path.stem for path in FOLDER.glob("*.json")} == {"--".join(pair) for pair in PAIRS}
    assert len(PAIRS) == 4 * 5 - 4
