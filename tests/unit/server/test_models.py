"""The list of models in Google's form, and who gets it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from guardrail_gw.core.identity import Principal
from guardrail_gw.server.access import KeyAccess, VirtualKey, digest
from guardrail_gw.server.application import Health, application
from guardrail_gw.server.listener import Address, Listener
from tests.support.health import no_metrics

WHO = Principal(tenant="acme", team="web", user="bot", key_id="k1")
NAMES = ["assistant", "vendor/model:free", "tunedModels/mine"]
GOOGLES = {"x-goog-api-key": "k"}


@pytest.fixture
async def here() -> AsyncIterator[aiohttp.ClientSession]:
    """A client, without a key of its own, of a running application."""
    app = application(
        surfaces=(),
        models=NAMES,
        access=KeyAccess([VirtualKey(sha256=digest("k"), principal=WHO)]),
        health=Health(ready=lambda: {"audit": True}, generation=dict, metrics=no_metrics),
        defect=lambda _: None,
    )
    served = Listener(app, Address(host="127.0.0.1", port=0), drain_s=1)
    await served.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{served.port}") as client:
        yield client
    await served.close()


async def got(
    here: aiohttp.ClientSession, path: str, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    """Status and body of what is got."""
    async with here.get(path, headers=GOOGLES if headers is None else headers) as response:
        return response.status, await response.json()


@pytest.mark.parametrize("path", ["/v1beta/models", "/v1beta1/models", "/v1/models"])
async def test_models_are_listed_in_googles_form(here: aiohttp.ClientSession, path: str) -> None:
    """Each is found by its name, slashes and colons included."""
    status, listed = await got(here, path)

    assert status == 200
    assert listed == {
        "models": [
            {
                "name": name,
                "version": "1",
                "displayName": shown,
                "supportedGenerationMethods": ["generateContent", "streamGenerateContent"],
            }
            for name, shown in [
                ("models/assistant", "assistant"),
                ("models/vendor/model:free", "vendor/model:free"),
                ("tunedModels/mine", "tunedModels/mine"),
            ]
        ]
    }
    root = path.removesuffix("/models")
    for model in listed["models"][:2]:
        assert await got(here, f"{root}/{model['name']}") == (200, model)


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {"Authorization": "Bearer k", "x-goog-api-client": "genai"}),
        ("?key=k", {}),
        ("?key=k", {"x-api-key": "k"}),
    ],
)
async def test_who_speaks_as_googles_clients_do_gets_their_form(
    here: aiohttp.ClientSession, query: str, headers: dict[str, str]
) -> None:
    """On the path that all clients share, what they send besides it tells them apart."""
    status, listed = await got(here, f"/v1/models{query}", headers)

    assert (status, list(listed)) == (200, ["models"])


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer k"}, {"x-api-key": "k"}])
async def test_others_get_the_form_of_others(
    here: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    """OpenAI's and Anthropic's clients read one body, as before."""
    _, listed = await got(here, "/v1/models", headers)

    assert [model["id"] for model in listed["data"]] == NAMES


async def test_a_list_comes_in_pages(here: aiohttp.ClientSession) -> None:
    """Each page says where the next one begins, but for the last."""
    _, first = await got(here, "/v1beta/models?pageSize=2")
    _, second = await got(here, f"/v1beta/models?pageSize=2&pageToken={first['nextPageToken']}")

    names = [model["displayName"] for model in first["models"] + second["models"]]
    assert names == NAMES
    assert "nextPageToken" not in second


@pytest.mark.parametrize("query", ["pageSize=-1", "pageSize=x", "pageToken=1e9"])
async def test_a_page_that_is_none_is_refused(here: aiohttp.ClientSession, query: str) -> None:
    """In Google's shape."""
    status, answer = await got(here, f"/v1beta/models?{query}")

    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("path", ["/v1beta/models", "/v1beta/models/assistant"])
@pytest.mark.parametrize("headers", [{}, {"x-goog-api-key": "another"}])
async def test_models_are_for_those_who_may_use_them(
    here: aiohttp.ClientSession, path: str, headers: dict[str, str]
) -> None:
    """Without a key that was issued there is no list, in Google's shape."""
    status, answer = await got(here, path, headers)

    assert (status, answer["error"]["status"]) == (401, "UNAUTHENTICATED")


async def test_an_unknown_model_is_not_repeated(here: aiohttp.ClientSession) -> None:
    """It is not found, and its name stays with the client."""
    status, answer = await got(here, "/v1beta/models/zebulon@x.org")

    assert (status, answer["error"]["status"]) == (404, "NOT_FOUND")
    assert answer["error"]["details"][0]["metadata"] == {"code": "model.unknown"}
    assert "zebulon" not in str(answer)


async def test_operations_are_no_models(here: aiohttp.ClientSession) -> None:
    """What is behind a colon is an operation, and none of those that nobody serves."""
    async with here.post("/v1beta/models/assistant:predict", json={}) as response:
        assert response.status == 404
