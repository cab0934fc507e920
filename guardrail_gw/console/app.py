"""The console's addresses."""

import sqlite3
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from guardrail_gw.audit.record import RecordError
from guardrail_gw.audit.review import prove_record
from guardrail_gw.console import pages
from guardrail_gw.console.asked import Asked, AskedError, asked
from guardrail_gw.console.desk import BROKEN_INDEX, Desk, Shelf
from guardrail_gw.console.entrance import entrance
from guardrail_gw.console.guard import DOOR
from guardrail_gw.console.session import Door
from guardrail_gw.errors import GuardrailError

DESK: Final = web.AppKey("desk", Desk)
Context = dict[str, Any]


def application(desk: Desk, door: Door, cookie: str) -> web.Application:
    """The console as an application.

    Args:
        desk: where everything is asked.
        door: who may come in.
        cookie: the session cookie's name.
    """
    app = entrance(door, cookie)
    app[DESK] = desk
    app.router.add_get("/", _overview)
    app.router.add_get("/exchanges", _timeline)
    app.router.add_get(r"/exchanges/{index:\d{1,15}}", _exchange)
    app.router.add_post(r"/exchanges/{index:\d{1,15}}/original", _original)
    app.router.add_get(r"/records/{index:\d{1,15}}/proof", _proof)
    app.router.add_get("/person", _person)
    app.router.add_get("/log", _log)
    app.router.add_get("/looks", _looks)
    app.router.add_post("/check", _check)
    return app


async def _overview(request: web.Request) -> web.Response:
    return await _page(request, "overview", pages.overview)


async def _timeline(request: web.Request) -> web.Response:
    filter_ = _asked(request)
    return await _page(request, "timeline", lambda shelf: pages.timeline(shelf, filter_))


async def _exchange(request: web.Request) -> web.Response:
    index, report = int(request.match_info["index"]), request.app[DESK].checked.report
    return await _page(request, "exchange", lambda shelf: pages.exchange(shelf, index, report))


async def _original(request: web.Request) -> web.Response:
    index, report = int(request.match_info["index"]), request.app[DESK].checked.report
    reason = str((await request.post()).get("reason", ""))
    return await _page(
        request, "exchange", lambda shelf: pages.original(shelf, index, report, reason)
    )


async def _person(request: web.Request) -> web.Response:
    filter_ = _asked(request)
    return await _page(request, "person", lambda shelf: pages.person(shelf, filter_))


async def _log(request: web.Request) -> web.Response:
    return await _page(request, "log", pages.log)


async def _looks(request: web.Request) -> web.Response:
    return await _page(request, "looks", pages.looks)


async def _proof(request: web.Request) -> web.Response:
    index = int(request.match_info["index"])

    def prove(shelf: Shelf) -> bytes:
        shelf.look("proof", [index])
        return prove_record(shelf.review.log.directory, index)

    try:
        proof = await request.app[DESK].ask(prove)
    except RecordError as error:
        raise web.HTTPNotFound(text=str(error)) from None
    except (GuardrailError, OSError) as error:
        raise web.HTTPInternalServerError(text=str(error)) from None
    name = f'attachment; filename="record-{index}.tlog-proof"'
    return web.Response(
        body=proof, content_type="text/plain", headers={"Content-Disposition": name}
    )


async def _check(request: web.Request) -> web.Response:
    request.app[DESK].check()
    return web.Response(status=303, headers={"Location": "/"})


def _asked(request: web.Request) -> Asked:
    try:
        return asked(request.query)
    except AskedError as error:
        raise web.HTTPBadRequest(text=str(error)) from None


async def _page(
    request: web.Request, name: str, work: Callable[[Shelf], Context | None]
) -> web.Response:
    """Ask for a page's content and put it into its template, both away from the event loop."""
    desk = request.app[DESK]
    frame = {
        "page": name,
        "checked": desk.checked,
        "checking": desk.checking,
        "trouble": desk.trouble,
        "groups": desk.review.groups,
        "token": request.app[DOOR].form_token(),
    }

    def made(shelf: Shelf) -> str | None:
        content = work(shelf)
        if content is None:
            return None
        return shelf.templates.get_template(f"{name}.html").render(frame | content)

    try:
        html = await desk.ask(made)
    except AskedError as error:
        raise web.HTTPBadRequest(text=str(error)) from None
    except (GuardrailError, OSError, sqlite3.Error) as error:
        what = BROKEN_INDEX if isinstance(error, sqlite3.Error) else str(error)
        html = await desk.ask(lambda shelf: _failed(shelf, frame, what))
        return web.Response(text=html, content_type="text/html", status=500)
    if html is None:
        raise web.HTTPNotFound(text="The log has no exchange of that number.")
    return web.Response(text=html, content_type="text/html")


def _failed(shelf: Shelf, frame: Context, what: str) -> str:
    return shelf.templates.get_template("failed.html").render(
        frame | {"page": "failed", "what": what}
    )
