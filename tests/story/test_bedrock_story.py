"""Clients of a gateway whose models are at Bedrock, told on both wires."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from aiohttp import web

from tests.support import bedrock
from tests.support.bedrock import Bedrock, is_signed
from tests.support.clouds import at_home, deployed
from tests.support.messages import events_of, joined
from tests.support.token_server import serving
from tests.support.world import KEY, World, streamed_text, world

TEXT = "My name is Anna Schmidt, write to anna.schmidt@example.org."
MODEL = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
BASE = f"/model/{MODEL}"
MESSAGES: list[dict[str, Any]] = [{"role": "user", "content": TEXT}]
FUNCTION = {"name": "look", "parameters": {"type": "object", "properties": {}}}


@dataclass(frozen=True, slots=True)
class Told:
    """A gateway, and the cloud behind it."""

    here: World
    cloud: Bedrock

    async def ask(self, scene: str = "", **more: Any) -> tuple[int, Any]:
        """A chat request whose provider plays a scene."""
        asked = {"model": "assistant", "messages": MESSAGES, "max_tokens": most(scene)}
        status, answer = await self.here.post({**asked, **more})
        return status, answer if more.get("stream") else json.loads(answer)


def most(scene: str) -> int:
    """The bound of tokens that asks for a scene."""
    return 100 + bedrock.SCENES.index(scene)


@asynccontextmanager
async def told(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    session: str = "",
    by_key: bool = False,
    aws: dict[str, Any] | None = None,
    **more: Any,
) -> AsyncIterator[Told]:
    """A gateway whose only model is at Bedrock."""
    monkeypatch.setenv("AWS_ID", bedrock.ID)
    monkeypatch.setenv("AWS_SECRET", bedrock.SECRET)
    monkeypatch.setenv("AWS_SESSION", bedrock.SESSION)
    monkeypatch.setenv("BEDROCK_KEY", "bedrock-api-key-1")
    cloud = Bedrock(may_ask=lambda request, body: is_signed(request, body, session=session))
    if by_key:
        cloud.may_ask = lambda request, _: (
            request.headers.get("Authorization") == "Bearer bedrock-api-key-1"
        )
    keys: dict[str, Any] = {
        "access_key_id": {"env": "AWS_ID"},
        "secret_access_key": {"env": "AWS_SECRET"},
        "region": bedrock.REGION,
        **({"session_token": {"env": "AWS_SESSION"}} if session else {}),
    }
    credentials = {"c": {"env": "BEDROCK_KEY"} if by_key else {"aws": aws or keys}}
    async with serving(*cloud.routes()) as url:
        parts = deployed("bedrock", url, {"assistant": MODEL}, credential="c", **more)
        catalog = at_home(folder / "catalog", "bedrock")
        async with world(folder, catalog=catalog, credentials=credentials, **parts) as here:
            yield Told(here, cloud)


@pytest.mark.parametrize(
    ("session", "by_key"),
    [("", False), (bedrock.SESSION, False), ("", True)],
    ids=["keys", "session", "bearer"],
)
async def test_a_chat_client_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session: str, *, by_key: bool
) -> None:
    """Whole and streamed, by keys of a user, of a role or of Bedrock's own: values come back."""
    async with told(tmp_path, monkeypatch, session=session, by_key=by_key) as at:
        status, whole = await at.ask()
        _, streamed = await at.here.ask(TEXT, stream=True, stream_options={"include_usage": True})

    assert status == 200
    assert whole["choices"][0]["message"]["content"] == streamed_text(streamed) == TEXT
    assert (whole["id"], whole["model"]) == ("req-1", MODEL)
    assert streamed[-2]["usage"]["prompt_tokens"] == 12
    assert streamed[-1] == "[DONE]"
    assert [path for path, _ in at.cloud.received] == [
        f"{BASE}/converse",
        f"{BASE}/converse-stream",
    ]
    assert "Schmidt" not in json.dumps(at.cloud.received)


async def test_a_messages_client_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole and streamed, in its own words."""
    asked = {"model": "assistant", "max_tokens": 100, "messages": MESSAGES}
    async with told(tmp_path, monkeypatch) as at:
        _, whole = await at.here.post_messages(asked)
        status, streamed = await at.here.post_messages({**asked, "stream": True})

    assert status == 200
    assert json.loads(whole)["content"][0]["text"] == TEXT
    assert joined(events_of(streamed), 0, "text") == TEXT
    assert at.cloud.received[0][1]["inferenceConfig"] == {"maxTokens": 100}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_responses_and_gemini_clients_are_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, stream: bool
) -> None:
    """By way of the hub, every client's dialect reaches the same provider."""
    contents = {"contents": [{"role": "user", "parts": [{"text": TEXT}]}]}
    operation = "streamGenerateContent?alt=sse" if stream else "generateContent"
    async with told(tmp_path, monkeypatch) as at:
        one, responses = await at.here.post_responses(
            {"model": "assistant", "input": TEXT, "stream": stream}
        )
        two, gemini = await at.here.post_gemini(
            contents, path=f"/v1beta/models/assistant:{operation}"
        )

    assert (one, two) == (200, 200)
    assert TEXT in responses.decode()
    assert "".join(re.findall(r'"text": ?"([^"]*)"', gemini.decode())) == TEXT
    assert "Schmidt" not in json.dumps(at.cloud.received)


