"""A fault in every file call of a run of the audit log, one at a time.

    python -m tests.faults.audit [--share 1/4] [--seed 1] [--kills 20]

A small run (epochs that turn, checkpoints, a registry, a ballast, an orderly end) is traced once.
Then it is run again for each `write`, `fdatasync`, `fsync`, `rename`, `ftruncate`, `unlink`,
`mkdir` and `fallocate` of it on files of the log or registry, and once for each fault: EIO,
ENOSPC, SIGKILL at the call; and each write is cut short, with the next one failing or not. After
each run the log is opened again as a next start does, and has to verify beside its registry, with
everything that was acknowledged in its place, and an outcome for each request whose answer ended.
Last come `--kills`: see `kills`.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from guardrail_gw.audit.ledger import Ledger
from guardrail_gw.audit.review import Elsewhere, show, verify_directory
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.observability.clock import SystemClock
from tests.support.audit_victim import SHORT, keepers
from tests.support.audit_world import World, world

ROOT = Path(__file__).parents[2]
STRACE = shutil.which("strace")
CALLS = ("write", "fdatasync", "fsync", "rename", "ftruncate", "unlink", "mkdir", "fallocate")
FAULTS = ("error=EIO", "error=ENOSPC", "signal=KILL")
PAIRS = 14
_TIMEOUT_S = 120
_CALL = re.compile(r"^(\d+) +(\w+)\((.*)$")
_ENDED, _KILLED = {0, 1}, {-9, 137}
_GOOD = {Verdict.OK, Verdict.INCOMPLETE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong in one run."""

    how: str
    """As `strace` takes it, or an option of the victim."""
    injected: bool

    @property
    def kills(self) -> bool:
        """Whether the run ends within the call."""
        return "signal=KILL" in self.how

    def command(self, home: Path) -> list[str]:
        """The run in which it happens."""
        if not self.injected:
            return _victim(home, *self.how.split())
        call = self.how.partition(":")[0]
        # With --seccomp-bpf, which is quicker, strace 6.1 sends no signal but at a first call.
        quiet = ("-f", *(() if self.kills else ("--seccomp-bpf",)), "-qq", "-o", os.devnull)
        inject = ("-e", f"trace={call}", "-e", f"inject={self.how}")
        return [str(STRACE), *quiet, *inject, *_victim(home)]


def main() -> None:
    """Run everything, or a share of it; ends with 1 if a run does not hold."""
    options = _options()
    faults = _chosen(list(every_fault()), options.share, Random(options.seed))
    print(f"{len(faults)} faults")
    with ThreadPoolExecutor(options.jobs) as pool:
        broken = [told for told in pool.map(partial(tried, say=True), faults) if told]
    if options.kills:
        from tests.faults.kills import main as kills  # noqa: PLC0415 - it brings the whole product

        broken += kills(options.kills, options.seed)
    print("\n".join(broken) or "everything held")
    sys.exit(bool(broken))


def every_fault() -> Iterator[Fault]:
    """One for each call of a run that goes well, and for each thing that can happen there."""
    calls = traced()
    for (call, number), _ in calls:
        for fault in FAULTS:
            yield Fault(how=f"{call}:{fault}:when={number}", injected=True)
    writes = sum(call == "write" for (call, _), _ in calls)
    for number in range(1, writes + 1):
        yield Fault(how=f"--short {number}", injected=False)
        yield Fault(how=f"--torn {number}", injected=False)


def traced() -> list[tuple[tuple[str, int], str]]:
    """Each call on a file of the log or registry: its name, which of its kind, what on."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        world(home)
        trace = home / "trace"
        options = ("-f", "-y", "-qq", "-o", str(trace), "-e", f"trace={','.join(CALLS)}")
        command = [str(STRACE), *options, *_victim(home)]
        subprocess.run(command, cwd=ROOT, check=True, timeout=_TIMEOUT_S)
        return list(_ours(trace.read_text().splitlines(), home))


def _ours(lines: Iterable[str], home: Path) -> Iterator[tuple[tuple[str, int], str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for line in lines:
        match = _CALL.match(line)
        if match is None:
            continue
        thread, call, said = match.groups()
        counted[thread, call] += 1  # strace counts for each thread by itself
        if f"{home}/log" in said or f"{home}/registry" in said:
            yield (call, counted[thread, call]), said[:120]


def tried(fault: Fault, *, say: bool = False) -> str | None:
    """What does not hold after a fault; None when all does."""
    with tempfile.TemporaryDirectory() as folder:
        made = world(Path(folder))
        try:
            command = fault.command(made.home)
            done = subprocess.run(
                command, cwd=ROOT, check=False, capture_output=True, timeout=_TIMEOUT_S
            )
            problem = _broken(made, fault, told=done.returncode)
        except subprocess.TimeoutExpired:
            problem = "it did not end"
    if say:
        print(f"{'broken' if problem else 'held':7}{fault.how}", flush=True)
    return None if problem is None else f"{fault.how}: {problem}"


def _broken(made: World, fault: Fault, *, told: int) -> str | None:
    """Judge what a run left, and what a next start makes of it."""
    if told not in (_KILLED if fault.kills else _ENDED):
        return f"the victim ended with {told}"
    return _missing(made, "left") or _missing(_opened_again(made), "opened again")


def _opened_again(made: World) -> World:
    """What a next start does."""
    kept = keepers(made.home, made.keys)
    ledger = Ledger(made.log, made.keys, SystemClock(), SHORT, kept)
    ledger.open()
    ledger.close()
    return made


def _missing(made: World, when: str) -> str | None:
    told = [index for index in acknowledged(made.home) if index >= 0]
    if list(made.log.glob("quarantine-*")):
        return f"{when}: a log that was whole was set aside"
    if not list(made.log.glob("*.seg")):
        return f"{when}: nothing is there" if told else None
    elsewhere = Elsewhere(registry=made.registry_folder)
    report = verify_directory(made.log, made.public_folder, elsewhere=elsewhere)
    if report.verdict not in _GOOD:
        return f"{when}: {report.verdict.name} {[f.what for f in report.findings]}"
    records = list(show(made.log, [made.auditor]))
    if lost := sorted(set(told) - {opened.index for opened in records}):
        return f"{when}: acknowledged and not there: {lost}"
    ended = {opened.leaf.get("of") for opened in records if opened.kind == "outcome"}
    lost = sorted(set(_noted(made.home / "answered")) - ended)
    return f"{when}: answered and without an outcome: {lost}" if lost else None


def acknowledged(home: Path) -> list[int]:
    """The indices that a victim was told, -1 for each refusal."""
    return _noted(home / "acknowledged")


def _noted(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []


def _victim(home: Path, *more: str) -> list[str]:
    command = [sys.executable, "-m", "tests.support.audit_victim", str(home), str(PAIRS), "--all"]
    return [*command, *more]


def _chosen(faults: list[Fault], share: str, random: Random) -> list[Fault]:
    part, _, whole = share.partition("/")
    count = max(1, len(faults) * int(part) // int(whole or 1))
    return random.sample(faults, count) if count < len(faults) else faults


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.audit", description=__doc__)
    parser.add_argument("--share", default="1/1", help="a part of all faults: 1/4")
    parser.add_argument("--seed", type=int, default=1, help="which part, and when to kill")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--kills", type=int, default=20, help="how often a gateway is killed")
    return parser.parse_args()


if __name__ == "__main__":
    main()
