"""Several workers: one port, one probe, a log each, and whatever of it is killed."""

import asyncio
import json
import os
import re
import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from guardrail_gw.audit.verify import Verdict
from tests.support.policies import without_names
from tests.support.served import Served, chat, served
from tests.support.serving import GATEWAY

pytestmark = [pytest.mark.e2e, pytest.mark.allow_blocking]

PERSONAL = "Write to anna.schmidt@example.org, please."
RULES = {"detection": {"model": None}}
TWO = {**RULES, "workers": 2, "probe": {"port": 0}, "limits": {"drain_s": 5}}


async def look(there: Served, path: str) -> Any:
    """What the probe says."""
    url = await there.probe_url()
    async with aiohttp.ClientSession() as client, client.get(url + path) as response:
        text = await response.text()
        return json.loads(text) if text.startswith("{") else text


async def workers(there: Served) -> list[dict[str, Any]]:
    """What is known of the processes."""
    found: list[dict[str, Any]] = (await look(there, "/admin/workers"))["workers"]
    return found


async def ready(there: Served, *, restarts: int = 0) -> list[dict[str, Any]]:
    """Wait until all workers serve, of which so many processes were replaced."""
    for _ in range(600):
        found = await workers(there)
        if all(w.get("ready") for w in found) and sum(w["restarts"] for w in found) >= restarts:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(there.log.read_text())


async def ask_each(base_url: str, count: int) -> Counter[int]:
    """Ask over so many connections, and count the statuses; a broken connection is 0."""

    async def one(number: int) -> int:
        connector = aiohttp.TCPConnector(force_close=True)
        try:
            async with aiohttp.ClientSession(connector=connector) as client:
                return (await chat(client, base_url, f"{PERSONAL} {number}"))[0]
        except aiohttp.ClientError:
            return 0

    return Counter(await asyncio.gather(*map(one, range(count))))


async def test_two_workers_are_one_gateway(tmp_path: Path) -> None:
    """They share a port; probe and metrics speak for both; each has a log that verifies."""
    async with served(tmp_path, TWO, change=without_names) as there:
        base_url = await there.base_url()
        found = await ready(there)
        statuses = await ask_each(base_url, 40)
        told = await look(there, "/readyz")
        metrics = await look(there, "/metrics")
        supervisor = there.process.pid
        mapped = [maps_of(pid) for pid in descendants(supervisor)]
        there.process.terminate()
        code = await there.ended()

    counted = sum(
        map(float, re.findall(r"^guardrail_gw_exchanges_total\{.*\} (.*)$", metrics, re.MULTILINE))
    )
    assert (statuses, counted, code) == (Counter({200: 40}), 40, 0)
    assert (told["status"], told["workers"], told["workers_ready"]) == ("ready", 2, 2)
    assert re.search(r"^guardrail_gw_workers_serving 2.0$", metrics, re.MULTILINE)
    assert re.search(r"^guardrail_gw_audit_writable 1.0$", metrics, re.MULTILINE)
    assert len({w["pid"] for w in found}) == 2
    assert not any("spacy" in maps or "numpy" in maps for maps in mapped)
    logs = [log.name for log in there.logs()]
    assert logs == ["w0", "w1"]
    assert {r.verdict for r in there.reports()} == {Verdict.OK}
    assert len({r.origin for r in there.reports()}) == 2
    assert len(there.outcomes()) == 40
    assert verified(there) == 0


async def test_the_probes_address_may_be_a_name(tmp_path: Path) -> None:
    """It is looked up beside the loop, and no thread of that is left where workers are forked."""
    named = {**TWO, "probe": {"host": "localhost", "port": 0}}
    async with served(tmp_path, named, change=without_names) as there:
        found = await ready(there)
        there.process.terminate()
        code = await there.ended()

    assert (len(found), code) == (2, 0)


def verified(there: Served) -> int:
    """The exit code of `audit verify` on the gateway's folder."""
    command = ["audit", "verify", str(there.folder / "audit")]
    return subprocess.run([*GATEWAY, *command], capture_output=True, check=False).returncode


