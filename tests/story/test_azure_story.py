"""Clients of a gateway whose models are at Azure OpenAI, told on both wires."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from guardrail_gw.errors import ConfigError
from tests.support.azure import Azure
from tests.support.clouds import at_home, deployed
from tests.support.messages import events_of, joined
from tests.support.token_server import TokenServer, serving
from tests.support.world import World, streamed_text, world

TEXT = "My name is Anna Schmidt, write to anna.schmidt@example.org."
MODELS = {"assistant": "hr-bot", "filtered": "filtered", "nowhere": "nowhere", "cut": "cut"}
KEY = "azure-key-1"


@dataclass(frozen=True, slots=True)
class Told:
    """A gateway, and the cloud behind it."""

    here: World
    azure: Azure
    tokens: TokenServer


def _no_secret(form: Mapping[str, str]) -> str | None:
    return None if form.get("client_secret") == "app-secret" else "invalid_client"


@asynccontextmanager
async def told(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    api_version: str | None = "2024-10-21",
    entra: bool = False,
) -> AsyncIterator[Told]:
    """A gateway whose only provider is Azure, with a key or with tokens."""
    monkeypatch.setenv("AZURE_KEY", KEY)
    monkeypatch.setenv("AZURE_SECRET", "app-secret")
    tokens = TokenServer(demands=_no_secret)

    def may_ask(request: web.Request) -> bool:
        if entra:
            return tokens.knows(request.headers.get("Authorization"))
        return request.headers.get("api-key") == KEY and "Authorization" not in request.headers

    azure = Azure(may_ask=may_ask)
    routes = (
        ("POST", "/openai/deployments/{deployment}/chat/completions", azure.chat),
        ("POST", "/openai/v1/chat/completions", azure.chat),
        ("POST", "/acme/oauth2/v2.0/token", tokens.handle),
    )
    async with serving(*routes) as url:
        identity = {"tenant": "acme", "client": "app", "authority": url}
        credentials: dict[str, Any] = {
            "azure": {"entra": {**identity, "secret": {"env": "AZURE_SECRET"}}}
            if entra
            else {"env": "AZURE_KEY"}
        }
        versioned = {"api_version": api_version} if api_version else {}
        base = f"{url}/openai" if api_version else f"{url}/openai/v1"
        parts = deployed("azure-openai", base, MODELS, credential="azure", **versioned)
        catalog = at_home(folder / "catalog", "azure-openai")
        async with world(folder, catalog=catalog, credentials=credentials, **parts) as here:
            yield Told(here, azure, tokens)


@pytest.mark.parametrize("entra", [False, True], ids=["key", "entra"])
async def test_the_classic_form_names_deployment_and_version_in_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, entra: bool
) -> None:
    """Key or token, whole and streamed: the address is Azure's, and values are restored."""
    async with told(tmp_path, monkeypatch, entra=entra) as at:
        _, whole = await at.here.ask(TEXT)
        _, streamed = await at.here.ask(TEXT, stream=True)

    assert whole["choices"][0]["message"]["content"] == TEXT
    assert streamed_text(streamed) == TEXT
    assert streamed[0]["prompt_filter_results"][0]["prompt_index"] == 0
    assert streamed[-1] == "[DONE]"
    assert {path for path, _ in at.azure.received} == {
        "/openai/deployments/hr-bot/chat/completions?api-version=2024-10-21"
    }
    assert b"Schmidt" not in b"".join(body for _, body in at.azure.received)
    assert len(at.tokens.asked) == (1 if entra else 0)


async def test_the_v1_form_names_the_deployment_in_the_body(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an `api_version` the address is that of any OpenAI-compatible server."""
    async with told(tmp_path, monkeypatch, api_version=None) as at:
        status, whole = await at.here.ask(TEXT)

    assert status == 200
    assert whole["choices"][0]["message"]["content"] == TEXT
    assert at.azure.received[0][0] == "/openai/v1/chat/completions"
    assert json.loads(at.azure.received[0][1])["model"] == "hr-bot"


async def test_a_messages_client_is_served_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Azure says of filters before, between and after the text breaks no translated stream."""
    asked: dict[str, Any] = {
        "model": "assistant",
        "max_tokens": 50,
        "stream": True,
        "messages": [{"role": "user", "content": TEXT}],
    }
    async with told(tmp_path, monkeypatch) as at:
        status, answer = await at.here.post_messages(asked)

    events = events_of(answer)
    assert status == 200
    assert joined(events, 0, "text") == TEXT
    assert events[0]["message"]["id"] == "chatcmpl-1"
    assert events[0]["message"]["model"] == "gpt-4.1"


async def test_a_filter_of_the_prompt_is_told_in_the_client_s_dialect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client gets 400 with a code of its own, and nothing of what the provider quotes."""
    messages = [{"role": "user", "content": TEXT}]
    async with told(tmp_path, monkeypatch) as at:
        chat, said = await at.here.ask(TEXT, model="filtered")
        whole, answer = await at.here.post_messages(
            {"model": "filtered", "max_tokens": 5, "messages": messages}
        )
        gone, not_found = await at.here.ask(TEXT, model="nowhere")

    assert (chat, said["error"]["code"]) == (400, "upstream.filtered")
    assert said["error"]["type"] == "invalid_request_error"
    assert whole == 400
    assert json.loads(answer)["error"]["type"] == "invalid_request_error"
    assert (gone, not_found["error"]["code"]) == (404, "upstream.refused")
    assert "Schmidt" not in json.dumps([said, not_found]) + answer.decode()
    assert len(at.azure.received) == 3


async def test_a_filter_of_the_answer_ends_it_as_the_client_knows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream that a filter cuts ends with `content_filter`, and in Messages with `refusal`."""
    messages = [{"role": "user", "content": TEXT}]
    asked = {"model": "cut", "max_tokens": 5, "messages": messages, "stream": True}
    async with told(tmp_path, monkeypatch) as at:
        _, streamed = await at.here.ask(TEXT, model="cut", stream=True)
        _, answer = await at.here.post_messages(asked)

    reasons = [c.get("finish_reason") for e in streamed[:-1] for c in e["choices"]]
    ends = [e["delta"] for e in events_of(answer) if e["type"] == "message_delta"]
    assert [reason for reason in reasons if reason] == ["content_filter"]
    assert ends[0]["stop_reason"] == "refusal"


async def test_without_a_token_nothing_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When Entra gives no token the client gets 502, and Azure hears nothing."""
    async with told(tmp_path, monkeypatch, entra=True) as at:
        at.tokens.demands = lambda _: "invalid_client"
        status, said = await at.here.ask(TEXT)

    assert (status, said["error"]["code"]) == (502, "upstream.failed")
    assert at.azure.received == []
    assert len(at.tokens.asked) == 1


async def test_a_token_is_not_for_everybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that would send a token of Entra to another provider does not start."""
    monkeypatch.setenv("AZURE_SECRET", "app-secret")
    identity = {"tenant": "acme", "client": "app", "secret": {"env": "AZURE_SECRET"}}
    own = {
        "id": "d",
        "provider": "openai-compatible",
        "model": "m",
        "base_url": "http://127.0.0.1:9/v1",
        "credential": "azure",
    }
    parts: dict[str, Any] = {"deployments": [own], "models": [{"name": "m", "deployments": ["d"]}]}

    with pytest.raises(ConfigError, match="kind 'entra'; openai-compatible takes key"):
        async with world(tmp_path, credentials={"azure": {"entra": identity}}, **parts):
            raise AssertionError("it does not start")
