"""What providers receive and clients get back in the Messages dialect, told by the bytes."""

import asyncio
import base64
import json
from typing import Any

import pytest

from tests.support.messages import events_of, joined
from tests.support.world import KEY, World

NAME = "Anna Schmidt"
EMAIL = "anna.schmidt@example.org"
IBAN = "DE89370400440532013000"
VALUES = (NAME, EMAIL, IBAN)
TEXT = f"My name is {NAME}, write to {EMAIL}; my IBAN is {IBAN}."
SEAL = base64.b64encode(bytes(range(128, 256)) * 2).decode()
CALL = {"type": "tool_use", "id": "toolu_01AbCdEfGh", "name": "mail", "input": {"to": EMAIL}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_01AbCdEfGh"}
TOOL = {
    "name": "mail",
    "description": f"Mails {NAME} ({EMAIL}).",
    "input_schema": {"type": "object", "properties": {"to": {"description": f"as {EMAIL}"}}},
}


def turn(role: str, content: Any) -> dict[str, Any]:
    """One message."""
    return {"role": role, "content": content}


ASKED = {"messages": [turn("user", TEXT)]}
PLACES: dict[str, dict[str, Any]] = {
    "text": ASKED,
    "blocks": {"messages": [turn("user", [{"type": "text", "text": TEXT}])]},
    "system": {"system": TEXT, "messages": [turn("user", "?")]},
    "system blocks": {
        "system": [{"type": "text", "text": TEXT, "cache_control": {"type": "ephemeral"}}],
        "messages": [turn("user", "?")],
    },
    "system message": {"messages": [turn("system", TEXT), turn("user", "?")]},
    "tools": {**ASKED, "tools": [TOOL]},
    "tool use": {
        "messages": [
            turn("user", "go on"),
            turn("assistant", [CALL]),
            turn("user", [{**RESULT, "content": TEXT}]),
        ]
    },
    "tool result in blocks": {
        "messages": [
            turn("assistant", [CALL]),
            turn("user", [{**RESULT, "content": [{"type": "text", "text": TEXT}]}]),
        ]
    },
    "tool result as JSON": {
        "messages": [
            turn("assistant", [CALL]),
            turn("user", [{**RESULT, "content": json.dumps({"rows": [TEXT]})}]),
        ]
    },
    "document as text": {
        "messages": [
            turn(
                "user",
                [{"type": "document", "title": NAME, "source": {"type": "text", "data": TEXT}}],
            )
        ]
    },
    "search result": {
        "messages": [
            turn(
                "user",
                [
                    {
                        "type": "search_result",
                        "source": "intranet",
                        "title": NAME,
                        "content": [{"type": "text", "text": TEXT}],
                    }
                ],
            )
        ]
    },
    "metadata": {**ASKED, "metadata": {"user_id": EMAIL}},
    "stop sequences": {**ASKED, "stop_sequences": [IBAN]},
    "schema": {
        **ASKED,
        "output_config": {
            "format": {"type": "json_schema", "schema": {"description": TEXT, "type": "object"}}
        },
    },
    "unknown fields": {
        "messages": [{**turn("user", TEXT), "x_note": [{"deep": TEXT}]}],
        "x_unknown": {"also": TEXT, EMAIL: 1},
    },
}


def assert_clean(bodies: list[bytes]) -> None:
    """No original in any body, in whatever way JSON may write it."""
    assert bodies
    for body in bodies:
        decoded = json.dumps(json.loads(body), ensure_ascii=False).replace("\\", "")
        assert [v for v in VALUES if v in decoded or v.encode() in body] == []


def asked(model: str = "claude", **more: Any) -> dict[str, Any]:
    """A request body."""
    return {"model": model, "max_tokens": 100, **ASKED, **more}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("place", PLACES)
async def test_no_original_reaches_a_provider_from_any_place(
    here: World, place: str, *, stream: bool
) -> None:
    """Wherever personal data stands, providers within the EU alone receive placeholders."""
    status, _ = await here.post_messages(asked(stream=stream, **PLACES[place]))

    assert status == 200
    assert_clean(here.sent)
    assert here.us.received == []
    assert list(here.pairs().values()) == [["intent", "outcome"]]


@pytest.mark.parametrize(
    "path", ["/v1/messages/count_tokens", "/v1/messages/count_tokens?beta=true"]
)
async def test_a_count_passes_the_same_chain(here: World, path: str) -> None:
    """Counting tokens sends the text as well, so it is redacted, placed and recorded."""
    status, answer = await here.post_messages(asked(), path=path)

    assert (status, list(json.loads(answer))) == (200, ["input_tokens"])
    assert here.eu.received[0].path == path
    assert_clean(here.sent)
    assert here.us.received == []
    assert list(here.pairs().values()) == [["intent", "outcome"]]


@pytest.mark.parametrize("model", ["claude", "claude echo?chars=3", "claude echo?bytes=5"])
async def test_a_streamed_answer_comes_back_as_it_was_typed(here: World, model: str) -> None:
    """An echoed text is restored however it is cut."""
    _, answer = await here.post_messages(asked(model, stream=True))

    events = events_of(answer)
    assert joined(events, 0, "text") == TEXT
    assert events[-1] == {"type": "message_stop"}
    assert_clean(here.sent)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_what_the_provider_sealed_comes_back_to_it(here: World, *, stream: bool) -> None:
    """Encrypted thinking leaves byte for byte as it came, beside redacted text."""
    sealed = [{"type": "redacted_thinking", "data": SEAL}, {"type": "text", "text": TEXT}]

    status, _ = await here.post_messages(
        asked(messages=[turn("user", TEXT), turn("assistant", sealed), turn("user", "?")])
        | {"stream": stream}
    )

    assert status == 200
    assert json.loads(here.sent[0])["messages"][1]["content"][0] == sealed[0]
    assert_clean(here.sent)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBO"}},
        {"type": "document", "source": {"type": "url", "url": "https://example.org/cv.pdf"}},
    ],
    ids=["image", "document"],
)
async def test_what_nothing_scans_is_refused(here: World, block: Any) -> None:
    """Images and documents are refused by default."""
    status, answer = await here.post_messages(asked(messages=[turn("user", [block])]))

    error = json.loads(answer)["error"]
    assert (status, error["code"]) == (400, "content.unsupported")
    assert error["type"] == "invalid_request_error"
    assert here.sent == []


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [{"type": "web_search_20260318", "name": "web_search"}]},
        {"tools": [{"type": "code_execution_20260521", "name": "code_execution"}]},
        {"mcp_servers": [{"type": "url", "url": "https://mcp.example.org", "name": "x"}]},
        {"container": "container_1"},
        {"inference_geo": "us"},
        {"fallbacks": "default"},
    ],
    ids=["search", "code", "mcp", "container", "place", "fallbacks"],
)
async def test_a_field_that_takes_personal_data_elsewhere_is_refused(
    here: World, more: dict[str, Any]
) -> None:
    """With personal data a provider's tools, servers and regions are the policy's to allow."""
    status, answer = await here.post_messages(asked(**more))

    error = json.loads(answer)["error"]
    assert (status, error["code"]) == (403, "policy.provider_feature")
    assert here.sent == []


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("told", "status", "kind"),
    [
        ("status-529", 529, "overloaded_error"),
        ("status-429?retry_after=60", 429, "rate_limit_error"),
        ("status-400", 400, "invalid_request_error"),
        ("status-500", 502, "api_error"),
        ("cut", 502, "api_error"),
    ],
)
async def test_a_provider_that_fails_keeps_its_meaning(
    here: World, told: str, status: int, kind: str, *, stream: bool
) -> None:
    """What every provider answered is what the client is told, in the dialect's own words."""
    for provider in (here.eu, here.eu2):
        provider.script.extend([told] * 4)

    got, answer = await here.post_messages(asked(stream=stream))

    assert got == status
    assert json.loads(answer)["error"]["type"] == kind
    assert here.us.received == []
    assert list(here.pairs().values()) == [["intent", "outcome"]]