async def test_real_clients_call_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The openai and the anthropic client get whole arguments with the originals in them."""
    tool: Any = {"type": "function", "function": FUNCTION}
    messages: Any = MESSAGES
    async with (
        told(tmp_path, monkeypatch) as at,
        openai.AsyncOpenAI(base_url=f"{at.here.base_url}/v1", api_key=KEY, max_retries=0) as chat,
        anthropic.AsyncAnthropic(base_url=at.here.base_url, api_key=KEY, max_retries=0) as claude,
    ):
        stream = await chat.chat.completions.create(
            model="assistant",
            messages=messages,
            max_tokens=most("tool"),
            tools=[tool],
            stream=True,
        )
        chunks = [chunk async for chunk in stream]
        own: Any = {"name": "look", "input_schema": FUNCTION["parameters"]}
        async with claude.messages.stream(
            model="assistant",
            max_tokens=most("tool"),
            messages=messages,
            tools=[own],
        ) as said:
            message = await said.get_final_message()

    calls = [c for k in chunks for choice in k.choices for c in choice.delta.tool_calls or ()]
    given = "".join(c.function.arguments or "" for c in calls if c.function)
    assert json.loads(given) == {"text": TEXT}
    assert chunks[-1].choices[0].finish_reason == "tool_calls"
    assert message.stop_reason == "tool_use"
    assert message.content[0].type == "tool_use"
    assert message.content[0].input == {"text": TEXT}


@pytest.mark.parametrize(
    ("scene", "code"),
    [
        ("throttled", "upstream.rate_limited"),
        ("cut", "upstream.malformed"),
        ("damaged", "upstream.malformed"),
    ],
)
async def test_a_stream_that_fails_never_looks_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scene: str, code: str
) -> None:
    """An exception, a cut and a damaged message end it with an error, and nothing says `stop`."""
    async with told(tmp_path, monkeypatch) as at:
        status, answer = await at.ask(scene, stream=True)

    assert status == 200
    assert code in answer.decode()
    assert "[DONE]" not in answer.decode()
    assert '"finish_reason":"stop"' not in answer.decode()
    assert "Anna Schmidt" not in answer.decode().rpartition("error")[2]


async def test_errors_keep_their_meaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Throttled is 429; a signature that is not taken is nobody's to mend but the operator's."""
    async with told(tmp_path, monkeypatch) as at:
        busy, said = await at.ask("busy")
        at.cloud.may_ask = lambda request, _: is_signed(request, b"another body")
        refused, denied = await at.ask()

    assert (busy, said["error"]["code"]) == (429, "upstream.rate_limited")
    assert (refused, denied["error"]["code"]) == (502, "upstream.failed")
    assert "Schmidt" not in json.dumps([said, denied])


async def test_a_claude_is_invoked_in_its_own_dialect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is translated for a Messages client: model and stream go into the address."""
    asked = {"model": "assistant", "max_tokens": 100, "messages": MESSAGES, "top_k": 5}
    betas = {"anthropic-beta": "interleaved-thinking-2025-05-14"}
    async with told(tmp_path, monkeypatch, dialect="anthropic_messages") as at:
        _, whole = await at.here.post_messages(asked, headers=betas)
        _, streamed = await at.here.post_messages({**asked, "stream": True})
        status, chat = await at.ask()
        bare = {k: v for k, v in asked.items() if k != "max_tokens"}
        counted, count = await at.here.post_messages(bare, path="/v1/messages/count_tokens")

    paths = [path for path, _ in at.cloud.received]
    stream = f"{BASE}/invoke-with-response-stream"
    assert json.loads(whole)["content"][0]["text"] == TEXT
    assert joined(events_of(streamed), 0, "text") == TEXT
    assert (status, chat["choices"][0]["message"]["content"]) == (200, TEXT)
    assert paths == [f"{BASE}/invoke", stream, f"{BASE}/invoke", f"{BASE}/count-tokens"]
    assert (counted, json.loads(count)["input_tokens"] > 0) == (200, True)
    assert at.cloud.received[0][1]["anthropic_beta"] == ["interleaved-thinking-2025-05-14"]
    assert at.cloud.received[1][1].keys() == {
        *("anthropic_version", "max_tokens", "messages", "top_k")
    }
    assert "Schmidt" not in json.dumps(at.cloud.received)


async def test_the_openai_compatible_address_is_asked_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed as well, with the model in the body."""
    async with told(tmp_path, monkeypatch, dialect="openai_chat") as at:
        status, whole = await at.ask()

    assert (status, whole["choices"][0]["message"]["content"]) == (200, TEXT)
    assert at.cloud.received[0][0] == "/openai/v1/chat/completions"
    assert at.cloud.received[0][1]["model"] == MODEL


async def test_a_container_is_lent_its_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the platform, for a while: requests are signed with them, and they are asked for once."""
    asked: list[str] = []

    async def lend(request: web.Request) -> web.Response:
        asked.append(request.headers["Authorization"])
        ends = datetime.now(tz=UTC) + timedelta(hours=1)  # noqa: TID251 - the server's clock is the machine's
        keys = {"AccessKeyId": bedrock.ID, "SecretAccessKey": bedrock.SECRET}
        return web.json_response({**keys, "Token": bedrock.SESSION, "Expiration": ends.isoformat()})

    (tmp_path / "pod-token").write_text("pod.jwt", encoding="ascii")
    async with serving(("GET", "/v1/credentials", lend)) as url:
        container = {"endpoint": f"{url}/v1/credentials", "token_file": "pod-token"}
        aws = {"container": container, "region": bedrock.REGION}
        async with told(tmp_path, monkeypatch, session=bedrock.SESSION, aws=aws) as at:
            first, _ = await at.ask()
            second, _ = await at.ask()

    assert (first, second) == (200, 200)
    assert asked == ["pod.jwt"]
