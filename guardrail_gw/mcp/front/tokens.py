"""Access tokens: who a signed one is of, and whether it is for this gateway; pure.

What is not said, or said in a form that is not known, means no. A token is for one place: one for
somebody else is refused here, and none of a client's ever goes on to a server.

Source: RFC 7519 (claims), RFC 7515 4.1 (header), RFC 8725 (what goes wrong), RFC 9068 (access
tokens), RFC 8707 (audience).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.keys.json_web_keys import VerifyingKey, unpadded

MAX_CHARS: Final = 16 << 10
_PARTS: Final = 3
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})


class TokenError(Exception):
    """The token does not let anybody in; the text says why in words of ours."""


class UnknownKeyError(TokenError):
    """No key of that name is known; there may be a newer set of keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a token must be."""

    issuer: str
    audiences: frozenset[str]
    algorithms: frozenset[str]
    leeway_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One that is what it must be."""

    claims: Mapping[str, Any] = field(repr=False)
    until_s: float
    """Seconds since the epoch, with leeway."""
    scopes: frozenset[str]


def is_token(text: str) -> bool:
    """Whether this looks like one, and not like a virtual key."""
    return text.count(".") == _PARTS - 1


def verified(text: str, wanted: Wanted, keys: Sequence[VerifyingKey], now_s: float) -> Token:
    """Judge a token.

    Args:
        text: as it was sent.
        wanted: what it must be.
        keys: of the issuer.
        now_s: seconds since the epoch.

    Raises:
        UnknownKeyError: it is signed by a key that is not among them.
        TokenError: it is no such token, or not signed by its key, or not for here, or not now.
    """
    claims = _signed(text, wanted, keys)
    if claims.get("iss") != wanted.issuer:
        raise TokenError("of another issuer")
    if wanted.audiences.isdisjoint(_audiences(claims.get("aud"))):
        raise TokenError("for another audience")
    until_s = _time(claims, "exp") + wanted.leeway_s
    if until_s <= now_s:
        raise TokenError("expired")
    for name in ("nbf", "iat"):
        if name in claims and _time(claims, name) - wanted.leeway_s > now_s:
            raise TokenError("not valid yet")
    return Token(claims=claims, until_s=until_s, scopes=frozenset(_scopes(claims)))


def _signed(text: str, wanted: Wanted, keys: Sequence[VerifyingKey]) -> dict[str, Any]:
    parts = text.split(".") if len(text) <= MAX_CHARS and text.isascii() else []
    raw = [unpadded(part) for part in parts]
    if len(raw) != _PARTS or raw[2] is None:
        raise TokenError("no signed token")
    header, claims = _object(raw[0]), _object(raw[1])
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in wanted.algorithms or "crit" in header:
        raise TokenError("signed in a way that is not accepted")
    if str(header.get("typ", "JWT")).lower() not in _TYPES:
        raise TokenError("no access token")
    key = _chosen(header.get("kid"), algorithm, keys)
    signed = text.rpartition(".")[0].encode()
    if not key.verifies(algorithm, signed, raw[2]):
        raise TokenError("not signed by its issuer")
    return claims


def _chosen(name: object, algorithm: str, keys: Sequence[VerifyingKey]) -> VerifyingKey:
    """The key of that name; a token that names none may have been signed by the only one."""
    fitting = [key for key in keys if algorithm in key.algorithms and name in (None, key.id)]
    if len(fitting) != 1:
        raise UnknownKeyError("signed by a key that its issuer does not publish")
    return fitting[0]


def _object(raw: bytes | None) -> dict[str, Any]:
    try:
        value = json.loads(raw or b"", object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise TokenError("no signed token") from None
    if not isinstance(value, dict):
        raise TokenError("no signed token")
    return value


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A member that stands there twice would be read in two ways."""
    members = [*pairs]
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member stands there twice")
    return found


def _audiences(said: object) -> list[str]:
    listed = said if isinstance(said, list) else [said]
    return [each for each in listed if isinstance(each, str)]


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    """Scopes, by either name that issuers have for them."""
    said = claims.get("scope", claims.get("scp", ""))
    if isinstance(said, list):
        return [each for each in said if isinstance(each, str)]
    return said.split() if isinstance(said, str) else []


def _time(claims: Mapping[str, Any], name: str) -> float:
    said = claims.get(name)
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise TokenError(f"without a time {name}")
    return float(said)
