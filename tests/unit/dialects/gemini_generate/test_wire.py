"""The bytes on both wires, kept as goldens that a person has read (`--snapshot-update`)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from guardrail_gw.core.exchange import Head
from guardrail_gw.dialects.gemini_generate.encode import error_body, error_event
from guardrail_gw.errors import Blocked, Overloaded, Refusal, UpstreamBroken, UpstreamRateLimited
from tests.support.chat import encoded
from tests.support.gemini import (
    STREAM,
    WHOLE,
    answer,
    answered,
    body,
    candidate,
    redacted,
    sent,
    stream,
)

VALUES = {"Anna Schmidt": "PERSON", "anna@example.org": "EMAIL_ADDRESS"}
TEXT = "I am Anna Schmidt (anna@example.org)."
TOOL = {"functionDeclarations": [{"name": "mail", "parameters": {"type": "OBJECT"}}]}
USAGE = {"promptTokenCount": 5, "candidatesTokenCount": 7, "totalTokenCount": 12}

Parts = list[list[dict[str, Any]]]
"""Each part of an answer, and the pieces in which it comes in a stream."""


def plain(name: str, mail: str) -> Parts:
    """A text whose placeholders are cut."""
    return [divided(f"Dear {name}, I wrote to {mail}.", 11, 30)]


def tools(name: str, mail: str) -> Parts:
    """One call."""
    return [[call({"to": mail, "note": f"{name}'s"})]]


def parallel_tools(name: str, mail: str) -> Parts:
    """Two calls behind a text."""
    return [*plain(name, mail), [call({"to": mail})], [call({"to": [name]})]]


def structured_output(name: str, mail: str) -> Parts:
    """A text that is JSON."""
    return [divided(json.dumps({"name": name, "mail": mail}), 15)]


def thinking(name: str, mail: str) -> Parts:
    """A thought and a signed answer."""
    thought = [{**piece, "thought": True} for piece in divided(f"The user is {name}.", 14)]
    signed = {"text": "", "thoughtSignature": "c2lnbmF0dXJl"}
    return [thought, *plain(name, mail), [signed]]


def call(given: dict[str, Any]) -> dict[str, Any]:
    """A call of the tool."""
    return {"functionCall": {"name": "mail", "args": given}}


def divided(text: str, *edges: int) -> list[dict[str, Any]]:
    """Pieces of one text."""
    pieces = zip([0, *edges], [*edges, len(text)], strict=True)
    return [{"text": text[start:end]} for start, end in pieces]


CASES: dict[str, tuple[dict[str, Any], Callable[[str, str], Parts]]] = {
    "plain": ({}, plain),
    "tools": ({"tools": [TOOL]}, tools),
    "parallel-tools": ({"tools": [TOOL]}, parallel_tools),
    "structured-output": (
        {"generationConfig": {"responseMimeType": "application/json"}},
        structured_output,
    ),
    "thinking": ({"generationConfig": {"thinkingConfig": {"includeThoughts": True}}}, thinking),
}


@pytest.mark.parametrize("at", [WHOLE, STREAM], ids=["whole", "streamed"])
@pytest.mark.parametrize("case", CASES)
async def test_both_wires(case: str, snapshot: SnapshotAssertion, at: Head) -> None:
    """What the client sends and gets, and what the provider receives and answers."""
    more, parts = CASES[case]
    asked = body(TEXT, **more)
    request = await redacted(asked, VALUES, at=at)
    tokens = {value: token for token, value in request.originals.items()}
    raw = answer_of(parts(*(tokens[value] for value in VALUES)), streamed=at is STREAM)

    got, _ = await answered(request, raw)

    wires = (asked, sent(request), raw, got)
    assert "\n\n".join(wire.decode().replace("\r", "").rstrip() for wire in wires) == snapshot


@pytest.mark.parametrize(
    "refusal",
    [
        Blocked("the policy forbids sending IBAN_CODE (1), found at /contents/0/parts/0/text"),
        Overloaded("more than 4 requests are in progress; try again shortly", retry_after_s=1),
        UpstreamRateLimited("no lawful deployment gave a usable answer in 1 attempt(s)"),
        UpstreamBroken("the answer of eu-1 was cut off"),
    ],
    ids=lambda refusal: str(refusal.code),
)
def test_errors(refusal: Refusal, snapshot: SnapshotAssertion) -> None:
    """A refusal as a whole answer, and as the last event of a stream."""
    whole, event = error_body(refusal, "r-1"), error_event(refusal, "r-1")

    assert f"{whole.decode()}\n\n{event.decode()}".replace("\r", "") == snapshot


def answer_of(parts: Parts, *, streamed: bool) -> bytes:
    """A provider's answer of these parts."""
    if streamed:
        pieces = [answer(candidate(piece)) for part in parts for piece in part]
        pieces[-1]["candidates"][0]["finishReason"] = "STOP"
        return stream([*pieces[:-1], {**pieces[-1], "usageMetadata": USAGE}])
    whole = [
        {**part[0], "text": "".join(p["text"] for p in part)} if "text" in part[0] else part[0]
        for part in parts
    ]
    return encoded(answer(candidate(*whole, finish="STOP"), usageMetadata=USAGE))
