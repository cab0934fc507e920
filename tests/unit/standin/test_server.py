"""The stand-in does what its one line of text says, over real HTTP."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from guardrail_gw.standin.behaviour import parse
from guardrail_gw.standin.server import StandIn

TEXT = "Grüße an PERSON_7K2QX9MD"
TOOLS = [{"type": "function", "function": {"name": name}} for name in ("mail", "book")]


async def ask(provider: StandIn, model: str, **more: object) -> tuple[int, bytes]:
    """Send one request and read the whole answer."""
    body = {"model": model, "messages": [{"role": "user", "content": TEXT}], **more}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{provider.base_url}/chat/completions", json=body) as response,
    ):
        return response.status, await response.read()


def data_of(stream: bytes) -> list[Any]:
    """The JSON of every event; the end mark as None."""
    events = [e.removeprefix(b"data: ") for e in stream.split(b"\n\n") if e]
    return [None if e == b"[DONE]" else json.loads(e) for e in events]


def deltas(stream: bytes) -> list[dict[str, Any]]:
    """Every choice's delta, in order."""
    return [c for e in data_of(stream) if e for c in e["choices"]]


async def test_an_echo_is_the_last_user_text() -> None:
    """A whole answer repeats what the user wrote, counts tokens and is kept as it came."""
    async with StandIn() as provider:
        status, body = await ask(provider, "echo", n=2)

        answer = json.loads(body)
        assert status == 200
        assert [c["message"]["content"] for c in answer["choices"]] == [TEXT, TEXT]
        assert answer["usage"]["prompt_tokens"] == 3
        assert json.loads(provider.received[0].body)["messages"][0]["content"] == TEXT
        assert "content-type" in provider.received[0].headers


@pytest.mark.parametrize(
    "model", ["gpt-4o", "echo?bytes=1", "echo?bytes=3&chars=1", "echo?chars=0"]
)
async def test_a_stream_joins_to_the_whole(model: str) -> None:
    """However it is cut, the pieces join to the text; usage and the end mark come last."""
    async with StandIn() as provider:
        _, body = await ask(
            provider, model, stream=True, logprobs=True, stream_options={"include_usage": True}
        )

    assert "".join(c["delta"].get("content", "") for c in deltas(body)) == TEXT
    assert data_of(body)[-1] is None
    assert data_of(body)[-2]["usage"]["total_tokens"] == 6
    tokens = [t["token"] for c in deltas(body) for t in c.get("logprobs", {}).get("content", ())]
    assert "".join(tokens) == TEXT


async def test_tools_are_called_in_fragments_side_by_side() -> None:
    """Streamed arguments of parallel calls arrive in turns and join to JSON that holds the text."""
    async with StandIn() as provider:
        _, body = await ask(provider, "tool?calls=2&chars=3", stream=True, tools=TOOLS)

    arguments = ["", ""]
    for choice in deltas(body):
        for call in choice["delta"].get("tool_calls", ()):
            arguments[call["index"]] += call["function"]["arguments"]
    assert [json.loads(a) for a in arguments] == [{"text": TEXT}, {"text": TEXT}]


async def test_statuses_follow_the_script_before_the_model() -> None:
    """Scripted behaviours come first, one per request; Retry-After is sent when asked for."""
    async with StandIn(script=["status-429?retry_after=2", "status-503"]) as provider:
        statuses = [(await ask(provider, "echo"))[0] for _ in range(3)]

    assert statuses == [429, 503, 200]


@pytest.mark.parametrize("stream", [False, True])
async def test_a_cut_drops_the_connection(stream: bool) -> None:  # noqa: FBT001 - a table
    """A cut answer breaks off in the middle for whoever reads it."""
    async with StandIn() as provider:
        with pytest.raises(aiohttp.ClientError):
            await ask(provider, "cut?after=1", stream=stream)
        with pytest.raises(aiohttp.ClientError):
            await ask(provider, "cut", stream=stream)


async def test_a_stall_lasts_until_the_client_or_the_stand_in_gives_up() -> None:
    """Nothing comes; closing the stand-in does not wait for it."""
    async with StandIn() as provider:
        with pytest.raises(TimeoutError):
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.1)) as session:
                await session.post(f"{provider.base_url}/chat/completions", json={"model": "stall"})


async def test_other_breakages() -> None:
    """A missing end mark, an error in the stream, and bytes that are not JSON."""
    async with StandIn() as provider:
        _, unfinished = await ask(provider, "no-done", stream=True)
        _, failed = await ask(provider, "error-in-stream?after=1", stream=True)
        _, garbage = await ask(provider, "garbage")

    assert data_of(unfinished)[-1] is not None
    assert "error" in data_of(failed)[-1]
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(garbage)


async def test_requests_are_kept_in_a_file(tmp_path: Path) -> None:
    """With `record`, every request is one JSON line."""
    record = tmp_path / "received.jsonl"
    async with StandIn(record=record) as provider:
        await ask(provider, "echo")
        await ask(provider, "mirror")

    bodies = [json.loads(json.loads(line)["body"]) for line in record.read_bytes().splitlines()]
    assert [b["model"] for b in bodies] == ["echo", "mirror"]


def test_a_wrong_option_is_refused() -> None:
    """A typo in an option is an error, a name that is no behaviour means echo."""
    assert parse("gpt-4o?x=1").name == "echo"
    for line in ("echo?byte=3", "echo?bytes=x", "echo?bytes=-1"):
        with pytest.raises(ValueError, match=r"option|int"):
            parse(line)


def test_what_breaks_off_can_be_anything_that_is_said() -> None:
    """And nothing else."""
    assert parse("cut?after=3&says=tool").content == "tool"
    assert parse("tool").content == "tool"
    with pytest.raises(ValueError, match="nothing is said by 'stall'"):
        parse("cut?after=3&says=stall")
