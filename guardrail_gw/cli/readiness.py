"""What a running gateway says of itself."""

from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import click
import orjson

from guardrail_gw.errors import ConfigError

_TIMEOUT_S = 10
_MAX_BYTES = 1 << 16


def readiness(url: str) -> dict[str, Any]:
    """What `/readyz` answers, ready or not.

    Raises:
        ConfigError: no gateway answers there.
    """
    connection = _connection(url)
    try:
        connection.request("GET", "/readyz")
        told = orjson.loads(connection.getresponse().read(_MAX_BYTES))
    except (OSError, HTTPException, orjson.JSONDecodeError):
        told = None
    finally:
        connection.close()
    if not isinstance(told, dict) or "policy_digest" not in told:
        raise ConfigError(f"{url}: no gateway answers there")
    return told


def _connection(url: str) -> HTTPConnection:
    kinds: dict[str, type[HTTPConnection]] = {"http": HTTPConnection, "https": HTTPSConnection}
    try:
        parts = urlsplit(url)
        kind, port = kinds[parts.scheme], parts.port
        if parts.hostname:
            return kind(parts.hostname, port, timeout=_TIMEOUT_S)
    except (KeyError, ValueError):  # another scheme, or a port that is no number
        pass
    raise click.BadParameter("an address like http://127.0.0.1:8080", param_hint="--url")
