"""Who asks: virtual keys, hashed at rest, or one tenant on loopback."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from guardrail_gw.core.identity import Principal
from guardrail_gw.errors import Unauthenticated

_PREFIX = "ggw-"
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

    def principal(self, headers: Mapping[str, str]) -> Principal:
        """Name the sender.

        Raises:
            Unauthenticated: no key, or one that nobody issued.
        """
        ...


class KeyAccess:
    """Takes `Authorization: Bearer <virtual key>`, as OpenAI clients send it."""

    def __init__(self, keys: Iterable[VirtualKey]) -> None:
        self._by_short: dict[str, list[VirtualKey]] = {}
        for key in keys:
            self._by_short.setdefault(key.sha256[:_SHORT], []).append(key)

    def principal(self, headers: Mapping[str, str]) -> Principal:
        """Name the sender by the key in the Authorization header."""
        scheme, _, key = headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise Unauthenticated(
                "no API key: send the virtual key as 'Authorization: Bearer <key>'",
                code="auth.missing_key",
            )
        sent = hashlib.sha256(key.strip().encode("utf-8", "surrogateescape")).hexdigest()
        for known in self._by_short.get(sent[:_SHORT], ()):
            if hmac.compare_digest(known.sha256, sent):
                return known.principal
        raise Unauthenticated("this API key is not known here; ask the gateway's operator for one")


@dataclass(frozen=True, slots=True)
class SingleTenant:
    """Everybody who can reach the socket is the same principal: a sidecar on loopback."""

    only: Principal

    def principal(self, headers: Mapping[str, str]) -> Principal:  # noqa: ARG002 - the port's shape
        """Name the one tenant; whatever key the client sends is ignored."""
        return self.only
