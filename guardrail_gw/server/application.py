"""The aiohttp application: which paths exist, and what every other one is told."""

import re
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import orjson
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from guardrail_gw.dialects.paths import MODELS
from guardrail_gw.dialects.unserved import PATTERN
from guardrail_gw.errors import Refusal
from guardrail_gw.server.access import Access
from guardrail_gw.server.chat import BEGUN, Stored, Surface
from guardrail_gw.server.models import GOOGLES, Models
from guardrail_gw.server.plain import SERVER, error, refused
from guardrail_gw.server.unserved import Unserved

_JSON = "application/json"
_Served = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
_Handle = Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]
_DIRECT: Final[web.AppKey[dict[str, Handler]]] = web.AppKey("surfaces", dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Where probes look."""

    ready: Callable[[], dict[str, bool]]
    """Each safeguard's name -> whether it can do its work right now."""
    generation: Callable[[], Mapping[str, str | int | bool]]
    """What is loaded: the policies' digest and serial, and whether newer ones were refused."""
    metrics: Callable[[], Awaitable[bytes]]
    """The Prometheus text exposition."""


def application(  # noqa: PLR0913 - what a front door is made of, each by name
    *,
    surfaces: Iterable[Surface],
    models: Iterable[str],
    access: Access,
    health: Health | None,
    defect: Callable[[BaseException], None],
    stored: Iterable[Stored] = (),
    unserved: Unserved | None = None,
    routes: Iterable[tuple[str, str, Handler]] = (),
) -> web.Application:
    """Build the application.

    Args:
        surfaces: each on the paths of its dialect.
        models: names of the virtual models, for `GET /v1/models` and Google's paths.
        access: who may see the models.
        health: what the probes answer; None: they ask elsewhere, and here only whether it lives.
        defect: told of an exception that nothing foresaw; must not record its text.
        stored: what providers keep, on the paths of its dialect.
        unserved: who answers where providers serve what is not passed on.
        routes: methods, paths and handlers of other protocols; a POST to a path of no pattern is
            served without asking the router, too.
    """
    guard = guarded(defect)
    app = web.Application(middlewares=[guard])
    surfaces = tuple(surfaces)
    served: dict[str, Handler] = {
        target: partial(guard, handler=surface.handle)
        for surface in surfaces
        for target in surface.dialect.served
    }
    app[_DIRECT] = served
    app.on_response_prepare.append(_named)
    for path, handle in served.items():
        if "?" not in path:  # the router looks at no query
            app.router.add_post(path, handle)
    _add_patterns(app, surfaces, stored, unserved)
    models_api = Models(names=tuple(models), access=access)
    for path in MODELS:
        app.router.add_get(path, models_api.all)
        app.router.add_get(f"{path.rstrip('/')}/{{name:.+}}", models_api.one)
    app.router.add_get(GOOGLES, models_api.all)
    app.router.add_get(models_api.one_of_googles, models_api.one)
    app.router.add_get("/healthz", _alive)
    if health is not None:
        app.router.add_get("/readyz", _visited(access, _ready(health)))
        app.router.add_get("/metrics", _visited(access, _metrics(health)))
    for method, path, handle in routes:
        app.router.add_route(method, path, handle)
        if method == hdrs.METH_POST and "{" not in path:
            served[path] = partial(guard, handler=handle)
    if unserved is not None:  # last: what is served on such a path goes first
        app.router.add_route(hdrs.METH_ANY, f"/{{target:{PATTERN}}}", unserved.handle)
    return app


def _add_patterns(
    app: web.Application,
    surfaces: Iterable[Surface],
    stored: Iterable[Stored],
    unserved: Unserved | None,
) -> None:
    """Paths that name a model, or something that a provider keeps."""
    patterns: list[tuple[str, str, _Handle]] = [
        (hdrs.METH_POST, each, s.handle) for s in surfaces for each in s.dialect.patterns
    ]
    stored = tuple(stored)
    patterns += [
        (how, each, _asked(s, stored, unserved)) for s in stored for how, each in s.dialect.routes
    ]
    for method, pattern, handle in patterns:
        app.router.add_route(method, f"/{{target:{pattern}}}", handle)


def _asked(stored: Stored, every: tuple[Stored, ...], unserved: Unserved | None) -> _Handle:
    """Two dialects may have the same path: what is asked in the other one is for that."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if unserved is None or stored.dialect.is_asked(request.headers):
            return await stored.handle(request)
        other = next((each for each in every if _is_for(each, request)), unserved)
        return await other.handle(request)

    return handle


def _is_for(stored: Stored, request: web.Request) -> bool:
    """Whether a request is one of this dialect, by its path and its headers."""
    path, routes = request.path.removeprefix("/"), stored.dialect.routes
    return stored.dialect.is_asked(request.headers) and any(
        how == request.method and re.fullmatch(each, path) for how, each in routes
    )


def direct(app: web.Application, routed: _Served) -> _Served:
    """Serve the surfaces without asking the router, which costs as much as parsing their bodies.

    Args:
        app: made by `application`.
        routed: aiohttp's own handler, for every other method, path and query, and for a client
            that waits to be told to send its body.
    """
    surfaces = app.get(_DIRECT, {})

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request, web.Request)  # noqa: S101 - of the application's own making
        surface = surfaces.get(request.raw_path)
        is_plain = request.method == hdrs.METH_POST and hdrs.EXPECT not in request.headers
        if surface is not None and is_plain:
            return await surface(request)
        try:
            return await routed(request)
        except web.HTTPExpectationFailed:  # before our middleware, and it would quote the header
            return error(417, "server.expectation", "only 'Expect: 100-continue' is met here")

    return handle


def guarded(
    defect: Callable[[BaseException], None],
) -> Callable[..., Awaitable[web.StreamResponse]]:
    """A middleware that answers what nobody foresaw, and says nothing of it."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            if request.method == hdrs.METH_HEAD and request.path == "/":
                return web.Response()  # agents look whether somebody is there
            return error(404, "server.unknown_path", "nothing is served on this path")
        except web.HTTPMethodNotAllowed as wrong:
            return _not_allowed(request, wrong)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception as unforeseen:  # noqa: BLE001 - the last line: nothing of it may reach the client
            defect(unforeseen)
            if request.get(BEGUN):
                _hang_up(request)
                raise ConnectionResetError("part of an answer was sent") from None
            return error(
                500, "server.defect", "the gateway failed; nothing was passed on", "api_error"
            )

    return guarded


def _hang_up(request: web.Request) -> None:
    """Close the connection once what was written has left: nobody takes it for the whole answer."""
    if request.transport is not None:
        request.transport.close()


def _not_allowed(request: web.Request, wrong: web.HTTPMethodNotAllowed) -> web.Response:
    """Name the methods of the path; to a browser's preflight this grants nothing."""
    if request.method in (hdrs.METH_OPTIONS, hdrs.METH_HEAD):
        answer = web.Response(status=204)
    else:
        answer = error(405, "server.method", "this path does not take this method")
    answer.headers["Allow"] = ", ".join(sorted({*wrong.allowed_methods, hdrs.METH_OPTIONS}))
    return answer


def _visited(access: Access, handler: Handler) -> Handler:
    """A probe needs no key, but a web page must not read what it answers."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            access.visit(request.headers)
        except Refusal as refusal:
            return refused(refusal)
        return await handler(request)

    return handle


async def _named(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = SERVER


async def _alive(_: web.Request) -> web.StreamResponse:
    return web.json_response({"status": "alive"})


def _ready(health: Health) -> Handler:
    async def handle(_: web.Request) -> web.StreamResponse:
        checks = health.ready()
        ready = all(checks.values())
        body = {"status": "ready" if ready else "unready", "checks": checks, **health.generation()}
        return web.Response(
            status=200 if ready else 503, body=orjson.dumps(body), content_type=_JSON
        )

    return handle


def _metrics(health: Health) -> Handler:
    async def handle(_: web.Request) -> web.StreamResponse:
        return web.Response(
            body=await health.metrics(), headers={"Content-Type": "text/plain; version=0.0.4"}
        )

    return handle
