"""What providers serve and the gateway does not: who asks is told so, and nothing leaves."""

import json
from typing import Any

import aiohttp
import openai
import pytest

from tests.support.world import KEY, World

BEARER = {"Authorization": f"Bearer {KEY}"}
ANTHROPIC = {"x-api-key": KEY, "anthropic-version": "2023-06-01"}
GOOGLE = {"x-goog-api-key": KEY}
NAME = "Anna Schmidt"
PATHS: list[tuple[str, str, str]] = [
    ("POST", "/v1/audio/transcriptions", "openai_transcriptions"),
    ("POST", "/v1/audio/speech", "openai_speech"),
    ("POST", "/v1/audio/translations", "audio"),
    ("POST", "/v1/images/generations", "openai_images"),
    ("POST", "/v1/images/edits", "images"),
    ("POST", "/v1/videos", "videos"),
    ("GET", "/v1/files", "openai_files"),
    ("POST", "/v1/files?purpose=x", "openai_files"),
    ("DELETE", "/v1/files/file-1", "openai_files"),
    ("POST", "/v1/uploads/u/parts", "files"),
    ("POST", "/v1/batches/", "openai_batches"),
    ("GET", "/v1/realtime?model=x", "realtime"),
    ("POST", "/v1/moderations", "openai_moderations"),
    ("POST", "/v1/assistants", "assistants"),
    ("POST", "/v1/threads/t/runs", "assistants"),
    ("POST", "/v1/fine_tuning/jobs", "fine_tuning"),
    ("POST", "/v1/vector_stores", "vector_stores"),
    ("PATCH", "/v1/responses/resp_1", "stored"),
    ("GET", "/v1/chat/completions/c/messages", "stored"),
    ("POST", "/openai/v1/moderations", "openai_moderations"),
    ("POST", "/moderations", "openai_moderations"),
]
OTHERS: list[tuple[str, str, dict[str, str]]] = [
    ("POST", "/v1/messages/batches", ANTHROPIC),
    ("POST", "/v1/files?beta=true", ANTHROPIC),
    ("POST", "/upload/v1beta/files", GOOGLE),
    ("POST", "/v1beta/cachedContents", GOOGLE),
    (
        "GET",
        "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
        GOOGLE,
    ),
    ("POST", "/v1beta/models/gemini:batchGenerateContent", GOOGLE),
    ("POST", "/v1beta/models/gemini:predict", GOOGLE),
]


async def ask(
    here: World, method: str, path: str, headers: dict[str, str]
) -> tuple[aiohttp.ClientResponse, Any]:
    """One request with a name in its body; the answer, read as JSON if there is one."""
    body = None if method in ("GET", "HEAD", "OPTIONS") else json.dumps({"input": NAME})
    async with here.client.request(
        method, f"{here.base_url}{path}", data=body, headers=headers
    ) as response:
        answer = await response.read()
    return response, json.loads(answer) if answer else None


@pytest.mark.parametrize(("method", "path", "surface"), PATHS, ids=[p[1] for p in PATHS])
async def test_what_is_not_passed_on_is_refused_and_recorded(
    here: World, method: str, path: str, surface: str
) -> None:
    """By a stable code, in OpenAI's form, with the surface's name, whatever the method."""
    response, answer = await ask(here, method, path, BEARER)

    error = answer["error"]
    assert (response.status, error["code"]) == (403, "surface.not_served")
    assert error["type"] == "permission_error"
    assert surface in error["message"]
    assert here.sent == []
    (kinds,) = here.pairs().values()
    assert kinds[-1] == "outcome"
    assert {r.meta["surface"] for r in here.records() if r.meta and "surface" in r.meta} == {
        surface
    }


