"""Tokens of Google: for a service account that signs for itself, or from the machine's own server.

Source: Google Identity, "Using OAuth 2.0 for Server to Server Applications"; Compute Engine, "About
VM metadata", as read in 2026; RFC 7515, RFC 7519, RFC 7523 section 2.1.
"""

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import hdrs
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from yarl import URL

from guardrail_gw.errors import ConfigError
from guardrail_gw.upstreams.connections import Connections, Target
from guardrail_gw.upstreams.oauth import granted, told
from guardrail_gw.upstreams.tokens import Token

SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
LASTS_S: Final = 3600
"""The longest that an assertion may be valid."""

_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_METADATA: Final = "/computeMetadata/v1/instance/service-accounts/default/token"
_EMAIL: Final = re.compile(r"[A-Za-z0-9._-]{1,128}@[A-Za-z0-9.-]{1,253}")
_ADDRESS: Final = re.compile(
    r"https://[a-z0-9.-]+/[A-Za-z0-9/_-]*|http://127\.0\.0\.1:[0-9]+/token"
)
_KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_SMALLEST_BITS: Final = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    """An account of Google's that proves itself by signing."""

    email: str
    key_id: str
    key: RSAPrivateKey = field(repr=False)
    token_uri: str


def service_account(name: str, text: str) -> ServiceAccount:
    """Read a service account's key file.

    Args:
        name: the credential's, for what goes wrong.
        text: JSON as Google's console gives it.

    Raises:
        ConfigError: it is none; nothing of it is repeated.
    """
    try:
        said = json.loads(text)
        email, key_id = str(said["client_email"]), str(said["private_key_id"])
        token_uri = str(said["token_uri"])
        key = load_pem_private_key(str(said["private_key"]).encode(), password=None)
    except (KeyError, TypeError, ValueError, RecursionError):
        raise _no_account(name) from None
    plain = _EMAIL.fullmatch(email) and _KEY_ID.fullmatch(key_id) and _ADDRESS.fullmatch(token_uri)
    if not plain or not isinstance(key, RSAPrivateKey) or key.key_size < _SMALLEST_BITS:
        raise _no_account(name)
    return ServiceAccount(email=email, key_id=key_id, key=key, token_uri=token_uri)


def _no_account(name: str) -> ConfigError:
    return ConfigError(f"credential {name}: is not the key of a Google service account (JSON)")


async def account_token(who: ServiceAccount, connections: Connections, now_s: int) -> Token[str]:
    """A token for a service account; raises NoToken.

    Args:
        who: the account.
        connections: over which it is asked for.
        now_s: seconds since the epoch.
    """
    form = {"grant_type": _GRANT, "assertion": assertion(who, now_s)}
    return await granted(URL(who.token_uri), form, connections)


def assertion(who: ServiceAccount, now_s: int) -> str:
    """What the account says of itself, signed (RS256)."""
    head = {"alg": "RS256", "typ": "JWT", "kid": who.key_id}
    claims = {
        "iss": who.email,
        "scope": SCOPE,
        "aud": who.token_uri,
        "iat": now_s,
        "exp": now_s + LASTS_S,
    }
    signed = f"{_part(head)}.{_part(claims)}"
    return f"{signed}.{_base64(who.key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _part(said: dict[str, Any]) -> str:
    return _base64(json.dumps(said, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


async def machine_token(server: str, connections: Connections) -> Token[str]:
    """A token for whatever this machine runs as; raises NoToken.

    Args:
        server: scheme and host of its metadata server.
        connections: over which it is asked for.
    """
    target = Target(URL(server + _METADATA), {"Metadata-Flavor": "Google"}, hdrs.METH_GET)
    return await told(target, b"", connections)
