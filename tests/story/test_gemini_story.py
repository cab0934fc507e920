"""What providers receive and clients get back in the Gemini dialect, told by the bytes."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.gemini import events_of, joined, user
from tests.support.world import KEY, World

NAME = "Anna Schmidt"
EMAIL = "anna.schmidt@example.org"
IBAN = "DE89370400440532013000"
VALUES = (NAME, EMAIL, IBAN)
TEXT = f"My name is {NAME}, write to {EMAIL}; my IBAN is {IBAN}."
CALL = {"functionCall": {"id": "call_01AbCdEfGh", "name": "mail", "args": {"to": EMAIL}}}
RESULT = {"id": "call_01AbCdEfGh", "name": "mail", "response": {"rows": [TEXT]}}
TOOL = {
    "name": "mail",
    "description": f"Mails {NAME} ({EMAIL}).",
    "parameters": {"type": "OBJECT", "properties": {"to": {"description": f"as {EMAIL}"}}},
}
MODEL = {"role": "model", "parts": [CALL]}
ASKED: dict[str, Any] = {"contents": [user(TEXT)]}
PLACES: dict[str, dict[str, Any]] = {
    "text": ASKED,
    "texts": {"contents": [user("first", TEXT)]},
    "no role": {"contents": [{"parts": [{"text": TEXT}]}]},
    "system": {**ASKED, "systemInstruction": {"parts": [{"text": TEXT}]}},
    "system in snake case": {**ASKED, "system_instruction": {"parts": [{"text": TEXT}]}},
    "tools": {**ASKED, "tools": [{"functionDeclarations": [TOOL]}]},
    "tools in snake case": {**ASKED, "tools": [{"function_declarations": [TOOL]}]},
    "call": {"contents": [user("go on"), MODEL, user({"functionResponse": RESULT})]},
    "call in snake case": {
        "contents": [
            {"role": "model", "parts": [{"function_call": CALL["functionCall"]}]},
            user({"function_response": RESULT}),
        ]
    },
    "result as JSON in a string": {
        "contents": [
            user({"functionResponse": {**RESULT, "response": {"raw": json.dumps({"a": TEXT})}}})
        ]
    },
    "code": {
        "contents": [
            {"role": "model", "parts": [{"executableCode": {"language": "PYTHON", "code": TEXT}}]},
            user({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": TEXT}}),
        ]
    },
    "thought": {
        "contents": [
            {"role": "model", "parts": [{"text": TEXT, "thought": True}, {"text": "yes"}]},
            user("and?"),
        ]
    },
    "stop sequences": {**ASKED, "generationConfig": {"stopSequences": [IBAN]}},
    "schema": {
        **ASKED,
        "generationConfig": {"responseSchema": {"type": "OBJECT", "description": TEXT}},
    },
    "JSON schema": {
        **ASKED,
        "generation_config": {"response_json_schema": {"type": "object", "description": TEXT}},
    },
    "labels": {**ASKED, "labels": {"owner": EMAIL}},
    "unknown fields": {
        "contents": [{**user(TEXT), "x_note": [{"deep": TEXT}]}],
        "x_unknown": {"also": TEXT, EMAIL: 1},
    },
}
WHOLE = "generateContent"
EVENTS = "streamGenerateContent?alt=sse"
ARRAY = "streamGenerateContent"


def at(operation: str, model: str = "gemini", root: str = "/v1beta") -> str:
    """A path."""
    return f"{root}/models/{quote(model)}:{operation}"


def assert_clean(bodies: list[bytes]) -> None:
    """No original in any body, in whatever way JSON may write it."""
    assert bodies
    for body in bodies:
        decoded = json.dumps(json.loads(body), ensure_ascii=False).replace("\\", "")
        assert [v for v in VALUES if v in decoded or v.encode() in body] == []


def parts_of(answer: bytes, operation: str) -> list[dict[str, Any]]:
    """The parts of an answer, however it is framed."""
    if operation == EVENTS:
        return events_of(answer)
    parts = json.loads(answer)
    return parts if operation == ARRAY else [parts]


@pytest.mark.parametrize("operation", [WHOLE, EVENTS])
@pytest.mark.parametrize("place", PLACES)
async def test_no_original_reaches_a_provider_from_any_place(
    here: World, place: str, operation: str
) -> None:
    """Wherever personal data stands, providers within the EU alone receive placeholders."""
    status, _ = await here.post_gemini(PLACES[place], path=at(operation))

    assert status == 200
    assert_clean(here.sent)
    assert here.us.received == []
    assert list(here.pairs().values()) == [["intent", "outcome"]]


@pytest.mark.parametrize(
    ("operation", "body", "says"),
    [
        ("countTokens", ASKED, ["totalTokens"]),
        (
            "countTokens",
            {"generateContentRequest": {**ASKED, "model": "models/gemini"}},
            ["totalTokens"],
        ),
        ("embedContent", {"content": user(TEXT)}, ["embedding"]),
        ("embedContent", {"content": user(TEXT), "model": "models/gemini"}, ["embedding"]),
        (
            "batchEmbedContents",
            {"requests": [{"model": "models/gemini", "content": user(TEXT)}] * 2},
            ["embeddings"],
        ),
    ],
)
async def test_counts_and_embeddings_pass_the_same_chain(
    here: World, operation: str, body: dict[str, Any], says: list[str]
) -> None:
    """They send the text as well, so it is redacted, placed and recorded; the model is ours."""
    status, answer = await here.post_gemini(body, path=at(operation))

    assert (status, list(json.loads(answer))) == (200, says)
    assert here.eu.received[0].path == f"/v1/models/echo:{operation}"
    assert b"models/gemini" not in here.sent[0]
    assert_clean(here.sent)
    assert here.us.received == []
    assert list(here.pairs().values()) == [["intent", "outcome"]]


@pytest.mark.parametrize("operation", [WHOLE, EVENTS, ARRAY])
@pytest.mark.parametrize("model", ["gemini", "gemini echo?chars=3", "gemini echo?bytes=5"])
async def test_an_answer_comes_back_as_it_was_typed(
    here: World, model: str, operation: str
) -> None:
    """An echoed text is restored however it is cut and framed."""
    _, answer = await here.post_gemini(ASKED, path=at(operation, model))

    parts = parts_of(answer, operation)
    assert joined(parts) == TEXT
    assert parts[-1]["candidates"][0]["finishReason"] == "STOP"
    assert parts[-1]["usageMetadata"]["promptTokenCount"] > 0
    assert_clean(here.sent)


@pytest.mark.parametrize("root", ["", "/v1", "/v1beta", "/v1beta1"])
@pytest.mark.parametrize(
    "owner", ["", "/publishers/google", "/projects/p/locations/global/publishers/google"]
)
async def test_every_path_of_clients_is_served(here: World, root: str, owner: str) -> None:
    """Every version, none, and Vertex's resource names lead to the same model."""
    status, _ = await here.post_gemini(ASKED, path=at(WHOLE, root=root + owner))

    assert status == 200
    assert here.eu.received[0].path == "/v1/models/echo:generateContent"


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {"x-goog-api-key": KEY}),
        ("", {"Authorization": f"Bearer {KEY}"}),
        ("", {"x-api-key": KEY}),
        (f"?key={KEY}", {"Accept": "*/*"}),
        (f"?key={KEY}", {"x-goog-api-key": KEY}),
    ],
)
async def test_a_key_in_any_of_its_places(here: World, query: str, headers: dict[str, str]) -> None:
    """A virtual key is known wherever this dialect's clients put it, and goes no further."""
    status, _ = await here.post_gemini(ASKED, path=at(WHOLE) + query, headers=headers)

    assert status == 200
    (got,) = here.eu.received
    assert KEY not in got.path
    assert KEY not in str(got.headers)


