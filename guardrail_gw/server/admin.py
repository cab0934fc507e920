"""What operators look at while the gateway runs, on a listener of its own, never where clients are.

Nothing here needs a key, so it is bound to loopback or to a network of operators; and nothing here
was written by a caller. A web page must not read it: its requests name a host that is none of ours.
"""

from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address
from typing import Any, Final

import orjson
from aiohttp import web

from guardrail_gw.server.plain import SERVER, error

ROUTING: Final = "/admin/routing"
_JSON: Final = "application/json"
_LOCAL: Final = frozenset({"localhost", "localhost."})


def admin_application(
    routing: Callable[[], Mapping[str, Any]], hosts: Iterable[str] = ()
) -> web.Application:
    """Build it.

    Args:
        routing: what is known of models and deployments, as JSON.
        hosts: names besides addresses and `localhost` that a `Host` header may hold.
    """
    is_ours = ours(hosts)

    async def shown(request: web.Request) -> web.StreamResponse:
        if not is_ours(request):
            return error(421, "auth.foreign_host", "the Host header names another host")
        return web.Response(body=orjson.dumps(routing()), content_type=_JSON)

    app = web.Application()
    app.router.add_get(ROUTING, shown)
    app.on_response_prepare.append(_named)
    return app


def ours(hosts: Iterable[str]) -> Callable[[web.Request], bool]:
    """Tells requests that are meant for this listener from those of a web page.

    Args:
        hosts: names besides addresses and `localhost` that a `Host` header may hold.
    """
    named = _LOCAL | frozenset(hosts)

    def is_ours(request: web.Request) -> bool:
        meant = request.headers.getall("Host", [])
        return len(meant) == 1 and _is_ours(meant[0], named) and "Origin" not in request.headers

    return is_ours


async def _named(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = SERVER


def _is_ours(host: str, named: frozenset[str]) -> bool:
    """An address, which no page can point elsewhere, or a name that the operator gave."""
    host = host.lower()
    if host.startswith("["):
        return _is_address(host[1:].partition("]")[0])
    name = host.partition(":")[0]
    return name in named or _is_address(name)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