async def test_a_limit_says_when_to_come_back(here: World) -> None:
    """The pause that a provider asks for reaches the client."""
    for provider in (here.eu, here.eu2):
        provider.script.extend(["status-429?retry_after=60"] * 4)

    async with here.client.post(
        f"{here.base_url}/v1/messages",
        json=asked(),
        headers={"Authorization": "Bearer ggw-a-key-for-tests-only"},
    ) as response:
        await response.read()

    assert 50 <= int(response.headers["Retry-After"]) <= 60
    assert response.headers["request-id"] == response.headers["x-request-id"]


@pytest.mark.parametrize("told", ["cut?after=3", "no-done", "error-in-stream?after=3"])
async def test_a_truncated_answer_never_looks_complete(here: World, told: str) -> None:
    """A stream that breaks off ends with an error event, without an end mark."""
    here.eu.script.append(told)

    status, answer = await here.post_messages(asked(stream=True))

    events = events_of(answer)
    assert status == 200
    assert (events[-1]["type"], events[-1]["error"]["type"]) == ("error", "api_error")
    assert answer.rstrip().split(b"\n")[-2] == b"event: error"
    assert events[-1]["request_id"] == next(iter(here.pairs()))
    assert "message_stop" not in [event["type"] for event in events]
    outcome = next(r.meta for r in here.records() if r.kind == "outcome" and r.meta)
    assert outcome["ending"] == "truncated"


