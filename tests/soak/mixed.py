"""Every surface at 60 % of what a gateway can do, for an hour: nothing grows, nothing is lost.

    python -m tests.soak.mixed [--seconds 3600] [--json build/soak-mixed.json]

First it sees so many texts in short conversations that what remembers up to a bound is full, and
two hundred requests at once, four times. Then it is found out how many requests a second the
gateway serves when asked by 16 at once, and it is asked 0.6 times as many, evenly, all surfaces in
turn, whole and streamed, each text new, and tools of an MCP server as well: without a session,
within one, and where all servers are one. Twenty times on the way memory of each process, threads
and latencies are noted, and descriptors when it rests, before and after. In the end the log is held
to what the provider and the MCP server received.
Exit 0: memory grows by less than 1 % in an hour in each process, descriptors and threads do not,
counts are equal, a request takes no more processor time in the end, and p99 stays.

Every eighth request another one goes through a proxy that does nothing else. With
`--beside-others`, as continuous integration has it, p99 may grow as far as that proxy's does.

In five minutes growth can be told from nothing when it is 1 % in that time: some 40 bytes of each
request in a detector are found, and some 100 in the gateway, where they first take the room that a
crowd has left; an hour finds 3. All else is held to the same bounds.
"""

import argparse
import asyncio
import itertools
import json
import re
import tempfile
import time
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
import uvloop

from guardrail_gw.keys.generate import init
from guardrail_gw.redaction.placeholder import ALPHABET, KEY_BYTES, SUFFIX_CHARS, TokenKey
from guardrail_gw.server.access import digest
from guardrail_gw.standin.server import Received, StandIn
from tests.bench.machine import module, processor_s, resident_kb, tree
from tests.soak import tools
from tests.soak.judge import Reading, Soaked, counted, judged
from tests.soak.surfaces import CONVERSATION, DEPLOYED, KINDS, Kind, Way
from tests.support.fleet import Worker, by_rules, fleet

KEY: Final = "ggw-soak-mixed"
READINGS: Final = 20
SHARE: Final = 0.6
_IDLE_S: Final = 1
"""For which connections to the provider are kept."""
_AT_ONCE: Final = 16
_CROWD: Final = 200
_PARTS: Final = 4
_BARE_EACH: Final = 8
_TEXTS: Final = 220_000
"""After 54,600 the findings cache is full: 24 MiB, 512 bytes for each with an address and 256 for
the fifth that has none. Its table keeps room for what went: it is laid out anew after 87,381, and
has used all of its new room 120,000 later.
"""
_TURNS: Final = 50
"""Of them in a conversation, which is short of being remembered as one (4 KiB)."""
_ASKS_EACH: Final = 5
_NUMBERED_EACH: Final = 100
_TOKENS: Final = TokenKey(bytes(KEY_BYTES))
_FILLED_FROM: Final = 1_100_000_000
"""Numbers like those asked later on; it and `_TURNS` are multiples of five: the last turn asks."""
_PACED_FROM: Final = 1_000_000_000
_CROWDED_FROM: Final = 3_000_000_000


class Counted(list[Received]):
    """What a provider received, counted and not kept."""

    total = 0

    def append(self, item: Received, /) -> None:
        """Count one."""
        self.total += 1


