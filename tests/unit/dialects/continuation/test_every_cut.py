"""An answer that is cut at any byte and gone on with: the client has one answer, and all of it."""

import functools
import itertools
from typing import Any

import pytest

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.continuation.reader import Rest, continued
from guardrail_gw.dialects.continuation.seam import Seam, anchor_of
from guardrail_gw.dialects.continuation.so_far import SoFar
from guardrail_gw.dialects.translation.hub import Counted
from guardrail_gw.errors import UpstreamBroken
from tests.support.answered import CLIENTS, Client, reader, streamed

TEXT = (
    "Dear PERSON_7K2QX9MD,\n\nha ha ha ha ha ha ha ha ha ha ha ha!  Ärger \U0001f600 with"
    " PERSON_7K2QX9MD?\n\n- one\n- one\n- one\n\nBye"
)
BEFORE = Counted(usage=Usage(input=5, output=3))


@functools.cache
def stream(dialect: str) -> bytes:
    """The whole answer."""
    return b"".join(streamed(dialect, TEXT))


def begun(dialect: str, cut: int) -> tuple[SoFar, Client]:
    """What there is after so many bytes."""
    so_far, client, reads = SoFar(dialect), Client(dialect), reader(dialect)
    for event in reads.feed(stream(dialect)[:cut]):
        so_far.hear(event)
        client.take(event)
    return so_far, client


def gone_on(so_far: SoFar, seam: Seam, text: str, client: Client, size: int = 199) -> None:
    """The rest, from a provider that says this, in pieces of so many bytes."""
    reads = continued(reader(so_far.dialect), Rest(so_far=so_far, seam=seam, before=BEFORE))
    rest = b"".join(streamed(so_far.dialect, text, number=2))
    for start in range(0, len(rest), size):
        for event in reads.feed(rest[start : start + size]):
            so_far.hear(event)
            client.take(event)
    for event in reads.end():
        client.take(event)


@pytest.mark.parametrize("is_given", [True, False], ids=["prefilled", "prompted"])
@pytest.mark.parametrize("dialect", CLIENTS)
def test_a_cut_anywhere_leaves_no_trace(dialect: str, *, is_given: bool) -> None:
    """Behind every event and within it: no text twice, none lost; one id, role and end."""
    ends = [*itertools.accumulate(map(len, streamed(dialect, TEXT)))]
    resumed = 0
    for cut in (at for end in ends[:-1] for at in (end, end + 11)):
        so_far, client = begun(dialect, cut)
        if not so_far.can_go_on:
            assert not so_far.obstacle
            continue
        said = so_far.said
        seam = Seam(said, "" if is_given else anchor_of(said) or "")
        behind = TEXT[len(seam.given) :] if is_given else seam.anchor + TEXT[len(seam.given) :]

        gone_on(so_far, seam, behind, client)

        client.check()
        assert client.text == TEXT
        assert client.metadata == ({"k": "v"} if dialect == "openai_responses" else None)
        resumed += 1
    assert resumed > len(ends)


