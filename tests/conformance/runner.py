"""The protocol's conformance suite, as a program of its own under build/conformance."""

import asyncio
import json
import os
import platform
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "build" / "conformance"
REVISIONS: Final = ("2025-11-25", "2026-07-28")
_INDEX = FOLDER / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
_NODE_MAJOR: Final = 22
_TIMEOUT_S: Final = 240
_OF_SERVERS: Final = "server-"
"""Begins the names of folders of their scenarios."""
_CLIENT_MS: Final = 220_000
"""All of them begin at once, and wait for each other at the desk."""
_NAME = re.compile(r"^ +- (\S+)", re.MULTILINE)
_STAMP = re.compile(r"-\d{4}-\d\d-\d\dT.*$")

Checks = Mapping[tuple[str, str], tuple[str, ...]]
"""Scenario and check -> how it ended, as often as it was made."""


class NotInstalledError(Exception):
    """The suite cannot run here; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Suite:
    """The installed suite."""

    node: Path

    async def server(
        self, url: str, revision: str, out: Path, scenario: str | None = None
    ) -> Checks:
        """Try a server with everything that a revision requires, or with one scenario."""
        what = ["--requirements", revision]
        if scenario is not None:
            name = scenario.removeprefix(_OF_SERVERS)
            what = ["--scenario", name, "--spec-version", revision]
        await self._run(("server", "--url", url, *what, "-o", str(out)), out)
        return read(out)

    async def client(
        self, command: Sequence[str], revision: str, out: Path, scenario: str | None = None
    ) -> Checks:
        """Try a client in all that a revision requires, or in one scenario.

        How often a check is made depends on how often a client asks, and is not told.

        Args:
            command: of the client; the server's address becomes its last argument.
            revision: that is spoken.
            out: where the suite writes.
            scenario: the only one.
        """
        what: Sequence[str] = ("--requirements", revision)
        if scenario is not None:
            what = ("--scenario", scenario, "--spec-version", revision, "--force")
        arguments = ("client", "--command", " ".join(command), *what)
        await self._run((*arguments, "--timeout", str(_CLIENT_MS), "-o", str(out)), out)
        return {key: tuple(sorted({*ended})) for key, ended in read(out).items()}

    async def names(self, revision: str) -> frozenset[str]:
        """All scenarios of a revision, of servers and of clients."""
        out = FOLDER / "out" / f"list {revision}"
        await self._run(("list", "--requirements", revision), out)
        return frozenset(_NAME.findall((out / "said.txt").read_text(encoding="utf-8")))

    async def _run(self, arguments: Sequence[str], out: Path) -> None:
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        program = await asyncio.create_subprocess_exec(
            *(str(self.node), str(_INDEX), *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            said, _ = await asyncio.wait_for(program.communicate(), _TIMEOUT_S)
        finally:
            if program.returncode is None:
                program.kill()
                await program.wait()
        (out / "said.txt").write_bytes(said)


def installed() -> Suite:
    """The suite.

    Raises:
        NotInstalledError: there is none, or no Node that is new enough for it.
    """
    if not _INDEX.exists():
        raise NotInstalledError("the conformance suite is not installed: make conformance")
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), "x64")
    own = FOLDER / "node_modules" / f"node-linux-{machine}" / "bin" / "node"
    if own.exists():
        return Suite(own)
    raise NotInstalledError(f"the conformance suite needs Node {_NODE_MAJOR}: make conformance")


def read(out: Path) -> Checks:
    """What the suite wrote."""
    found: dict[tuple[str, str], list[str]] = {}
    for file in sorted(out.rglob("checks.json")):
        scenario = _STAMP.sub("", str(file.parent.relative_to(out)))
        for check in json.loads(file.read_text(encoding="utf-8")):
            if check["status"] != "INFO":
                found.setdefault((scenario, check["id"]), []).append(check["status"])
    return {key: tuple(ended) for key, ended in found.items()}


def passed(checks: Checks) -> tuple[int, int]:
    """How many checks passed, and how many failed."""
    ended = [each for every in checks.values() for each in every]
    return ended.count("SUCCESS"), ended.count("FAILURE")