@pytest.mark.parametrize("query", ["?key=AIza-somebody-elses", "?key=", ""])
async def test_another_key_is_refused(here: World, query: str) -> None:
    """A key that nobody issued is refused in Google's shape, and not repeated."""
    status, answer = await here.post_gemini(
        ASKED, path=at(WHOLE) + query, headers={"Accept": "*/*"}
    )

    error = json.loads(answer)["error"]
    assert (status, error["code"], error["status"]) == (401, 401, "UNAUTHENTICATED")
    assert b"AIza" not in answer
    assert here.sent == []


async def test_a_query_key_of_another_dialect_is_none(here: World) -> None:
    """Only where the dialect has keys in queries is one read from there."""
    url = f"{here.base_url}/v1/messages?key={KEY}"
    async with here.client.post(url, json={"model": "claude"}) as response:
        assert response.status in (401, 404)


@pytest.mark.parametrize(
    "part",
    [
        {"inlineData": {"mimeType": "image/png", "data": "iVBO"}},
        {"inline_data": {"mime_type": "audio/wav", "data": "UklG"}},
        {"fileData": {"fileUri": "https://example.org/cv.pdf", "mimeType": "application/pdf"}},
        {"file_data": {"file_uri": "files/abc"}},
        {"functionResponse": {"name": "f", "parts": [{"inlineData": {"data": "iVBO"}}]}},
    ],
    ids=["image", "audio", "file", "kept file", "in a result"],
)
async def test_what_nothing_scans_is_refused(here: World, part: Any) -> None:
    """Images, sounds and files are refused by default."""
    status, answer = await here.post_gemini({"contents": [user("look", part)]})

    error = json.loads(answer)["error"]
    assert (status, error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["details"][0]["metadata"] == {"code": "content.unsupported"}
    assert here.sent == []


@pytest.mark.parametrize("name", ["cachedContent", "cached_content"])
async def test_what_is_cached_at_a_provider_is_refused(here: World, name: str) -> None:
    """Content that the gateway never saw cannot be guarded, whatever the policy allows."""
    status, answer = await here.post_gemini({"contents": [user("hi")], name: "cachedContents/abc"})

    error = json.loads(answer)["error"]
    assert (status, error["details"][0]["reason"]) == (400, "CONTENT_UNSUPPORTED")
    assert "cachedContents/abc" not in error["message"]
    assert here.sent == []


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [{"googleSearch": {}}]},
        {"tools": [{"google_search": {}}]},
        {"tools": [{"functionDeclarations": [TOOL], "codeExecution": {}}]},
        {"tools": [{"urlContext": {}}]},
        {"tools": [{"googleMaps": {}}]},
        {"tools": [{"fileSearch": {"fileSearchStoreNames": ["fileSearchStores/x"]}}]},
        {"tools": [{"nobodyKnows": {}}]},
        {"generationConfig": {"routingConfig": {"manualMode": {"modelName": "x"}}}},
        {"modelArmorConfig": {"promptTemplateName": "x"}},
        {"store": True},
    ],
)
async def test_a_field_that_takes_personal_data_elsewhere_is_refused(
    here: World, more: dict[str, Any]
) -> None:
    """With personal data a provider's tools, stores and choices are the policy's to allow."""
    status, answer = await here.post_gemini({**ASKED, **more})

    error = json.loads(answer)["error"]
    assert (status, error["status"]) == (403, "PERMISSION_DENIED")
    assert error["details"][0]["metadata"] == {"code": "policy.provider_feature"}
    assert here.sent == []


