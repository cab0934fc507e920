"""A service account of nobody's, and how Google checks what it says of itself."""

import base64
import functools
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

EMAIL = "gateway@acme.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@functools.cache
def key() -> RSAPrivateKey:
    """Made once per test process."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def file(token_uri: str, **more: Any) -> str:
    """A key file as Google's console gives it."""
    pem = key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    said = {
        "type": "service_account",
        "project_id": "acme",
        "private_key_id": "0123456789abcdef",
        "private_key": pem,
        "client_email": EMAIL,
        "token_uri": token_uri,
    }
    return json.dumps(said | more)


def problem(form: Mapping[str, str], token_uri: str, now_s: float) -> str | None:
    """What is wrong with an assertion: its signature, its claims or its time; None: nothing."""
    if form.get("grant_type") != GRANT:
        return "unsupported_grant_type"
    head, claims, signature = (form.get("assertion", "") + "..").split(".")[:3]
    try:
        key().public_key().verify(
            _bytes(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256()
        )
    except InvalidSignature:
        return "invalid_grant"
    said = json.loads(_bytes(claims))
    is_rs256 = json.loads(_bytes(head)) == {
        "alg": "RS256",
        "typ": "JWT",
        "kid": "0123456789abcdef",
    }
    is_ours = (said["iss"], said["scope"], said["aud"]) == (EMAIL, SCOPE, token_uri)
    in_time = abs(said["iat"] - now_s) < 60 and said["exp"] - said["iat"] == 3600
    return None if is_rs256 and is_ours and in_time else "invalid_grant"


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
