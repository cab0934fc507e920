"""What providers receive and clients get back in the Responses dialect, told by the bytes."""

import base64
import json
from typing import Any

import pytest

from tests.support.messages import events_of
from tests.support.responses import joined
from tests.support.world import KEY, World

NAME = "Anna Schmidt"
EMAIL = "anna.schmidt@example.org"
IBAN = "DE89370400440532013000"
VALUES = (NAME, EMAIL, IBAN)
TEXT = f"My name is {NAME}, write to {EMAIL}; my IBAN is {IBAN}."
SEAL = base64.b64encode(bytes(range(128, 256)) * 2).decode()
HEX = "0123456789abcdef" * 3 + "01"
CALL = {"type": "function_call", "call_id": "call_01AbCdEfGh", "name": "mail"}
CUSTOM = {"type": "custom_tool_call", "call_id": "call_01AbCdEfGh", "name": "patch"}
OUTPUT = {"type": "function_call_output", "call_id": "call_01AbCdEfGh"}
TOOL = {
    "type": "function",
    "name": "mail",
    "description": f"Mails {NAME} ({EMAIL}).",
    "parameters": {"type": "object", "properties": {"to": {"description": f"as {EMAIL}"}}},
}
PATCH = {"type": "custom", "name": "patch", "description": f"For {NAME}, {EMAIL}"}


def user(*parts: Any) -> dict[str, Any]:
    """A message of the user."""
    return {"role": "user", "content": list(parts)}


def text(kind: str = "input_text") -> dict[str, Any]:
    """A part with the text."""
    return {"type": kind, "text": TEXT}


ASKED: dict[str, Any] = {"input": TEXT}
PLACES: dict[str, dict[str, Any]] = {
    "text": ASKED,
    "message": {"input": [{"role": "user", "content": TEXT}]},
    "parts": {"input": [user(text())]},
    "developer": {"input": [{"role": "developer", "content": TEXT}]},
    "instructions": {**ASKED, "instructions": TEXT},
    "answers of before": {
        "input": [
            {
                "type": "message",
                "id": f"msg_{HEX}",
                "role": "assistant",
                "status": "completed",
                "content": [{**text("output_text"), "annotations": [], "logprobs": []}],
            },
            user(text()),
        ]
    },
    "refusal": {
        "input": [
            {"role": "assistant", "content": [{"type": "refusal", "refusal": TEXT}]},
            user(text()),
        ]
    },
    "reasoning": {
        "input": [
            {"type": "reasoning", "id": f"rs_{HEX}", "summary": [text("summary_text")]},
            user(text()),
        ]
    },
    "function call": {
        "input": [{**CALL, "arguments": json.dumps({"to": TEXT})}, {**OUTPUT, "output": TEXT}]
    },
    "output in parts": {"input": [user(text()), CALL, {**OUTPUT, "output": [text()]}]},
    "output as JSON": {"input": [user(text()), {**OUTPUT, "output": json.dumps([{"n": TEXT}])}]},
    "custom call": {
        "input": [
            user(text()),
            {**CUSTOM, "input": TEXT},
            {"type": "custom_tool_call_output", "call_id": "call_01AbCdEfGh", "output": TEXT},
        ]
    },
    "shell": {
        "input": [
            user(text()),
            {"type": "local_shell_call", "action": {"command": ["grep", TEXT], "env": {"A": TEXT}}},
            {"type": "shell_call_output", "output": [{"stdout": TEXT, "stderr": TEXT}]},
            {"type": "apply_patch_call", "operation": {"type": "update_file", "diff": TEXT}},
        ]
    },
    "tools": {**ASKED, "tools": [TOOL, PATCH]},
    "group of tools": {
        **ASKED,
        "tools": [{"type": "namespace", "name": "crm", "description": TEXT, "tools": [TOOL]}],
    },
    "added tools": {
        "input": [{"type": "additional_tools", "role": "developer", "tools": [TOOL]}, user(text())]
    },
    "metadata": {**ASKED, "metadata": {"user": EMAIL, "iban": IBAN}},
    "user": {**ASKED, "user": EMAIL, "safety_identifier": EMAIL, "prompt_cache_key": EMAIL},
    "schema": {
        **ASKED,
        "text": {
            "format": {
                "type": "json_schema",
                "name": "x",
                "schema": {"description": TEXT, "type": "object"},
            }
        },
    },
    "unknown fields": {
        "input": [{**user(text()), "x_note": [{"deep": TEXT}]}],
        "x_unknown": {"also": TEXT, EMAIL: 1},
    },
}