async def soaked(
    folder: Path, seconds: float, texts: int = _TEXTS, *, beside_others: bool = False
) -> Soaked:
    """Soak one gateway for so long in all, of which it sees so many texts first."""
    await asyncio.to_thread(init, folder / "keys", name="guardrail-gw/soak")
    run = Soaked()
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(StandIn())
        server = await stack.enter_async_context(tools.ToolServer().served())
        provider.received = received = Counted()
        bare = stack.enter_context(_bare(await stack.enter_async_context(StandIn())))
        config = configuration(folder, provider.base_url)
        config["mcp"] = tools.configuration(server.url)
        async with fleet(folder, config, 1) as (worker,):
            async with _client() as client:
                session = await tools.began(client, worker.base_url, KEY)
            run.kinds += tools.kinds(session)
            begun_s = time.monotonic()
            for part in range(_PARTS):
                await _filled(worker, run, range(part, texts // _TURNS, _PARTS))
                await _crowded(worker, run, _CROWDED_FROM + part * _CROWD)
            run.capacity_rps = await _capacity(worker, run, min(10.0, seconds / 6))
            run.resting.append(await _rested(worker))
            await _paced(worker, run, bare, max(seconds + begun_s - time.monotonic(), seconds / 2))
            run.resting.append(await _rested(worker))
        run.problems += judged(run, beside_others=beside_others)
        came = {Way.MODELS: received.total, Way.TOOLS: server.called}
        run.problems += await asyncio.to_thread(
            lambda: list(counted(folder, worker.audit, came, run.asked))
        )
    return run


def configuration(folder: Path, base_url: str) -> dict[str, Any]:
    """A model of each dialect, at one provider."""
    deployments = []
    for model, spoken in DEPLOYED.items():
        provider, _, dialect = spoken.partition("/")
        deployment = {
            "id": model,
            "provider": provider,
            "model": "echo",
            "base_url": base_url,
            "inference": ["DE"],
            "storage": ["DE"],
            "price": {"input": "0.5", "output": "1.5"},
        }
        deployments.append(deployment | ({"dialect": dialect} if dialect else {}))
    who = {"id": "k", "tenant": "acme", "team": "crm", "user": "soak"}
    return {
        **by_rules(folder),
        "access": {"keys": [{**who, "sha256": digest(KEY)}]},
        "models": [{"name": model, "deployments": [model]} for model in DEPLOYED],
        "deployments": deployments,
        "budgets": [{"id": "all", "usd": 100_000}],
        "network": {"connections": {"idle_s": _IDLE_S}},
    }


async def _filled(worker: Worker, run: Soaked, numbers: Iterable[int]) -> None:
    """What remembers up to a bound reaches it, as it would by itself in a quarter of an hour."""
    conversations = iter(numbers)

    async def ask(client: aiohttp.ClientSession) -> None:
        for conversation in conversations:
            first = _FILLED_FROM + conversation * _TURNS
            texts = [_turn(number) for number in range(first, first + _TURNS)]
            await _said(client, worker, run, CONVERSATION, texts)

    async with _client() as client, asyncio.TaskGroup() as tasks:
        for _ in range(_AT_ONCE):
            tasks.create_task(ask(client))


def _turn(number: int) -> str:
    """Some ask what will be asked later on, the last of a conversation too; some are like answers.

    All that this takes has been there before then: what a detector shares with its host until it
    meets a number with a check digit, or a placeholder whose letters look like some identifier.
    """
    if number % _ASKS_EACH == _ASKS_EACH - 1:
        return _question(number)
    return _person(number) if number % _ASKS_EACH else _answer(number)


def _answer(number: int) -> str:
    """What is looked at again on its way back; now and then the number was found to be one."""
    mac = _TOKENS.mac(number)[:SUFFIX_CHARS]
    suffix = "".join(ALPHABET[byte % len(ALPHABET)] for byte in mac)
    what = number if number % _NUMBERED_EACH else f"AT_SVNR_{suffix}"
    return _asks(what, f"EMAIL_ADDRESS_{suffix}", number)


def _question(number: int) -> str:
    return _asks(number, _person(number), number)


def _asks(what: int | str, who: str, number: int) -> str:
    return f"Question {what}: may {who} have item {number * 7919 % 104729}?"


async def _crowded(worker: Worker, run: Soaked, start: int) -> None:
    """So many at once as come together when the machine stands still for a second.

    Python keeps the memory that they take at once, whenever they first do, and fills some of it
    with what is remembered, so that more is taken the next time: until nothing else is remembered.
    """
    async with _client() as client, asyncio.TaskGroup() as tasks:
        for number in range(start, start + _CROWD):
            tasks.create_task(_ask(client, worker, run, number))


async def _capacity(worker: Worker, run: Soaked, seconds: float) -> float:
    """Requests a second when many ask as fast as they are answered."""
    numbers, begun_s = itertools.count(), time.monotonic()
    until_s, before = begun_s + seconds, run.came.total()
    async with _client() as client, asyncio.TaskGroup() as tasks:
        for _ in range(_AT_ONCE):
            tasks.create_task(_ask_until(client, worker, run, numbers, until_s))
    return (run.came.total() - before) / (time.monotonic() - begun_s)


async def _rested(worker: Worker) -> int:
    """Descriptors once kept connections have gone."""
    await asyncio.sleep(_IDLE_S + 1.5)
    return len(await asyncio.to_thread(lambda: list(_folder(worker.process.pid, "fd"))))


def _folder(pid: int, name: str) -> Iterator[Path]:
    return Path(f"/proc/{pid}/{name}").iterdir()


async def _ask_until(
    client: aiohttp.ClientSession,
    worker: Worker,
    run: Soaked,
    numbers: Iterator[int],
    until_s: float,
) -> None:
    while time.monotonic() < until_s:
        await _ask(client, worker, run, next(numbers))


async def _paced(worker: Worker, run: Soaked, bare: str, seconds: float) -> None:
    """Ask evenly, whether earlier ones are answered or not; read on the way."""
    every_s = 1 / (SHARE * run.capacity_rps)
    numbers, pid = itertools.count(_PACED_FROM), worker.process.pid
    begun_s = due_s = time.monotonic()
    used_s = _used_s(pid)
    async with _client() as client, asyncio.TaskGroup() as tasks:
        for reading in range(1, READINGS + 1):
            times = _Times(used_s)
            while due_s < begun_s + reading * seconds / READINGS:
                number = next(numbers)
                tasks.create_task(_timed(_ask(client, worker, run, number), times.ours_ms))
                if number % _BARE_EACH == 0:
                    tasks.create_task(_timed(_ask_bare(client, bare), times.bare_ms))
                due_s += every_s
                if (left_s := due_s - time.monotonic()) > 0:
                    await asyncio.sleep(left_s)
            read = await asyncio.to_thread(_read, pid, time.monotonic() - begun_s, times)
            used_s += read.processor_ms * read.requests / 1e3
            run.readings.append(read)
            _show(read)


@dataclass(slots=True)
class _Times:
    """What was measured since the last reading."""

    used_s: float
    """Processor time of all processes until then."""
    ours_ms: list[float] = field(default_factory=list)
    bare_ms: list[float] = field(default_factory=list)


def _read(pid: int, at_s: float, times: _Times) -> Reading:
    processes = tree(pid)
    names = ("gateway", "detector host", *(f"detector {n}" for n in range(len(processes))))
    sizes = dict(_memories(zip(names, processes, strict=False)))
    requests = len(times.ours_ms)
    return Reading(
        at_s=at_s,
        memory_kb={name: each["pss"] for name, each in sizes.items()},
        held_kb={name: each["held"] for name, each in sizes.items()},
        threads=len(list(_folder(pid, "task"))),
        p99_ms=_p99(times.ours_ms),
        requests=requests,
        bare_ms=_p99(times.bare_ms),
        processor_ms=1e3 * (_used_s(pid) - times.used_s) / max(requests, 1),
        work_ms=_work_ms(),
    )


def _p99(times_ms: Iterable[float]) -> float:
    ordered = sorted(times_ms)
    return ordered[len(ordered) * 99 // 100] if ordered else 0.0


def _used_s(pid: int) -> float:
    """Processor time of a gateway and all its processes."""
    return sum(processor_s(each) for each in tree(pid))


def _work_ms() -> float:
    """Some milliseconds of it; the least of a few counts, since others take the caches away."""
    took: list[float] = []
    for _ in range(3):
        begun_s = time.thread_time()
        sum(range(100_000))
        took.append(1e3 * (time.thread_time() - begun_s))
    return min(took)


def _memories(processes: Iterable[tuple[str, int]]) -> Iterator[tuple[str, dict[str, float]]]:
    """What each has, but for one that has ended meanwhile."""
    for name, pid in processes:
        with suppress(FileNotFoundError, ProcessLookupError):
            yield name, resident_kb(pid)


async def _timed(asking: Coroutine[Any, Any, None], times_ms: list[float]) -> None:
    begun_s = time.monotonic()
    await asking
    times_ms.append(1000 * (time.monotonic() - begun_s))


@contextmanager
def _bare(provider: StandIn) -> Iterator[str]:
    """The address of a proxy that does nothing, before a provider of its own."""
    provider.received = Counted()
    with module("tests.bench.bare", provider.base_url) as port:
        yield f"http://127.0.0.1:{port}{KINDS[0].path}"


async def _ask_bare(client: aiohttp.ClientSession, url: str) -> None:
    async with client.post(url, json=KINDS[0].body("hello")) as response:
        response.raise_for_status()
        await response.read()


async def _ask(client: aiohttp.ClientSession, worker: Worker, run: Soaked, number: int) -> None:
    await _said(client, worker, run, run.kinds[number % len(run.kinds)], [_question(number)])


async def _said(
    client: aiohttp.ClientSession,
    worker: Worker,
    run: Soaked,
    kind: Kind,
    texts: Sequence[str],
) -> None:
    """Ask in this way; whoever is named last is in the answer."""
    run.asked[kind.way] += 1
    url, headers = f"{worker.base_url}{kind.path}", kind.headers(KEY)
    body = kind.body("\n".join(texts))
    async with client.post(url, json=body, headers=headers) as response:
        answer = await response.read()
    named = re.findall(r"person\d+@", texts[-1])[-1]
    is_good = response.status == 200 and (named.encode() in answer or _is_mute(kind.name))
    run.came["ok" if is_good else f"{kind.name}: {response.status}"] += 1


def _person(number: int) -> str:
    return f"person{number}@example.org"


def _is_mute(kind: str) -> bool:
    """A streamed text comes in pieces, and an embedding says nothing."""
    return "streamed" in kind or kind == "embeddings"


def _client() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0)
    return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60))