@pytest.mark.parametrize("dialect", CLIENTS)
def test_what_is_counted_is_the_sum(dialect: str) -> None:
    """The last counts a client sees are those of all parts."""
    so_far, client = begun(dialect, len(stream(dialect)) // 2)
    words = len(["x"])

    gone_on(so_far, Seam(so_far.said), " and so on.", client)

    assert client.usages[-1][0] == 5 + words
    assert client.usages[-1][1] > 3


@pytest.mark.parametrize("dialect", CLIENTS)
def test_what_goes_on_may_break_off_too(dialect: str) -> None:
    """A third one goes on with what the first two said."""
    so_far, client = begun(dialect, len(stream(dialect)) // 3)
    first = so_far.said
    reads = continued(reader(dialect), Rest(so_far=so_far, seam=Seam(first)))
    second = b"".join(streamed(dialect, TEXT[len(first.rstrip()) :], number=2))
    for event in reads.feed(second[: len(second) // 2]):
        so_far.hear(event)
        client.take(event)

    assert len(so_far.said) > len(first)
    gone_on(so_far, Seam(so_far.said), TEXT[len(so_far.said.rstrip()) :], client)

    client.check()
    assert client.text == TEXT


@pytest.mark.parametrize("dialect", CLIENTS)
def test_nothing_is_shown_of_what_goes_on_with_another_text(dialect: str) -> None:
    """The client has seen nothing of it when that is clear, so that somebody else can be asked."""
    so_far, client = begun(dialect, len(stream(dialect)) // 2)
    seam = Seam(so_far.said, anchor_of(so_far.said) or "")
    reads = continued(reader(dialect), Rest(so_far=so_far, seam=seam))

    with pytest.raises(UpstreamBroken):
        for event in reads.feed(b"".join(streamed(dialect, "Sure! Here is the rest:", number=2))):
            assert event.kind is not EventKind.CONTENT

    assert so_far.can_go_on
    assert TEXT.startswith(client.text)


@pytest.mark.parametrize(
    ("dialect", "name"),
    [
        ("anthropic_messages", "think"),
        ("openai_responses", "think"),
        ("gemini_generate", "think"),
    ],
)
def test_nobody_goes_on_within_a_thought(dialect: str, name: str) -> None:
    """Only its maker could; behind it, in the text, somebody can, and the thought stays."""
    events = streamed(dialect, "one two three four", name=name)
    verdicts = []
    so_far, reads, client = SoFar(dialect), reader(dialect), Client(dialect)
    for data in events[:-1]:
        for event in reads.feed(data):
            so_far.hear(event)
            if dialect != "openai_responses":
                client.take(event)
        verdicts.append(so_far.can_go_on)

    assert not any(verdicts[: len(events) // 3])
    assert any(verdicts)


@pytest.mark.parametrize("dialect", CLIENTS)
def test_an_answer_that_is_over_lacks_its_end_mark_alone(dialect: str) -> None:
    """Whoever said why it ended need not be asked again, unless the mark alone says so."""
    events = streamed(dialect, TEXT)
    so_far, client, reads = SoFar(dialect), Client(dialect), reader(dialect)
    for data in events[:-1]:
        for event in reads.feed(data):
            so_far.hear(event)
            client.take(event)

    mark = so_far.end_mark() if so_far.is_over else None

    assert (mark is not None) == (dialect in ("openai_chat", "anthropic_messages"))
    if mark is not None:
        client.take(mark)
        client.check()
        assert client.text == TEXT


@pytest.mark.parametrize("name", ["echo", "think"])
@pytest.mark.parametrize("dialect", CLIENTS)
def test_nothing_is_certain_before_content(dialect: str, name: str) -> None:
    """Heads, roles, pings, items that begin: an attempt that ends there leaves no trace."""
    reads, events = reader(dialect), streamed(dialect, TEXT, name=name)
    first = next(at for at, data in enumerate(events) if b"Dear" in data)

    kinds = [event.kind for data in events[:first] for event in reads.feed(data)]

    assert set(kinds) <= {EventKind.LIFECYCLE, EventKind.USAGE}
    assert EventKind.CONTENT in [event.kind for event in reads.feed(events[first])]


def test_nobody_goes_on_within_a_thought_behind_a_text() -> None:
    """A model may think between two texts; that is its own."""
    start = {"type": "message_start", "message": {"id": "msg_1", "model": "m", "content": []}}
    text = {"type": "text", "text": ""}
    events: list[dict[str, Any]] = [
        start,
        {"type": "content_block_start", "index": 0, "content_block": text},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "So"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "thinking"}},
    ]
    thought = {"type": "thinking_delta", "thinking": "hm"}
    events.append({"type": "content_block_delta", "index": 1, "delta": thought})
    so_far, verdicts = SoFar("anthropic_messages"), []
    for data in events:
        so_far.hear(AnswerEvent(kind=EventKind.CONTENT, data=data))
        verdicts.append(so_far.can_go_on)

    assert verdicts == [False, False, True, True, False, False]


def test_nobody_goes_on_within_an_item_that_is_no_message() -> None:
    """Behind a text of the Responses dialect another item may have begun."""
    so_far, reads = SoFar("openai_responses"), reader("openai_responses")
    *begun, _ = streamed("openai_responses", TEXT)
    for event in reads.feed(b"".join(begun)):
        so_far.hear(event)
    assert so_far.can_go_on
    item = {"type": "reasoning", "id": "rs_1", "summary": []}
    added = {"type": "response.output_item.added", "output_index": 1, "item": item}

    so_far.hear(AnswerEvent(kind=EventKind.LIFECYCLE, data={**added, "sequence_number": 99}))

    assert not so_far.can_go_on


def test_nobody_goes_on_with_what_was_not_heard() -> None:
    """A message of which something stands in its first event already, as some servers send it."""
    so_far = SoFar("anthropic_messages")
    said = [{"type": "text", "text": "Dear"}]
    message = {"id": "msg_1", "model": "m", "content": said}
    delta = {"type": "text_delta", "text": " you"}
    for data in (
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text"}},
        {"type": "content_block_delta", "index": 1, "delta": delta},
    ):
        so_far.hear(AnswerEvent(kind=EventKind.CONTENT, data=data))

    assert so_far.obstacle
    assert not so_far.can_go_on