@pytest.mark.parametrize("operation", [WHOLE, EVENTS, ARRAY])
@pytest.mark.parametrize(
    ("told", "status", "kind"),
    [
        ("status-503", 503, "UNAVAILABLE"),
        ("status-429?retry_after=60", 429, "RESOURCE_EXHAUSTED"),
        ("status-400", 400, "INVALID_ARGUMENT"),
        ("status-500", 502, "UNAVAILABLE"),
        ("cut", 502, "UNAVAILABLE"),
    ],
)
async def test_a_provider_that_fails_keeps_its_meaning(
    here: World, told: str, status: int, kind: str, operation: str
) -> None:
    """What every provider answered is what the client is told, in the dialect's own words."""
    for provider in (here.eu, here.eu2):
        provider.script.extend([told] * 4)

    got, answer = await here.post_gemini(ASKED, path=at(operation))

    error = json.loads(answer)["error"]
    assert (got, error["code"], error["status"]) == (status, status, kind)
    assert here.us.received == []
    assert list(here.pairs().values()) == [["intent", "outcome"]]


async def test_a_limit_says_when_to_come_back(here: World) -> None:
    """The pause that a provider asks for stands where this dialect's clients look."""
    for provider in (here.eu, here.eu2):
        provider.script.extend(["status-429?retry_after=60"] * 4)

    _, answer = await here.post_gemini(ASKED)

    details = {d["@type"].rpartition(".")[2]: d for d in json.loads(answer)["error"]["details"]}
    assert details["RequestInfo"]["requestId"] == next(iter(here.pairs()))
    assert 50 <= int(details["RetryInfo"]["retryDelay"].removesuffix("s")) <= 60


@pytest.mark.parametrize("operation", [EVENTS, ARRAY])
@pytest.mark.parametrize("told", ["cut?after=3", "no-done", "error-in-stream?after=3"])
async def test_a_truncated_answer_never_looks_complete(
    here: World, told: str, operation: str
) -> None:
    """A stream that breaks off ends with an error, and no candidate has finished."""
    here.eu.script.append(told)

    status, answer = await here.post_gemini(ASKED, path=at(operation))

    parts = parts_of(answer, operation)
    assert status == 200
    assert parts[-1]["error"]["status"] == "UNAVAILABLE"
    assert not any("finishReason" in c for p in parts for c in p.get("candidates", ()))
    outcome = next(r.meta for r in here.records() if r.kind == "outcome" and r.meta)
    assert outcome["ending"] == "truncated"


