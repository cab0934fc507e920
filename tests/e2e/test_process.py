"""The product as people run it: commands, processes, signals, a wheel."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from guardrail_gw.audit.review import show, verify_directory
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.cli.demo_folder import prepare
from guardrail_gw.keys.audit_keys import load_recipient
from guardrail_gw.standin.server import StandIn
from tests.support.serving import GATEWAY, until_ready

pytestmark = [pytest.mark.e2e, pytest.mark.allow_blocking]

ROOT = Path(__file__).resolve().parents[2]
PERSONAL = "My name is Anna Schmidt, anna.schmidt@example.org."


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A gateway process."""

    process: asyncio.subprocess.Process
    base_url: str
    folder: Path
    log: Path

    def report(self) -> tuple[Verdict, int]:
        """Verdict, and how many intents have no outcome."""
        report = verify_directory(
            self.folder / "audit",
            self.folder / "keys" / "audit-public",
            now_us=time.time_ns() // 1000 + 7_200_000_000,
        )
        return report.verdict, len(report.unpaired)


@asynccontextmanager
async def served(
    folder: Path, *, us: StandIn, eu: StandIn, change: Callable[[Path], None] | None = None
) -> AsyncIterator[Served]:
    """`guardrail-gw serve` on the demo's configuration, or what `change` makes of it."""
    path = prepare(folder, us=us.base_url, eu=eu.base_url, port=0)
    if change is not None:
        change(path)
    log = folder / "gateway.log"
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *GATEWAY, "serve", "--config", str(path), "--log-level", "debug", stderr=stderr
        )
    try:
        base_url = await until_ready(log, lambda: process.returncode is not None)
        yield Served(process=process, base_url=base_url, folder=folder, log=log)
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 20)


async def ask(there: Served, text: str) -> tuple[int, str]:
    """One chat completion."""
    body = {"model": "assistant", "messages": [{"role": "user", "content": text}]}
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{there.base_url}/v1/chat/completions", json=body) as response,
    ):
        return response.status, await response.text()


async def test_a_served_gateway_governs_and_stops_cleanly(tmp_path: Path) -> None:
    """With real detector processes: restored answers, ready, and a log that verifies in the end."""
    async with StandIn() as us, StandIn() as eu:
        async with served(tmp_path, us=us, eu=eu) as there:
            status, answer = await ask(there, PERSONAL)
            async with (
                aiohttp.ClientSession() as client,
                client.get(f"{there.base_url}/readyz") as ready,
            ):
                checks = await ready.json()
        assert there.process.returncode == 0

    assert status == 200
    assert json.loads(answer)["choices"][0]["message"]["content"] == PERSONAL
    assert all(checks["checks"].values())
    assert b"Anna" not in eu.received[0].body
    assert us.received == []
    assert there.report() == (Verdict.OK, 0)
    assert "Anna" not in there.log.read_text()


async def test_kill_9_leaves_every_contact_on_record(tmp_path: Path) -> None:
    """After SIGKILL mid-answer, the provider's contact has an intent, listed as without outcome."""
    async with StandIn() as us, StandIn() as eu:
        async with served(tmp_path, us=us, eu=eu) as there:
            eu.script.append("stall")
            async with asyncio.TaskGroup() as tasks:
                waiting = tasks.create_task(_asked_in_vain(there))
                for _ in range(200):
                    if eu.received:
                        break
                    await asyncio.sleep(0.02)
                there.process.kill()
                await waiting
        verdict, unpaired = there.report()

        assert len(eu.received) == 1
        assert (verdict, unpaired) == (Verdict.INCOMPLETE, 1)

        async with served(tmp_path, us=us, eu=eu) as again:
            status, _ = await ask(again, PERSONAL)
        key = load_recipient(tmp_path / "keys" / "auditors" / "auditor.key")
        kinds = [record.kind for record in show(tmp_path / "audit", [key])]
        assert status == 200
        assert (kinds.count("intent"), kinds.count("outcome")) == (2, 1)


async def _asked_in_vain(there: Served) -> None:
    with pytest.raises(aiohttp.ClientError):
        await ask(there, PERSONAL)


async def test_sighup_loads_valid_policies_and_keeps_the_last_good_ones(tmp_path: Path) -> None:
    """A valid change is in force after SIGHUP; a typing error is not."""
    async with StandIn() as us, StandIn() as eu, served(tmp_path, us=us, eu=eu) as there:
        policy = tmp_path / "policies" / "policy.yaml"
        good = policy.read_text().replace(
            "EMAIL_ADDRESS: {action: token}", "EMAIL_ADDRESS: {action: block}"
        )
        policy.write_text(good)
        there.process.send_signal(signal.SIGHUP)
        await _logged(there, "policy.loaded", times=2)
        blocked, _ = await ask(there, PERSONAL)
        policy.write_text(good.replace("action: block", "action: blok"))
        there.process.send_signal(signal.SIGHUP)
        await _logged(there, "policy.kept", times=1)
        still, _ = await ask(there, PERSONAL)

    assert (blocked, still) == (403, 403)


