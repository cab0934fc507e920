"""The bytes on both wires, kept as goldens that a person has read (`--snapshot-update`)."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from guardrail_gw.dialects.openai_responses.encode import error_body, error_event
from guardrail_gw.errors import Blocked, OperationRefused, Refusal, UpstreamRateLimited
from tests.support.chat import encoded
from tests.support.messages import stream
from tests.support.responses import (
    answered,
    body,
    call,
    custom,
    events,
    message,
    reasoning,
    redacted,
    response,
    sent,
)

VALUES = {"Anna Schmidt": "PERSON", "anna@example.org": "EMAIL_ADDRESS"}
TEXT = "I am Anna Schmidt (anna@example.org)."
TOOL = {"type": "function", "name": "mail", "parameters": {"type": "object"}}
PATCH = {"type": "custom", "name": "patch"}
SCHEMA = {"format": {"type": "json_schema", "name": "who", "schema": {"type": "object"}}}

Items = list[tuple[dict[str, Any], Sequence[int]]]
"""Each whole item, and where its text is divided in a stream."""


def plain(name: str, mail: str) -> Items:
    """A text whose placeholders are cut."""
    return [(message(f"Dear {name}, I wrote to {mail}."), [11, 30])]


def tools(name: str, mail: str) -> Items:
    """One call."""
    return [(call(json.dumps({"to": mail, "note": f"{name}'s"})), [9, 14])]


def parallel_tools(name: str, mail: str) -> Items:
    """A call of each kind behind a text."""
    patch = custom(f"*** {name}", call_id="call_2")
    return [*plain(name, mail), *tools(name, mail), (patch, [8])]


def structured_output(name: str, mail: str) -> Items:
    """A text that is JSON."""
    return [(message(json.dumps({"name": name, "mail": mail})), [15])]


def thinking(name: str, mail: str) -> Items:
    """Sealed reasoning with a summary, and an answer."""
    thought = reasoning(f"The user is {name}.", encrypted_content="c2VhbGVk")
    return [(thought, [14]), *plain(name, mail)]


CASES: dict[str, tuple[dict[str, Any], Callable[[str, str], Items]]] = {
    "plain": ({"store": None}, plain),
    "tools": ({"tools": [TOOL]}, tools),
    "parallel-tools": ({"tools": [TOOL, PATCH]}, parallel_tools),
    "structured-output": ({"text": SCHEMA}, structured_output),
    "thinking": ({"store": False, "reasoning": {"summary": "auto"}}, thinking),
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("case", CASES)
async def test_both_wires(case: str, snapshot: SnapshotAssertion, *, streamed: bool) -> None:
    """What the client sends and gets, and what the provider receives and answers."""
    more, answer = CASES[case]
    asked = body(TEXT, stream=streamed, **more)
    request = await redacted(asked, VALUES)
    tokens = {value: token for token, value in request.originals.items()}
    items = answer(*(tokens[value] for value in VALUES))
    whole = encoded(response(*(item for item, _ in items)))
    raw = stream(events(*items)) if streamed else whole

    got, _ = await answered(request, raw, streamed=streamed)

    wires = (asked, sent(request), raw, got)
    assert "\n\n".join(wire.decode().rstrip() for wire in wires) == snapshot


@pytest.mark.parametrize(
    "refusal",
    [
        Blocked("the policy forbids sending IBAN_CODE (1), found at /input/0/content"),
        OperationRefused("'/conversation' goes on from what the provider keeps"),
        UpstreamRateLimited("no lawful deployment gave a usable answer in 1 attempt(s)"),
    ],
    ids=lambda refusal: str(refusal.code),
)
def test_errors(refusal: Refusal, snapshot: SnapshotAssertion) -> None:
    """A refusal as a whole answer, and as the last event of a stream."""
    whole, event = error_body(refusal), error_event(refusal)

    assert f"{refusal.status}\n{whole.decode()}\n\n{event.decode()}" == snapshot
