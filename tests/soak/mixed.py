"""Every surface at 60 % of what a gateway can do, for an hour: nothing grows, nothing is lost.

    python -m tests.soak.mixed [--seconds 3600] [--json build/soak-mixed.json]

First it sees so many texts in short conversations that what remembers up to a bound is full. Then
it is found out how many requests a second the gateway serves when asked by 16 at once, and it is
asked 0.6 times as many, evenly, all surfaces in turn, whole and streamed, each text new, and tools
of an MCP server as well: without a session, within one, and where all servers are one. Twenty times
on the way memory of each process, threads and latencies are noted, and descriptors when it rests,
before and after. In the end the log is held to what the provider and the MCP server received.
Exit 0: memory grows by less than 1 % in an hour in each process, descriptors and threads do not,
counts are equal, and p99 stays.

In five minutes growth can be told from nothing when it is 1 % in that time: some 40 bytes of each
request are found, where an hour finds 3. All else is held to the same bounds.
"""

import argparse
import asyncio
import itertools
import json
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
import uvloop

from guardrail_gw.audit.review import show, verify_directory
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.keys.audit_keys import load_recipient
from guardrail_gw.keys.generate import init
from guardrail_gw.keys.private import RecipientKey
from guardrail_gw.server.access import digest
from guardrail_gw.standin.server import Received, StandIn
from tests.bench.machine import resident_kb, tree
from tests.soak import tools
from tests.soak.surfaces import CONVERSATION, DEPLOYED, KINDS, Kind, Way
from tests.support.fleet import Worker, by_rules, fleet

KEY: Final = "ggw-soak-mixed"
READINGS: Final = 20
SHARE: Final = 0.6
GROWS: Final = 0.01
"""Of its memory, in an hour, at most."""
_NOISE: Final = 0.01
"""What a short run cannot tell from nothing: pages come and go, a third of it as measured."""
_SLACK: Final = 8
_IDLE_S: Final = 1
"""For which connections to the provider are kept."""
_LATER: Final = 1.5
_LATE_MS: Final = 10.0
_SLOWER: Final = 1.15
_AT_ONCE: Final = 16
_TEXTS: Final = 220_000
"""After 49,152 the findings cache is full: 24 MiB, at most 512 bytes for each with an address. Its
table keeps room for what went: it is laid out anew after 87,381, and has used all of its new room
130,000 later.
"""
_TURNS: Final = 60
"""Of them in a conversation, which is short of being remembered as one (4 KiB)."""
_TOLD: Final = ("intents", "outcomes", "attempts")
_WARM: Final = 0.25
"""Of the readings the first ones, in which bounded memories fill."""


class Counted(list[Received]):
    """What a provider received, counted and not kept."""

    total = 0

    def append(self, item: Received, /) -> None:
        """Count one."""
        self.total += 1


@dataclass(slots=True, kw_only=True)
class Reading:
    """What was seen at one time."""

    at_s: float
    memory_kb: dict[str, float]
    """Process -> its proportional share."""
    threads: int
    p99_ms: float
    requests: int
    work_ms: float = 0.0
    """Processor time of work that is always the same: more where the machine is slower."""


