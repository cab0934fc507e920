"""What the log says about every way an exchange can end, and what if it cannot be written."""

import asyncio
import contextlib
import json
import shutil
from collections import Counter

import aiohttp
import pytest

from guardrail_gw.audit.verify import Verdict
from tests.support.world import KEY, World, events, streamed_text

PERSONAL = "My name is Anna Schmidt, anna.schmidt@example.org."


async def test_every_exchange_has_one_intent_and_one_outcome(here: World) -> None:
    """Answered, refused, blocked, failed and cut exchanges alike leave one pair each."""
    await here.ask(PERSONAL)
    await here.ask(PERSONAL, stream=True)
    await here.ask("hello", model="nobody-knows")
    await here.ask(PERSONAL, model="american")
    await here.ask(PERSONAL, model="cut?after=2", stream=True)
    await here.post(b"{")
    await here.post({"model": "assistant"}, key="wrong")
    await here.post({"model": "assistant"}, key=None)
    here.us.script.extend(["status-500"] * 9)
    here.eu.script.extend(["status-500"] * 9)
    here.eu2.script.extend(["status-500"] * 9)
    await here.ask("hello")

    pairs = here.pairs()

    assert len(pairs) == 9
    assert all(kinds == ["intent", "outcome"] for kinds in pairs.values())
    endings = Counter(r.meta["ending"] for r in here.records() if r.kind == "outcome" and r.meta)
    assert endings == {"ok": 2, "refused": 4, "blocked": 1, "truncated": 1, "provider_error": 1}


async def test_a_client_that_leaves_is_recorded(here: World) -> None:
    """When the client goes away mid-stream, the outcome says so and the provider is let go."""
    body = {
        "model": "stall?after=2",
        "stream": True,
        "messages": [{"role": "user", "content": PERSONAL}],
    }
    url, headers = f"{here.base_url}/v1/chat/completions", {"Authorization": f"Bearer {KEY}"}
    async with (
        aiohttp.ClientSession() as client,
        client.post(url, json=body, headers=headers) as response,
    ):
        await response.content.readany()
    endings: list[str] = []
    for _ in range(100):
        endings = [r.meta["ending"] for r in here.records() if r.kind == "outcome" and r.meta]
        if endings:
            break
        await asyncio.sleep(0.05)

    assert endings == ["client_cancel"]


async def test_a_cut_stream_ends_with_an_error_event(here: World) -> None:
    """A provider that drops the connection mid-answer: error event, no end mark, `truncated`."""
    status, answer = await here.post(
        {
            "model": "cut?after=2",
            "stream": True,
            "messages": [{"role": "user", "content": "tell me more about release notes"}],
        }
    )

    assert status == 200
    assert events(answer)[-1]["error"]["code"] == "upstream.malformed"
    assert "[DONE]" not in answer.decode()
    outcome = next(r.meta for r in here.records() if r.kind == "outcome" and r.meta)
    assert outcome["ending"] == "truncated"


async def test_nothing_leaves_when_the_record_cannot_be_written(here: World) -> None:
    """With the log's folder gone, the request is refused and no provider is contacted."""
    shutil.rmtree(here.folder / "audit")
    (here.folder / "audit").write_text("not a folder")

    status, answer = await here.ask("hello")

    assert status == 503
    assert answer["error"]["code"] in {"audit.replaced", "audit.unavailable"}  # as who was first
    assert here.sent == []
    assert (await here.get("/readyz"))[0] == 503


async def test_the_log_of_a_day_verifies_and_opens(here: World) -> None:
    """After a clean stop the log verifies with public keys and opens with the auditor's."""
    await here.ask(PERSONAL)
    await here.gateway.__aexit__()

    report = here.verified()

    assert report.verdict is Verdict.OK
    assert report.closed
    intent = next(r.meta for r in here.records() if r.kind == "intent" and r.meta)
    assert intent["entities"].keys() >= {"PERSON", "EMAIL_ADDRESS"}
    assert "Anna" not in json.dumps(intent)
    outcome = next(r.meta for r in here.records("escrow") if r.kind == "outcome" and r.meta)
    assert outcome["attempts"][0]["deployment"] == "eu-0"
    assert outcome["usage"]["input"] > 0
    assert float(outcome["cost_usd"]) > 0


async def test_a_flipped_byte_is_found(here: World) -> None:
    """Any change to what is stored makes verification fail."""
    await here.ask(PERSONAL)
    await here.gateway.__aexit__()
    segment = next(p for p in sorted((here.folder / "audit").iterdir()) if p.stat().st_size > 2000)
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)

    assert here.verified().verdict is Verdict.TAMPERED


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_many_at_once_do_not_mix(here: World, *, stream: bool) -> None:
    """Thirty concurrent exchanges each get their own values back."""

    async def one(number: int) -> bool:
        text = f"Customer {number} is reached at person{number}@example.org."
        _, answer = await here.ask(text, stream=stream)
        got = streamed_text(answer) if stream else answer["choices"][0]["message"]["content"]
        return got == text

    assert all(await asyncio.gather(*(one(n) for n in range(30))))
    assert all(kinds == ["intent", "outcome"] for kinds in here.pairs().values())


async def test_clients_that_leave_at_any_moment_leave_pairs(here: World) -> None:
    """Sixty clients give up after 0 to 60 ms: whatever was begun has its intent and its outcome."""

    async def give_up(after_ms: int) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(after_ms / 1000):
                await here.ask("Name three good habits.")

    await asyncio.gather(*(give_up(ms) for ms in range(60)))
    await here.gateway.__aexit__()

    assert all(kinds == ["intent", "outcome"] for kinds in here.pairs().values())
    assert here.verified().unpaired == ()
    assert here.gateway.audit.tally.unrecorded == 0


async def test_a_flood_of_strangers_is_counted(here: World) -> None:
    """A hundred requests without a key are all on record, most of them in a count."""

    async def ask(number: int) -> tuple[int, bool]:
        headers = {"Authorization": "Bearer wrong"} if number % 2 else {}
        url = f"{here.base_url}/v1/chat/completions"
        async with here.client.post(url, json={}, headers=headers) as response:
            return response.status, "x-request-id" in response.headers

    answers = Counter([await ask(number) for number in range(100)])
    known, _ = await here.ask("hello")
    await here.gateway.__aexit__()

    intents = [r.meta for r in here.records() if r.kind == "intent" and r.meta]
    counts = [m["facts"]["attempts"] for m in intents if m.get("code") == "auth.too_many_attempts"]
    alone = [m for m in intents if m.get("code") in {"auth.missing_key", "auth.unknown_key"}]
    assert known == 200
    assert answers == {(401, True): len(alone), (429, False): sum(counts)}
    assert sum(counts) > len(alone)
    assert all(kinds == ["intent", "outcome"] for kinds in here.pairs().values())
