"""The gateway as a resource server of OAuth 2.1: what it is, whose tokens it takes, and for what.

Source: RFC 9728 (metadata of protected resources), RFC 6750 3 (challenges), RFC 8707 (audience);
Model Context Protocol 2026-07-28, basic/authorization.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from aiohttp import web

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import Refusal, Unauthenticated
from guardrail_gw.keys.json_web_keys import VerifyingKey
from guardrail_gw.mcp.front.admission import Headers
from guardrail_gw.mcp.front.identities import Identities
from guardrail_gw.mcp.front.key_sets import KeySets
from guardrail_gw.mcp.front.tokens import (
    Token,
    TokenError,
    UnknownKeyError,
    Wanted,
    is_token,
    verified,
)
from guardrail_gw.mcp_errors import ScopeMissing
from guardrail_gw.server.access import Access
from guardrail_gw.server.plain import SERVER

WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
_KEPT: Final = 10_000
_UNAUTHENTICATED: Final = 401

_Known = tuple[Token, Principal]


@dataclass(slots=True, kw_only=True)
class Oauth:
    """Takes virtual keys, and access tokens of one issuer."""

    access: Access | None
    """Of virtual keys; None: there are none."""
    clock: Clock
    public_url: str
    issuer: str
    audiences: frozenset[str]
    """Of all paths; none: each path is its own."""
    algorithms: frozenset[str]
    leeway_s: float
    scopes: tuple[str, ...]
    key_sets: KeySets
    identities: Identities
    _known: OrderedDict[tuple[bytes, str], _Known] = field(default_factory=OrderedDict)
    """Tokens that were verified, by their digest and path."""
    _by: Sequence[VerifyingKey] = ()
    """The keys by which they were."""

    async def principal(self, headers: Headers, server: str) -> Principal:
        """Name the sender by its token or its key."""
        scheme, _, text = headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and is_token(text.strip()):
            token, who = await self._verified(text.strip(), server)
            missing = [scope for scope in self.scopes if scope not in token.scopes]
            if missing:
                raise ScopeMissing("the token lacks a scope that is needed here")
            return who
        if self.access is None:
            raise Unauthenticated(
                "no access token: send one of the issuer's as 'Authorization: Bearer <token>'",
                code="auth.missing_key",
            )
        return self.access.principal(headers)

    def challenge(self, why: Refusal, server: str) -> Mapping[str, str]:
        """Where to get a token, and what it must allow."""
        said = [f'resource_metadata="{self.public_url}{WELL_KNOWN}{path(server)}"']
        if self.scopes:
            said.append(f'scope="{" ".join(self.scopes)}"')
        if isinstance(why, ScopeMissing):
            said.insert(0, 'error="insufficient_scope"')
        elif why.status != _UNAUTHENTICATED:
            return {}
        elif why.code == "auth.token":
            said.insert(0, 'error="invalid_token"')
        return {"WWW-Authenticate": f"Bearer {', '.join(said)}"}

    def metadata(self, server: str) -> dict[str, Any]:
        """What this resource is (RFC 9728, 2)."""
        about: dict[str, Any] = {
            "resource": self.public_url + path(server),
            "authorization_servers": [self.issuer],
            "bearer_methods_supported": ["header"],
            "resource_name": "guardrail-gw",
        }
        return about | ({"scopes_supported": [*self.scopes]} if self.scopes else {})

    async def describe(self, request: web.Request) -> web.StreamResponse:
        """Answer who asks what this resource is; it is no secret."""
        body = orjson.dumps(self.metadata(request.match_info.get("server", "")))
        own = {"Content-Type": "application/json", "Server": SERVER}
        return web.Response(body=body, headers={**own, "Cache-Control": "max-age=300"})

    async def _verified(self, text: str, server: str) -> _Known:
        name = hashlib.sha256(text.encode()).digest(), server
        now_s = self.clock.now_us() / 1e6
        keys = await self.key_sets.known()
        if keys is not self._by:  # one of them may be withdrawn
            self._known.clear()
            self._by = keys
        known = self._known.get(name)
        if known is not None and known[0].until_s > now_s:
            return known
        try:
            token = await self._judged(text, self._wanted(server), now_s)
            found = token, self.identities.principal(token.claims)
        except TokenError as error:
            raise Unauthenticated(f"the access token is {error}", code="auth.token") from None
        self._known[name] = found
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found

    async def _judged(self, text: str, wanted: Wanted, now_s: float) -> Token:
        try:
            return verified(text, wanted, self._by, now_s)
        except UnknownKeyError:
            return verified(text, wanted, await self.key_sets.newer(), now_s)

    def _wanted(self, server: str) -> Wanted:
        own = {self.public_url + path(server), f"{self.public_url}/mcp"}
        return Wanted(
            issuer=self.issuer,
            audiences=self.audiences or frozenset(own),
            algorithms=self.algorithms,
            leeway_s=self.leeway_s,
        )


def path(server: str) -> str:
    """The path of one server's endpoint, or of all servers'."""
    return f"/mcp/{server}" if server else "/mcp"
