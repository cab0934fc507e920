"""What holds for every request to the console, before a page is asked.

Loopback names only (a rebound name is refused), programs of this user, a session, forms of that
session alone, and headers that leave a page no way to run or load anything that is not the
console's own.
"""

import asyncio
from collections.abc import Awaitable, Callable
from types import MappingProxyType
from typing import Final

from aiohttp import web
from markupsafe import Markup

from guardrail_gw.console.peer import is_stranger
from guardrail_gw.console.session import Door

DOOR: Final = web.AppKey("door", Door)
COOKIE: Final = web.AppKey("cookie", str)
_PUBLIC: Final = "/static/"
_OPEN: Final = (_PUBLIC, "/enter/")
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
_CSP: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = MappingProxyType(
    {
        "Content-Security-Policy": _CSP,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def guarded(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Let a request through, or say no; either way with the headers."""
    try:
        response = await _admitted(request, handler)
    except web.HTTPException as error:
        response = _said(error.status, error.reason, error.text or "")
    except Exception:  # noqa: BLE001 - a defect quotes nothing, and leaves without no header either
        response = _said(500, "Something went wrong", _DEFECT)
    response.headers.update(_HEADERS)
    return response


async def _admitted(request: web.Request, handler: _Handler) -> web.StreamResponse:
    if request.url.host not in _LOOPBACK:
        raise web.HTTPMisdirectedRequest(text="The console answers to its loopback name only.")
    if not request.path.startswith(_PUBLIC) and await _of_another_user(request):
        raise web.HTTPForbidden(text="The console answers to the user who started it only.")
    if request.path.startswith(_OPEN):
        return await handler(request)
    door = request.app[DOOR]
    by_itself = request.method == "GET" and request.query_string == _AGAIN
    if not door.admits(request.cookies.get(request.app[COOKIE]), by_itself=by_itself):
        raise web.HTTPForbidden(text=_NO_SESSION)
    if request.method == "POST" and not await _own_form(request, door):
        raise web.HTTPForbidden(text="This form is not of your session. Go back and try again.")
    return await handler(request)


async def _of_another_user(request: web.Request) -> bool:
    ends = request.transport
    if ends is None:  # it is gone already
        return True
    peer, ours = (ends.get_extra_info(end)[:2] for end in ("peername", "sockname"))
    return await asyncio.to_thread(is_stranger, peer, ours)


async def _own_form(request: web.Request, door: Door) -> bool:
    """Whether a page of this session sent it."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    form = await request.post()
    return door.accepts(str(form.get("token", "")))


def _said(status: int, title: str, text: str) -> web.Response:
    page = _PAGE.format(title=title, paragraphs=_paragraphs(text))
    return web.Response(status=status, text=page, content_type="text/html")


def _paragraphs(text: str) -> Markup:
    return Markup("").join(Markup("<p>{}</p>").format(part) for part in text.split("\n\n"))


_PAGE = Markup("""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · guardrail-gw</title>
<link rel="stylesheet" href="/static/console.css">
<main class="narrow">
<h1>{title}</h1>
{paragraphs}
<p><a href="/">To the overview</a></p>
</main>
</html>
""")
_NO_SESSION = """\
No session is open here.

The link that the command printed works once, in one browser, and a session that nobody uses ends
after an hour. End the command (Ctrl-C) and start it again for a new link.
"""
_AGAIN = "again"
"""What a page adds to its address when it looks again by itself."""
_DEFECT = "The console could not make this page. What was done by then is on record."
