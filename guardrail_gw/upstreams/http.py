"""HTTP to providers: bounded in time and size, and nothing of the client's in it.

No redirects, no cookies, no proxies from the environment, no compression that was asked for.
What goes wrong becomes one of three errors, whose text names the deployment and nothing that came
over the wire.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import aiohttp
from aiohttp import hdrs
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from guardrail_gw import __version__
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.ports import (
    Clock,
    Headers,
    UpstreamCrowded,
    UpstreamResponse,
    UpstreamStale,
)
from guardrail_gw.errors import UpstreamBroken, UpstreamFailed, UpstreamTimeout
from guardrail_gw.upstreams.connections import (
    CONTEXT,
    Answer,
    NoConnectionLeft,
    StaleConnection,
    Target,
)
from guardrail_gw.upstreams.credentials import Credentials
from guardrail_gw.upstreams.encoding import Decoder, decoder
from guardrail_gw.upstreams.pooling import Sizes, Wiring
from guardrail_gw.upstreams.pools import Pools
from guardrail_gw.upstreams.signing import Outgoing, Signing, Signings
from guardrail_gw.upstreams.timeouts import Timeouts

MAX_ANSWER_BYTES: Final = 64 << 20
_MAX_TARGETS: Final = 1024
"""Paths of stored things hold their ids, so there is no end of them."""

_KEPT: Final = (
    *("content-type", "retry-after", "retry-after-ms"),
    *("x-request-id", "request-id", "x-amzn-requestid", "apim-request-id", "x-should-retry"),
)
_KEPT_PREFIXES: Final = ("x-ratelimit-", "anthropic-ratelimit-")
_BROKEN: Final = (aiohttp.ClientError, HttpProcessingError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class _Request:
    """What is sent, whoever gets it."""

    path: str
    body: bytes = field(repr=False)
    headers: Headers = field(repr=False)
    method: str

    @property
    def is_typed(self) -> bool:
        """Whether its headers say what the body is; else it is JSON."""
        return bool(self.headers) and any(name == "content-type" for name, _ in self.headers)


class HttpUpstream:
    """Sends bytes to deployments; implements `core.ports.Upstream`.

    `start` before the first request, `close` after the last.
    """

    def __init__(
        self,
        timeouts: Timeouts,
        credentials: Credentials,
        clock: Clock,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        wiring: Wiring = Wiring(),  # noqa: B008 - frozen
    ) -> None:
        self._timeouts = timeouts
        self._credentials = credentials
        self._clock = clock
        self._max_answer_bytes = max_answer_bytes
        self._targets: dict[tuple[str, str | None, Headers, str, str, bool], Target] = {}
        self._wiring = wiring
        self._pools: Pools | None = None
        self._signings: Signings | None = None

    async def start(self) -> None:
        """Be ready; connections are made when needed, or beside that, and then kept."""
        if any(url.startswith("https:") for url in self._wiring.base_urls.values()):
            await asyncio.to_thread(CONTEXT.load)  # the first request does not wait for it
        self._pools = Pools(self._timeouts, self._wiring)
        self._signings = Signings(self._credentials, self._pools.common, self._clock)
        self._pools.warm()

    def renew(self, credentials: Credentials) -> None:
        """Sign in with others from here on; a request that was sent keeps what it has."""
        self._credentials = credentials
        self._targets.clear()  # they hold the headers of keys
        if self._pools is not None:
            self._signings = Signings(credentials, self._pools.common, self._clock)

    async def close(self) -> None:
        """Close every connection; safe to call twice, and before `start`."""
        pools, self._pools, self._signings = self._pools, None, None
        if pools is not None:
            await pools.close()

    @property
    def connections(self) -> Mapping[str, Sizes]:
        """Deployment -> its connections; those to which there was one."""
        return {} if self._pools is None else self._pools.sizes

    @property
    def look_ups(self) -> Mapping[str, int]:
        """How many names were looked up, by what came of it: `found`, `failed`."""
        names = None if self._pools is None else self._pools.names
        failed = 0 if names is None else names.failed
        return {"found": 0 if names is None else names.asked - failed, "failed": failed}

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close."""
        await self.close()

    def send(
        self,
        deployment: Deployment,
        path: str,
        body: bytes,
        headers: Headers = (),
        method: str = hdrs.METH_POST,
    ) -> "_Sent":
        """Send `body`; leaving the context closes the connection if the answer was not read whole.

        Raises:
            UpstreamFailed: no connection, or it was closed before the response head.
            UpstreamStale: a kept connection was closed before anything came.
            UpstreamCrowded: as many connections as there may be are in use.
            UpstreamTimeout: no response head in time.
            UpstreamBroken: the head is not HTTP, or the body is coded in an unknown way.
        """
        return _Sent(self, deployment, _Request(path, body, headers, method))

    async def answer(self, deployment: Deployment, request: "_Request") -> Answer:
        """The head of the answer to a request; whoever asks for it closes it. Raises as `send`."""
        if self._pools is None or self._signings is None:
            raise UpstreamFailed("the gateway is stopping")
        signing = self._signings.of(deployment.credential)
        target = self._target(deployment, request, signing)
        own = await _own(signing, deployment, target, request)
        name = deployment.id
        try:
            pool = self._pools.of(name)
            return await pool.post(target, request.body, request.headers, own)
        except StaleConnection:
            raise UpstreamStale(f"a kept connection to {name} was closed") from None
        except NoConnectionLeft:
            raise UpstreamCrowded(f"all connections to {name} are in use") from None
        except aiohttp.ConnectionTimeoutError:
            raise UpstreamFailed(f"no connection to {name} in time") from None
        except TimeoutError:
            raise UpstreamTimeout(f"{name} did not answer in time") from None
        except (aiohttp.ClientConnectionError, OSError):
            raise UpstreamFailed(f"no connection to {name}") from None
        except _BROKEN:
            raise UpstreamBroken(f"{name} answered with something that is not HTTP") from None

    def response(self, deployment: Deployment, answer: Answer) -> UpstreamResponse:
        """What the rest of the gateway sees of an answer.

        Raises:
            UpstreamBroken: the body is coded in an unknown way.
        """
        decode = decoder(
            answer.message.headers.get("Content-Encoding", ""), max_bytes=self._max_answer_bytes
        )
        return UpstreamResponse(
            status=answer.message.code,
            headers=_kept(answer),
            chunks=_Chunks(deployment.id, answer, self._timeouts.idle_s, decode),
        )

    def _target(self, deployment: Deployment, request: "_Request", signing: Signing) -> Target:
        """Built once per deployment: parsing a URL costs more than the rest of the head."""
        path, method = request.path, request.method
        account = (deployment.base_url, deployment.credential, deployment.key_headers)
        key = (*account, path, method, request.is_typed)
        target = self._targets.get(key)
        if target is None:
            url = URL(deployment.base_url + path)
            if url.origin() != URL(deployment.base_url).origin() or url.user is not None:
                raise UpstreamFailed(f"the path for {deployment.id} does not stay on its host")
            target = Target(url, _headers(signing.fixed(deployment), request), method)
            if len(self._targets) >= _MAX_TARGETS:
                self._targets.pop(next(iter(self._targets)))
            self._targets[key] = target
        return target


