"""Tokens of Google over real sockets: a service account's, and the machine's own."""

import json
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from guardrail_gw.errors import ConfigError
from guardrail_gw.upstreams.connections import Connections
from guardrail_gw.upstreams.google import account_token, machine_token, service_account
from guardrail_gw.upstreams.timeouts import Timeouts
from guardrail_gw.upstreams.tokens import NoToken
from tests.support import google_key
from tests.support.token_server import TokenServer, granted, serving

SOON = Timeouts(connect_s=1.0, first_byte_s=0.5, idle_s=0.5)
NOW_S = 1_795_000_000
GOOGLE = "https://oauth2.googleapis.com/token"
METADATA = "/computeMetadata/v1/instance/service-accounts/default/token"


def pem(key: Any) -> str:
    """A private key as a key file has it."""
    text: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return text.decode()


async def test_an_account_proves_itself_by_signing() -> None:
    """The server checks signature, claims and time itself; one that came late gets none."""
    server = TokenServer(demands=lambda _: None)
    async with serving(("POST", "/token", server.handle)) as url:
        uri = f"{url}/token"
        server.demands = lambda form: google_key.problem(form, uri, NOW_S)
        who = service_account("main", google_key.file(uri))
        connections = Connections(SOON)
        token = await account_token(who, connections, NOW_S)
        with pytest.raises(NoToken, match="http_400 invalid_grant"):
            await account_token(who, connections, NOW_S - 3600)
        await connections.close()

    assert token.value == "token-1"


async def test_a_machine_s_server_is_asked_as_it_wants() -> None:
    """With a GET and the header that no web page can send."""
    heads: list[web.Request] = []

    async def metadata(request: web.Request) -> web.Response:
        heads.append(request)
        if request.headers.get("Metadata-Flavor") != "Google":
            return web.Response(status=403)
        return web.json_response(granted("machine-1", 1200))

    async with serving(("GET", METADATA, metadata)) as url:
        connections = Connections(SOON)
        token = await machine_token(url, connections)
        await connections.close()

    assert (token.value, token.lasts_s) == ("machine-1", 1200.0)
    assert heads[0].headers["Metadata-Flavor"] == "Google"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '"x"',
        "{" * 100_000,
        google_key.file(GOOGLE, private_key="canary"),
        google_key.file(GOOGLE, private_key=None),
        google_key.file(GOOGLE, client_email="canary\r\nx@y"),
        google_key.file(GOOGLE, private_key_id=""),
        google_key.file("http://oauth2.googleapis.com/token"),
        google_key.file("https://user@oauth2.googleapis.com/token"),
    ],
    ids=(
        *("empty", "array", "object", "string", "deep", "no key", "null", "line end", "no key id"),
        *("no TLS", "user"),
    ),
)
def test_what_is_no_account_is_an_error_that_repeats_nothing(text: str) -> None:
    """No JSON, a member missing or of another form, an address without TLS."""
    with pytest.raises(ConfigError) as caught:
        service_account("main", text)

    assert str(caught.value) == (
        "credential main: is not the key of a Google service account (JSON)"
    )
    assert caught.value.__cause__ is None


def test_a_key_that_google_does_not_make_is_refused() -> None:
    """RS256 needs a key of RSA, of 2048 bits or more."""
    small = generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - what is refused
    for key in (Ed25519PrivateKey.generate(), small):
        with pytest.raises(ConfigError):
            service_account("main", google_key.file(GOOGLE, private_key=pem(key)))


def test_an_account_does_not_show_its_key() -> None:
    """Neither as an object nor in pieces."""
    text = google_key.file(GOOGLE)

    shown = repr(service_account("main", text))

    assert google_key.EMAIL in shown
    assert json.loads(text)["private_key"][40:80] not in shown
