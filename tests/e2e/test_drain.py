"""A gateway that is told to stop: what its clients see, what is on record, how it ends."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from guardrail_gw.audit.verify import Verdict
from tests.support.policies import without_names
from tests.support.served import Served, chat, served

pytestmark = [pytest.mark.e2e, pytest.mark.allow_blocking]

TEXT = "one two three four five six seven eight nine ten eleven twelve"
USER = [{"role": "user", "content": TEXT}]
ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "openai_chat": (
        "/v1/chat/completions",
        {"model": "assistant", "messages": USER, "stream": True},
    ),
    "openai_responses": ("/v1/responses", {"model": "assistant", "input": TEXT, "stream": True}),
    "anthropic_messages": (
        "/v1/messages",
        {"model": "assistant", "messages": USER, "max_tokens": 99, "stream": True},
    ),
    "gemini_generate": (
        "/v1beta/models/assistant:streamGenerateContent?alt=sse",
        {"contents": [{"role": "user", "parts": [{"text": TEXT}]}]},
    ),
}


async def test_streams_that_end_in_time_end_whole(tmp_path: Path) -> None:
    """After SIGTERM nobody new is let in, a stream is sent to its end, and the exit code is 0."""
    limits = {"drain_s": 20}
    async with served(tmp_path, {"limits": limits}) as there, aiohttp.ClientSession() as client:
        base_url = await there.base_url()
        there.us.script.append("echo?gap_ms=80")
        path, body = ASKED["openai_chat"]
        async with client.post(base_url + path, json=body) as response:
            first = await response.content.readany()
            there.process.terminate()
            with pytest.raises(aiohttp.ClientConnectionError):
                while True:
                    await refused_by_now(client, base_url)
            rest = await response.content.read()
        code = await there.ended()

    assert code == 0
    assert (first + rest).rstrip().endswith(b"data: [DONE]")
    assert there.outcomes()[0]["ending"] == "ok"
    assert {r.verdict for r in there.reports()} == {Verdict.OK}


async def refused_by_now(client: aiohttp.ClientSession, base_url: str) -> None:
    """Ask over a new connection; what is answered in the moment of the signal is answered."""
    async with client.get(f"{base_url}/healthz", headers={"Connection": "close"}) as response:
        await response.read()
    await asyncio.sleep(0.02)


@pytest.mark.parametrize("surface", ASKED)
async def test_a_stream_that_runs_too_long_ends_with_an_error_of_its_dialect(
    tmp_path: Path, surface: str
) -> None:
    """In band, and on record as truncated with what it used; the exit code is 0 all the same."""
    limits = {"drain_s": 0.3}
    budgets = [{"id": "all", "usd": "1"}]
    config = {"limits": limits, "budgets": budgets}
    async with served(tmp_path, config) as there:
        answer = await cut_short(there, surface, [signal.SIGTERM])
        code = await there.ended()

    assert code == 0
    assert b"server.stopping" in answer or b"the gateway is stopping" in answer
    (outcome,) = there.outcomes()
    assert (outcome["ending"], outcome["code"], outcome["status"]) == (
        "truncated", "server.stopping", 503,
    )  # fmt: skip
    assert len(outcome["attempts"]) == 1
    assert float(outcome["estimated_usd"]) > 0  # settled by what was seen
    assert {r.verdict for r in there.reports()} == {Verdict.OK}
    assert there.lines("gateway.ended")[0]["attempts"] == 1


async def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    """Nobody waits for `drain_delay_s` or `drain_s`; everything is on record all the same."""
    limits = {"drain_s": 600, "drain_delay_s": 600}
    async with served(tmp_path, {"limits": limits}) as there:
        answer = await cut_short(there, "openai_chat", [signal.SIGTERM, signal.SIGTERM])
        code = await there.ended(15)

    assert code == 0
    assert b"server.stopping" in answer
    assert [o["ending"] for o in there.outcomes()] == ["truncated"]
    assert {r.verdict for r in there.reports()} == {Verdict.OK}


@pytest.mark.parametrize("several", [{}, {"workers": 2, "probe": {"port": 0}}], ids=["one", "two"])
async def test_signals_until_the_very_end_change_nothing(
    tmp_path: Path, several: dict[str, Any]
) -> None:
    """Whoever insists does not turn an orderly end into another, or into a traceback."""
    config = {"detection": {"model": None}, **several}
    async with served(tmp_path, config, change=without_names) as there:
        await there.base_url()
        await insisted(there, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
        code = await there.ended()

    assert code == 0
    assert "Traceback" not in there.log.read_text()
    assert {r.verdict for r in there.reports()} == {Verdict.OK}


async def insisted(there: Served, *numbers: signal.Signals) -> None:
    """Send signals every half millisecond, until it has ended."""
    while there.process.returncode is None:
        for number in numbers:
            with suppress(ProcessLookupError):
                os.kill(there.process.pid, number)  # asks nobody how it ended
        await asyncio.sleep(0.0005)


async def cut_short(there: Served, surface: str, signals: list[signal.Signals]) -> bytes:
    """Begin a stream whose provider falls silent, send the signals, read on to the end."""
    there.us.script.append("stall?after=4")
    path, body = ASKED[surface]
    base_url = await there.base_url()
    async with (
        aiohttp.ClientSession() as client,
        client.post(base_url + path, json=body) as response,
    ):
        assert response.status == 200, await response.read()
        first = await response.content.readany()
        for number in signals:
            there.process.send_signal(number)
            await asyncio.sleep(0.3)
        return first + await response.content.read()


async def test_it_serves_on_while_others_notice(tmp_path: Path) -> None:
    """Within `drain_delay_s` it is unready at once, and answers."""
    config = {"limits": {"drain_s": 5, "drain_delay_s": 1.5}, "probe": {"port": 0}}
    async with served(tmp_path, config) as there, aiohttp.ClientSession() as client:
        base_url, probe_url = await there.base_url(), await there.probe_url()
        async with client.get(f"{probe_url}/readyz") as before:
            assert before.status == 200
        there.process.terminate()
        await there.said("gateway.withdrawn")
        async with client.get(f"{probe_url}/readyz") as ready:
            told = await ready.json()
        status, _ = await chat(client, base_url, TEXT)
        code = await there.ended()

    assert (ready.status, told["checks"]["accepting"], status, code) == (503, False, 200, 0)


async def test_a_whole_answer_that_takes_too_long_is_refused(tmp_path: Path) -> None:
    """The client is told to try again; the provider's contact is on record."""
    limits = {"drain_s": 0.3}
    async with served(tmp_path, {"limits": limits}) as there, aiohttp.ClientSession() as client:
        base_url = await there.base_url()
        there.us.script.append("stall")
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(chat(client, base_url, TEXT))
            while not there.us.received:  # noqa: ASYNC110 - seen from outside only
                await asyncio.sleep(0.02)
            there.process.terminate()
        code = await there.ended()

    status, answer = asking.result()
    assert (status, code) == (503, 0)
    assert b"server.stopping" in answer
    (outcome,) = there.outcomes()
    assert (outcome["ending"], len(outcome["attempts"])) == ("truncated", 1)
