"""What requests carry so that a provider lets them in, over real sockets."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from guardrail_gw.catalog.credential import EntraConfig, SecretConfig
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.errors import UpstreamFailed
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.upstreams.credentials import Credential, Credentials, Entra, Secret
from guardrail_gw.upstreams.http import HttpUpstream
from guardrail_gw.upstreams.timeouts import Timeouts
from tests.support.routing_world import deployment
from tests.support.token_server import TokenServer, serving

SOON = Timeouts(connect_s=1.0, first_byte_s=1.0, idle_s=1.0)


@asynccontextmanager
async def provider(
    credential: Credential | None, heads: list[Mapping[str, str]]
) -> AsyncIterator[tuple[HttpUpstream, Deployment]]:
    """A provider that keeps the heads it gets, and whoever asks it."""

    async def kept(request: web.Request) -> web.Response:
        heads.append({name.lower(): value for name, value in request.headers.items()})
        return web.Response(text="{}")

    held = {} if credential is None else {"main": credential}
    async with (
        serving(("POST", "/ask", kept)) as url,
        HttpUpstream(SOON, Credentials(held), SystemClock()) as upstream,
    ):
        name = None if credential is None else "main"
        yield upstream, replace(deployment("d"), base_url=url, credential=name)


async def ask(upstream: HttpUpstream, to: Deployment) -> None:
    """One request, whose answer is read whole."""
    async with upstream.send(to, "/ask", b"{}") as response:
        assert [chunk async for chunk in response.chunks] == [b"{}"]


@pytest.mark.parametrize("credential", [None, Secret("sk-1")], ids=["none", "key"])
async def test_a_key_goes_where_its_provider_reads_it_and_nowhere_else(
    credential: Secret | None,
) -> None:
    """Without a credential no header says who asks."""
    heads: list[Mapping[str, str]] = []
    async with provider(credential, heads) as (upstream, to):
        await ask(upstream, replace(to, key_headers=(("api-key", "{key}"),)))

    assert heads[0].get("api-key") == (credential.value if credential else None)
    assert "authorization" not in heads[0]


async def test_a_token_goes_as_a_bearer_whatever_holds_a_key() -> None:
    """Two requests carry one token, in `Authorization` alone."""
    tokens = TokenServer(demands=lambda _: None)
    heads: list[Mapping[str, str]] = []
    async with serving(("POST", "/t/oauth2/v2.0/token", tokens.handle)) as url:
        said: dict[str, Any] = {"tenant": "t", "client": "c", "secret": SecretConfig(env="X")}
        who = Entra(config=EntraConfig(authority=url, **said), secret=Secret("app"), assertion=None)
        async with provider(who, heads) as (upstream, to):
            keyed = replace(to, key_headers=(("api-key", "{key}"),))
            await ask(upstream, keyed)
            await ask(upstream, keyed)

    assert [head["authorization"] for head in heads] == ["Bearer token-1"] * 2
    assert not any("api-key" in head for head in heads)
    assert len(tokens.asked) == 1


async def test_a_credential_that_nobody_loaded_sends_nothing() -> None:
    """The name alone lets nobody in."""
    heads: list[Mapping[str, str]] = []
    async with provider(None, heads) as (upstream, to):
        with pytest.raises(UpstreamFailed, match="credential 'other' is not loaded"):
            await ask(upstream, replace(to, credential="other"))

    assert heads == []
