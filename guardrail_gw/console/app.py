"""The console's addresses."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from guardrail_gw.audit.record import RecordError
from guardrail_gw.audit.review import prove_record
from guardrail_gw.console import pages
from guardrail_gw.console.asked import Asked, AskedError, asked
from guardrail_gw.console.desk import BROKEN_INDEX, Desk, Shelf
from guardrail_gw.console.guard import COOKIE, DOOR, guarded
from guardrail_gw.console.session import Door
from guardrail_gw.errors import GuardrailError

DESK: Final = web.AppKey("desk", Desk)
_STATIC = Path(__file__).with_name("static")
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_MAX_FORM = 16 * 1024
Context = dict[str, Any]


def application(desk: Desk, door: Door, *, cookie: str) -> web.Application:
    """The console as an application.

    Args:
        desk: where everything is asked.
        door: who may come in.
        cookie: the session cookie's name; cookies know no ports, so it should tell consoles apart.
    """
    app = web.Application(middlewares=[guarded], client_max_size=_MAX_FORM)
    app[DESK], app[DOOR], app[COOKIE] = desk, door, cookie
    app.router.add_get("/enter/{token}", _enter)
    app.router.add_get("/static/{name}", _static)
    app.router.add_get("/", _overview)
    app.router.add_get("/exchanges", _timeline)
    app.router.add_get(r"/exchanges/{index:\d{1,15}}", _exchange)
    app.router.add_post(r"/exchanges/{index:\d{1,15}}/original", _original)
    app.router.add_get(r"/records/{index:\d{1,15}}/proof", _proof)
    app.router.add_get("/person", _person)
    app.router.add_get("/log", _log)
    app.router.add_get("/looks", _looks)
    app.router.add_post("/check", _check)
    app.router.add_post("/leave", _leave)
    return app


async def _enter(request: web.Request) -> web.Response:
    secret = request.app[DOOR].enter(request.match_info["token"])
    if secret is None:
        raise web.HTTPForbidden(text="This link was used, or is none. Start the command again.")
    response = web.Response(status=303, headers={"Location": "/"})
    response.set_cookie(request.app[COOKIE], secret, httponly=True, samesite="Strict", path="/")
    return response


async def _static(request: web.Request) -> web.StreamResponse:
    """One of the few files that there are; the name is looked up, never joined to a path."""
    file = _FILES.get(request.match_info["name"])
    if file is None:
        raise web.HTTPNotFound(text="No such file.")
    return web.Response(body=file[1], content_type=file[0], charset="utf-8")


_FILES = {p.name: (_TYPES[p.suffix], p.read_bytes()) for p in _STATIC.iterdir()}


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


async def _leave(request: web.Request) -> web.Response:
    request.app[DOOR].leave()
    response = web.Response(text="The session is over. Ctrl-C ends the command.")
    response.del_cookie(request.app[COOKIE], path="/")
    return response


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
