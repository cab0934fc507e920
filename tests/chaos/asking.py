"""Clients that ask, whole and in streams, and compare what they get with what they sent."""

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from tests.chaos.scenes import Scene
from tests.support.world import KEY, events, streamed_text

OK, LOST, BROKE = "ok", "lost", "broke off"
_TIME_S: Final = 60


@dataclass(slots=True)
class Told:
    """What clients of one scene met."""

    scene: Scene
    ended: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    """Of those that were not answered."""
    wrong: list[str] = field(default_factory=list)
    """Texts that are not what was asked for: doubled, lost, out of order."""
    streams: int = 0
    took_s: float = 0.0


async def ask_all(scene: Scene, gateways: Sequence[str], requests: int, at_once: int) -> Told:
    """Ask so often, at every gateway in turn, so many at the same time."""
    told, numbers, start = Told(scene), iter(range(requests)), time.monotonic()
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=_TIME_S)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout) as client,
        asyncio.TaskGroup() as tasks,
    ):
        for _ in range(at_once):
            tasks.create_task(_ask_on(client, told, gateways, numbers))
    told.took_s = time.monotonic() - start
    return told


async def _ask_on(
    client: aiohttp.ClientSession, told: Told, gateways: Sequence[str], numbers: Iterator[int]
) -> None:
    for number in numbers:
        text = " ".join(
            (f"{told.scene.name} {number}: write to person{number}@example.org about", *_words())
        )
        stream = number % 2 == 0
        told.streams += stream
        body = {
            "model": told.scene.name,
            "stream": stream,
            "max_tokens": 100,
            "messages": [{"role": "user", "content": text}],
        }
        url = f"{gateways[number % len(gateways)]}/v1/chat/completions"
        try:
            ended = await _asked(client, told, url, body)
        except (aiohttp.ClientError, TimeoutError) as error:
            ended = LOST
            told.codes[type(error).__name__] += 1
        told.ended[ended] += 1


async def _asked(client: aiohttp.ClientSession, told: Told, url: str, body: dict[str, Any]) -> str:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with client.post(url, json=body, headers=headers) as response:
        answer, status = await response.read(), response.status
    wanted = body["messages"][0]["content"]
    if status != 200:
        told.codes[json.loads(answer)["error"]["code"]] += 1
        return LOST
    if not body["stream"]:
        return _same(told, json.loads(answer)["choices"][0]["message"]["content"], wanted)
    heard = events(answer)
    errors = [each["error"] for each in heard if each != "[DONE]" and "error" in each]
    text = streamed_text(heard)
    if not errors:
        return _same(told, text, wanted)
    told.codes[errors[0]["code"]] += 1
    if not wanted.startswith(text) or heard[-1] == "[DONE]":
        told.wrong.append(f"broke off with {text!r} of {wanted!r}")
    return BROKE


def _same(told: Told, text: str, wanted: str) -> str:
    if text != wanted:
        told.wrong.append(f"{text!r} instead of {wanted!r}")
    return OK


_SAYING: Final = itertools.cycle(
    (*("the", "quick", "brown", "fox", "jumps", "over"), *("a", "lazy", "dog", "and", "nobody"))
)


def _words() -> list[str]:
    """Other words each time, so that no two texts are alike."""
    return list(itertools.islice(_SAYING, 9))
