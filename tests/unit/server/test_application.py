"""Paths besides the surfaces: models, probes, and what every other request is told."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from guardrail_gw.core.identity import Principal
from guardrail_gw.server.access import Access, KeyAccess, SingleTenant, VirtualKey, digest
from guardrail_gw.server.application import Health, application
from guardrail_gw.server.listener import Address, Listener

WHO = Principal(tenant="acme", team="web", user="bot", key_id="k1")
KEYS = KeyAccess([VirtualKey(sha256=digest("k"), principal=WHO)])
KNOWN = {"Authorization": "Bearer k"}


async def _one_metric() -> bytes:
    return b"deployment_names 1\n"


def listener(access: Access) -> Listener:
    """An application without surfaces."""
    health = Health(ready=lambda: {"audit": True}, generation=dict, metrics=_one_metric)
    app = application(
        surfaces=(),
        models=["assistant", "vendor/model:free"],
        access=access,
        health=health,
        defect=lambda _: None,
    )
    return Listener(app, Address(host="127.0.0.1", port=0), drain_s=1)


@pytest.fixture(params=["keys", "alone"])
async def here(request: pytest.FixtureRequest) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of a running application."""
    access: Access = KEYS if request.param == "keys" else SingleTenant(only=WHO)
    served = listener(access)
    await served.start()
    base = f"http://127.0.0.1:{served.port}"
    async with aiohttp.ClientSession(base, headers=KNOWN) as client:
        yield client
    await served.close()


async def test_models_are_listed_and_retrieved(here: aiohttp.ClientSession) -> None:
    """Each model of the list is found by its id, slashes or their escapes included."""
    async with here.get("/v1/models") as response:
        listed = await response.json()

    assert [model["id"] for model in listed["data"]] == ["assistant", "vendor/model:free"]
    for path in ("/v1/models/vendor/model:free", "/v1/models/vendor%2Fmodel%3Afree"):
        async with here.get(path) as response:
            assert (response.status, await response.json()) == (200, listed["data"][1])


async def test_an_unknown_model_is_not_repeated(here: aiohttp.ClientSession) -> None:
    """The error has the code of a completion with that model, and not its name."""
    async with here.get("/v1/models/zebulon@x.org") as response:
        answer = await response.text()

    assert response.status == 404
    assert "model.unknown" in answer
    assert "zebulon" not in answer


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/assistant"])
async def test_models_are_for_those_who_may_use_them(path: str) -> None:
    """Without a known key nothing is listed or retrieved."""
    served = listener(KEYS)
    await served.start()
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{served.port}") as client,
        client.get(path) as response,
    ):
        answer = await response.json()
    await served.close()

    assert (response.status, answer["error"]["code"]) == (401, "auth.missing_key")


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/v1/models", "GET, HEAD, OPTIONS"), ("/healthz", "GET, HEAD, OPTIONS")],
)
async def test_options_names_the_methods_and_grants_nothing(
    here: aiohttp.ClientSession, path: str, methods: str
) -> None:
    """A browser's preflight gets no permission; a person gets the methods."""
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}

    async with here.options(path, headers=asked) as response:
        got = response.headers

    assert (response.status, got["Allow"]) == (204, methods)
    assert not [name for name in got if name.lower().startswith("access-control")]


async def test_head_is_get_without_a_body(here: aiohttp.ClientSession) -> None:
    """HEAD has the status and the length of GET; a wrong method names the right ones."""
    async with here.head("/v1/models") as head, here.get("/v1/models") as whole:
        length = len(await whole.read())
    async with here.delete("/v1/models/assistant") as wrong:
        answer = await wrong.json()

    assert (head.status, head.headers["Content-Length"]) == (200, str(length))
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer["error"]["code"] == "server.method"


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/v1/models", "/v1/models/assistant"])
@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"Host": "evil.example"}, "auth.foreign_host"),
        ({"Origin": "https://evil.example"}, "auth.foreign_origin"),
    ],
)
async def test_a_web_page_reads_nothing_of_a_single_tenant(
    path: str, sent: dict[str, str], code: str
) -> None:
    """Names of deployments and models are not for pages that reach loopback."""
    served = listener(SingleTenant(only=WHO))
    await served.start()
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{served.port}") as client,
        client.get(path, headers=sent) as response,
    ):
        answer = await response.json()
    await served.close()

    status = {"auth.foreign_host": 421, "auth.foreign_origin": 403}[code]
    assert (response.status, answer["error"]["code"]) == (status, code)
