"""Real processes whose disk fails or who are killed: what was acknowledged is there."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from guardrail_gw.audit.review import show, verify_directory
from guardrail_gw.audit.segments import AppendFile
from guardrail_gw.audit.verify import Report, Verdict
from tests.support.audit_world import World, world

pytestmark = pytest.mark.e2e

_ROOT = Path(__file__).parents[3]
_STRACE = shutil.which("strace")
_needs_strace = pytest.mark.skipif(_STRACE is None, reason="strace is not installed")


def _command(home: Path, count: int, *more: str) -> list[str]:
    return [sys.executable, "-m", "tests.support.audit_victim", str(home), str(count), *more]


def _injected(fault: str, home: Path, count: int, *more: str) -> subprocess.CompletedProcess[bytes]:
    call = fault.partition(":")[0]
    quick = () if ":signal=" in fault else ("--seccomp-bpf",)  # signals need the slow way
    options = ["-f", *quick, "-qq", "-o", os.devnull, "-e", f"trace={call}"]
    strace = [str(_STRACE), *options, "-e", f"inject={fault}"]
    return subprocess.run(
        [*strace, *_command(home, count, *more)],
        cwd=_ROOT,
        check=False,
        capture_output=True,
        timeout=60,
    )


def _acknowledged(home: Path) -> list[int]:
    path = home / "acknowledged"
    return [int(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []


def _check(made: World) -> Report:
    """Every acknowledged record can be opened in its place, and nothing looks like tampering."""
    report = verify_directory(made.log, made.public_folder)
    stored = {o.index: o.kind for o in show(made.log, [made.auditor])}
    for index in _acknowledged(made.home):
        assert index == -1 or stored[index] in {"intent", "outcome"}
    return report


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """After SIGKILL every acknowledged record is there, and a second run continues the log."""
    made = world(tmp_path)
    for attempt in range(3):
        victim = subprocess.Popen(_command(tmp_path, 100_000), cwd=_ROOT)
        deadline = time.monotonic() + 30
        while len(_acknowledged(tmp_path)) < 60 + attempt * 37 and time.monotonic() < deadline:
            time.sleep(0.01)
        victim.send_signal(signal.SIGKILL)
        victim.wait()

        report = _check(made)
        assert len(_acknowledged(tmp_path)) >= 60
        assert report.verdict in {Verdict.OK, Verdict.INCOMPLETE}, report.findings
        (tmp_path / "acknowledged").unlink()
    done = subprocess.run(_command(tmp_path, 3), cwd=_ROOT, check=False, timeout=60)

    report = _check(made)
    assert done.returncode == 0
    assert report.closed
    assert report.signed == report.records
    assert not [f for f in report.findings if f.verdict is Verdict.TAMPERED]


@_needs_strace
@pytest.mark.parametrize(
    "fault",
    [
        "fdatasync:error=EIO:when=3",
        "fdatasync:error=EIO:when=2..4",
        "fdatasync:error=ENOSPC:when=5+7",
        "write:error=ENOSPC:when=4",
        "write:error=EIO:when=3+5",
        "fsync:error=EIO:when=1",
        "rename:error=EIO:when=1",
    ],
)
def test_a_failing_disk_refuses_and_heals(tmp_path: Path, fault: str) -> None:
    """A failed call refuses what it concerned; the log goes on and keeps what it acknowledged."""
    made = world(tmp_path)

    done = _injected(fault, tmp_path, 30)

    told = _acknowledged(tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    report = _check(made)
    assert len([index for index in told if index >= 0]) >= 20
    good = {Verdict.OK} | (
        {Verdict.INCOMPLETE} if "+" in fault else set()
    )  # "+" may hit the last one
    assert report.verdict in good, report.findings
    if fault.startswith(("fdatasync", "write")):
        assert -1 in told
        assert report.kinds["gap"] >= 1


@_needs_strace
def test_a_disk_that_never_syncs(tmp_path: Path) -> None:
    """If no sync ever succeeds, nothing is ever acknowledged."""
    world(tmp_path)

    _injected("fdatasync:error=EIO", tmp_path, 10)

    assert _acknowledged(tmp_path) == [-1] * 10


@_needs_strace
@pytest.mark.parametrize("call", ["fdatasync", "write", "rename", "fsync"])
@pytest.mark.parametrize("when", [1, 2, 5])
def test_killed_inside_a_call(tmp_path: Path, call: str, when: int) -> None:
    """Killed in the middle of any file call, the log keeps what was acknowledged and goes on."""
    made = world(tmp_path)

    _injected(f"{call}:signal=KILL:when={when}", tmp_path, 20)
    first = _acknowledged(tmp_path)
    done = subprocess.run(_command(tmp_path, 2), cwd=_ROOT, check=False, timeout=60)

    report = _check(made)
    stored = {o.index for o in show(made.log, [made.auditor])}
    assert done.returncode == 0
    assert set(first) <= stored
    assert report.verdict in {Verdict.OK, Verdict.INCOMPLETE}, report.findings


@_needs_strace
@pytest.mark.parametrize("when", [3, 4, 5])
def test_what_was_written_survives_a_kill(tmp_path: Path, when: int) -> None:
    """Killed inside a sync, the log keeps what was acknowledged once it was written."""
    made = world(tmp_path)

    _injected(f"fdatasync:signal=KILL:when={when}", tmp_path, 20, "--written")

    told = _acknowledged(tmp_path)
    _check(made)
    assert set(told) <= {o.index for o in show(made.log, [made.auditor])}
    assert told[-2:] in ([2 * when - 5, 2 * when - 4], [2 * when - 3, 2 * when - 2])


@_needs_strace
def test_a_sync_that_fails_behind_an_acknowledgement(tmp_path: Path) -> None:
    """What was acknowledged once it was written, and then not synced, shows as a gap."""
    made = world(tmp_path)

    done = _injected("fdatasync:error=EIO:when=4", tmp_path, 12, "--written")

    report = verify_directory(made.log, made.public_folder)
    assert done.returncode == 0, done.stderr.decode()
    assert report.kinds["gap"] == 1
    assert report.verdict is Verdict.OK, report.findings


def test_a_full_disk(tmp_path: Path) -> None:
    """When files cannot grow past a limit, writes are cut short: refused, told, and healed."""
    made = world(tmp_path)

    done = subprocess.run(
        _command(tmp_path, 60, "--limit", "9000"),
        cwd=_ROOT,
        check=False,
        timeout=60,
        capture_output=True,
    )

    report = _check(made)
    told = _acknowledged(tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert -1 in told
    assert report.kinds["gap"] >= 2
    assert report.verdict is Verdict.OK, report.findings


def test_no_space_at_all() -> None:
    """A write to a device without space raises ENOSPC and is not taken for done."""
    handle = os.open("/dev/full", os.O_WRONLY)
    file = AppendFile(Path("/dev/full"), handle, 0)

    with pytest.raises(OSError, match="space") as refused:
        file.add(b"record")
    file.close()

    assert refused.value.errno == errno.ENOSPC
    assert file.size == 0
