"""A log to hand over: what is in the archive, and that its checker stands alone.

That the checker agrees with `verify` is held wherever tests judge a log (tests/support).
"""

import json
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from guardrail_gw.audit.bundle import write_bundle
from guardrail_gw.audit.bundled import verify_log
from guardrail_gw.audit.ledger import Limits
from guardrail_gw.audit.segments import segment_firsts
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.errors import ConfigError
from tests.support.audit_world import SteadyClock, World, files, judged, pair, world

MAX_LINES = 300


@pytest.fixture
def logged(tmp_path: Path) -> World:
    """A log of three epochs that is still being written."""
    made = world(tmp_path / "home")
    ledger = made.ledger(SteadyClock(), Limits(epoch_records=4, checkpoint_records=2))
    ledger.open()
    for number in range(5):
        ledger.append([pair(number)])
        ledger.tend()
    return made


def _bundle(logged: World, folder: Path) -> Path:
    archive = folder / "bundle.zip"
    write_bundle(logged.log, logged.public_folder, archive)
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder / "opened")
    return folder / "opened"


def _checked(opened: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "verify_log.py"]  # no path of ours, nothing of the gateway
    return subprocess.run(
        command, cwd=opened, check=False, capture_output=True, text=True, timeout=60
    )


def test_an_auditor_checks_it_alone(logged: World, tmp_path: Path) -> None:
    """Unpacked anywhere, the checker finds the log whole, in a program of its own."""
    opened = _bundle(logged, tmp_path)

    told = _checked(opened)

    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.startswith("whole and unchanged")
    assert "no shutdown record" in told.stdout


def test_an_altered_copy_is_told(logged: World, tmp_path: Path) -> None:
    """One byte of one record, and the checker says so and ends with 1."""
    opened = _bundle(logged, tmp_path)
    segment = next((opened / "log").glob("*.seg"))
    segment.write_bytes(segment.read_bytes().replace(b'"intent"', b'"intend"', 1))

    told = _checked(opened)

    assert told.returncode == 1
    assert told.stdout.startswith("ALTERED")


def test_what_is_in_the_archive(logged: World, tmp_path: Path) -> None:
    """The log, public keys, the checker and its papers; no private key, no lock."""
    opened = _bundle(logged, tmp_path)

    found = {str(path.relative_to(opened)) for path in opened.rglob("*") if path.is_file()}
    log = {name for name in found if name.startswith("log/")}

    assert {"READ_ME.txt", "FORMAT.md", "verify_log.py", "SHA256SUMS"} <= found
    assert {"verification.json", "checkpoint.txt"} <= found
    assert {"public/origin.vkey", "public/auditor.pub", "public/escrow.pub"} <= found
    assert len(log) == 2 * len(segment_firsts(logged.log))
    assert not [name for name in found if name.endswith((".key", "lock"))]


def test_sums_hold_every_file(logged: World, tmp_path: Path) -> None:
    """Each file but the list itself is in it, with its SHA-256, as sha256sum reads it."""
    opened = _bundle(logged, tmp_path)

    lines = (opened / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    there = {
        str(path.relative_to(opened)): sha256(path.read_bytes()).hexdigest()
        for path in opened.rglob("*")
        if path.is_file()
    }
    del there["SHA256SUMS"]
    assert listed == there


def test_the_checkpoint_to_keep(logged: World, tmp_path: Path) -> None:
    """It is the log's latest, and a later state of the log still holds it."""
    opened = _bundle(logged, tmp_path)
    kept = (opened / "checkpoint.txt").read_bytes()

    report = judged(files(logged.log), logged.public, kept=kept)

    assert report.verdict is Verdict.OK


def test_the_state_of_what_was_packed(logged: World, tmp_path: Path) -> None:
    """A damaged log is packed all the same, and its state is in the archive and told."""
    segment = min(logged.log.glob("*.seg"))
    segment.write_bytes(segment.read_bytes().replace(b'"intent"', b'"intend"', 1))

    bundled = write_bundle(logged.log, logged.public_folder, tmp_path / "bundle.zip")
    opened = _bundle(logged, tmp_path)

    said = json.loads((opened / "verification.json").read_text())
    assert bundled.report.verdict is Verdict.TAMPERED
    assert (said["verdict"], said["findings"][0]["code"]) == (1, "record.corrupt")


def test_policies_go_along(logged: World, tmp_path: Path) -> None:
    """The documents of a folder, and nothing else of it."""
    folder = tmp_path / "policies"
    (folder / "team").mkdir(parents=True)
    (folder / "team" / "chat.yaml").write_text("policy: 1\n")
    (folder / "notes.txt").write_text("call Anna")

    write_bundle(logged.log, logged.public_folder, tmp_path / "b.zip", policies=folder)

    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        names = archive.namelist()
    assert "policies/team/chat.yaml" in names
    assert not [name for name in names if "notes" in name]


def test_nothing_else_of_the_folders_comes_along(logged: World, tmp_path: Path) -> None:
    """Neither what only has the name of a checkpoint nor notes beside the keys."""
    (logged.log / "x.ckpt").symlink_to(logged.home / "keys" / "auditors" / "auditor.key")
    (logged.public_folder / "notes.txt").write_text("call Anna")

    opened = _bundle(logged, tmp_path)

    names = {path.name for path in opened.rglob("*")}
    assert not names & {"x.ckpt", "notes.txt", "auditor.key"}


def test_a_private_key_in_the_place_of_a_public_one(logged: World, tmp_path: Path) -> None:
    """Nothing is packed, and nothing half-made is left behind."""
    private = (logged.home / "keys" / "auditors" / "auditor.key").read_bytes()
    (logged.public_folder / "spare.pub").write_bytes(private)

    with pytest.raises(ConfigError):
        write_bundle(logged.log, logged.public_folder, tmp_path / "bundle.zip")

    assert not list(tmp_path.glob("bundle.zip*"))


def test_a_link_in_the_place_of_a_segment(logged: World, tmp_path: Path) -> None:
    """A link could lead anywhere, so its end is not packed."""
    first = next(logged.log.glob("*.seg"))
    first.rename(tmp_path / "elsewhere")
    first.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match="symbolic links"):
        write_bundle(logged.log, logged.public_folder, tmp_path / "bundle.zip")


@pytest.mark.parametrize("tail", ["\n", "\n\n", "x\n0", "x\n5\nAA=A", "hello"])
def test_what_is_behind_the_last_checkpoint(logged: World, tail: str) -> None:
    """The checker and `verify` say the same of bytes that were added to a checkpoint file."""
    found = files(logged.log)
    name = max(name for name in found if name.endswith(".ckpt"))

    report = judged(found | {name: found[name] + tail.encode()}, logged.public)

    assert report.verdict in {Verdict.TAMPERED, Verdict.INCOMPLETE}


def test_the_checker_is_short_enough_to_read() -> None:
    """It imports nothing of the gateway and has at most 300 lines."""
    text = Path(verify_log.__file__).read_text(encoding="utf-8")

    assert "guardrail_gw" not in text
    assert len(text.splitlines()) <= MAX_LINES
