"""A system that has no process to give for a while: who serves goes on, and the rest comes back."""

import asyncio
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import aiohttp
import pytest

from guardrail_gw.audit.verify import Verdict
from tests.e2e.test_workers import RULES, TWO, ask_each, ready, workers
from tests.support.policies import without_names
from tests.support.served import Served, chat, served

pytestmark = [pytest.mark.e2e, pytest.mark.allow_blocking]

FORKLESS = """
import errno, os, runpy
true = os.fork
def fork():
    if os.path.exists({flag!r}):
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return true()
os.fork = fork
runpy.run_module("guardrail_gw", run_name="__main__")
"""
"""The gateway, where no process can be begun while a file is there."""


def program(flag: Path) -> list[str]:
    """It, as a command."""
    return [sys.executable, "-c", FORKLESS.format(flag=str(flag))]


async def until_answered(there: Served, status: int) -> bytes:
    """Ask until the answer has a status; the answer."""
    base_url = await there.base_url()
    async with aiohttp.ClientSession() as client, asyncio.timeout(60):
        number = 0
        while True:
            number += 1
            text = f"Write to person{number}@example.org, please."
            told, answer = await chat(client, base_url, text)
            if told == status:
                return answer
            await asyncio.sleep(0.05)


async def test_a_worker_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    """The other serves meanwhile; nothing is given up, and nothing ends."""
    flag = tmp_path / "no-processes"
    async with served(tmp_path, TWO, change=without_names, program=program(flag)) as there:
        base_url = await there.base_url()
        first = await ready(there)
        flag.touch()
        os.kill(first[0]["pid"], signal.SIGKILL)
        lines = await there.said("worker.not_started", times=3)
        meanwhile = await ask_each(base_url, 20)
        flag.unlink()
        await ready(there, restarts=1)
        after = await ask_each(base_url, 20)
        there.process.terminate()
        code = await there.ended()

    why = "Resource temporarily unavailable"
    assert {(line["worker"], line["problem"]) for line in lines} == {(0, why)}
    assert (meanwhile, after, code) == (Counter({200: 20}), Counter({200: 20}), 0)
    assert not there.lines("supervisor.gave_up")
    assert {r.verdict for r in there.reports()} <= {Verdict.OK, Verdict.INCOMPLETE}


async def test_detectors_that_cannot_be_started_are_tried_again(tmp_path: Path) -> None:
    """Requests are refused meanwhile; their host goes on, and so does the gateway."""
    flag = tmp_path / "no-processes"
    config = {**RULES, "probe": {"port": 0}, "detection": {"model": None, "deadline_s": 2}}
    async with served(tmp_path, config, change=without_names, program=program(flag)) as there:
        await until_answered(there, 200)
        (before,) = await workers(there)
        flag.touch()
        os.kill(before["detectors"][0], signal.SIGKILL)
        refused = await until_answered(there, 503)
        flag.unlink()
        await until_answered(there, 200)
        (after,) = await workers(there)
        there.process.terminate()
        code = await there.ended()

    assert b"detection." in refused
    assert after["detectors"] != before["detectors"]
    assert code == 0
    assert {r.verdict for r in there.reports()} == {Verdict.OK}


async def test_a_start_without_a_process_says_so(tmp_path: Path) -> None:
    """Exit code 4 and a line, no traceback."""
    flag = tmp_path / "no-processes"
    flag.touch()
    async with served(tmp_path, RULES, change=without_names, program=program(flag)) as there:
        code = await there.ended()

    assert code == 4
    assert "no process could be started" in there.log.read_text()
    assert "Traceback" not in there.log.read_text()
