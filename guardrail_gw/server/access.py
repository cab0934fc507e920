"""Who asks: virtual keys, hashed at rest, or one tenant on loopback."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from typing import Protocol

from multidict import CIMultiDict, CIMultiDictProxy

from guardrail_gw.core.identity import Principal
from guardrail_gw.errors import ForeignHost, ForeignOrigin, Unauthenticated

Headers = CIMultiDict[str] | CIMultiDictProxy[str]

_PREFIX = "ggw-"
_KEY_HEADERS = ("x-api-key", "x-goog-api-key", "api-key")
_LOOPBACK_NAMES = ("localhost", "localhost.")
_SHORT = 16  # hex digits that choose the candidates; the whole digest is compared in constant time


def issue() -> str:
    """Make a new virtual key: 256 random bits, so that a plain hash of it is safe at rest."""
    return _PREFIX + secrets.token_urlsafe(32)


def digest(key: str) -> str:
    """SHA-256 of a virtual key in hex, as configuration files hold it."""
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualKey:
    """One issued key."""

    sha256: str = field(repr=False)
    principal: Principal


class Access(Protocol):
    """Decides who a request is from."""

    def principal(self, headers: Headers, query_key: str = "") -> Principal:
        """Name the sender.

        Args:
            headers: the request's.
            query_key: the key in its query, where its dialect has one there.

        Raises:
            Unauthenticated: no key, or one that nobody issued.
            ForeignHost, ForeignOrigin: a web page may have sent it.
        """
        ...

    def visit(self, headers: Headers) -> None:
        """Let somebody in who need not say who it is: a probe.

        Raises:
            ForeignHost, ForeignOrigin: a web page may have sent it.
        """
        ...


class KeyAccess:
    """Takes `Authorization: Bearer <virtual key>`, or without that the key by another name."""

    def __init__(self, keys: Iterable[VirtualKey]) -> None:
        self._by_short: dict[str, list[VirtualKey]] = {}
        self.renew(keys)

    def renew(self, keys: Iterable[VirtualKey]) -> None:
        """Take these from here on, and no others."""
        by_short: dict[str, list[VirtualKey]] = {}
        for key in keys:
            by_short.setdefault(key.sha256[:_SHORT], []).append(key)
        self._by_short = by_short

    def principal(self, headers: Headers, query_key: str = "") -> Principal:
        """Name the sender by its key."""
        key = _key(headers, query_key)
        sent = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
        for known in self._by_short.get(sent[:_SHORT], ()):
            if hmac.compare_digest(known.sha256, sent):
                return known.principal
        raise Unauthenticated("this API key is not known here; ask the gateway's operator for one")

    def visit(self, headers: Headers) -> None:
        """Probes need no key; a web page has none, and cannot read what it is not allowed to."""


def _key(headers: Headers, query_key: str) -> str:
    """The key as sent: one that stands in `Authorization` is the one that counts."""
    scheme, _, key = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        named = next(filter(None, (headers.get(name, "") for name in _KEY_HEADERS)), query_key)
        key = "" if scheme else named
    if not key.strip():
        raise Unauthenticated(
            "no API key: send the virtual key as 'Authorization: Bearer <key>', 'x-api-key' or "
            "'x-goog-api-key'",
            code="auth.missing_key",
        )
    return key.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleTenant:
    """Every program that reaches the socket is the same principal: a sidecar on loopback.

    A web page in a browser on this machine reaches it as well, so a request must be meant for
    this host (a page can point a name of its own here) and must not come from a page.
    """

    only: Principal
    hosts: frozenset[str] = frozenset()
    """Names besides loopback's own, in lower case, without a port."""
    origins: frozenset[str] = frozenset()
    """Pages that may ask: `https://chat.example`."""

    def principal(self, headers: Headers, query_key: str = "") -> Principal:  # noqa: ARG002 - the seam's
        """Name the one tenant; whatever key the client sends is ignored."""
        self.visit(headers)
        return self.only

    def visit(self, headers: Headers) -> None:
        """Refuse what a web page may have sent."""
        named = headers.getall("Host", [])
        if len(named) != 1 or not self._is_ours(_name(named[0])):
            raise ForeignHost(
                "the Host header names another host; use a loopback address, "
                "or list the name under access.single_tenant.hosts"
            )
        if not self.origins.issuperset(headers.getall("Origin", [])):
            raise ForeignOrigin(
                "web pages may not ask here, but for those under access.single_tenant.origins"
            )

    def _is_ours(self, name: str) -> bool:
        return name in self.hosts or name in _LOOPBACK_NAMES or _is_loopback(name)


def _name(host: str) -> str:
    """A Host header without its port, in lower case."""
    host = host.lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


@lru_cache(maxsize=64)
def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
