"""Every run of the suite: a server directly and through the gateway, a client as well."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.conformance.differences import Difference, differences
from tests.conformance.runner import FOLDER, REVISIONS, Checks, Suite, passed
from tests.support.mcp_gateway import AUDIT_ONLY, REDACTING, mcp_gateway
from tests.support.mcp_served import served

POLICIES: Final[Mapping[str, str]] = {"audit-only": AUDIT_ONLY, "redacting": REDACTING}
CLIENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "2025-11-25": (
        "initialize",
        "tools_call",
        "elicitation-sep1034-client-defaults",
        "sse-retry",
        "json-schema-2020-12-preservation",
    ),
    "2026-07-28": (
        "tools_call",
        "request-metadata",
        "sep-2322-client-request-state",
        "http-standard-headers",
        "http-custom-headers",
        "http-invalid-tool-headers",
        "json-schema-ref-no-deref",
        "json-schema-2020-12-preservation",
    ),
}
"""Scenarios of clients but those of OAuth, where the gateway is no client: it has credentials."""


@dataclass(slots=True)
class Report:
    """What was found."""

    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Run -> checks that passed, and that failed."""
    found: list[Difference] = field(default_factory=list)

    @property
    def runs(self) -> Iterable[str]:
        """All runs."""
        return self.counts.keys()

    def add(self, run: str, checks: Checks, direct: Checks | None = None) -> None:
        """Note a run, and where it differs from the direct one."""
        self.counts[run] = passed(checks)
        if direct is not None:
            self.found += differences(run, direct, checks)


async def servers(suite: Suite, report: Report, revisions: Iterable[str] = REVISIONS) -> None:
    """Try the fixture server, directly and behind the gateway with each policy."""
    for revision in revisions:
        async with served() as url:
            run = f"server {revision}"
            direct = await suite.server(url, revision, FOLDER / "out" / run / "direct")
            report.add(f"{run} direct", direct)
            for name, spec in POLICIES.items():
                async with _gateway(url, spec) as through:
                    out = FOLDER / "out" / run / name
                    found = await suite.server(through, revision, out)
                    found = await _again(suite, (through, revision), out, (direct, found))
                    report.add(f"{run} {name}", found, direct)


async def _again(
    suite: Suite, at: tuple[str, str], out: Path, ended: tuple[Checks, Checks]
) -> Checks:
    """Try what differs twice more: scenarios wait half a second, which a busy machine takes."""
    direct, found = ended
    for number in range(2):
        differing = {each.scenario for each in differences("", direct, found)}
        for scenario in sorted(differing):
            told = await suite.server(*at, out.with_name(f"{out.name} {number}"), scenario)
            found = {key: each for key, each in found.items() if key[0] != scenario} | dict(told)
    return found


async def clients(suite: Suite, report: Report, revisions: Iterable[str] = REVISIONS) -> None:
    """Try the SDK's client, directly and through the gateway."""
    program = (sys.executable, "-m", "tests.conformance.client")
    for revision in revisions:
        checks: dict[str, dict[tuple[str, str], tuple[str, ...]]] = {"direct": {}, "through": {}}
        for how, command in (("direct", program), ("through", (*program, "--through"))):
            out = FOLDER / "out" / f"client {revision}" / how
            for scenario in CLIENTS[revision]:
                checks[how] |= await suite.client(command, scenario, revision, out)
        report.add(f"client {revision} direct", checks["direct"])
        report.add(f"client {revision} through", checks["through"], checks["direct"])


@asynccontextmanager
async def _gateway(url: str, spec: str) -> AsyncIterator[str]:
    folder = await asyncio.to_thread(tempfile.TemporaryDirectory)
    try:
        server = {"id": "one", "url": url, "inference": ["DE"], "storage": ["DE"]}
        async with mcp_gateway(Path(folder.name), server, spec=spec) as at:
            yield at.url()
    finally:
        await asyncio.to_thread(folder.cleanup)