async def _own(
    signing: Signing, deployment: Deployment, target: Target, request: _Request
) -> Headers:
    """The headers by which a request is signed; with a plain key it has none of its own."""
    if not signing.is_per_request:
        return ()
    return await signing.own(
        Outgoing(
            deployment=deployment,
            url=target.identity.url,
            body=request.body,
            method=request.method,
        )
    )


def _headers(signed: Mapping[str, str], request: _Request) -> dict[str, str]:
    return {
        **({} if request.is_typed else {"Content-Type": "application/json"}),
        "Accept": "application/json, text/event-stream",
        "Accept-Encoding": "identity",
        "User-Agent": f"guardrail-gw/{__version__}",
        **signed,
    }


class _Sent:
    """One request that was sent, as long as its answer is read."""

    __slots__ = ("_answer", "_deployment", "_request", "_upstream")

    def __init__(self, upstream: HttpUpstream, deployment: Deployment, request: _Request) -> None:
        self._upstream = upstream
        self._deployment = deployment
        self._request = request
        self._answer: Answer | None = None

    async def __aenter__(self) -> UpstreamResponse:
        self._answer = answer = await self._upstream.answer(self._deployment, self._request)
        try:
            return self._upstream.response(self._deployment, answer)
        except BaseException:
            answer.close()
            raise

    async def __aexit__(self, *error: object) -> None:
        if self._answer is not None:
            self._answer.close()


class _Chunks:
    """The pieces of one body, each in time, all together in bounds."""

    def __init__(self, name: str, answer: Answer, idle_s: float, decode: Decoder) -> None:
        self._name = name
        self._answer = answer
        self._idle_s: float | None = idle_s
        self._decode = decode

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await self._answer.content.readany()
        except TimeoutError:
            raise UpstreamTimeout(f"{self._name} stopped in mid-answer") from None
        except _BROKEN:
            raise UpstreamBroken(f"the answer of {self._name} was cut off") from None
        if not chunk:
            self._decode.end()
            raise StopAsyncIteration
        if self._idle_s is not None:
            self._answer.wait_at_most(self._idle_s)
            self._idle_s = None
        return self._decode.feed(chunk)


def _kept(answer: Answer) -> dict[str, str]:
    """The few headers anyone needs, by lower-case name; the first of each counts."""
    kept: dict[str, str] = {}
    for name, value in answer.message.headers.items():
        low = name.lower()
        if low in _KEPT or low.startswith(_KEPT_PREFIXES):
            kept.setdefault(low, value)
    return kept
