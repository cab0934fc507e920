"""The protocol's reference servers behind the gateway, each asked in both eras at both endpoints.

python -m tests.mcp_servers [--only git]
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog

from tests.mcp_servers.place import place
from tests.mcp_servers.trials import MODES, ROUTES, TRIALS


def main() -> None:
    """Try one after the other; a line for each server, a cell for each way to it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    only = parser.parse_args().only
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    found = asyncio.run(_run(only))
    ways = [f"{mode} {route}" for mode in MODES for route in ROUTES]
    lines = [f"{'':22}{'  '.join(ways)}"]
    for name, cells in found.items():
        lines.append(f"{name:22}{'  '.join(cells[way] or 'ok' for way in ways)}")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(any(fault for cells in found.values() for fault in cells.values()))


async def _run(only: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as name:
        async with place(Path(name)) as at:
            for trial in TRIALS:
                if only in trial.server:
                    found[trial.server] = {
                        f"{mode} {route}": await trial.fault(at, mode, route)
                        for mode in MODES
                        for route in ROUTES
                    }
    return found


if __name__ == "__main__":
    main()