@pytest.mark.parametrize(("method", "path", "headers"), OTHERS, ids=[o[1] for o in OTHERS])
async def test_anthropic_s_and_google_s_clients_read_their_own_form(
    here: World, method: str, path: str, headers: dict[str, str]
) -> None:
    """The code is where each dialect has it."""
    response, answer = await ask(here, method, path, headers)

    assert response.status == 403
    if headers is ANTHROPIC:
        assert answer["type"] == "error"
        assert answer["error"]["code"] == "surface.not_served"
        assert answer["error"]["type"] == "permission_error"
    else:
        assert answer["error"]["status"] == "PERMISSION_DENIED"
        assert answer["error"]["details"][0]["metadata"]["code"] == "surface.not_served"
    assert here.sent == []


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}], ids=["none", "wrong"])
async def test_a_stranger_is_told_nothing_else(here: World, headers: dict[str, str]) -> None:
    """Without a known key the answer is that, and a flood of them is counted."""
    told = [(await ask(here, "POST", "/v1/files", headers))[0].status for _ in range(8)]

    assert told[:5] == [401] * 5
    assert set(told[5:]) == {429}


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
@pytest.mark.parametrize(
    "path",
    [
        *("/v1/chat/completions", "/v1/responses", "/v1/completions", "/v1/embeddings"),
        *("/v1/messages", "/v1/messages?beta=true", "/v1/messages/count_tokens"),
        *("/v1beta/models/gemini:generateContent", "/v1/models", "/v1/files", "/v1/audio/speech"),
    ],
)
async def test_probes_are_tolerated_on_every_path(here: World, method: str, path: str) -> None:
    """They learn the methods, and leave no record and nothing with a provider."""
    response, _ = await ask(here, method, path, BEARER)

    assert response.status in (200, 204)
    assert here.sent == []
    assert here.pairs() == {}


async def test_an_agent_sees_that_somebody_is_there(here: World) -> None:
    """`HEAD /` is answered; nothing is served there."""
    head, _ = await ask(here, "HEAD", "/", {})
    got, answer = await ask(here, "GET", "/", {})

    assert head.status == 200
    assert (got.status, answer["error"]["code"]) == (404, "server.unknown_path")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        *(
            (f"{prefix}{path}{end}", body)
            for prefix in ("/v1", "", "/openai/v1")
            for end in ("", "/")
            for path, body in (
                ("/chat/completions", {"messages": [{"role": "user", "content": NAME}]}),
                ("/responses", {"input": NAME}),
                ("/completions", {"prompt": NAME}),
                ("/embeddings", {"input": NAME}),
            )
        ),
        *(
            (
                f"{prefix}/messages{end}",
                {"max_tokens": 9, "messages": [{"role": "user", "content": NAME}]},
            )
            for prefix in ("/v1", "", "/anthropic/v1")
            for end in ("", "/", "/?beta=true")
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_base_urls_of_every_kind_lead_there(
    here: World, path: str, body: dict[str, Any]
) -> None:
    """With a version or none, a provider's own prefix or a slash too many; redacted alike."""
    model = "claude" if "messages" in path.partition("?")[0] else "assistant"

    status, answer = await here.post_messages({"model": model, **body}, path=path)

    assert status == 200, answer
    assert here.sent
    assert all(NAME.encode() not in sent for sent in here.sent)
    assert {r.path.partition("?")[0] for r in here.eu.received} == {
        "/v1"
        + path.partition("?")[0]
        .rstrip("/")
        .removeprefix("/openai")
        .removeprefix("/anthropic")
        .removeprefix("/v1")
    }


async def test_models_are_listed_under_every_prefix(here: World) -> None:
    """A client with a base URL of another kind finds them as well."""
    told = []
    for path in (
        "/v1/models",
        "/v1/models/",
        "/models",
        "/openai/v1/models",
        "/anthropic/v1/models",
    ):
        response, answer = await ask(here, "GET", path, BEARER)
        told.append((response.status, answer["data"][0]["id"]))

    assert told == [(200, "assistant")] * 5


async def test_the_client_says_that_it_may_not(here: World) -> None:
    """OpenAI's own client raises what it raises for a lack of permission, and does not retry."""
    async with openai.AsyncOpenAI(base_url=f"{here.base_url}/v1", api_key=KEY) as client:
        with pytest.raises(openai.PermissionDeniedError) as refused:
            await client.images.generate(model="assistant", prompt=NAME)
        with pytest.raises(openai.PermissionDeniedError):
            await client.files.create(file=("a.txt", NAME.encode()), purpose="assistants")

    assert refused.value.code == "surface.not_served"
    assert len(here.pairs()) == 2
    assert here.sent == []