def descendants(pid: int) -> list[int]:
    """A process and all that come from it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in descendants(int(child)))]


def maps_of(pid: int) -> str:
    """Which files a process has in its memory."""
    return Path(f"/proc/{pid}/maps").read_text()


async def test_a_killed_worker_is_replaced_and_goes_on_with_its_log(tmp_path: Path) -> None:
    """Kill -9 under load: the other serves, the new one continues, every contact is on record."""
    async with served(tmp_path, TWO, change=without_names) as there:
        base_url = await there.base_url()
        first = await ready(there)
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(ask_each(base_url, 60))
            await asyncio.sleep(0.1)
            os.kill(first[0]["pid"], signal.SIGKILL)
        again = await ready(there, restarts=1)
        after = await ask_each(base_url, 20)
        received = len(there.us.received) + len(there.eu.received)
        there.process.terminate()
        code = await there.ended()

    statuses = asking.result()
    records = [r for r in there.records() if r.meta]
    intents = sum(r.kind == "intent" for r in records)
    assert set(statuses) <= {200, 0}
    assert after == Counter({200: 20})
    assert (again[0]["restarts"], again[1]["restarts"], code) == (1, 0, 0)
    assert again[0]["pid"] != first[0]["pid"]
    assert received <= intents
    assert [log.name for log in there.logs()] == ["w0", "w1"]
    assert {r.verdict for r in there.reports()} <= {Verdict.OK, Verdict.INCOMPLETE}
    assert sum(len(r.unpaired) for r in there.reports()) <= statuses[0]
    assert there.lines("worker.ended")[0]["problem"] == "signal 9"


async def test_detectors_and_their_host_may_die_under_load(tmp_path: Path) -> None:
    """No request is lost by a detector; while the host is replaced, the answer is a stable code."""
    async with served(tmp_path, TWO, change=without_names) as there:
        base_url = await there.base_url()
        found = await ready(there)
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(ask_each(base_url, 60))
            await asyncio.sleep(0.1)
            for worker in found:
                os.kill(worker["detectors"][0], signal.SIGKILL)
        (host,) = {parent_of(w["detectors"][0]) for w in await ready(there)}
        os.kill(host, signal.SIGKILL)
        during = await ask_each(base_url, 20)
        again = await ready(there)
        after = await ask_each(base_url, 20)

    assert asking.result() == Counter({200: 60})
    assert set(during) <= {200, 503}
    assert after == Counter({200: 20})
    assert {w["pid"] for w in again} == {w["pid"] for w in found}


def parent_of(pid: int) -> int:
    """The process that forked it."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


async def test_a_worker_that_dies_again_and_again_ends_the_gateway(tmp_path: Path) -> None:
    """With exit code 5 and a line that says who and how; before that it is replaced each time."""
    async with served(tmp_path, TWO, change=without_names) as there:
        await ready(there)
        for _ in range(200):
            if there.process.returncode is not None:
                break
            try:
                pid = (await workers(there))[1]["pid"]
                if pid is not None:
                    os.kill(pid, signal.SIGKILL)
            except (aiohttp.ClientError, ProcessLookupError):
                pass
            await asyncio.sleep(0.1)
        code = await there.ended()

    assert code == 5
    assert "worker 1 ended again and again" in there.lines("supervisor.gave_up")[0]["problem"]
    assert len(there.lines("worker.started")) == 7
    assert "worker 1 ended again and again" in there.log.read_text().splitlines()[-2]


async def test_what_cannot_start_says_so_once_and_ends(tmp_path: Path) -> None:
    """A key file that others may read: exit code 2, as with one process, and no second try."""

    def open_to_all(path: Path) -> None:
        without_names(path)
        (path.parent / "keys" / "gateway" / "redaction.key").chmod(0o644)

    async with served(tmp_path, TWO, change=open_to_all) as there:
        code = await there.ended()

    assert code == 2
    assert "open to others" in there.log.read_text()
    assert len(there.lines("worker.started")) == 2


async def test_nothing_runs_on_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    """Its workers end in order, with a shutdown record; host and detectors are gone, too."""
    async with served(tmp_path, TWO, change=without_names) as there:
        await ready(there)
        await ask_each(await there.base_url(), 4)
        every = descendants(there.process.pid)
        there.process.kill()
        await there.ended()
        for _ in range(200):
            if not any(Path(f"/proc/{pid}").exists() for pid in every):
                break
            await asyncio.sleep(0.05)

    assert not [pid for pid in every if Path(f"/proc/{pid}").exists()]
    assert {r.verdict for r in there.reports()} == {Verdict.OK}
    assert [r.kinds.get("shutdown") for r in there.reports()] == [1, 1]