def _show(read: Reading) -> None:
    memory = " ".join(f"{kb / 1e3:8.1f}" for kb in read.memory_kb.values())
    print(
        f"{read.at_s:8.0f} {read.requests:9,} {read.threads:8} {read.p99_ms:8.1f} "
        f"{read.bare_ms:8.1f} {read.processor_ms:8.2f} {memory}",
        flush=True,
    )


def main() -> int:
    """Soak, print, judge."""
    options = _options()
    options.json.parent.mkdir(parents=True, exist_ok=True)
    print(
        " seconds  requests  threads   p99 ms  bare ms   CPU ms  MB of gateway, host, detectors",
        flush=True,
    )
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        run = uvloop.run(soaked(Path(name), options.seconds, beside_others=options.beside_others))
    report = {
        "capacity_rps": run.capacity_rps,
        "readings": [asdict(each) for each in run.readings],
        "resting": run.resting,
        "came": run.came,
        "problems": run.problems,
    }
    options.json.write_text(json.dumps(report) + "\n", encoding="utf-8")
    print(f"{run.came.total():,} requests; it can {run.capacity_rps:.0f} a second")
    print("\n".join((*run.notes, *(run.problems or ["everything held"]))))
    return bool(run.problems)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.mixed", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument(
        "--beside-others",
        action="store_true",
        help="others have the machine as well: p99 may grow as that of a bare proxy does",
    )
    parser.add_argument("--json", type=Path, default=Path("build/soak-mixed.json"))
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