def assert_clean(bodies: list[bytes]) -> None:
    """No original in any body, in whatever way JSON may write it; nothing is to be stored."""
    assert bodies
    for body in bodies:
        sent = json.loads(body)
        decoded = json.dumps(sent, ensure_ascii=False).replace("\\", "")
        assert [v for v in VALUES if v in decoded or v.encode() in body] == []
        assert sent.get("store", False) is False


def asked(model: str = "assistant", **more: Any) -> dict[str, Any]:
    """A request body."""
    return {"model": model, **ASKED, **more}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("place", PLACES)
async def test_no_original_reaches_a_provider_from_any_place(
    here: World, place: str, *, stream: bool
) -> None:
    """Wherever personal data stands, providers within the EU alone receive placeholders."""
    status, answer = await here.post_responses(asked(stream=stream, **PLACES[place]))

    assert status == 200, answer
    assert_clean(here.sent)
    assert here.us.received == []
    assert list(here.pairs().values()) == [["intent", "outcome"]]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_what_was_asked_is_repeated_as_it_was_typed(here: World, *, stream: bool) -> None:
    """A response repeats instructions, tools and metadata, and the client reads what it wrote."""
    more: dict[str, Any] = {
        "instructions": TEXT,
        "tools": [TOOL],
        "metadata": {EMAIL: NAME},
        "user": EMAIL,
    }

    _, answer = await here.post_responses(asked(stream=stream, **more))

    responses = [e["response"] for e in events_of(answer) if "response" in e]
    for response in responses if stream else [json.loads(answer)]:
        assert {name: response[name] for name in more} == more
    assert b"PERSON_" not in answer


@pytest.mark.parametrize(
    ("operation", "shown"), [("input_tokens", "input_tokens"), ("compact", "output")]
)
async def test_other_operations_pass_the_same_chain(
    here: World, operation: str, shown: str
) -> None:
    """Counting and compacting send the text as well, so it is redacted, placed and recorded."""
    path = f"/v1/responses/{operation}"

    status, answer = await here.post_responses(asked(), path=path)

    assert status == 200
    assert shown in json.loads(answer)
    assert here.eu.received[0].path == path
    assert "store" not in json.loads(here.sent[0])
    assert_clean(here.sent)
    assert here.us.received == []
    assert list(here.pairs().values()) == [["intent", "outcome"]]


async def test_a_compaction_comes_back_restored(here: World) -> None:
    """What of the conversation stays readable is read with its names; the rest stays sealed."""
    _, answer = await here.post_responses(asked(), path="/v1/responses/compact")
    kept, rest = json.loads(answer)["output"]

    status, _ = await here.post_responses(asked(input=[kept, rest, user(text())]))

    assert kept["content"][0]["text"] == TEXT
    assert status == 200
    assert json.loads(here.sent[1])["input"][1] == rest
    assert_clean(here.sent)


