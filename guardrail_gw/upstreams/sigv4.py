"""Signatures of AWS, version 4: each request is signed with a key derived for its day and place.

Source: AWS General Reference, "Create a signed AWS API request", as read in 2026. Paths are signed
as they are sent, without removing dots from them: no path of ours has any.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import quote, unquote_to_bytes

ALGORITHM: Final = "AWS4-HMAC-SHA256"
DATE: Final = "x-amz-date"
TOKEN: Final = "x-amz-security-token"  # noqa: S105 - a header's name

_END: Final = "aws4_request"
_SPACES: Final = re.compile(r"\s+")
_UNRESERVED: Final = "-_.~"

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Who signs."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    """Empty for keys that do not end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """For whom a signature is good."""

    region: str
    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signable:
    """What of a request is signed."""

    method: str
    path: str
    """As it is sent."""
    query: str = ""
    """Ditto, without the question mark."""
    headers: Headers = ()
    """All that are signed."""
    body_sha256: str
    """Hex digest."""


def stamp(at: datetime) -> str:
    """A time as AWS writes it.

    Args:
        at: in UTC.
    """
    return at.strftime("%Y%m%dT%H%M%SZ")


def authorization(keys: Keys, place: Place, request: Signable, stamped: str) -> str:
    """The value of `Authorization`.

    Args:
        keys: who signs.
        place: for whom.
        request: what is signed.
        stamped: when, as its header `x-amz-date` says.
    """
    scope = f"{stamped[:8]}/{place.region}/{place.service}/{_END}"
    canonical = hashlib.sha256(_canonical(request).encode()).hexdigest()
    to_sign = f"{ALGORITHM}\n{stamped}\n{scope}\n{canonical}"
    signature = _hmac(_derived(keys, place, stamped[:8]), to_sign).hex()
    return (
        f"{ALGORITHM} Credential={keys.access_key_id}/{scope}, "
        f"SignedHeaders={_names(request.headers)}, Signature={signature}"
    )


def _canonical(request: Signable) -> str:
    """The one way of writing a request that both sides sign."""
    parts = (
        request.method,
        quote(request.path, safe="/" + _UNRESERVED),
        _query(request.query),
        *_lines(request.headers),
        "",
        _names(request.headers),
        request.body_sha256,
    )
    return "\n".join(parts)


def _query(query: str) -> str:
    pairs = (each.partition("=") for each in query.split("&") if each)
    return "&".join(f"{k}={v}" for k, v in sorted((_plain(k), _plain(v)) for k, _, v in pairs))


def _plain(part: str) -> str:
    return quote(unquote_to_bytes(part), safe=_UNRESERVED)


def _lines(headers: Headers) -> Iterable[str]:
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(_SPACES.sub(" ", value.strip()))
    return (f"{name}:{','.join(values[name])}" for name in sorted(values))


def _names(headers: Headers) -> str:
    return ";".join(sorted({name.lower() for name, _ in headers}))


def _derived(keys: Keys, place: Place, day: str) -> bytes:
    key = f"AWS4{keys.secret_access_key}".encode()
    for part in (day, place.region, place.service, _END):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