async def _logged(there: Served, event: str, *, times: int) -> None:
    for _ in range(200):
        if there.log.read_text().count(event) >= times:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(there.log.read_text())


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the product in another folder."""
    return subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env=os.environ | {"COLUMNS": "140"},
    )


def test_the_demo_shows_the_whole_story_and_ends(tmp_path: Path) -> None:
    """`demo` ends by itself; its folder verifies, opens, and its policies pass their cases."""
    told = run(*GATEWAY, "demo", "--dir", "d", cwd=tmp_path)

    assert told.returncode == 0, told.stderr
    assert "PERSON_" in told.stdout
    assert "IBAN_CODE_" in told.stdout
    assert "residency.inference_outside" in told.stdout
    assert run(*GATEWAY, "audit", "verify", "d/audit", cwd=tmp_path).returncode == 0
    key = "d/keys/auditors/auditor.key"
    shown = run(*GATEWAY, "audit", "show", "d/audit", "--key", key, "--json", cwd=tmp_path)
    records = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [r["kind"] for r in records].count("outcome") == 3
    assert run(*GATEWAY, "policy", "test", "d/policies", cwd=tmp_path).returncode == 0
    assert run(*GATEWAY, "policy", "lint", "d/policies", cwd=tmp_path).returncode == 0
    again = run(*GATEWAY, "demo", "--dir", "d", cwd=tmp_path)
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(
    ("endpoint", "member"),
    [
        ("openai_chat", "messages"),
        ("anthropic_messages", "messages"),
        ("openai_responses", "input"),
    ],
)
def test_explain_names_the_rule_that_decides(tmp_path: Path, endpoint: str, member: str) -> None:
    """`policy explain` finds the data itself, in every dialect, and says which rule decides."""
    request = tmp_path / "request.json"
    request.write_text(
        json.dumps({"model": "assistant", member: [{"role": "user", "content": PERSONAL}]})
    )
    policies = str(ROOT / "policies" / "default")

    told = run(
        *GATEWAY,
        "policy",
        "explain",
        "request.json",
        "--policies",
        policies,
        "--endpoint",
        endpoint,
        "--json",
        cwd=tmp_path,
    )

    assert told.returncode == 0, told.stderr
    explanation = json.loads(told.stdout)
    assert {e["subject"]: e["rule"] for e in explanation["entities"]}["EMAIL_ADDRESS"] == (
        "default/pii.EMAIL_ADDRESS"
    )
    assert "Anna" not in told.stdout


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["keys", "init", "k", "--unprotected"], 0),
        (["keys", "issue", "--id", "a", "--tenant", "t", "--team", "m", "--user", "u"], 0),
        (["serve", "--config", "missing.yaml"], 2),
        (["audit", "verify", "missing"], 2),
        (["policy", "test", "."], 2),
        (["audit", "reconcile", ".", "missing.csv"], 2),
        (["nonsense"], 2),
    ],
)
def test_commands_answer_with_documented_exit_codes(
    tmp_path: Path, command: list[str], code: int
) -> None:
    """Right use is 0, wrong use or an unusable file is 2, and both say something."""
    told = run(*GATEWAY, *command, cwd=tmp_path)

    assert told.returncode == code
    assert told.stdout + told.stderr
    assert "Traceback" not in told.stderr


def test_a_policy_with_a_typing_error_is_pointed_at(tmp_path: Path) -> None:
    """File, line, field and a suggestion."""
    text = (ROOT / "policies" / "default" / "policy.yaml").read_text()
    (tmp_path / "policy.yaml").write_text(text.replace("attachments:", "atachments:"))

    told = run(*GATEWAY, "policy", "lint", ".", cwd=tmp_path)

    assert told.returncode == 2
    assert "policy.yaml" in told.stderr
    assert "attachments" in told.stderr


def test_the_wheel_brings_everything_along(tmp_path: Path) -> None:
    """Built and unpacked elsewhere, the package finds its policies and its model by itself."""
    built = run(
        *(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"),
        *("--quiet", "--wheel-dir", str(tmp_path), str(ROOT)),
        cwd=tmp_path,
    )
    assert built.returncode == 0, built.stderr
    wheel = next(tmp_path.glob("*.whl"))
    unpacked = tmp_path / "site"
    run(sys.executable, "-m", "zipfile", "-e", str(wheel), str(unpacked), cwd=tmp_path)
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); "
        "import guardrail_gw; assert 'site' in guardrail_gw.__file__; "
        "from guardrail_gw.cli.main import main; main()"
    )

    told = run(sys.executable, "-c", code, str(unpacked), "demo", "--dir", "d", cwd=tmp_path)

    assert told.returncode == 0, told.stderr
    assert "PERSON_" in told.stdout
