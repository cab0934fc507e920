"""Where probes, metrics and operators look, on a listener of its own, never where clients are.

Nothing here needs a key, so it is bound to loopback or to a network of operators; and nothing here
was written by a caller. A web page must not read it: its requests name a host that is none of ours.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from guardrail_gw.server.admin import ROUTING, ours
from guardrail_gw.server.plain import SERVER, error

WORKERS: Final = "/admin/workers"
TEXT: Final = "text/plain; version=0.0.4"
_JSON: Final = "application/json"
Shown = Mapping[str, Any]


class Probed(Protocol):
    """What is asked: one gateway, or a supervisor who asks its workers."""

    async def live(self) -> bool:
        """Whether it is worth waiting for; False means restart it."""
        ...

    async def readiness(self) -> tuple[bool, Shown]:
        """Whether every safeguard can do its work now, and what is loaded."""
        ...

    async def exposition(self) -> bytes:
        """The metrics in Prometheus' text form."""
        ...

    async def routing(self) -> Shown:
        """What is known of models and deployments."""
        ...

    async def workers(self) -> Shown:
        """The processes, and what each is doing."""
        ...


def probe_application(probed: Probed, hosts: Iterable[str] = ()) -> web.Application:
    """Build it.

    Args:
        probed: who is asked.
        hosts: names besides addresses and `localhost` that a `Host` header may hold.
    """
    answers = _Answers(probed)
    app = web.Application(middlewares=[_guard(ours(hosts))])
    for path, handle in (
        ("/livez", answers.live),
        ("/healthz", answers.live),
        ("/readyz", answers.ready),
        ("/metrics", answers.metrics),
        (ROUTING, answers.routing),
        (WORKERS, answers.workers),
    ):
        app.router.add_get(path, handle)
    app.on_response_prepare.append(_named)
    return app


@dataclass(frozen=True, slots=True)
class _Answers:
    probed: Probed

    async def live(self, _: web.Request) -> web.StreamResponse:
        well = await self.probed.live()
        return _json({"status": "alive" if well else "failing"}, status=200 if well else 503)

    async def ready(self, _: web.Request) -> web.StreamResponse:
        well, said = await self.probed.readiness()
        body = {"status": "ready" if well else "unready", **said}
        return _json(body, status=200 if well else 503)

    async def metrics(self, _: web.Request) -> web.StreamResponse:
        return web.Response(body=await self.probed.exposition(), headers={"Content-Type": TEXT})

    async def routing(self, _: web.Request) -> web.StreamResponse:
        return _json(await self.probed.routing())

    async def workers(self, _: web.Request) -> web.StreamResponse:
        return _json(await self.probed.workers())


def _guard(is_ours: Callable[[web.Request], bool]) -> Middleware:
    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_ours(request):
            return error(421, "auth.foreign_host", "the Host header names another host")
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return error(404, "server.unknown_path", "nothing is served on this path")
        except web.HTTPMethodNotAllowed:
            return error(405, "server.method", "this path does not take this method")

    return guarded


def _json(value: Shown, *, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(value), content_type=_JSON)


async def _named(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = SERVER
