"""Real MCP clients through the gateway, to servers and a model that must see nobody's data.

Each calls a tool of a server of either era, at its own endpoint and at that of all servers.

python -m tests.mcp_clients [--only claude] [--route /mcp/legacy]
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from itertools import product
from pathlib import Path

import structlog

from tests.mcp_clients.house import ROUTES, house
from tests.mcp_clients.trials import TRIALS


def main() -> None:
    """Try them one after another; what they print is on standard error."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--route", default="")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    faults = asyncio.run(_run(asked.only, asked.route))
    lines = [f"{name:48} {'; '.join(wrong) or 'ok'}" for name, wrong in faults.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(any(faults.values()))


async def _run(only: str, route: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "gateway").mkdir()
        async with house(folder / "gateway") as at:
            for trial, way in product(TRIALS, ROUTES):
                if only in trial.name and route in (way.path, ""):
                    own = folder / str(len(found))
                    own.mkdir()
                    said = f"{trial.name}: {way.path} {way.tool}"
                    found[said] = await trial.faults(at, way, own)
    return found


if __name__ == "__main__":
    main()
