"""Translations from and to Gemini on both wires, kept as goldens that a person has read."""

import json
from itertools import chain
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from guardrail_gw.core.exchange import EventKind, Head
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.gemini_generate.dialect import GeminiGenerate
from guardrail_gw.dialects.translation.translate import TranslatedReader, translated
from guardrail_gw.errors import UpstreamBroken
from tests.support.exchanges import ANSWERED, ASKED, SCENARIOS

CHAT, MESSAGES, GEMINI = "openai_chat", "anthropic_messages", "gemini_generate"
PAIRS = [(GEMINI, CHAT), (GEMINI, MESSAGES), (CHAT, GEMINI), (MESSAGES, GEMINI)]
NOW_S = 1_795_000_000


def line(data: Any) -> str:
    """JSON on one line."""
    return json.dumps(data, ensure_ascii=False)


def wire(client: str, provider: str, scenario: str, *, stream: bool) -> list[str]:
    """All that is said, in the order in which it is said."""
    asked: dict[str, Any] = ASKED[client][scenario]
    head = Head(path=":streamGenerateContent?alt=sse" if stream else ":generateContent")
    if client != GEMINI:
        head, asked = Head(), {**asked, **({"stream": True} if stream else {})}
    made = translated(asked, client, provider, head)
    raw = ANSWERED[provider][scenario][stream]
    reader = TranslatedReader(
        inner=BY_NAME[provider].reader(stream=stream, head=made.head),
        provider=provider,
        client=client,
        stream=stream,
        created_s=NOW_S,
        shows_thoughts=made.shows_thoughts,
    )
    lines = [line(asked), f"{made.head.path} {line(made.body)}"]
    lines += [f"left out: {', '.join(made.left_out)}"] if made.left_out else []
    lines += ["", *raw.decode().replace("\n\n", "\n").splitlines(), ""]
    try:
        for event in chain(reader.feed(raw), reader.end()):
            lines.append(f"{event.kind}: {line(event.data)}")
    except UpstreamBroken as broken:
        lines.append(f"broken: {broken}")
    return lines


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("scenario", [s.replace(" ", "-") for s in SCENARIOS])
@pytest.mark.parametrize(("client", "provider"), PAIRS)
def test_both_wires(
    client: str, provider: str, scenario: str, *, stream: bool, snapshot: SnapshotAssertion
) -> None:
    """Request and answer, in either dialect, are those that were read."""
    said = wire(client, provider, scenario.replace("-", " "), stream=stream)

    assert "\n".join(said) == snapshot


@pytest.mark.parametrize(("client", "provider"), PAIRS)
def test_a_cut_stream_has_no_end(client: str, provider: str) -> None:
    """What ends in mid-answer is broken, and no piece of it says why it ended."""
    *before, last = wire(client, provider, "stream cut", stream=True)

    assert last.startswith("broken: ")
    assert f"{EventKind.DONE}: " not in "".join(before)
    told = [each for each in before if each.startswith(f"{EventKind.CONTENT}: ")]
    assert any("Bonn, " in each for each in told)
    assert not any('"STOP"' in t or '"stop"' in t or '"end_turn"' in t for t in told)


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s not in ("error", "stream cut")])
@pytest.mark.parametrize("provider", [CHAT, MESSAGES])
def test_what_gemini_clients_get_is_of_their_dialect(provider: str, scenario: str) -> None:
    """The dialect's own reader takes every event, and knows the last one for the end."""
    events = [
        json.loads(each.partition(": ")[2])
        for each in wire(GEMINI, provider, scenario, stream=True)
        if each.startswith(tuple(f"{kind}: " for kind in EventKind))
    ]
    dialect = GeminiGenerate()
    reader = dialect.reader(stream=True)

    read = [e for d in events for e in reader.feed(dialect.encode(d, stream=True))]
    read += reader.end()

    assert [e.data for e in read] == events
    assert [e.kind for e in read][-1] is EventKind.DONE