@pytest.mark.parametrize("model", ["assistant", "echo?chars=3", "echo?bytes=5"])
async def test_a_streamed_answer_comes_back_as_it_was_typed(here: World, model: str) -> None:
    """An echoed text is restored however it is cut, and wherever the stream repeats it."""
    _, answer = await here.post_responses(asked(model, stream=True))

    events = events_of(answer)
    done = next(e["text"] for e in events if e["type"] == "response.output_text.done")
    (message,) = events[-1]["response"]["output"]
    assert joined(events) == done == message["content"][0]["text"] == TEXT
    assert events[-2]["item"] == message
    assert events[-1]["type"] == "response.completed"
    assert [e["sequence_number"] for e in events] == list(range(len(events)))
    assert_clean(here.sent)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_what_the_provider_sealed_comes_back_to_it(here: World, *, stream: bool) -> None:
    """Reasoning in a seal leaves byte for byte as it came, beside redacted text."""
    here.eu.script.append("think?chars=5")
    _, answer = await here.post_responses(asked(stream=stream))
    response = events_of(answer)[-1]["response"] if stream else json.loads(answer)
    thought, message = response["output"]

    status, _ = await here.post_responses(asked(input=[user(text()), thought, message, user()]))

    assert thought["summary"][0]["text"] == TEXT
    assert status == 200  # else the stand-in had refused
    assert json.loads(here.sent[1])["input"][1]["encrypted_content"] == thought["encrypted_content"]
    assert_clean(here.sent)


@pytest.mark.parametrize(
    "item",
    [
        user({"type": "input_image", "image_url": "data:image/png;base64,iVBO"}),
        user({"type": "input_file", "file_url": "https://example.org/cv.pdf"}),
        {**OUTPUT, "output": [{"type": "input_image", "image_url": "https://example.org/a.png"}]},
        {"type": "image_generation_call", "id": f"ig_{HEX}"},
        user({"type": "output_text", "text": "x", "logprobs": [{"token": "An"}]}),
    ],
    ids=["image", "document", "image of a tool", "image by name", "tokens"],
)
async def test_what_nothing_scans_is_refused(here: World, item: Any) -> None:
    """Images, documents and texts in tokens are refused by default."""
    status, answer = await here.post_responses(asked(input=[item]))

    error = json.loads(answer)["error"]
    assert (status, error["code"]) == (400, "content.unsupported")
    assert error["type"] == "invalid_request_error"
    assert here.sent == []


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [{"type": "web_search"}]},
        {"tools": [{"type": "code_interpreter", "container": {"type": "auto"}}]},
        {"tools": [{"type": "file_search", "vector_store_ids": ["vs_1"]}]},
        {"tools": [{"type": "mcp", "server_label": "x", "server_url": "https://mcp.example.org"}]},
        {"tools": [{"type": "image_generation"}]},
        {"input": [{"type": "additional_tools", "tools": [{"type": "web_search"}]}, user(text())]},
        {"store": True},
        {"prompt": {"id": "pmpt_1"}},
        {"prompt_cache_retention": "24h"},
        {"models": ["a", "b"]},
    ],
    ids=lambda more: json.dumps(more)[:40],
)
async def test_a_field_that_takes_personal_data_elsewhere_is_refused(
    here: World, more: dict[str, Any]
) -> None:
    """With personal data a provider's tools, servers and memory are the policy's to allow."""
    status, answer = await here.post_responses(asked(**more))

    error = json.loads(answer)["error"]
    assert (status, error["code"]) == (403, "policy.provider_feature")
    assert here.sent == []


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"previous_response_id": f"resp_{HEX}"}, (404, "state.unknown")),
        ({"conversation": "conv_1"}, (404, "state.unknown")),
        ({"input": [{"type": "item_reference", "id": "msg_1"}]}, (400, "operation.stateful")),
        ({"background": True}, (400, "operation.background")),
    ],
)
async def test_what_would_be_answered_from_memory_is_refused(
    here: World, more: dict[str, Any], refused: tuple[int, str]
) -> None:
    """What was not stored through here has placeholders that nobody knows: it is turned away."""
    status, answer = await here.post_responses(asked(**more))

    assert (status, json.loads(answer)["error"]["code"]) == refused
    assert here.sent == []
    assert list(here.pairs().values()) == [["intent", "outcome"]]


