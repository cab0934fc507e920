"""Recorded answers of Bedrock through a whole gateway, to a chat client; they may be absent."""

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from guardrail_gw.dialects.event_stream import EventStreamDecoder
from tests.support.clouds import at_home, deployed
from tests.support.policies import policy_text, write_policies
from tests.support.recorded import needs_recordings, recorded
from tests.support.replay import OPEN, Blind, Replay, replaying
from tests.support.world import World, streamed_text, world

FILES: Final = ("bedrock_converse", "vercel-bedrock_converse")

pytestmark = needs_recordings


@asynccontextmanager
async def converse(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[World, Replay]]:
    """A gateway whose only model is at Bedrock, which answers as it was recorded."""
    monkeypatch.setenv("BEDROCK_KEY", "bedrock-api-key-1")
    policies = folder / "policies"
    policies.mkdir()
    write_policies(policies, open=policy_text("open", OPEN))
    async with replaying() as replay:
        parts = deployed("bedrock", replay.base_url, {"assistant": "m"}, credential="c")
        async with world(
            folder,
            policies=policies,
            detectors=Blind(),
            catalog=at_home(folder / "catalog", "bedrock"),
            credentials={"c": {"env": "BEDROCK_KEY"}},
            **parts,
        ) as here:
            yield here, replay


async def test_every_recorded_answer_reaches_a_chat_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that the model says, and the arguments of its calls, whole and streamed.

    What a provider's own tools gave within an answer has no place in a chat: no part of it passes,
    and the provider is asked again for the next one.
    """
    count = refused = 0
    async with converse(tmp_path, monkeypatch) as (here, replay):
        for exchange in answers():
            replay.answer = exchange["response"]
            status, got = await here.ask("hello", stream=exchange["stream"])
            blocks = blocks_of(exchange["response"])
            if any("toolResult" in block for block in blocks):
                refused += 1
                assert status == 502
                assert got["error"]["code"] == "upstream.failed"
                continue
            count += 1
            assert status == 200, exchange["id"]
            assert said(got, is_stream=exchange["stream"]) == "".join(
                block.get("text", "") for block in blocks
            )
            assert called(got, is_stream=exchange["stream"]) == [
                block["toolUse"]["input"] for block in blocks if "toolUse" in block
            ]
    assert count > 140
    assert refused == 3


async def test_every_recorded_error_keeps_its_meaning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal keeps its status, and its words are withheld."""
    count = 0
    async with converse(tmp_path, monkeypatch) as (here, replay):
        for exchange in recorded(*FILES):
            replay.answer = answer = exchange["response"]
            if answer["status"] == 200:
                continue
            status, got = await here.ask("hello")
            count += 1
            assert status == answer["status"]
            assert answer["body"]["message"] not in json.dumps(got)
    assert count == 8


def answers() -> list[dict[str, Any]]:
    """Each recorded exchange that is an answer of a model."""
    return [
        exchange
        for exchange in recorded(*FILES)
        if "base64" in exchange["response"] or "output" in (exchange["response"].get("body") or {})
    ]


def blocks_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The content of an answer, put together anew from a stream's events."""
    if "body" in answer:
        return list(answer["body"]["output"]["message"]["content"])
    blocks: dict[int, dict[str, Any]] = {}
    for message in EventStreamDecoder().feed(b64decode(answer["base64"])):
        event = json.loads(message.payload)
        block = blocks.setdefault(event.get("contentBlockIndex", -1), {})
        delta = event.get("delta") or {}
        if "text" in delta:
            block["text"] = block.get("text", "") + delta["text"]
        if "toolUse" in (event.get("start") or {}):
            block["toolUse"] = {"input": ""}
        if "toolResult" in (event.get("start") or {}):
            block["toolResult"] = {}
        if "toolUse" in delta:
            block["toolUse"]["input"] += delta["toolUse"].get("input", "")
    return [whole(blocks[at]) for at in sorted(blocks)]


def whole(block: dict[str, Any]) -> dict[str, Any]:
    """A block whose call has arguments and no text of them."""
    if "toolUse" not in block:
        return block
    return {"toolUse": {"input": json.loads(block["toolUse"]["input"] or "{}")}}


def said(got: Any, *, is_stream: bool) -> str:
    """The text that a client reads."""
    if is_stream:
        return streamed_text(got)
    message: dict[str, Any] = got["choices"][0]["message"]
    return message["content"] or ""


def called(got: Any, *, is_stream: bool) -> list[Any]:
    """The arguments of each call that a client reads."""
    if not is_stream:
        calls = got["choices"][0]["message"].get("tool_calls") or ()
        return [json.loads(call["function"]["arguments"]) for call in calls]
    texts: dict[int, str] = {}
    for event in got:
        for choice in () if event == "[DONE]" else event["choices"]:
            for call in choice["delta"].get("tool_calls") or ():
                at = call["index"]
                texts[at] = texts.get(at, "") + (call["function"].get("arguments") or "")
    return [json.loads(text) for _, text in sorted(texts.items())]
