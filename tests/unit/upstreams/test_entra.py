"""Tokens of Entra over real sockets: what an application or a workload shows for them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.catalog.credential import EntraConfig, SecretConfig
from guardrail_gw.upstreams.connections import Connections
from guardrail_gw.upstreams.credentials import Entra, Secret
from guardrail_gw.upstreams.entra import entra_token
from guardrail_gw.upstreams.timeouts import Timeouts
from guardrail_gw.upstreams.tokens import NoToken
from tests.support.token_server import TokenServer, serving

SOON = Timeouts(connect_s=1.0, first_byte_s=0.3, idle_s=0.3)
SECRET = "s3cret+with&signs"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def demands(form: Mapping[str, str]) -> str | None:
    """What Microsoft Entra wants of an application or a workload."""
    if form.get("grant_type") != "client_credentials":
        return "unsupported_grant_type"
    if form.get("scope") != "https://cognitiveservices.azure.com/.default":
        return "invalid_scope"
    by_assertion = form.get("client_assertion_type") == JWT_BEARER
    shown = form.get("client_assertion") if by_assertion else form.get("client_secret")
    known = form.get("client_id") == "app-1" and shown in (SECRET, "workload.jwt.1")
    return None if known else "invalid_client"


@dataclass(slots=True, kw_only=True)
class At:
    """A token server, and connections to it."""

    server: TokenServer
    url: str
    connections: Connections

    def who(self, *, secret: str | None = SECRET, assertion: Path | None = None) -> Entra:
        """An application of the tenant."""
        place = SecretConfig(env="X") if secret else None
        config = EntraConfig(
            tenant="acme.example",
            client="app-1",
            secret=place,
            assertion_file=str(assertion) if assertion else None,
            authority=self.url,
        )
        return Entra(config=config, secret=Secret(secret) if secret else None, assertion=assertion)


@asynccontextmanager
async def entra(**how: Any) -> AsyncIterator[At]:
    """A server of Entra's form."""
    server = TokenServer(demands=demands, **how)
    path = "/acme.example/oauth2/v2.0/token"
    async with serving(("POST", path, server.handle)) as url:
        connections = Connections(SOON)
        yield At(server=server, url=url, connections=connections)
        await connections.close()


async def test_an_application_shows_its_secret() -> None:
    """Grant, client, scope and secret go as a form, signs and all; the token is what is told."""
    async with entra(lasts_s=1800) as at:
        token = await entra_token("main", at.who(), at.connections)

    assert (token.value, token.lasts_s) == ("token-1", 1800.0)
    assert at.server.asked[0]["client_secret"] == SECRET
    assert at.server.asked[0]["content-type"] == "application/x-www-form-urlencoded"


async def test_a_workload_shows_what_the_platform_says_now(tmp_path: Path) -> None:
    """The assertion's file is read for each token, since the platform renews it."""
    file = tmp_path / "assertion"
    file.write_text("old.jwt\n", encoding="ascii")
    async with entra() as at:
        who = at.who(secret=None, assertion=file)
        with pytest.raises(NoToken, match="http_400 invalid_client"):
            await entra_token("main", who, at.connections)
        file.write_text("workload.jwt.1\n", encoding="ascii")
        token = await entra_token("main", who, at.connections)
        file.unlink()
        with pytest.raises(NoToken, match="assertion_unreadable"):
            await entra_token("main", who, at.connections)

    assert token.value == "token-1"
    assert "client_secret" not in at.server.asked[1]


async def test_a_refusal_says_a_word_of_a_closed_list_and_no_more() -> None:
    """The server's own text is not repeated, nor is a word that is on no list."""
    async with entra() as at:
        with pytest.raises(NoToken) as known:
            await entra_token("main", at.who(secret="wrong"), at.connections)
        at.server.demands = lambda _: "secret-of-nobody"
        with pytest.raises(NoToken) as unknown:
            await entra_token("main", at.who(), at.connections)

    assert str(known.value) == "http_400 invalid_client"
    assert str(unknown.value) == "http_400"
    assert known.value.__cause__ is None
