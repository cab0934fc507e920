"""Requests for the rest of an answer: the client's bytes, and turns behind its last."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from guardrail_gw.core.body import entries
from guardrail_gw.core.exchange import Envelope
from guardrail_gw.dialects.continuation.seam import anchor_of
from guardrail_gw.dialects.continuation.turns import prefilled, prompt, prompted
from guardrail_gw.dialects.translation.translate import SPOKES, translated
from tests.support.answered import CLIENTS

SAID: Final = 'Dear "PERSON_7K2QX9MD",\nthank you for your \U0001f600 letter of  '
HI: Final = b'{"role":"user","content":"hi"}'
BODIES: Final[Mapping[str, bytes]] = {
    "openai_chat": b'{"x":1e400, "messages" : [ %b ],"model": "m", "y":[]}' % HI,
    "anthropic_messages": b'{"model":"m","max_tokens":9,"messages":[%b]}' % HI,
    "openai_responses": b'{"input":[%b],"model":"m","input2":3}' % HI,
    "gemini_generate": b'{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"n":1.50}',
}
PLACES: Final = {"openai_responses": "input", "gemini_generate": "contents"}


def envelope(dialect: str, body: bytes | None = None) -> Envelope:
    """As a body without any finding leaves."""
    body = BODIES[dialect] if body is None else body
    at = body.find(b'"m"')
    if at < 0:
        return Envelope(before=body, after=b"", names_model=False)
    return Envelope(before=body[:at], after=body[at + 3 :])


def turns(dialect: str, made: Envelope) -> list[Any]:
    """Of the body that leaves."""
    body = json.loads(made.addressed(b'"m"'))
    listed: list[Any] = body[PLACES.get(dialect, "messages")]
    return listed


def text(turn: Mapping[str, Any]) -> Any:
    """What a turn says."""
    return turn["content"] if "content" in turn else turn["parts"][0]["text"]


@pytest.mark.parametrize("dialect", CLIENTS)
def test_no_byte_of_the_request_moves(dialect: str) -> None:
    """What a reader of JSON would change (numbers, spaces, order) is as the client wrote it."""
    anchor = anchor_of(SAID) or ""

    made = prompted(envelope(dialect), dialect, SAID, anchor)

    sent, came = made.envelope.addressed(b'"m"'), BODIES[dialect]
    _, bracket = entries(came, PLACES.get(dialect, "messages"))
    assert sent.startswith(came[:bracket])
    assert sent.endswith(came[bracket:])
    first, said, asked = turns(dialect, made.envelope)
    assert text(first) == "hi"
    assert (said["role"], text(said)) == (
        "model" if dialect == "gemini_generate" else "assistant",
        SAID.rstrip(),
    )
    assert (asked["role"], text(asked)) == ("user", prompt(anchor))


@pytest.mark.parametrize("dialect", CLIENTS)
def test_a_beginning_is_the_last_turn(dialect: str) -> None:
    """Without the white space at its end, and without a wish in words."""
    made = prefilled(envelope(dialect), dialect, SAID)

    assert made is not None
    assert len(turns(dialect, made.envelope)) == 2
    assert text(turns(dialect, made.envelope)[-1]) == SAID.rstrip()
    assert prefilled(made.envelope, dialect, SAID) is None  # the client has begun the answer


@pytest.mark.parametrize("dialect", CLIENTS)
def test_where_nothing_but_white_space_was_said_the_request_is_sent_again(dialect: str) -> None:
    """There is nothing to give."""
    made = prefilled(envelope(dialect), dialect, "\n\n")

    assert made is not None
    assert made.envelope == envelope(dialect)


def test_a_text_alone_becomes_a_list() -> None:
    """The Responses dialect takes one for a list of one message."""
    came = envelope("openai_responses", b'{"input":"h\\u0069","model":"m"}')

    made = prompted(came, "openai_responses", SAID, "letter of")

    first, *more = turns("openai_responses", made.envelope)
    assert (text(first), len(more)) == ("hi", 2)


@pytest.mark.parametrize("provider", [*CLIENTS, "bedrock_converse"])
@pytest.mark.parametrize("dialect", CLIENTS)
def test_it_can_be_said_in_every_dialect(dialect: str, provider: str) -> None:
    """Whoever is asked reads both turns more."""
    if dialect == provider:
        return
    body = BODIES[dialect].replace(b'"x":1e400, ', b"").replace(b', "y":[]', b"")
    body = body.replace(b',"input2":3', b"").replace(b',"n":1.50', b"")
    made = prompted(envelope(dialect, body), dialect, SAID, "letter of")
    head = SPOKES[dialect].stream_head
    asked = json.loads(made.envelope.addressed(b'"m"'))

    said = translated(asked, dialect, provider, *(() if head is None else (head,)))

    assert json.dumps(SAID.rstrip())[1:-1] in json.dumps(said.body)