async def test_policies_and_keys_are_loaded_anew_by_all(tmp_path: Path) -> None:
    """SIGHUP to the supervisor reaches every worker; the probe says one digest again."""
    async with served(tmp_path, TWO | {"policy_watch_s": 0}, change=without_names) as there:
        await ready(there)
        before = (await look(there, "/readyz"))["policy_digest"]
        policy = tmp_path / "policies" / "policy.yaml"
        policy.write_text(
            policy.read_text().replace(
                "EMAIL_ADDRESS: {action: token}", "EMAIL_ADDRESS: {action: block}"
            )
        )
        there.process.send_signal(signal.SIGHUP)
        await there.said("policy.loaded", times=4)
        after = (await look(there, "/readyz"))["policy_digest"]
        statuses = await ask_each(await there.base_url(), 20)

    assert isinstance(after, str)
    assert after != before
    assert statuses == Counter({403: 20})


async def test_a_worker_that_starts_takes_no_harm_from_a_reload(tmp_path: Path) -> None:
    """It loads what is new anyway; it is not ended, and none takes its place."""
    async with served(tmp_path, TWO, change=without_names) as there:
        while (told := there.log.read_text()).count("gateway.ready") < 2:
            if "worker.started" in told:
                there.process.send_signal(signal.SIGHUP)
            await asyncio.sleep(0.005)
        found = await ready(there)
        there.process.terminate()
        code = await there.ended()

    assert [each["restarts"] for each in found] == [0, 0]
    assert code == 0


async def test_workers_share_a_unix_socket(tmp_path: Path) -> None:
    """All of them accept there, and it is gone afterwards."""
    config = TWO | {"listen": {"unix": "gateway.sock", "unix_mode": "0600"}}
    async with served(tmp_path, config, change=without_names) as there:
        await ready(there)
        path = tmp_path / "gateway.sock"

        async def one() -> int:
            connector = aiohttp.UnixConnector(str(path), force_close=True)
            async with aiohttp.ClientSession(connector=connector) as client:
                return (await chat(client, "http://localhost", PERSONAL))[0]

        statuses = Counter(await asyncio.gather(*(one() for _ in range(20))))
        there.process.terminate()
        code = await there.ended()

    assert (statuses, code) == (Counter({200: 20}), 0)
    assert not path.exists()


async def test_streams_of_all_workers_end_in_their_dialect(tmp_path: Path) -> None:
    """One SIGTERM to the supervisor; each stream is told, and all are on record."""
    config = TWO | {"limits": {"drain_s": 0.3}}
    async with served(tmp_path, config, change=without_names) as there:
        base_url = await there.base_url()
        await ready(there)
        there.us.script.extend(["stall?after=3"] * 12)
        there.eu.script.extend(["stall?after=3"] * 12)
        body = {
            "model": "assistant",
            "messages": [{"role": "user", "content": "one two three four five six"}],
            "stream": True,
        }
        begun = asyncio.Semaphore(0)

        async def one() -> bytes:
            connector = aiohttp.TCPConnector(force_close=True)
            async with (
                aiohttp.ClientSession(connector=connector) as client,
                client.post(f"{base_url}/v1/chat/completions", json=body) as response,
            ):
                first = await response.content.readany()
                begun.release()
                return first + await response.content.read()

        async def stop() -> None:
            for _ in range(12):
                await begun.acquire()
            there.process.terminate()

        answers, _ = await asyncio.gather(asyncio.gather(*(one() for _ in range(12))), stop())
        code = await there.ended()

    assert code == 0
    assert all(b"server.stopping" in answer for answer in answers)
    assert Counter(o["ending"] for o in there.outcomes()) == Counter({"truncated": 12})
    assert {r.verdict for r in there.reports()} == {Verdict.OK}


async def test_a_profile_says_what_it_chose(tmp_path: Path) -> None:
    """The sidecar has one process of each; the line says by which limits."""
    config = {**RULES, "probe": {"port": 0}}
    options = ["--profile", "sidecar"]
    async with served(tmp_path, config, options=options, change=without_names) as there:
        await there.base_url()
        (line,) = there.lines("gateway.sized")
        found = await workers(there)

    assert (line["profile"], line["workers"], line["detectors"]) == ("sidecar", 1, 1)
    assert line["cpus"] > 0
    assert len(found) == 1
    assert there.logs() == [tmp_path / "audit"]