async def test_only_what_the_gateway_says_reaches_the_provider(here: World) -> None:
    """Of a client's headers nothing goes on, and of its query the form of the answer alone."""
    await here.post_gemini(
        ASKED,
        path=at(EVENTS) + f"&key={KEY}&quotaUser={quote(NAME)}&$prettyPrint=true",
        headers={"x-goog-api-client": NAME, "x-goog-user-project": "p", "Cookie": "a=b"},
    )

    (got,) = here.eu.received
    assert got.path == "/v1/models/echo:streamGenerateContent?alt=sse"
    assert not {"cookie", "x-goog-api-client", "x-goog-user-project"} & got.headers.keys()


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (at(WHOLE, "nobody"), 404, "model.unknown"),
        (at(WHOLE).replace("gemini", "%ff"), 404, "model.unknown"),
        (at(WHOLE) + "?alt=proto", 400, "query.malformed"),
        (at(WHOLE) + "?alt=sse", 400, "query.malformed"),
        (at(EVENTS) + "&$alt=json", 400, "query.malformed"),
    ],
)
async def test_what_cannot_be_asked_for_has_a_stable_code(
    here: World, path: str, status: int, code: str
) -> None:
    """Unknown models and forms of answers are refused, recorded, and not repeated."""
    got, answer = await here.post_gemini(ASKED, path=path)

    error = json.loads(answer)["error"]
    assert (got, error["details"][0]["metadata"]["code"]) == (status, code)
    assert b"nobody" not in answer
    assert here.sent == []
    assert list(here.pairs().values()) == [["intent", "outcome"]]


@pytest.mark.parametrize(
    "path",
    [
        *("/v1beta/models/gemini:predict", "/v1beta/models/gemini:batchGenerateContent"),
        *("/v1beta/models/gemini:asyncBatchEmbedContent", "/v1beta/cachedContents"),
        *("/upload/v1beta/files", "/v1beta/files"),
    ],
)
async def test_what_is_not_served_is_not_proxied(here: World, path: str) -> None:
    """Other operations, files and caches are refused by name."""
    status, answer = await here.post_gemini(ASKED, path=path)

    error = json.loads(answer)["error"]
    assert (status, error["status"]) == (403, "PERMISSION_DENIED")
    assert error["details"][0]["metadata"]["code"] == "surface.not_served"
    assert here.sent == []


async def test_another_version_is_an_unknown_path(here: World) -> None:
    """What no provider has is nothing here either."""
    status, answer = await here.post_gemini(ASKED, path="/v2/models/gemini:generateContent")

    assert (status, json.loads(answer)["error"]["code"]) == (404, "server.unknown_path")
    assert here.sent == []


async def test_other_methods_are_told_which_one(here: World) -> None:
    """A preflight is granted nothing, `HEAD` is tolerated, and `GET` is told what to do."""
    url = f"{here.base_url}{at(WHOLE)}"
    async with here.client.options(url) as options, here.client.head(url) as head:
        assert (options.status, options.headers["Allow"]) == (204, "OPTIONS, POST")
        assert (head.status, head.headers["Allow"]) == (204, "OPTIONS, POST")
    async with here.client.get(url) as got:
        assert (got.status, got.headers["Allow"]) == (405, "OPTIONS, POST")


@pytest.mark.parametrize("operation", ["countTokens", "embedContent"])
async def test_a_model_of_another_dialect_is_not_sent_something_foreign(
    here: World, operation: str
) -> None:
    """What only this dialect has is not translated, so a model that speaks chat has no answer."""
    body = ASKED if operation == "countTokens" else {"content": user(TEXT)}

    status, answer = await here.post_gemini(body, path=at(operation, "assistant"))

    assert (status, json.loads(answer)["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert here.sent == []


async def test_a_body_that_names_another_model_is_refused(here: World) -> None:
    """Path and body must not disagree on who is asked."""
    body = {"requests": [{"model": "models/gemini-other", "content": user(TEXT)}]}

    status, answer = await here.post_gemini(body, path=at("batchEmbedContents"))

    error = json.loads(answer)["error"]
    assert (status, error["details"][0]["metadata"]["code"]) == (400, "body.wrong_type")
    assert b"gemini-other" not in answer
    assert here.sent == []
