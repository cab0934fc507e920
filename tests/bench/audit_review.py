"""How long a reviewer waits for a page over a million records, and what indexing them takes.

    python -m tests.bench.audit_review --records 1000000

Writes a log of that many records (a month of twelve teams), verifies and indexes it as `review`
does, then opens each page through HTTP on loopback. Everything lies in a folder that is removed.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from guardrail_gw.audit.access import AccessLog
from guardrail_gw.audit.index.file import open_index
from guardrail_gw.audit.index.refresh import Log, refresh
from guardrail_gw.audit.record import Draft
from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.console.app import application
from guardrail_gw.console.desk import Checked, Desk, Review
from guardrail_gw.console.serving import Serving
from guardrail_gw.console.session import Door
from guardrail_gw.observability.clock import SystemClock
from tests.support.audit_world import SteadyClock, World, world
from tests.support.reviewed import BLOCKED, MARCH_US, OVER, PLAIN, UNLAWFUL, Told, drafts

_GROUP = 256
_ROUNDS = 7
_TEAMS = 12
_USERS = 2000
_RARE = 5003
"""Every so many requests somebody asks who asks seldom."""
PAGES = (
    ("overview", "/"),
    ("requests", "/exchanges"),
    ("requests, page 200", "/exchanges?before=980000"),
    ("requests of one person", "/exchanges?person=user-17"),
    ("requests of one person who asks seldom", "/exchanges?person=seldom"),
    (
        "requests that did not leave, one week",
        "/exchanges?left=no&since=2026-03-02&until=2026-03-08",
    ),
    ("requests with a kind, to a jurisdiction", "/exchanges?found=IBAN_CODE&jurisdiction=EU"),
    ("one id", "/exchanges?id=0195-123456"),
    ("a person's answer for March", "/person?person=user-17&since=2026-03-01&until=2026-03-31"),
    ("one request", "/exchanges/{exchange}"),
    ("the log", "/log"),
)


def main() -> None:
    """Write, index, open; print what each took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=1_000_000)
    records: int = parser.parse_args().records
    with tempfile.TemporaryDirectory(prefix="bench-review-") as home, Progress() as bars:
        made = world(Path(home))
        print(f"wrote {records:,} records in {_write(made, records, bars):.0f} s")
        begin = time.process_time()
        review, checked, took = _index(made, bars)
        size = review.index.stat().st_size / 1e6
        worked = time.process_time() - begin
        print(f"verified and indexed in {took:.0f} s ({worked:.0f} s of processor time)")
        print(f"the index has {size:.0f} MB")
        print(f"verification says: {checked.report.verdict.name.lower()}")
        asyncio.run(_open(review, checked, bars.console))


def _told() -> Iterator[Told]:
    kinds = (OVER, PLAIN, PLAIN, replace(OVER, went=OVER.went[:1]), BLOCKED, PLAIN, UNLAWFUL, OVER)
    number = 0
    while True:
        number += 1
        user = "seldom" if number % _RARE == 0 else f"user-{number * 7919 % _USERS}"
        team = f"team-{number % _TEAMS}"
        yield replace(kinds[number % len(kinds)], user=user, team=team, model=f"m-{number % 8}")


def _write(made: World, records: int, bars: Progress) -> float:
    clock, ledger_clock = time.perf_counter, SteadyClock()
    begin, number, told = clock(), 0, _told()
    ledger_clock.at_us = MARCH_US
    ledger = made.ledger(ledger_clock)
    ledger.open()
    for _ in bars.track(range(records // 2 // _GROUP), description="writing"):
        groups: list[list[Draft]] = []
        for _ in range(_GROUP):
            number += 1
            ledger_clock.pass_s(2_400_000 / (records // 2))
            groups.append(drafts(next(told), number, ledger_clock.at_us))
        ledger.append(groups)
        ledger.tend()
    ledger.close()
    return clock() - begin


def _index(made: World, bars: Progress) -> tuple[Review, Checked, float]:
    begin, clock = time.perf_counter(), SystemClock()
    log = Log(directory=made.log, public=made.public_folder, keys=(made.auditor,))
    index = open_index(made.home / "index.sqlite", log.keys)
    law = Catalog.load().jurisdictions.name_of
    tasks = {stage: bars.add_task(stage, total=None) for stage in ("verify", "index")}
    report = refresh(
        log,
        index,
        law,
        clock.now_us(),
        AccessLog(made.home / "log.access", made.auditor, clock),
        lambda stage, done, total: bars.update(tasks[stage], completed=done, total=total),
    )
    took = time.perf_counter() - begin
    index.close()
    review = Review(
        log=log,
        index=made.home / "index.sqlite",
        access=AccessLog(made.home / "log.access", made.auditor, clock),
        law=law,
        clock=clock,
        groups=("auditor",),
    )
    return review, Checked(report=report, at_us=clock.now_us()), took


async def _open(review: Review, checked: Checked, console: Console) -> None:
    desk, door = Desk(review, checked), Door(review.clock)
    table = Table("page", "first, ms", "median, ms", "kB")
    last = checked.report.records
    async with (
        Serving(partial(application, desk, door), door) as serving,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
    ):
        async with client.get(serving.link) as response:
            await response.read()
        for name, path in PAGES:
            address = f"http://127.0.0.1:{serving.port}{path}"
            address = address.format(exchange=_exchange(review, last // 2))
            times, size = [], 0
            for _ in range(_ROUNDS):
                begin = time.perf_counter()
                async with client.get(address) as response:
                    size = len(await response.read())
                    assert response.status == 200, (name, response.status)
                times.append(1000 * (time.perf_counter() - begin))
            middle = f"{statistics.median(times):.0f}"
            table.add_row(name, f"{times[0]:.0f}", middle, f"{size / 1000:.0f}")
    desk.close()
    console.print(table)


def _exchange(review: Review, near: int) -> int:
    index = open_index(review.index, review.log.keys)
    (found,) = index.db.execute("SELECT max(id) FROM exchange WHERE id < ?", (near,)).fetchone()
    index.close()
    return int(found)


if __name__ == "__main__":
    main()
