"""What another worker keeps."""

from typing import Any, cast

import pytest
from aiohttp import web

from guardrail_gw.mcp.front.elsewhere import Elsewhere
from guardrail_gw.mcp.front.envelope import Notice, Request
from guardrail_gw.mcp_errors import SessionUnknown
from guardrail_gw.server.neighbours import NeighbourGone


class Gone:
    """A relay to workers that have ended."""

    async def passed(self, worker: int, request: web.Request, body: bytes) -> web.StreamResponse:
        """Nobody answers."""
        raise NeighbourGone


FIRST = Elsewhere(number=0, count=3, relay=Gone())


@pytest.mark.parametrize(
    ("name", "worker"),
    [
        ("abc.w1", 1),
        ("abc.w2", 2),
        ("abc.w0", None),
        ("abc.w3", None),
        ("abc.w01", None),
        ("abc.w\u0661", None),
        ("abc.w-1", None),
        ("abc.w", None),
        (".w1", None),
        ("abc", None),
        ("abc.w1\n", None),
        ("", None),
        (None, None),
    ],
)
def test_a_name_leads_to_the_worker_that_it_ends_with(name: str | None, worker: int | None) -> None:
    """To none but another one of those that there are."""
    assert FIRST.of(name) == worker


def test_one_worker_has_nobody_else_to_ask() -> None:
    """Names do not say who keeps it, and lead nowhere."""
    assert Elsewhere().mark == ""
    assert Elsewhere().of("abc.w1") is None


@pytest.mark.parametrize("state", ["sealed.w2", None, 7, {"a": ".w2"}])
def test_only_a_request_with_a_state_waits_elsewhere(state: Any) -> None:
    """And only where that is a text."""
    request = Request(id=1, method="tools/call", params={"requestState": state})

    assert FIRST.waits(request) == (2 if state == "sealed.w2" else None)
    assert FIRST.waits(Notice(method="x", params={"requestState": "sealed.w2"})) is None


async def test_what_was_kept_by_a_worker_that_ended_is_unknown() -> None:
    """Its client begins anew."""
    with pytest.raises(SessionUnknown):
        await FIRST.answered(1, cast("web.Request", None), b"")
