"""How a client of the suite gets an access token: OAuth by the SDK, with nobody to click.

Source: Model Context Protocol 2025-11-25 and 2026-07-28, basic/authorization; the scenarios auth/*
of the conformance suite.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

import aiohttp
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
)
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from mcp.shared.exceptions import MCPDeprecationWarning
from pydantic import AnyUrl

from tests.conformance.desk import Scene

AUTH: Final = "auth/"
"""Begins the names of scenarios whose servers ask for an access token."""
_CALLBACK = "http://localhost:3030/callback"
_DOCUMENT = "https://conformance-test.local/client-metadata.json"
"""Of a client that registers nowhere; the suite's authorization servers know this one."""


@dataclass(slots=True)
class Wallet:
    """What one client has; implements the SDK's `TokenStorage`."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Redirected:
    """Where the authorization server sends a person back to, as if there were one."""

    def __init__(self) -> None:
        self._said: Mapping[str, list[str]] = {}

    async def go(self, url: str) -> None:
        """Follow the link that a person would click."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            self._said = parse_qs(urlsplit(answer.headers["Location"]).query)

    async def back(self) -> AuthorizationCodeResult:
        """What the person brings back."""
        return AuthorizationCodeResult(**{name: self._said[name][0] for name in self._said})


def provider(scene: Scene, wallet: Wallet) -> OAuthClientProvider:
    """How a scene's client gets its token."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", MCPDeprecationWarning
        )  # of an issuer that no scenario tells
        return _provider(scene, wallet)


def _provider(scene: Scene, wallet: Wallet) -> OAuthClientProvider:
    given = scene.context
    if scene.scenario == "auth/client-credentials-basic":
        return ClientCredentialsOAuthProvider(
            scene.url, wallet, given["client_id"], given["client_secret"]
        )
    if scene.scenario == "auth/client-credentials-jwt":
        signed = SignedJWTParameters(
            issuer=given["client_id"],
            subject=given["client_id"],
            signing_key=given["private_key_pem"],
            signing_algorithm=given["signing_algorithm"],
        )
        proved = signed.create_assertion_provider()
        return PrivateKeyJWTOAuthProvider(scene.url, wallet, given["client_id"], proved)
    if "client_secret" in given:
        wallet.client = OAuthClientInformationFull(
            redirect_uris=[AnyUrl(_CALLBACK)],
            client_id=given["client_id"],
            client_secret=given["client_secret"],
            token_endpoint_auth_method="client_secret_basic",
            issuer=given.get("issuer"),
        )
    return _with_a_person(scene, wallet)


def _with_a_person(scene: Scene, wallet: Wallet) -> OAuthClientProvider:
    redirected = Redirected()
    return OAuthClientProvider(
        scene.url,
        OAuthClientMetadata(client_name="conformance", redirect_uris=[AnyUrl(_CALLBACK)]),
        wallet,
        redirect_handler=redirected.go,
        callback_handler=redirected.back,
        client_metadata_url=_DOCUMENT,
    )
