"""A resource is asked for once, and until nobody listens any more."""

from typing import Any

import pytest

from guardrail_gw.errors import UpstreamFault
from guardrail_gw.mcp.servers.subscriptions import Subscriptions
from guardrail_gw.mcp_errors import ServerFailed


class Told:
    """What a server is asked; it does not take what is called `bad`."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def ask(self, method: str, params: dict[str, Any]) -> None:
        if params["uri"] == "bad":
            raise ServerFailed("no")
        self.said.append(f"{method.removeprefix('resources/')} {params['uri']}")


async def test_the_last_one_who_goes_ends_it() -> None:
    """Two want one, and one of them another."""
    told = Told()
    wanted = Subscriptions(told.ask)

    await wanted.add(frozenset({"a", "b"}))
    await wanted.add(frozenset({"a"}))
    await wanted.drop(frozenset({"a", "b"}))
    await wanted.drop(frozenset({"a"}))

    assert told.said == ["subscribe a", "subscribe b", "unsubscribe b", "unsubscribe a"]


async def test_one_that_fails_takes_nothing_from_others() -> None:
    """What somebody else listens to stays, though it came behind what the server refused."""
    told = Told()
    wanted = Subscriptions(told.ask)
    await wanted.add(frozenset({"z"}))

    with pytest.raises(UpstreamFault):
        await wanted.add(frozenset({"bad", "z"}))
    await wanted.drop(frozenset({"bad", "z"}))

    assert told.said == ["subscribe z"]