async def test_free_text_in_headers_goes_nowhere(here: World) -> None:
    """A header of another form than the dialect's is refused, recorded and not repeated."""
    status, answer = await here.post_messages(asked(), headers={"anthropic-beta": NAME})

    assert (status, json.loads(answer)["error"]["code"]) == (400, "header.malformed")
    assert here.sent == []
    assert NAME.encode() not in answer
    assert list(here.pairs().values()) == [["intent", "outcome"]]


async def test_only_headers_of_the_dialect_reach_the_provider(here: World) -> None:
    """Of a client's headers version and betas go on, and the key is the gateway's own affair."""
    await here.post_messages(
        asked(),
        headers={
            "anthropic-version": "2026-10-21",
            "anthropic-beta": "context-1m-2025-08-07",
            "anthropic-dangerous-direct-browser-access": "true",
            "x-stainless-lang": "python",
            "Cookie": "a=b",
        },
    )

    got = here.eu.received[0].headers
    assert got["anthropic-version"] == "2026-10-21"
    assert got["anthropic-beta"] == "context-1m-2025-08-07"
    assert not {"cookie", "x-stainless-lang", "x-api-key", "authorization"} & got.keys()
    assert "anthropic-dangerous-direct-browser-access" not in got


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages?beta=true"])
async def test_other_methods_are_told_which_one(here: World, path: str) -> None:
    """A preflight is granted nothing, `HEAD` is tolerated, and `GET` is told what to do."""
    url = f"{here.base_url}{path}"
    async with here.client.options(url) as options, here.client.head(url) as head:
        assert (options.status, options.headers["Allow"]) == (204, "OPTIONS, POST")
        assert (head.status, head.headers["Allow"]) == (204, "OPTIONS, POST")
    async with here.client.get(url) as got:
        assert (got.status, got.headers["Allow"]) == (405, "OPTIONS, POST")


async def test_an_operation_that_another_dialect_lacks_is_not_made_up(here: World) -> None:
    """Tokens are counted by providers of the dialect alone."""
    status, answer = await here.post_messages(asked("assistant"), path="/v1/messages/count_tokens")

    assert (status, json.loads(answer)["error"]["code"]) == (400, "routing.untranslatable")
    assert here.sent == []


async def test_a_target_that_is_an_address_is_only_a_path(here: World) -> None:
    """A client that asks as of a proxy names a host, of which nothing reaches the provider."""
    body = json.dumps(
        {"model": "claude", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    )
    head = (
        "POST http://anna.schmidt@example.org/v1/messages HTTP/1.1\r\nHost: localhost\r\n"
        f"x-api-key: {KEY}\r\nContent-Type: application/json\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", here.gateway.port)

    writer.write((head + body).encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert [each.path for p in (here.us, here.eu, here.eu2) for each in p.received] == [
        "/v1/messages"
    ]
