"""Tokens: kept, renewed in time, asked for by one at a time, and nothing without one."""

import asyncio
from dataclasses import dataclass, field

import pytest
import structlog

from guardrail_gw.errors import UpstreamFailed
from guardrail_gw.upstreams.tokens import EARLY_S, PAUSE_S, SKEW_S, NoToken, Token, Tokens
from tests.support.routing_world import OwnClock


@dataclass(slots=True)
class Issuer:
    """Gives tokens by number, or says why not; waits for its gate."""

    clock: OwnClock = field(default_factory=OwnClock)
    lasts_s: float = 3600.0
    problem: str = ""
    asked: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self) -> Token[str]:
        self.asked += 1
        number = self.asked
        await self.gate.wait()
        if self.problem:
            raise NoToken(self.problem)
        return Token(value=f"t{number}", lasts_s=self.lasts_s)

    def tokens(self) -> Tokens[str]:
        self.gate.set()
        return Tokens("main", self.ask, self.clock)


async def test_a_token_is_used_until_shortly_before_its_end() -> None:
    """One serves for as long as it is surely valid; the next is asked for five minutes before."""
    issuer = Issuer()
    tokens = issuer.tokens()

    first = await tokens.current()
    issuer.clock.at_s += 3600 - EARLY_S - 1
    second = await tokens.current()
    issuer.clock.at_s += 2
    third = await tokens.current()

    assert (first, second, third) == ("t1", "t1", "t2")


async def test_a_short_token_is_renewed_at_half_its_life() -> None:
    """A token that lasts a minute is not asked for at every request."""
    issuer = Issuer(lasts_s=60.0)
    tokens = issuer.tokens()

    await tokens.current()
    issuer.clock.at_s += 29
    early = await tokens.current()
    issuer.clock.at_s += 2
    late = await tokens.current()

    assert (early, late) == ("t1", "t2")


async def test_many_at_once_ask_once() -> None:
    """A hundred requests without a token wait for one answer."""
    issuer = Issuer()
    tokens = issuer.tokens()
    issuer.gate.clear()

    async with asyncio.TaskGroup() as tasks:
        each = [tasks.create_task(tokens.current()) for _ in range(100)]
        await asyncio.sleep(0)
        issuer.gate.set()

    assert {task.result() for task in each} == {"t1"}
    assert issuer.asked == 1


async def test_nobody_waits_while_the_last_one_is_valid() -> None:
    """While one request renews a token, the others go on with the one there is."""
    issuer = Issuer()
    tokens = issuer.tokens()
    await tokens.current()
    issuer.clock.at_s += 3600 - EARLY_S
    issuer.gate.clear()

    async with asyncio.TaskGroup() as tasks:
        renewing = tasks.create_task(tokens.current())
        await asyncio.sleep(0)
        meanwhile = await tokens.current()
        issuer.gate.set()

    assert (meanwhile, renewing.result()) == ("t1", "t2")


async def test_one_that_gives_up_leaves_the_asking_to_the_next() -> None:
    """A client that goes away while a token is asked for stops nobody else."""
    issuer = Issuer()
    tokens = issuer.tokens()
    issuer.gate.clear()

    async with asyncio.TaskGroup() as tasks:
        gone = tasks.create_task(tokens.current())
        other = tasks.create_task(tokens.current())
        await asyncio.sleep(0)
        gone.cancel()
        issuer.gate.set()

    assert other.result() == "t2"


async def test_a_failed_renewal_does_no_harm_while_a_token_is_valid() -> None:
    """The old one is used to its end, without asking again at once; then nothing is sent."""
    issuer = Issuer()
    tokens = issuer.tokens()
    await tokens.current()
    issuer.problem = "http_503"
    issuer.clock.at_s += 3600 - EARLY_S

    still = [await tokens.current(), await tokens.current()]
    asked = issuer.asked
    issuer.clock.at_s += EARLY_S - SKEW_S
    with pytest.raises(UpstreamFailed, match="no token for credential 'main'"):
        await tokens.current()

    assert still == ["t1", "t1"]
    assert asked == 2


async def test_without_a_token_nobody_asks_again_at_once() -> None:
    """A server that says no is left alone for a while; then it is asked again."""
    issuer = Issuer(problem="http_401 invalid_client")
    tokens = issuer.tokens()

    for _ in range(3):
        with pytest.raises(UpstreamFailed):
            await tokens.current()
    asked = issuer.asked
    issuer.problem = ""
    issuer.clock.at_s += PAUSE_S

    assert await tokens.current() == "t2"
    assert asked == 1


async def test_a_refusal_is_logged_by_name_and_word() -> None:
    """The log says which credential got no token and why; a token shows itself nowhere."""
    issuer = Issuer(problem="http_400 invalid_client")
    tokens = issuer.tokens()
    with structlog.testing.capture_logs() as lines, pytest.raises(UpstreamFailed):
        await tokens.current()

    assert lines == [
        {
            "event": "credential.no_token",
            "log_level": "warning",
            "credential": "main",
            "problem": "http_400 invalid_client",
        }
    ]
    assert "secret" not in f"{Token(value='secret', lasts_s=1.0)!r}{tokens!r}"
