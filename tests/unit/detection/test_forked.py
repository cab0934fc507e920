"""A host that was forked: several gateways come to it, and go."""

import json
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.allow_blocking

BEGIN = """
import asyncio, json, os, signal, sys
from guardrail_gw.core.text import Segment
from guardrail_gw.detection.forked import forked
from guardrail_gw.detection.settings import DetectionSettings

SETTINGS = DetectionSettings(model=None, require=REQUIRE)
host = forked()
host.tell(SETTINGS)
from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.errors import ConfigError
from guardrail_gw.observability.clock import SystemClock

def pool():
    return DetectorPool(SETTINGS, SystemClock(), lend=host.lend)

async def found(pool, text):
    (findings,) = await pool.detect([Segment(text=text, place="")])
    return [text[f.start:f.end] for f in findings]

def alive(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False

async def gone(pid):
    for _ in range(200):
        if not alive(pid):
            return True
        await asyncio.sleep(0.02)
    return False
"""


def run(main: str, require: str = "{}") -> object:
    """What a program of its own prints, as JSON: this process has threads."""
    code = BEGIN.replace("REQUIRE", require) + textwrap.dedent(main) + "\nasyncio.run(main())"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=100
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def test_two_gateways_share_a_host_and_not_their_detectors() -> None:
    """When one goes, its detector goes, and the other's stays."""
    said = run("""
        async def main():
            one, two = pool(), pool()
            await asyncio.gather(one.start(), two.start())
            pids = one.pids + two.pids
            first = await found(one, "a@example.org"), await found(two, "b@example.org")
            await one.close()
            ended = await gone(pids[0])
            still = await found(two, "c@example.org")
            await two.close()
            host.close()
            over = await gone(host.pid)
            print(json.dumps([first, ended, still, len(set(pids)), over]))
    """)

    assert said == [[["a@example.org"], ["b@example.org"]], True, ["c@example.org"], 2, True]


def test_a_gateway_whose_host_is_killed_starts_its_own() -> None:
    """The one that was forked cannot come back, for by now there are threads."""
    said = run("""
        async def main():
            one = pool()
            await one.start()
            os.kill(host.pid, signal.SIGKILL)
            for _ in range(400):
                if one.host_pid and one.ready:
                    break
                await asyncio.sleep(0.05)
            print(json.dumps(await found(one, "a@example.org")))
            await one.close()
    """)

    assert said == ["a@example.org"]


def test_what_cannot_be_loaded_is_told_to_each() -> None:
    """The words are those of a host that a gateway started itself."""
    said = run(
        """
        async def main():
            told = []
            for _ in range(2):
                try:
                    await pool().start()
                except ConfigError as error:
                    told.append("detection.require" in str(error))
            print(json.dumps(told))
        """,
        require="{'PERSON': frozenset()}",
    )

    assert said == [True, True]
