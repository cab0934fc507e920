"""The bytes on both wires, kept as goldens that a person has read (`--snapshot-update`)."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from guardrail_gw.dialects.anthropic_messages.encode import error_body, error_event, status
from guardrail_gw.errors import Blocked, Overloaded, Refusal, UpstreamBroken, UpstreamRateLimited
from tests.support.chat import encoded
from tests.support.messages import answered, body, message, redacted, sent, stream

VALUES = {"Anna Schmidt": "PERSON", "anna@example.org": "EMAIL_ADDRESS"}
TEXT = "I am Anna Schmidt (anna@example.org)."
TOOL = {"name": "mail", "input_schema": {"type": "object", "properties": {"to": {}}}}
SCHEMA = {"format": {"type": "json_schema", "schema": {"type": "object"}}}

Blocks = list[tuple[dict[str, Any], Sequence[dict[str, Any]]]]
"""Each whole block, and the deltas in which it comes in a stream."""


def plain(name: str, mail: str) -> Blocks:
    """A text whose placeholders are cut."""
    text = f"Dear {name}, I wrote to {mail}."
    return [({"type": "text", "text": text}, divided("text_delta", "text", text, 11, 30))]


def tools(name: str, mail: str) -> Blocks:
    """One call."""
    return [call(0, {"to": mail, "note": f"{name}'s"})]


def parallel_tools(name: str, mail: str) -> Blocks:
    """Two calls behind a text."""
    return [*plain(name, mail), call(0, {"to": mail}), call(1, {"to": [name]})]


def structured_output(name: str, mail: str) -> Blocks:
    """A text that is JSON."""
    text = json.dumps({"name": name, "mail": mail})
    return [({"type": "text", "text": text}, divided("text_delta", "text", text, 15))]


def thinking(name: str, mail: str) -> Blocks:
    """Signed thinking, sealed thinking and an answer."""
    text = f"The user is {name}."
    deltas = divided("thinking_delta", "thinking", text, 14)
    signature = {"type": "signature_delta", "signature": "c2lnbmF0dXJl"}
    signed = {"type": "thinking", "thinking": text, "signature": "c2lnbmF0dXJl"}
    sealed: dict[str, Any] = {"type": "redacted_thinking", "data": "c2VhbGVk"}
    return [(signed, [*deltas, signature]), (sealed, []), *plain(name, mail)]


def call(number: int, given: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A call of the tool, and its deltas."""
    block = {"type": "tool_use", "id": f"toolu_{number}", "name": "mail", "input": given}
    return block, divided("input_json_delta", "partial_json", json.dumps(given), 9, 14)


def divided(kind: str, key: str, text: str, *edges: int) -> list[dict[str, Any]]:
    """Deltas of one text."""
    pieces = zip([0, *edges], [*edges, len(text)], strict=True)
    return [{"type": kind, key: text[start:end]} for start, end in pieces]


CASES: dict[str, tuple[dict[str, Any], Callable[[str, str], Blocks]]] = {
    "plain": ({}, plain),
    "tools": ({"tools": [TOOL]}, tools),
    "parallel-tools": ({"tools": [TOOL]}, parallel_tools),
    "structured-output": ({"output_config": SCHEMA}, structured_output),
    "thinking": ({"thinking": {"type": "adaptive"}}, thinking),
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("case", CASES)
async def test_both_wires(case: str, snapshot: SnapshotAssertion, *, streamed: bool) -> None:
    """What the client sends and gets, and what the provider receives and answers."""
    more, answer = CASES[case]
    asked = body(TEXT, stream=streamed, **more)
    request = await redacted(asked, VALUES)
    tokens = {value: token for token, value in request.originals.items()}
    raw = answer_of(answer(*(tokens[value] for value in VALUES)), streamed=streamed)

    got, _ = await answered(request, raw, streamed=streamed)

    wires = (asked, sent(request), raw, got)
    assert "\n\n".join(wire.decode().rstrip() for wire in wires) == snapshot


@pytest.mark.parametrize(
    "refusal",
    [
        Blocked("the policy forbids sending IBAN_CODE (1), found at /messages/0/content"),
        Overloaded("more than 4 requests are in progress; try again shortly"),
        UpstreamRateLimited("no lawful deployment gave a usable answer in 1 attempt(s)"),
        UpstreamBroken("the answer of eu-1 was cut off"),
    ],
    ids=lambda refusal: str(refusal.code),
)
def test_errors(refusal: Refusal, snapshot: SnapshotAssertion) -> None:
    """A refusal as a whole answer with its status, and as the last event of a stream."""
    whole, event = error_body(refusal, "r-1"), error_event(refusal, "r-1")

    assert f"{status(refusal)}\n{whole.decode()}\n\n{event.decode()}" == snapshot


def answer_of(blocks: Blocks, *, streamed: bool) -> bytes:
    """A provider's answer of these blocks."""
    if streamed:
        return stream(message(*((begun(block), deltas) for block, deltas in blocks)))
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m"}
    usage = {"input_tokens": 5, "output_tokens": 7}
    content = [block for block, _ in blocks]
    return encoded({**head, "content": content, "stop_reason": "end_turn", "usage": usage})


def begun(block: dict[str, Any]) -> dict[str, Any]:
    """A block before its first delta."""
    grows = {"text", "thinking", "signature", "input"}
    return {key: type(value)() if key in grows else value for key, value in block.items()}
