"""`guardrail-gw ready`: waits for a gateway, as a container's hook or a script does."""

import sys
import time
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import click

from guardrail_gw.serving import LOOPBACK

_EVERY_S = 0.2
_ANSWER_S = 2.0


@click.command(name="ready")
@click.option(
    "--url",
    "where",
    default="http://127.0.0.1:8081",
    show_default=True,
    help="Where the gateway's probes are answered; loopback only.",
)
@click.option(
    "--within",
    type=click.FloatRange(min=0, max=3600),
    default=0.0,
    show_default=True,
    help="Seconds to wait for it; 0 asks once.",
)
def command(where: str, within: float) -> None:
    """Wait until a gateway on this machine is ready.

    Exit codes: 0 it is ready, 1 it is not, 2 the address is none on this machine.
    """
    host, port = _loopback(where)
    until = time.monotonic() + within
    while not _is_ready(host, port):
        if time.monotonic() >= until:
            click.echo("not ready", err=True)
            sys.exit(1)
        time.sleep(_EVERY_S)


def _is_ready(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _loopback(where: str) -> tuple[str, int]:
    try:
        parts = urlsplit(where)
        is_bare = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
        if parts.scheme == "http" and parts.hostname in LOOPBACK and parts.port and is_bare:
            return parts.hostname, parts.port
    except ValueError:  # a port that is no number, or none that there is
        pass
    raise click.BadParameter(
        "an address on this machine with a port from 1 to 65535, like http://127.0.0.1:8081",
        param_hint="--url",
    )
