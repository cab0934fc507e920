"""What a server wants back, sealed on its way through a client."""

from dataclasses import replace
from typing import Any

import pytest

from guardrail_gw.core.identity import Principal
from guardrail_gw.mcp.front.states import TTL_S, States, bound
from guardrail_gw.mcp.ports import Era, Peer

ME = Principal(tenant="t", team="a", user="u", key_id="k")
PEER = Peer(principal=ME, era=Era.MODERN, revision="2026-07-28")
PARAMS: dict[str, Any] = {"name": "pay", "arguments": {"sum": 5}}


class HandClock:
    """Time by hand."""

    us = 1_000_000_000

    def now_us(self) -> int:
        return self.us

    def monotonic_s(self) -> float:
        return self.us / 1e6

    async def sleep(self, seconds: float) -> None:
        self.us += int(seconds * 1e6)


def test_a_client_brings_back_what_it_cannot_read() -> None:
    """The state is not in what it gets, and comes out as it was."""
    states = States(b"k" * 32, HandClock())
    ours = bound(PEER, "one", "tools/call", PARAMS)

    sealed = states.seal("user=jane; step=2 ✓", ours)

    assert "jane" not in sealed
    assert states.open(sealed, ours) == "user=jane; step=2 ✓"


def test_answers_do_not_change_what_a_state_belongs_to() -> None:
    """The same call comes with answers, the state itself and another `_meta`."""
    more = {**PARAMS, "inputResponses": {"a": {}}, "requestState": "x", "_meta": {"b": 1}}

    assert bound(PEER, "one", "tools/call", more) == bound(PEER, "one", "tools/call", PARAMS)


@pytest.mark.parametrize(
    "other",
    [
        bound(replace(PEER, principal=replace(ME, user="v")), "one", "tools/call", PARAMS),
        bound(replace(PEER, principal=replace(ME, key_id="l")), "one", "tools/call", PARAMS),
        bound(PEER, "two", "tools/call", PARAMS),
        bound(PEER, "one", "prompts/get", PARAMS),
        bound(PEER, "one", "tools/call", {**PARAMS, "arguments": {"sum": 6}}),
    ],
)
def test_a_state_of_another_call_is_none(other: bytes) -> None:
    """Another caller, server, method or argument: possession proves nothing."""
    states = States(b"k" * 32, HandClock())

    assert states.open(states.seal("s", bound(PEER, "one", "tools/call", PARAMS)), other) is None


@pytest.mark.parametrize("sealed", ["", "gs1.", "gs1.AAAA", "gs1.!", "plain", "gs1.ü"])
def test_what_was_not_sealed_here_is_none(sealed: str) -> None:
    """Nothing that a client makes up is taken for a state."""
    states = States(b"k" * 32, HandClock())

    assert states.open(sealed, b"") is None


def test_a_changed_or_foreign_or_old_state_is_none() -> None:
    """One bit, another gateway's key, an hour later."""
    clock = HandClock()
    states = States(b"k" * 32, clock)
    sealed = states.seal("s", b"b")
    changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]

    assert states.open(changed, b"b") is None
    assert States(b"l" * 32, clock).open(sealed, b"b") is None
    clock.us += (TTL_S + 2) * 1_000_000
    assert states.open(sealed, b"b") is None
