"""How one browser comes in and goes, and the files that every page needs."""

from pathlib import Path
from typing import Final

from aiohttp import web

from guardrail_gw.console.guard import COOKIE, DOOR, guarded
from guardrail_gw.console.session import Door

_STATIC: Final = Path(__file__).with_name("static")
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_MAX_FORM: Final = 16 * 1024


def entrance(door: Door, cookie: str) -> web.Application:
    """An application without pages: link, session and guard.

    Args:
        door: who may come in.
        cookie: the session cookie's name; cookies know no ports, so it should tell consoles apart.
    """
    app = web.Application(middlewares=[guarded], client_max_size=_MAX_FORM)
    app[DOOR], app[COOKIE] = door, cookie
    app.router.add_get("/enter/{token}", _enter)
    app.router.add_get("/static/{name}", _static)
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


_FILES: Final = {p.name: (_TYPES[p.suffix], p.read_bytes()) for p in _STATIC.iterdir()}


async def _leave(request: web.Request) -> web.Response:
    request.app[DOOR].leave()
    response = web.Response(text="The session is over. Ctrl-C ends the command.")
    response.del_cookie(request.app[COOKIE], path="/")
    return response
