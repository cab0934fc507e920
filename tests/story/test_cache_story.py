"""Answers that are given again, told by what clients get, what providers see and what is on record.

Whatever is looked up went the way of every request first: only the provider is not asked.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from guardrail_gw.audit.verify import Verdict
from guardrail_gw.core.shipped import shipped
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.server.access import digest
from tests.support.world import KEY, World, world

NAME = "Anna Schmidt"
TEXT: Final = "@text@"
"""Where the text stands that is asked about."""
OTHER: Final = "ggw-another-key-for-tests"
HIT, MISS, BYPASS = (f"guardrail-gw; {word}" for word in ("hit", "fwd=miss", "fwd=bypass"))
CACHE: Final = {"ttl_s": 60}
ACCESS: Final = {
    "keys": [
        {"id": name, "sha256": digest(key), "tenant": "acme", "team": "crm", "user": "ci"}
        for name, key in (("k1", KEY), ("k2", OTHER))
    ]
}
CHAT: Final = "/v1/chat/completions"
GEMINI: Final = "/v1beta/models/gemini:"
USER: Final = [{"role": "user", "content": TEXT}]
GEMINIS: Final = {"contents": [{"role": "user", "parts": [{"text": TEXT}]}]}
SURFACES: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "chat": (CHAT, {"model": "assistant", "messages": USER}),
    "chat, streamed": (CHAT, {"model": "echo?chars=3", "messages": USER, "stream": True}),
    "completions": ("/v1/completions", {"model": "assistant", "prompt": TEXT}),
    "completions, streamed": (
        "/v1/completions",
        {"model": "echo?chars=3", "prompt": TEXT, "stream": True},
    ),
    "embeddings": ("/v1/embeddings", {"model": "assistant", "input": TEXT}),
    "responses": ("/v1/responses", {"model": "responses", "input": TEXT}),
    "responses, streamed": (
        "/v1/responses",
        {"model": "responses echo?chars=3", "input": TEXT, "stream": True},
    ),
    "messages": ("/v1/messages", {"model": "claude", "max_tokens": 99, "messages": USER}),
    "messages, streamed": (
        "/v1/messages",
        {"model": "claude echo?chars=3", "max_tokens": 99, "messages": USER, "stream": True},
    ),
    "gemini": (f"{GEMINI}generateContent", GEMINIS),
    "gemini, streamed": (f"{GEMINI}streamGenerateContent?alt=sse", GEMINIS),
    "gemini, an array": (f"{GEMINI}streamGenerateContent", GEMINIS),
    "messages, translated": (
        "/v1/messages",
        {"model": "assistant", "max_tokens": 99, "messages": USER, "stream": True},
    ),
    "tools": (
        CHAT,
        {
            "model": "tool?calls=2",
            "messages": USER,
            "tools": [{"type": "function", "function": {"name": "look", "parameters": {}}}],
        },
    ),
}


class LaterClock(SystemClock):
    """The machine's time, and as much more as a test says."""

    def __init__(self) -> None:
        self.later_s = 0.0
        self.days = 0
        """Of the wall clock alone."""

    def now_us(self) -> int:
        return super().now_us() + round((self.later_s + self.days * 86_400) * 1e6)

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.later_s


@dataclass(frozen=True, kw_only=True)
class Got:
    """What a client gets."""

    status: int
    told: str | None
    """`Cache-Status`."""
    body: bytes


async def post(
    here: World, asked: tuple[str, Mapping[str, Any]], text: str, *, key: str = KEY, **headers: str
) -> Got:
    """Ask for something about `text`."""
    path, body = asked
    data = json.dumps(body).replace(TEXT, text)
    sent = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {key}",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    async with here.client.post(f"{here.base_url}{path}", data=data, headers=sent) as response:
        told = response.headers.get("Cache-Status")
        return Got(status=response.status, told=told, body=await response.read())


