"""Eight conversations of every pair of dialects are as the files say that were read."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import BARE, EventKind
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.translation.translate import SPOKES
from tests.support import converse, exchanges
from tests.support.conversations import ANSWERED, ASKED, CASES, CHAT
from tests.support.goldens import (
    CONVERSE,
    FOLDER,
    GEMINI,
    PAIRS,
    READ,
    SAME,
    digest,
    frames,
    golden,
    note_read,
    reader,
    request,
)

_REASONS = ('"stop"', '"end_turn"', '"STOP"', '"response.completed"', '"message_stop"')


def filed(client: str, provider: str) -> dict[str, Any]:
    """What the pair's file says."""
    path = FOLDER / f"{client}--{provider}.json"
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize(("client", "provider"), [*PAIRS, *SAME])
def test_conversations_are_as_they_were_filed(client: str, provider: str) -> None:
    """Requests, events and bodies are those of the file; a change is written there and read."""
    made = json.loads(json.dumps(golden(client, provider)))

    assert made == filed(client, provider), "run `python -m tests.support.goldens`, and read"


@pytest.mark.parametrize(("client", "provider"), [*PAIRS, *SAME])
def test_every_case_was_read(client: str, provider: str) -> None:
    """A case that changed was read anew: its digest is that of what is filed, and it has a day."""
    file = f"{client}--{provider}"
    read = json.loads(READ.read_text(encoding="utf-8"))[file]
    unread = [
        case
        for case, each in filed(client, provider).items()
        if read.get(case, {}).get("sha256") != digest(each)
    ]

    assert not unread, f"read them, then `python -m tests.support.goldens read DAY {file} CASE`"
    assert read.keys() == filed(client, provider).keys()
    assert all(date.fromisoformat(each["read"]) for each in read.values())


@pytest.mark.parametrize("cases", [[], ["all"], ["plain", "*"], [""]])
def test_nothing_is_put_on_record_as_read_but_by_its_name(cases: list[str]) -> None:
    """There is no word for all cases, and one that does not exist puts none of the others there."""
    before = READ.read_bytes()

    with pytest.raises(SystemExit):
        note_read("2026-11-27", f"{PAIRS[0][0]}--{PAIRS[0][1]}", cases)

    assert READ.read_bytes() == before


def test_the_list_of_the_files_is_whole() -> None:
    """What the page beside them says was read is what is there."""
    page = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert all(f"| `{path.stem}` |" in page for path in _files())


@pytest.mark.parametrize("dialect", [name for name, _ in SAME])
def test_whoever_speaks_the_same_is_told_the_same(dialect: str) -> None:
    """But for the counts, which a chat client that did not ask for them does not see."""
    cases = filed(dialect, dialect)
    for case in CASES:
        asked = request(dialect, case)
        added = {} if dialect != CHAT else {"stream_options": {"include_usage": True}}
        named = asked if dialect == GEMINI else {**asked, "model": "m"}

        assert cases[case]["sent"] == named | added, case
        if dialect in ANSWERED:
            hidden = dialect == CHAT
            said = [each for each in ANSWERED[dialect][case] if not (hidden and "usage" in each)]
            told = [each for each in cases[case]["told"] if each is not None]

            assert told == (said[:-1] if case == "error" else said), case


@pytest.mark.parametrize(("client", "provider"), [*PAIRS, *SAME])
def test_what_breaks_off_says_so_in_the_clients_dialect(client: str, provider: str) -> None:
    """Its own reader takes the last event for an error, and nothing of the provider's words."""
    for case in ("error", "stream cut"):
        last = filed(client, provider)[case]["last"]
        head = SPOKES[client].stream_head or BARE

        events = BY_NAME[client].reader(stream=True, head=head).feed(last.encode())

        assert [each.kind for each in events] == [EventKind.ERROR], case
        assert "down" not in last
        assert "boom" not in last


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
            converse.check(each["sent"])
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
    assert {path.stem for path in _files()} == {"--".join(pair) for pair in [*PAIRS, *SAME]}
    assert (len(PAIRS), len(SAME)) == (4 * 5 - 4, 4)


def test_every_case_shows_what_is_sent() -> None:
    """Where something cannot be said, the case is there once more without it."""
    for client, provider in PAIRS:
        cases = filed(client, provider)
        for case in CASES:
            shown = cases.get(f"{case}, less", cases[case])
            assert case == "error" or "sent" in shown, (client, provider, case)


def _files() -> list[Path]:
    return [path for path in FOLDER.glob("*.json") if path != READ]
