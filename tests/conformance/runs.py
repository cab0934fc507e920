"""Every run of the suite: a server directly and through the gateway, a client as well."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from tests.conformance import client
from tests.conformance.desk import Play, desk
from tests.conformance.differences import Difference, differences, documented, left_out
from tests.conformance.runner import FOLDER, REVISIONS, Checks, Suite, passed
from tests.support.mcp_gateway import AUDIT_ONLY, REDACTING, mcp_gateway
from tests.support.mcp_served import served

POLICIES: Final[Mapping[str, str]] = {"audit-only": AUDIT_ONLY, "redacting": REDACTING}


class Tried(Protocol):
    """A way to the suite: directly, or through the gateway."""

    def __call__(self, out: Path, scenario: str | None = None) -> Awaitable[Checks]:
        """Try one scenario, or all; the suite writes there what it says."""
        ...


@dataclass(slots=True)
class Report:
    """What was found."""

    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Run -> checks that passed, and that failed."""
    found: list[Difference] = field(default_factory=list)
    failing: dict[str, frozenset[str]] = field(default_factory=dict)
    """Direct run -> scenarios in which a check failed."""

    @property
    def runs(self) -> Iterable[str]:
        """All runs."""
        return self.counts.keys()

    def add(self, run: str, checks: Checks, direct: Checks | None = None) -> None:
        """Note a run, and where it differs from the direct one."""
        self.counts[run] = passed(checks)
        if direct is None:
            self.failing[run] = frozenset(
                scenario for (scenario, _), ended in checks.items() if "FAILURE" in ended
            )
        else:
            self.found += differences(run, direct, checks)


async def servers(suite: Suite, report: Report, revisions: Iterable[str] = REVISIONS) -> None:
    """Try the fixture server, directly and behind the gateway with each policy."""
    for revision in revisions:
        async with served() as url:
            directly = partial(suite.server, url, revision)
            direct = await directly(_out(f"server {revision} direct"))
            for name, spec in POLICIES.items():
                run = f"server {revision} {name}"
                async with _gateway(url, spec) as at:
                    through = partial(suite.server, at, revision)
                    found = await through(_out(run))
                    direct, found = await _again(run, (direct, found), (directly, through))
                report.add(run, found, direct)
            report.add(f"server {revision} direct", direct)


async def clients(suite: Suite, report: Report, revisions: Iterable[str] = REVISIONS) -> None:
    """Try the SDK's client, directly and through the gateway; what it gets is compared as well."""
    for revision in revisions:
        run = f"client {revision} through"
        directly = partial(_played, suite, client.direct, revision)
        through = partial(_played, suite, client.through, revision)
        direct = await directly(_out(f"client {revision} direct"))
        both = direct, await through(_out(run))
        direct, found = await _again(run, both, (directly, through))
        report.add(run, found, direct)
        report.add(f"client {revision} direct", direct)


async def _again(
    run: str, ended: tuple[Checks, Checks], tried: tuple[Tried, Tried]
) -> tuple[Checks, Checks]:
    """Try what differs twice more: scenarios wait half a second, which a busy machine takes."""
    known = documented()
    for number in range(2):
        differing = {each.scenario for each in differences(run, *ended) if each not in known}
        for scenario in sorted(differing):
            out = _out(f"{run} again {number}")
            direct = await _instead(ended[0], scenario, tried[0](out / "direct", scenario))
            ended = direct, await _instead(ended[1], scenario, tried[1](out / "through", scenario))
    return ended


async def _instead(checks: Checks, scenario: str, tried: Awaitable[Checks]) -> Checks:
    """The checks, with those of one scenario as they end this time."""
    return {key: each for key, each in checks.items() if key[0] != scenario} | dict(await tried)


async def _played(
    suite: Suite, play: Play, revision: str, out: Path, scenario: str | None = None
) -> Checks:
    """How a client ends that is played, in all but what is left out; and what it got."""
    apart, got = left_out(), dict[tuple[str, str], tuple[str, ...]]()
    async with desk(play, apart, got) as command:
        checks = await suite.client(command, revision, out, scenario)
    return {key: each for key, each in checks.items() if key[0] not in apart} | got


def _out(run: str) -> Path:
    return FOLDER / "out" / run


@asynccontextmanager
async def _gateway(url: str, spec: str) -> AsyncIterator[str]:
    folder = await asyncio.to_thread(tempfile.TemporaryDirectory)
    try:
        server = {"id": "one", "url": url, "inference": ["DE"], "storage": ["DE"]}
        async with mcp_gateway(Path(folder.name), server, spec=spec) as at:
            yield at.url()
    finally:
        await asyncio.to_thread(folder.cleanup)
