"""What each request carries so that its provider lets it in: a key, a token, a signature."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Final, Protocol

from aiohttp import hdrs
from yarl import URL

from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.ports import Clock, Headers
from guardrail_gw.upstreams import sigv4
from guardrail_gw.upstreams.connections import Connections
from guardrail_gw.upstreams.container import container_keys
from guardrail_gw.upstreams.credentials import (
    Aws,
    AwsContainer,
    Credential,
    Credentials,
    Entra,
    Machine,
    Secret,
)
from guardrail_gw.upstreams.entra import entra_token
from guardrail_gw.upstreams.google import ServiceAccount, account_token, machine_token
from guardrail_gw.upstreams.tokens import Token, Tokens

_INLINE_BYTES: Final = 1 << 20
_Lending = Callable[[], Awaitable[sigv4.Keys]]
"""Keys that are valid now; raises UpstreamFailed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A request that is about to be sent."""

    deployment: Deployment
    url: URL
    body: bytes = field(repr=False)
    method: str = hdrs.METH_POST


class Signing(Protocol):
    """How one credential lets requests in."""

    @property
    def is_per_request(self) -> bool:
        """Whether a request has more than what is fixed."""
        ...

    def fixed(self, deployment: Deployment) -> Mapping[str, str]:
        """The headers that every request to a deployment has."""
        ...

    async def own(self, request: Outgoing) -> Headers:
        """Those that this very request has; raises UpstreamFailed."""
        ...


class Unsigned:
    """Nobody asks who we are."""

    is_per_request = False

    def fixed(self, deployment: Deployment) -> Mapping[str, str]:  # noqa: ARG002 - the seam's
        """None."""
        return {}

    async def own(self, request: Outgoing) -> Headers:  # noqa: ARG002 - the seam's
        """None."""
        return ()


class Keyed(Unsigned):
    """A key, in the headers in which the provider reads it."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def fixed(self, deployment: Deployment) -> Mapping[str, str]:
        """The key's headers."""
        key = self._secret.value
        return {name: value.replace("{key}", key) for name, value in deployment.key_headers}


class Bearing(Unsigned):
    """A token that is valid now."""

    is_per_request = True

    def __init__(self, tokens: Tokens[str]) -> None:
        self._tokens = tokens

    async def own(self, request: Outgoing) -> Headers:  # noqa: ARG002 - the seam's
        """The token, as RFC 6750, 2.1 has it."""
        return (("authorization", f"Bearer {await self._tokens.current()}"),)


class Signed(Unsigned):
    """A signature of the request itself."""

    is_per_request = True

    def __init__(
        self, keys: Callable[[], Awaitable[sigv4.Keys]], region: str, clock: Clock
    ) -> None:
        self._keys = keys
        self._region = region
        self._clock = clock

    async def own(self, request: Outgoing) -> Headers:
        """Time, session and signature; what is signed is the address and the whole body."""
        keys = await self._keys()
        stamped = sigv4.stamp(datetime.fromtimestamp(self._clock.now_us() / 1e6, tz=UTC))
        session = ((sigv4.TOKEN, keys.session_token),) if keys.session_token else ()
        own: Headers = ((sigv4.DATE, stamped), *session)
        signable = sigv4.Signable(
            method=request.method,
            path=request.url.raw_path,
            query=request.url.raw_query_string,
            headers=(("host", host_of(request.url)), *own),
            body_sha256=await _sha256(request.body),
        )
        deployment = request.deployment
        region = self._region or deployment.region
        place = sigv4.Place(region=region, service=deployment.service)
        return (*own, ("authorization", sigv4.authorization(keys, place, signable, stamped)))


def host_of(url: URL) -> str:
    """The header `Host` of a request."""
    host = url.host_subcomponent or ""
    return host if url.is_default_port() else f"{host}:{url.port}"


async def _sha256(body: bytes) -> str:
    if len(body) <= _INLINE_BYTES:
        return hashlib.sha256(body).hexdigest()
    return (await asyncio.to_thread(hashlib.sha256, body)).hexdigest()


class Signings:
    """The signing of every credential, made when it is first used."""

    def __init__(self, credentials: Credentials, connections: Connections, clock: Clock) -> None:
        self._credentials = credentials
        self._connections = connections
        self._clock = clock
        self._made: dict[str | None, Signing] = {None: Unsigned()}

    def of(self, name: str | None) -> Signing:
        """How a credential lets requests in; None is no credential.

        Raises:
            UpstreamFailed: none of that name.
        """
        if name not in self._made and name is not None:
            self._made[name] = self._signing(name, self._credentials.of(name))
        return self._made[name]

    def _signing(self, name: str, credential: Credential) -> Signing:
        match credential:
            case Secret():
                return Keyed(credential)
            case Aws():
                return Signed(_always(credential.keys), credential.region, self._clock)
            case AwsContainer():
                lent = Tokens(name, partial(self._lent, name, credential), self._clock)
                return Signed(lent.current, credential.region, self._clock)
            case _:
                return Bearing(Tokens(name, self._asking(name, credential), self._clock))

    def _asking(
        self, name: str, credential: Entra | ServiceAccount | Machine
    ) -> Callable[[], Awaitable[Token[str]]]:
        match credential:
            case Entra():
                return partial(entra_token, name, credential, self._connections)
            case ServiceAccount():
                return partial(self._account_token, credential)
            case Machine():
                return partial(machine_token, credential.server, self._connections)

    async def _account_token(self, who: ServiceAccount) -> Token[str]:
        return await account_token(who, self._connections, self._clock.now_us() // 1_000_000)

    async def _lent(self, name: str, who: AwsContainer) -> Token[sigv4.Keys]:
        return await container_keys(name, who, self._connections, self._clock.now_us() / 1e6)


def _always(keys: sigv4.Keys) -> _Lending:
    async def held() -> sigv4.Keys:
        return keys

    return held
