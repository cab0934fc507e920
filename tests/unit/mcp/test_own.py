"""A server's own endpoint: nothing reaches a server that the policy does not let a caller ask."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.mcp.all_servers import AllServers
from guardrail_gw.mcp.front.endpoint import Endpoint, Posted
from guardrail_gw.mcp.hiding import Hiding
from guardrail_gw.mcp.own import OwnEndpoint
from guardrail_gw.mcp.ports import Ask, Described, Introduction, Peer
from guardrail_gw.mcp_errors import ToolDenied, ToolUnknown
from guardrail_gw.policy.tools import ToolRules
from tests.support.mcp_all import ME, Direct, World, world
from tests.support.mcp_offers import Offers

NOT_GIT = ToolRules(servers=frozenset({("files",)}))
ROOTS = "notifications/roots/list_changed"


class Noting(Direct):
    """An endpoint that must not be asked."""

    async def described(self, peer: Peer) -> Described:
        """Fail."""
        raise AssertionError(peer.revision)

    async def introduced(self, peer: Peer, posted: Posted) -> Introduction:
        """Turn away, as the chain does."""
        raise ToolDenied(f"{peer.revision} {posted.tags}")

    async def notify(self, peer: Peer, method: str, params: Mapping[str, Any]) -> None:
        """Fail."""
        raise AssertionError(peer.revision, method, params)


def _own(here: World) -> Endpoint:
    inner = Noting(here.servers["git"], here.governed, NOT_GIT)
    return OwnEndpoint(inner=inner, rules=lambda _: NOT_GIT)


async def test_a_server_that_may_not_be_asked_says_nothing_of_itself(tmp_path: Path) -> None:
    """A handshake would begin a session or a process of the caller's there."""
    async with world(tmp_path, Offers("git")) as here:
        own = _own(here)
        with pytest.raises(ToolDenied):
            await own.described(ME)
        with pytest.raises(ToolUnknown):
            await Hiding(own).described(ME)
        with pytest.raises(ToolUnknown):
            await Hiding(own).introduced(ME, Posted())


async def test_a_server_that_may_not_be_asked_is_told_nothing(tmp_path: Path) -> None:
    """Nor does it learn that a client's roots have changed."""
    async with world(tmp_path, Offers("git")) as here:
        with pytest.raises(ToolDenied):
            await _own(here).notify(ME, ROOTS, {})


async def test_a_denied_call_at_the_endpoint_of_all_leads_to_no_notice(tmp_path: Path) -> None:
    """Servers are told of changed roots that the policy lets the caller ask."""
    git, files = Offers("git"), Offers("files")
    git.offer({"name": "look"})
    files.offer({"name": "read"})
    async with world(tmp_path, git, files) as here:
        every = here.all(NOT_GIT)
        with pytest.raises(ToolDenied):
            await _call(every, "git__look")
        await _call(every, "files__read")
        await every.notify(ME, ROOTS, {})

    assert (git.told, files.told) == ([], [(ROOTS, {})])


async def _call(every: AllServers, name: str) -> None:
    ask = Ask(peer=ME, method="tools/call", params={"name": name})
    async with every.call(ask, Posted()) as running:
        async for _ in running.messages:
            pass