async def test_answers_that_were_stored_elsewhere_cannot_be_fetched(here: World) -> None:
    """Nothing is known of them here; other methods are refused by name."""
    unknown, unserved = (404, "state.unknown"), (403, "surface.not_served")
    url = f"{here.base_url}/v1/responses/resp_{HEX}"
    for method, told in (("GET", unknown), ("DELETE", unknown), ("POST", unserved)):
        async with here.client.request(method, url, headers={"x-api-key": KEY}) as response:
            error = (await response.json())["error"]

        assert (response.status, error["code"]) == told
    assert here.sent == []


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("told", "status", "kind"),
    [
        ("status-429?retry_after=60", 429, "rate_limit_error"),
        ("status-400", 400, "api_error"),
        ("status-500", 502, "api_error"),
        ("error-in-stream", 502, "api_error"),
        ("cut", 502, "api_error"),
        ("garbage", 502, "api_error"),
    ],
)
async def test_a_provider_that_fails_keeps_its_meaning(
    here: World, told: str, status: int, kind: str, *, stream: bool
) -> None:
    """What every provider answered is what the client is told, in the dialect's own words."""
    for provider in (here.eu, here.eu2):
        provider.script.extend([told] * 4)

    got, answer = await here.post_responses(asked(stream=stream))

    assert got == status
    assert json.loads(answer)["error"]["type"] == kind
    assert b"as told" not in answer
    assert here.us.received == []
    assert list(here.pairs().values()) == [["intent", "outcome"]]


@pytest.mark.parametrize("told", ["cut?after=3", "no-done", "error-in-stream?after=3"])
async def test_a_truncated_answer_never_looks_complete(here: World, told: str) -> None:
    """A stream that breaks off ends with an error event, without a response that is complete."""
    here.eu.script.append(told)

    status, answer = await here.post_responses(asked(stream=True))

    events = events_of(answer)
    assert status == 200
    assert (events[-1]["type"], events[-1]["code"]) == ("error", "upstream.malformed")
    assert answer.rstrip().split(b"\n")[-2] == b"event: error"
    assert events[-1]["sequence_number"] > max(e["sequence_number"] for e in events[:-1])
    assert "response.completed" not in [event["type"] for event in events]
    outcome = next(r.meta for r in here.records() if r.kind == "outcome" and r.meta)
    assert outcome["ending"] == "truncated"


async def test_counts_are_recorded_and_priced(here: World) -> None:
    """The outcome holds what the provider counted, and what it cost."""
    await here.post_responses(asked(stream=True))

    outcome = next(r.meta for r in here.records() if r.kind == "outcome" and r.meta)
    counted = events_of(here.answers[0])[-1]["response"]["usage"]
    assert outcome["usage"]["input"] == counted["input_tokens"] > 0
    assert outcome["usage"]["output"] == counted["output_tokens"] > 0
    assert float(outcome["cost_usd"]) > 0


async def test_nothing_of_headers_or_query_reaches_the_provider(here: World) -> None:
    """Of what stands around a body only the operation goes on."""
    headers = {"OpenAI-Organization": NAME, "OpenAI-Beta": NAME, "Cookie": "a=b"}

    status, _ = await here.post_responses(asked(), path=f"/v1/responses?x={NAME}", headers=headers)

    got = here.eu.received[0]
    assert (status, got.path) == (200, "/v1/responses")
    assert not {"openai-organization", "openai-beta", "cookie"} & got.headers.keys()


@pytest.mark.parametrize("operation", ["compact", "input_tokens"])
async def test_a_model_of_another_dialect_is_not_sent_something_foreign(
    here: World, operation: str
) -> None:
    """Other dialects have no such operation, so a model of Messages alone has no answer."""
    body = {"model": "claude", "input": TEXT}

    status, answer = await here.post_responses(body, path=f"/v1/responses/{operation}")

    assert (status, json.loads(answer)["error"]["code"]) == (400, "routing.untranslatable")
    assert here.sent == []