@dataclass(slots=True, kw_only=True)
class Soaked:
    """What was seen of a run."""

    kinds: tuple[Kind, ...] = KINDS
    """Asked in turn."""
    capacity_rps: float = 0.0
    asked: Counter[Way] = field(default_factory=Counter)
    readings: list[Reading] = field(default_factory=list)
    resting: list[int] = field(default_factory=list)
    """Descriptors that are open while nobody asks, before and after."""
    came: Counter[str] = field(default_factory=Counter)
    """`ok`, or a code, by surface where it is not `ok`."""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What says nothing of the gateway."""


async def soaked(
    folder: Path, seconds: float, texts: int = _TEXTS, *, may_slow: bool = False
) -> Soaked:
    """Soak one gateway for so long in all, of which it sees so many texts first."""
    await asyncio.to_thread(init, folder / "keys", name="guardrail-gw/soak")
    run = Soaked()
    async with StandIn() as provider, tools.ToolServer().served() as server:
        provider.received = received = Counted()
        config = configuration(folder, provider.base_url)
        config["mcp"] = tools.configuration(server.url)
        async with fleet(folder, config, 1) as (worker,):
            async with _client() as client:
                session = await tools.began(client, worker.base_url, KEY)
            run.kinds += tools.kinds(session)
            begun_s = time.monotonic()
            await _filled(worker, run, texts)
            run.capacity_rps = await _capacity(worker, run, min(10.0, seconds / 6))
            run.resting.append(await _rested(worker))
            await _paced(worker, run, max(seconds + begun_s - time.monotonic(), seconds / 2))
            run.resting.append(await _rested(worker))
        run.problems += judged(run, may_slow=may_slow)
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


async def _filled(worker: Worker, run: Soaked, texts: int) -> None:
    """What remembers up to a bound reaches it, as it would by itself in a quarter of an hour."""
    numbers = iter(range(2 * 10**9, 2 * 10**9 + texts, _TURNS))

    async def ask(client: aiohttp.ClientSession) -> None:
        for first in numbers:
            texts = [_person(number) for number in range(first, first + _TURNS)]
            await _said(client, worker, run, CONVERSATION, texts)

    async with _client() as client, asyncio.TaskGroup() as tasks:
        for _ in range(_AT_ONCE):
            tasks.create_task(ask(client))


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


async def _paced(worker: Worker, run: Soaked, seconds: float) -> None:
    """Ask evenly, whether earlier ones are answered or not; read on the way."""
    every_s = 1 / (SHARE * run.capacity_rps)
    numbers, pid = itertools.count(10**9), worker.process.pid
    begun_s = due_s = time.monotonic()
    async with _client() as client, asyncio.TaskGroup() as tasks:
        for reading in range(1, READINGS + 1):
            times_ms = list[float]()
            while due_s < begun_s + reading * seconds / READINGS:
                tasks.create_task(_timed(client, worker, run, next(numbers), times_ms))
                due_s += every_s
                if (left_s := due_s - time.monotonic()) > 0:
                    await asyncio.sleep(left_s)
            read = await asyncio.to_thread(_read, pid, time.monotonic() - begun_s, times_ms)
            run.readings.append(read)
            _show(read)


def _read(pid: int, at_s: float, times_ms: list[float]) -> Reading:
    processes = tree(pid)
    names = ("gateway", "detector host", *(f"detector {n}" for n in range(len(processes))))
    ordered = sorted(times_ms)
    return Reading(
        at_s=at_s,
        memory_kb=dict(_memories(zip(names, processes, strict=False))),
        threads=len(list(_folder(pid, "task"))),
        p99_ms=ordered[len(ordered) * 99 // 100] if ordered else 0.0,
        requests=len(ordered),
        work_ms=_work_ms(),
    )


def _work_ms() -> float:
    """Some milliseconds of it; the least of a few counts, since others take the caches away."""
    took: list[float] = []
    for _ in range(3):
        begun_s = time.thread_time()
        sum(range(100_000))
        took.append(1e3 * (time.thread_time() - begun_s))
    return min(took)


def _memories(processes: Iterable[tuple[str, int]]) -> Iterator[tuple[str, float]]:
    """The proportional share of each, but for one that has ended meanwhile."""
    for name, pid in processes:
        with suppress(FileNotFoundError, ProcessLookupError):
            yield name, resident_kb(pid)["pss"]


async def _timed(
    client: aiohttp.ClientSession, worker: Worker, run: Soaked, number: int, times_ms: list[float]
) -> None:
    begun_s = time.monotonic()
    await _ask(client, worker, run, number)
    times_ms.append(1000 * (time.monotonic() - begun_s))


async def _ask(client: aiohttp.ClientSession, worker: Worker, run: Soaked, number: int) -> None:
    text = f"Question {number}: may {_person(number)} have item {number * 7919 % 104729}?"
    await _said(client, worker, run, run.kinds[number % len(run.kinds)], [text])


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


def judged(run: Soaked, *, may_slow: bool = False) -> Iterator[str]:
    """What grows, or is slower in the end than in the beginning.

    Args:
        run: a whole one.
        may_slow: whether p99 says nothing where the machine itself was slower in the end.
    """
    if bad := {came: n for came, n in run.came.items() if came != "ok"}:
        yield f"not answered as asked: {bad}"
    steady = run.readings[round(len(run.readings) * _WARM) :]
    hours = (steady[-1].at_s - steady[0].at_s) / 3600
    for name in steady[0].memory_kb:
        sizes = [(r.at_s / 3600, r.memory_kb.get(name, 0.0)) for r in steady]
        slope = statistics.linear_regression(*zip(*sizes, strict=True)).slope
        grown = slope * hours / statistics.fmean(size for _, size in sizes)
        if grown > max(GROWS * hours, _NOISE):
            yield f"{name}: its memory grew by {grown:.1%} in {60 * hours:.0f} minutes"
    third = len(steady) // 3
    first, last = steady[:third], steady[-third:]
    threads = [max(r.threads for r in part) for part in (first, last)]
    for what, (before, after) in (("threads", threads), ("descriptors", run.resting)):
        if after > before + _SLACK:
            yield f"{what}: {before} in the beginning, {after} in the end"
    before_ms, after_ms = (statistics.median(r.p99_ms for r in part) for part in (first, last))
    told = f"p99: {before_ms:.0f} ms in the beginning, {after_ms:.0f} ms in the end"
    if after_ms <= _LATER * before_ms + _LATE_MS:
        return
    if may_slow and slowed(first, last):
        run.notes.append(f"not judged, for the machine itself was slower in the end: {told}")
    else:
        yield told


def slowed(first: Sequence[Reading], last: Sequence[Reading]) -> bool:
    """Whether the machine itself was slower in the end: the same work took it longer."""
    before_ms, after_ms = (statistics.median(r.work_ms for r in part) for part in (first, last))
    return after_ms > _SLOWER * before_ms


def counted(
    folder: Path, log: Path, received: Mapping[Way, int], asked: Mapping[Way, int]
) -> Iterator[str]:
    """Intents, outcomes and who received requests say the same number, of models and of tools."""
    report = verify_directory(log, folder / "keys" / "audit-public")
    if report.verdict is not Verdict.OK:
        yield f"the log is {report.verdict.name}"
    told = _told(log, load_recipient(folder / "keys" / "auditors" / "auditor.key"))
    for way in Way:
        numbers = [asked.get(way, 0), *(told[way, what] for what in _TOLD), received.get(way, 0)]
        if len(set(numbers)) > 1:
            named = zip(("asked", *_TOLD, "received"), numbers, strict=True)
            yield f"{way}: " + ", ".join(f"{number} {what}" for what, number in named)


def _told(log: Path, key: RecipientKey) -> Counter[tuple[Way, str]]:
    """How many intents, outcomes and attempts are on record, of models and of tools."""
    told = Counter[tuple[Way, str]]()
    for record in show(log, [key]):
        meta = record.meta or {}
        if (tool := meta.get("tool")) and tool["method"] != "tools/call":
            continue  # the gateway asks for lists when it needs them
        way = Way.TOOLS if tool else Way.MODELS
        told[way, "intents"] += record.kind == "intent"
        told[way, "outcomes"] += record.kind == "outcome"
        told[way, "attempts"] += len(meta.get("attempts") or ())
    return told


def _show(read: Reading) -> None:
    memory = " ".join(f"{kb / 1e3:8.1f}" for kb in read.memory_kb.values())
    print(
        f"{read.at_s:8.0f} {read.requests:9,} {read.threads:8} {read.p99_ms:8.1f} {memory}",
        flush=True,
    )


def main() -> int:
    """Soak, print, judge."""
    options = _options()
    options.json.parent.mkdir(parents=True, exist_ok=True)
    print(" seconds  requests  threads   p99 ms  MB of gateway, host, detectors", flush=True)
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        run = uvloop.run(soaked(Path(name), options.seconds, may_slow=options.may_slow))
    report = {
        "capacity_rps": run.capacity_rps,
        "readings": [asdict(each) for each in run.readings],
        "resting": run.resting,
        "came": run.came,
        "problems": run.problems,
    }
    options.json.write_text(json.dumps(report) + "\n", encoding="utf-8")
    print(f"{run.came.total():,} requests; it can {run.capacity_rps:.0f} a second")
    print(
        "\n".join(
            (
                *run.notes,
                *(run.problems or ["everything else held" if run.notes else "everything held"]),
            )
        )
    )
    return bool(run.problems)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.mixed", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument(
        "--may-slow",
        action="store_true",
        help="do not judge p99 where the machine itself was slower in the end",
    )
    parser.add_argument("--json", type=Path, default=Path("build/soak-mixed.json"))
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
