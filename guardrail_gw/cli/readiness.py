"""What a running gateway says of itself."""

from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import click
import orjson
from prometheus_client.parser import text_string_to_metric_families

from guardrail_gw.errors import ConfigError

_TIMEOUT_S = 10
_MAX_BYTES = 1 << 24


def readiness(url: str) -> dict[str, Any]:
    """What `/readyz` answers, ready or not.

    Raises:
        ConfigError: no gateway answers there.
    """
    try:
        told = orjson.loads(_got(url, "/readyz"))
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict) or "policy_digest" not in told:
        raise ConfigError(f"{url}: no gateway answers there")
    return told


def counted(url: str, name: str) -> list[tuple[dict[str, str], float]]:
    """The labels and values of one counter or gauge, from `/metrics`.

    Raises:
        ConfigError: no gateway answers there.
    """
    try:
        families = list(text_string_to_metric_families(_got(url, "/metrics").decode()))
    except ValueError:
        raise ConfigError(f"{url}: no gateway answers there") from None
    samples = (sample for family in families for sample in family.samples)
    return [(dict(each.labels), each.value) for each in samples if each.name == name]


def _got(url: str, path: str) -> bytes:
    connection = _connection(url)
    try:
        connection.request("GET", path)
        return connection.getresponse().read(_MAX_BYTES)
    except (OSError, HTTPException):
        raise ConfigError(f"{url}: no gateway answers there") from None
    finally:
        connection.close()


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