def policies(folder: Path, *lines: str) -> Path:
    """The default policy with more lines."""
    path = shutil.copytree(shipped("policies/default"), folder / "policies") / "policy.yaml"
    said = "".join(f"  {line}\n" for line in lines)
    path.write_text(path.read_text(encoding="utf-8").rstrip() + f"\n{said}", encoding="utf-8")
    (path.parent / "cases.yaml").unlink()
    return path.parent


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A gateway that gives answers again, also about people."""
    folder = tmp_path_factory.mktemp("cache")
    allowing = await asyncio.to_thread(policies, folder, "cache: all")
    async with world(folder, policies=allowing, cache=CACHE, access=ACCESS) as started:
        yield started


def meta(here: World, kind: str, last: int) -> list[dict[str, Any]]:
    """The last records of a kind."""
    return [r.meta for r in here.records() if r.kind == kind and r.meta][-last:]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", SURFACES)
async def test_who_asks_the_same_gets_the_same(shared: World, name: str) -> None:
    """In every dialect, byte for byte, with values put back, and no provider is asked again."""
    asked, before = SURFACES[name], len(shared.sent)
    text = f"Who is {NAME} in {name}?"

    first = await post(shared, asked, text)
    again = await post(shared, asked, text)

    assert (first.status, first.told) == (200, MISS)
    assert (again.status, again.told) == (200, HIT)
    assert again.body == first.body
    assert len(shared.sent) == before + 1
    assert NAME.encode() not in shared.sent[-1]
    if name != "embeddings":
        joined = again.body.decode().replace("\\", "")
        assert "Schmidt" in joined or "streamed" in name or "array" in name


@pytest.mark.asyncio(loop_scope="module")
async def test_the_records_say_whose_answer_it_is(shared: World) -> None:
    """The intent names the exchange that was answered; the outcome has no attempt and no cost."""
    asked, text = SURFACES["chat"], f"Does {NAME} stand on record?"

    await post(shared, asked, text)
    await post(shared, asked, text)

    first, again = meta(shared, "intent", 2)
    made, given = meta(shared, "outcome", 2)
    intents = [r for r in shared.records() if r.kind == "intent"]
    assert "cached" not in first
    assert again["cached"]["request"] == first["request"] != again["request"]
    assert again["cached"]["intent"] == next(
        r.index for r in intents if r.meta and r.meta["request"] == first["request"]
    )
    assert again["entities"] == {"PERSON": 1}
    assert (made["cache"], given["cache"]) == ("absent", "hit")
    assert (given["ending"], given["status"], given["attempts"]) == ("ok", 200, [])
    assert (given["cost_usd"], given["usage"], given["restored"]) == ("0", None, 1)
    assert given["deployment"] == made["deployment"]
    assert shared.verified().verdict in (Verdict.OK, Verdict.INCOMPLETE)


@pytest.mark.asyncio(loop_scope="module")
async def test_whole_and_streamed_are_two_answers(shared: World) -> None:
    """Neither is made of the other."""
    path, body = SURFACES["chat"]

    whole = await post(shared, (path, body), "whole or streamed?")
    streamed = await post(shared, (path, {**body, "stream": True}), "whole or streamed?")

    assert (whole.told, streamed.told) == (MISS, MISS)
    assert streamed.body.endswith(b"data: [DONE]\n\n")


@pytest.mark.asyncio(loop_scope="module")
async def test_nobody_gets_what_others_were_answered(shared: World) -> None:
    """Not even another key of the same person."""
    first = await post(shared, SURFACES["chat"], "among keys")
    other = await post(shared, SURFACES["chat"], "among keys", key=OTHER)

    assert (first.told, other.told) == (MISS, MISS)
    assert (await post(shared, SURFACES["chat"], "among keys", key=OTHER)).told == HIT


@pytest.mark.asyncio(loop_scope="module")
async def test_a_client_can_ask_for_a_new_answer(shared: World) -> None:
    """`no-cache` and an age get a new one, which is kept; of `no-store` nothing is."""
    asked, text = SURFACES["chat"], "something new"

    told = [
        (await post(shared, asked, text, **headers)).told
        for headers in (
            {"Cache_Control": "no-store"},
            {},
            {"Cache_Control": "no-cache"},
            {"Cache_Control": "max-age=0"},
            {"Cache_Control": "private, max-age=50"},
            {"Cache_Control": "no-store"},
        )
    ]

    assert told == [BYPASS, MISS, MISS, MISS, HIT, BYPASS]
    assert [each["cache"] for each in meta(shared, "outcome", 6)] == [
        *("client", "absent", "stale", "stale", "hit", "client")
    ]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ((CHAT, {"model": "assistant", "messages": USER, "store": True}), "stateful"),
        (("/v1/responses", {"model": "responses", "input": TEXT, "store": True}), "stateful"),
        ((CHAT, {"model": "assistant", "messages": USER, "route": "x"}), "feature"),
        (
            (CHAT, {"model": "assistant", "messages": USER, "web_search_options": {"a": 1}}),
            "feature",
        ),
    ],
)
async def test_what_is_more_than_an_answer_is_asked_for_again(
    shared: World, asked: tuple[str, dict[str, Any]], why: str
) -> None:
    """What a provider keeps, or does besides, is asked of it each time."""
    before = len(shared.sent)

    told = [(await post(shared, asked, "tall towers")).told for _ in range(2)]

    assert told == [BYPASS, BYPASS]
    assert len(shared.sent) == before + 2
    assert meta(shared, "outcome", 1)[0]["cache"] == why


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("model", ["cut?after=2", "stall?after=2"])
async def test_what_broke_off_is_not_kept(shared: World, model: str) -> None:
    """A provider that is cut off, and a client that leaves, leave nothing."""
    asked = (CHAT, {"model": model, "messages": USER, "stream": True})
    before = len(shared.sent)

    for _ in range(2):
        body = json.dumps(asked[1]).replace(TEXT, "a long story")
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
        async with shared.client.post(
            f"{shared.base_url}{CHAT}", data=body, headers=headers
        ) as response:
            assert response.headers["Cache-Status"] == MISS
            await response.content.readany()
            if model.startswith("cut"):
                await response.read()

    assert len(shared.sent) == before + 2


async def test_by_default_only_what_is_about_nobody(tmp_path: Path) -> None:
    """A policy that says nothing has answers kept to requests in which nothing was found."""
    async with world(tmp_path, cache=CACHE) as here:
        personal = [(await post(here, SURFACES["chat"], f"Who is {NAME}?")).told for _ in range(2)]
        others = [(await post(here, SURFACES["chat"], "How tall is it?")).told for _ in range(2)]
        said = [each["cache"] for each in meta(here, "outcome", 4)]
        text = (await here.get("/metrics"))[1].decode()

    assert (personal, others) == ([BYPASS, BYPASS], [MISS, HIT])
    assert said == ["personal", "personal", "absent", "hit"]
    for result, reason, times in (
        ("bypass", "personal", 2),
        ("miss", "absent", 1),
        ("hit", "hit", 1),
    ):
        labels = f'reason="{reason}",result="{result}"'
        assert f"guardrail_gw_cache_lookups_total{{{labels}}} {times}.0" in text
    assert "guardrail_gw_cache_entries 1.0" in text


async def test_without_a_word_in_the_configuration_nothing_is_kept(tmp_path: Path) -> None:
    """It is off by default, whatever policies say, and nobody hears of it."""
    allowing = await asyncio.to_thread(policies, tmp_path, "cache: all")
    async with world(tmp_path, policies=allowing) as here:
        told = [(await post(here, SURFACES["chat"], "How tall is it?")).told for _ in range(2)]
        said = meta(here, "outcome", 1)[0]

    assert told == [None, None]
    assert "cache" not in said


async def test_a_policy_ends_it_at_once(tmp_path: Path) -> None:
    """What was kept under other policies is not reached, and `never` has nothing kept."""
    allowing = await asyncio.to_thread(policies, tmp_path, "cache: all")
    async with world(tmp_path, policies=allowing, cache=CACHE, policy_watch_s=0) as here:
        told = [(await post(here, SURFACES["chat"], "How tall is it?")).told for _ in range(2)]
        for word in ("impersonal", "never"):
            path = allowing / "policy.yaml"
            lines = path.read_text(encoding="utf-8").rsplit("  cache:", 1)[0]
            path.write_text(f"{lines}  cache: {word}\n", encoding="utf-8")
            await here.gateway.reload()
            told.append((await post(here, SURFACES["chat"], "How tall is it?")).told)
        said = meta(here, "outcome", 1)[0]

    assert told == [MISS, HIT, MISS, BYPASS]
    assert said["cache"] == "policy"


async def test_who_may_not_be_asked_any_more_is_not_heard_again(tmp_path: Path) -> None:
    """When a contract has ended, what was answered under it is not given; somebody else answers."""
    clock = LaterClock()
    today = datetime.fromtimestamp(clock.now_us() / 1e6, tz=UTC).date()
    soon = str(today + timedelta(days=1))
    dpa = {"reference": "DPA 1", "signed": "2020-01-01", "expires": soon}
    contract = {"processor": "Provider Ltd", "purpose": "Answers", "dpa": dpa}
    hour = {"ttl_s": 3600}
    async with world(tmp_path, contracts={"us-0": contract}, clock=clock, cache=hour) as here:
        first = await post(here, SURFACES["chat"], "How tall is it?")
        again = await post(here, SURFACES["chat"], "How tall is it?")
        clock.days = 3
        after = await post(here, SURFACES["chat"], "How tall is it?")
        outcomes = meta(here, "outcome", 3)

    assert (first.told, again.told, after.told) == (MISS, HIT, MISS)
    assert [each["cache"] for each in outcomes] == ["absent", "hit", "excluded"]
    assert [each["deployment"] for each in outcomes] == ["us-0", "us-0", "eu-0"]


async def test_its_time_ends_it(tmp_path: Path) -> None:
    """An answer that is too old is not given, and goes from memory though nobody asks."""
    later = LaterClock()
    async with world(tmp_path, cache={"ttl_s": 50}, clock=later) as here:
        told = [(await post(here, SURFACES["chat"], "How tall is it?")).told]
        later.later_s = 49
        told.append((await post(here, SURFACES["chat"], "How tall is it?")).told)
        later.later_s = 51
        told.append((await post(here, SURFACES["chat"], "How tall is it?")).told)

    async with world(tmp_path, cache={"ttl_s": 0.1}) as short:
        await post(short, SURFACES["chat"], "How tall is it?")
        await short.until("guardrail_gw_cache_entries", lambda entries: entries == 0)

    assert told == [MISS, HIT, MISS]


async def test_another_run_knows_nothing(tmp_path: Path) -> None:
    """Answers are in the memory of one process, and nowhere in its folder."""
    allowing = await asyncio.to_thread(policies, tmp_path, "cache: all")
    asked = ("/v1/chat/completions", {"model": "assistant", "messages": USER})
    async with world(tmp_path, policies=allowing, cache=CACHE) as here:
        first = await post(here, asked, "an unusual wording")
        again = await post(here, asked, "an unusual wording")
    async with world(tmp_path, policies=allowing, cache=CACHE) as here:
        after = await post(here, asked, "an unusual wording")

    def lies_there() -> list[str]:
        files = (path for path in tmp_path.rglob("*") if path.is_file())
        return [str(path) for path in files if b"unusual wording" in path.read_bytes()]

    assert (first.told, again.told, after.told) == (MISS, HIT, MISS)
    assert await asyncio.to_thread(lies_there) == []


async def test_rates_count_requests_and_budgets_nothing(tmp_path: Path) -> None:
    """An answer that is given again costs nothing and has no tokens, but is a request."""
    rates = [
        {"id": "tokens", "tokens_per_minute": 200},
        {"id": "requests", "requests_per_minute": 3},
    ]
    budgets = [{"id": "month", "usd": "0.000020"}]
    asked = (CHAT, {"model": "assistant", "messages": USER, "max_tokens": 80})
    text = "one two three " * 12  # of which neither has room for a second one
    async with world(tmp_path, cache=CACHE, rates=rates, budgets=budgets) as here:
        first = await post(here, asked, text)
        again = [await post(here, asked, text) for _ in range(3)]
        refused = json.loads(again[-1].body)["error"]["code"]

    assert first.told == MISS
    assert [each.told for each in again] == [HIT, HIT, None]
    assert (again[-1].status, refused) == (429, "limits.requests")
