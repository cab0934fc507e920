"""The way to a collector: HTTPS with a certificate on both sides.

Nothing is believed but a cosignature of the collector's key over the very checkpoint that was
sent. Records are read from their files in pieces, so that a parcel is never in memory whole.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import aiohttp
import orjson

from guardrail_gw.audit.cosignature import cosigned_s
from guardrail_gw.audit.parcel import MEDIA, Parcel
from guardrail_gw.audit.segments import Span
from guardrail_gw.errors import ConfigError, GuardrailError
from guardrail_gw.keys.vkey import Verifier

_PIECE = 256 * 1024
_MAX_ANSWER = 64 * 1024
_OK = 200
_FAILURES = (aiohttp.ClientError, OSError, TimeoutError, ValueError)


class CollectorDownError(GuardrailError):
    """The collector does not acknowledge now; trying again may help."""


class CollectorRefusesError(GuardrailError):
    """The collector will not take this log as it stands."""


class CollectorForkedError(CollectorRefusesError):
    """The collector holds another past of this log."""


class OtherPlaceError(GuardrailError):
    """The collector stands elsewhere than the parcel begins."""

    def __init__(self, size: int) -> None:
        super().__init__("the collector stands elsewhere")
        self.size = size


class Courier(Protocol):
    """Asks a collector."""

    async def standing(self, origin: str) -> int:
        """How many records of a log it has; raises as `deliver`."""
        ...

    async def deliver(self, parcel: Parcel) -> None:
        """Hand over a parcel; returns when its last checkpoint is cosigned.

        Raises:
            CollectorDownError: it did not answer, or not as a collector does.
            OtherPlaceError: it needs other records first.
            CollectorForkedError: it holds another past.
            CollectorRefusesError: it will not take this.
        """
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A collector, and who asks it."""

    url: str
    """`https://host:port`."""
    authority: Path
    """The certificates that vouch for the collector's."""
    certificate: Path
    private_key: Path
    key: Verifier
    """The collector's, that cosigns."""
    timeout_s: float


class HttpsCourier:
    """One connection at a time to one collector."""

    def __init__(self, address: Address, context: ssl.SSLContext) -> None:
        """Use `prepared`."""
        self._address = address
        self._context = context
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def prepared(cls, address: Address) -> Self:
        """Read the certificates; raises ConfigError."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        try:
            context.load_verify_locations(address.authority)
            context.load_cert_chain(address.certificate, address.private_key)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                "audit.collector: a certificate or key cannot be read"
                f" ({error.strerror or 'not in PEM form, or they do not belong together'})"
            ) from None
        return cls(address, context)

    async def standing(self, origin: str) -> int:
        """See `Courier`."""
        status, said = await self._asked("GET", "/v1/standing", {"origin": origin})
        size = said.get("size")
        if status != _OK or type(size) is not int or size < 0:
            raise _why(status, said)
        return size

    async def deliver(self, parcel: Parcel) -> None:
        """See `Courier`."""
        point = parcel.last.checkpoint
        query = {"origin": point.origin, "start": str(parcel.start)}
        status, said = await self._asked("POST", "/v1/parcels", query, parcel)
        if status != _OK and _size(said) == point.size:  # it has it: an answer was lost
            status, said = await self._asked("GET", "/v1/standing", {"origin": point.origin})
        line = said.get("cosignature")
        if status != _OK or not isinstance(line, str):
            raise _why(status, said)
        if cosigned_s(line, point, self._address.key) is None:
            raise CollectorRefusesError("the answer is not cosigned by the collector's key")

    async def close(self) -> None:
        """See `Courier`."""
        if self._session is not None:
            await self._session.close()

    async def _asked(
        self, method: str, path: str, query: dict[str, str], parcel: Parcel | None = None
    ) -> tuple[int, dict[str, Any]]:
        data = None if parcel is None else await _body(parcel)
        try:
            async with self._opened().request(
                method,
                f"{self._address.url}{path}",
                params=query,
                data=data,
                headers={"Content-Type": MEDIA} if parcel else {},
                allow_redirects=False,
            ) as response:
                said = orjson.loads(await _answer(response))
                status = response.status
        except _FAILURES as error:
            raise CollectorDownError(_words(error)) from None
        if not isinstance(said, dict):
            raise CollectorDownError("the answer is not a collector's")
        return status, said

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            limit_s = self._address.timeout_s
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=self._context, limit=2),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=limit_s, sock_read=limit_s),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


async def _answer(response: aiohttp.ClientResponse) -> bytes:
    """All of an answer; raises ValueError when it is longer than a collector's can be."""
    text = bytearray()
    async for piece in response.content.iter_any():
        text += piece
        if len(text) > _MAX_ANSWER:
            raise ValueError("too long")
    return bytes(text)


def _why(status: int, said: dict[str, Any]) -> GuardrailError:
    """What an answer other than yes means; its words are a collector's, of a fixed set."""
    code, size = _error(said).get("code"), _size(said)
    if size is not None:
        return OtherPlaceError(size)
    if code == "collector.forked":
        return CollectorForkedError("the collector holds another past of this log")
    if code in {"collector.refused", "collector.unknown_log"}:
        return CollectorRefusesError(f"the collector answered {code}")
    return CollectorDownError(f"the collector answered {status}")


def _error(said: dict[str, Any]) -> dict[str, Any]:
    error = said.get("error")
    return error if isinstance(error, dict) else {}


def _size(said: dict[str, Any]) -> int | None:
    """Where a collector stands that needs other records first."""
    size = _error(said).get("size")
    out_of_step = _error(said).get("code") == "collector.out_of_step"
    return size if out_of_step and type(size) is int and size >= 0 else None


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "the collector did not answer in time"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLError):
        return "the collector's certificate, or ours, was refused"
    if isinstance(error, OSError | aiohttp.ClientConnectionError):
        return "the collector cannot be reached"
    return "the answer is not a collector's"


async def _body(parcel: Parcel) -> "bytes | AsyncIterator[bytes]":
    """Small ones at once, large ones in pieces; a file is never read on the event loop."""
    if parcel.size <= _PIECE:
        return parcel.head() + await asyncio.to_thread(_all_of, parcel)
    return _pieces(parcel)


def _all_of(parcel: Parcel) -> bytes:
    return b"".join(span.read() for span in parcel.spans)


async def _pieces(parcel: Parcel) -> AsyncIterator[bytes]:
    yield parcel.head()
    for span in parcel.spans:
        for start in range(span.start, span.end, _PIECE):
            end = min(start + _PIECE, span.end)
            yield await asyncio.to_thread(Span(path=span.path, start=start, end=end).read)
