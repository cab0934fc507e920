"""The protocol's conformance suite, directly and through the gateway, compared check by check.

python -m tests.conformance [--only server|client] [--revision 2026-07-28]

A whole run writes docs/mcp-conformance.md.
"""

import argparse
import asyncio
import logging
import sys

import structlog

from tests.conformance.differences import documented, judged, left_out
from tests.conformance.page import PAGE, page
from tests.conformance.runner import REVISIONS, installed
from tests.conformance.runs import Report, clients, servers


def main() -> None:
    """Run, compare, and fail where a difference is not written down, or one that is is none."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=("server", "client"))
    parser.add_argument("--revision", choices=REVISIONS, action="append")
    said = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logging.disable(logging.ERROR)  # the SDK tells of each scenario that goes wrong on purpose
    report = asyncio.run(_run(said.only, said.revision or [*REVISIONS]))
    unknown, stale = judged(report.found, documented(), report.runs)
    if said.only is None and said.revision is None:
        PAGE.write_text(page(report, documented(), left_out()), encoding="utf-8")
    lines = [f"{run:40} {ok:4} passed {no:4} failed" for run, (ok, no) in report.counts.items()]
    lines += [f"not written down: {each}" for each in unknown]
    lines += [f"written down, and none: {each}" for each in stale]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(1 if unknown or stale else 0)


async def _run(only: str | None, revisions: list[str]) -> Report:
    suite, report = installed(), Report()
    if only != "client":
        await servers(suite, report, revisions)
    if only != "server":
        await clients(suite, report, revisions)
    return report


if __name__ == "__main__":
    main()
