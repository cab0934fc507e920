"""Calls that wait for a person, in a browser: where the gateway's keys are.

None of the review's pages: an auditor's key opens what is on record, and decides nothing. What an
approver is told of a call's arguments is their names, and which kinds of personal data were found;
no value is on a page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from aiohttp import web

from guardrail_gw.console.entrance import entrance
from guardrail_gw.console.guard import DOOR
from guardrail_gw.console.rendering import environment
from guardrail_gw.console.session import Door
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import GuardrailError

REASON_MOST: Final = 500
"""Characters of a reason."""
_SAID: Final = {
    "allowed": "The call is allowed, and goes on.",
    "denied": "The call is refused.",
    "gone": "That call does not wait any more: its time is over, its client has left, or somebody"
    " else has decided.",
}
_CHOICES: Final = {"allow": True, "deny": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One that waits."""

    id: str
    server: str
    tool: str
    who: str
    """Tenant, team, user and key."""
    since_us: int
    until_us: int
    found: Mapping[str, int]
    """Kind of personal data -> how often it was found in the request."""
    arguments: Sequence[str] = field(repr=False)
    """Their names."""


class Calls(Protocol):
    """Those that wait, and what decides about them."""

    async def waiting(self) -> Sequence[Call]:
        """All of them, the oldest first; raises GuardrailError."""
        ...

    async def decide(self, id_: str, reason: str, *, is_allowed: bool) -> bool:
        """Decide about one, on record first; False if it does not wait. Raises GuardrailError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the pages are about."""

    calls: Calls
    door: Door
    by: str
    """Who decides, for the record; no page changes that."""
    clock: Clock


PLACE: Final = web.AppKey("place", Place)
_PAGE: Final = environment().get_template("deciding.html")


def application(place: Place, cookie: str) -> web.Application:
    """The list, and the form of each call; `cookie` is the session cookie's name."""
    app = entrance(place.door, cookie)
    app[PLACE] = place
    app.router.add_get("/", _list)
    app.router.add_post("/calls/{id:[0-9a-f]{32}}", _decide)
    return app


async def _list(request: web.Request) -> web.Response:
    place = request.app[PLACE]
    try:
        calls = await place.calls.waiting()
    except GuardrailError as error:
        raise web.HTTPServiceUnavailable(text=str(error)) from None
    html = _PAGE.render(
        calls=calls,
        by=place.by,
        now_us=place.clock.now_us(),
        said=_SAID.get(request.query.get("said", "")),
        token=request.app[DOOR].form_token(),
        reason_most=REASON_MOST,
    )
    return web.Response(text=html, content_type="text/html")


async def _decide(request: web.Request) -> web.Response:
    form, place = await request.post(), request.app[PLACE]
    is_allowed = _CHOICES.get(str(form.get("choice", "")))
    reason = str(form.get("reason", "")).strip()
    if is_allowed is None or len(reason) > REASON_MOST:
        raise web.HTTPBadRequest(text="Nothing was decided: the form is not one of this page.")
    try:
        done = await place.calls.decide(request.match_info["id"], reason, is_allowed=is_allowed)
    except GuardrailError as error:
        raise web.HTTPServiceUnavailable(text=f"Nothing was decided: {error}") from None
    said = "gone" if not done else "allowed" if is_allowed else "denied"
    return web.Response(status=303, headers={"Location": f"/?said={said}"})
